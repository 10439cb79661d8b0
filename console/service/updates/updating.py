"""Updates of Muster: what is known of them, and what happens by the clock."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from console import __version__
from console.api.tasks import TaskState
from console.api.updates import UpdatesState
from console.domain.updates import Stage, When, is_due, nobody_uses_it
from console.domain.zones import zone_of
from console.installation import is_installed
from console.service.settings import site_zone
from console.service.tasks import Tasks
from console.service.tools import Tools
from console.service.updates.book import KeptUpdates, load_updates
from console.service.updates.finding import Finding
from console.service.updates.installing import BackUp, Installing
from console.store.schema import OperatorSession
from console.store.unit_of_work import SYSTEM, ReadTx
from console.updates.handover import FOLDER
from console.updates.release import ROOT


class Updates:
    """A step of the upkeep, and what administrators do about updates. Blocking."""

    def __init__(
        self,
        tools: Tools,
        tasks: Tasks,
        back_up: BackUp,
        *,
        root: Path = ROOT,
        installs: bool | None = None,
    ) -> None:
        """installs: whether the set-up can install here; found out if None."""
        self._store, self._tasks, self._root = tools.store, tasks, root
        self._installs = is_installed(tools.data_dir) if installs is None else installs
        folder = tools.data_dir / FOLDER
        known = {"installs": self._installs}
        self.finding = Finding(tools.store, tasks, folder, root, **known)
        self.installing = Installing(tools.store, tasks, folder, back_up, **known)
        self._by_clock = ""

    def state(self, tx: ReadTx) -> UpdatesState:
        """What administrators see."""
        kept = load_updates(tx)
        return UpdatesState(
            installed=__version__,
            version=kept.found.version if kept.found else "",
            changes=kept.found.changes if kept.found else "",
            stage=kept.stage,
            address=kept.address,
            looked_at=kept.looked_at,
            problem=kept.problem,
            outcome=kept.outcome,
            installs=self._installs,
            trusts=self._root.exists(),
            by=kept.by,
        )

    def run_when_due(self) -> None:
        """Sees what became of an update, installs one that waits for the night, looks for one."""
        self.finding.incoming.delete_left()
        self.installing.settle()
        with self._store.read() as tx:
            kept, now = load_updates(tx), tx.now
            local, last_use = now.astimezone(zone_of(site_zone(tx))), _last_use(tx)
        running = {task.id for task in self._tasks.all() if task.state is TaskState.RUNNING}
        if self._by_clock in running or kept.stage is Stage.ORDERED:
            return
        if kept.stage is Stage.PLANNED:
            if nobody_uses_it(local, last_use, len(running)):
                self._by_clock = self.installing.start(When.NOW, kept.by)
        elif self._looks(kept) and is_due(kept.looked_at, failed=bool(kept.problem), now=now):
            self._by_clock = self.finding.start_check(SYSTEM)

    def _looks(self, kept: KeptUpdates) -> bool:
        return bool(kept.address) and self._root.exists()


def _last_use(tx: ReadTx) -> datetime | None:
    return tx.scalar(select(func.max(OperatorSession.seen_at)))
