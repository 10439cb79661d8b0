"""Hands an update to the set-up, after a backup, and sees what became of it.

The service may not install anything itself: another account does, which verifies the update again
(`service_host/installing.py`). After its start the service sees by its own version how that ended.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog
from msgspec.structs import replace

from console import __version__
from console.api.tasks import TaskResult
from console.domain.errors import Conflict
from console.domain.kept_texts import said
from console.domain.language import in_english, msgid, paragraph, tr
from console.domain.updates import (
    NOT_INSTALLED,
    TAKEN_WITHIN,
    Stage,
    When,
    is_newer,
    why_not_installed,
)
from console.service.tasks import RunningTask, Tasks
from console.service.updates.book import (
    KeptUpdates,
    load_updates,
    problem_in_words,
    refuse_when_ordered,
    refuse_without_set_up,
    save_updates,
)
from console.store.database import Store
from console.updates import handover
from console.updates.release import Release

log = structlog.get_logger()
INSTALLING = msgid("Preparing the update")
GONE = msgid("The download is no longer there. Download it again.")
BackUp = Callable[[RunningTask, str], str]
"""Makes a backup for this actor and returns what came of it in words. Raises DomainError."""


class Installing:
    """What leads to another version. Blocking."""

    def __init__(
        self, store: Store, tasks: Tasks, folder: Path, back_up: BackUp, *, installs: bool
    ) -> None:
        """folder: of updates; installs: the set-up can install here."""
        self._store, self._tasks, self._folder, self._back_up = store, tasks, folder, back_up
        self._installs = installs

    def start(self, when: When, actor: str) -> str:
        """Starts the task that prepares the update, or that plans it. Raises Conflict."""
        with self._store.read() as tx:
            kept = load_updates(tx)
        refuse_without_set_up(self._installs)
        refuse_when_ordered(kept)
        if kept.stage not in (Stage.READY, Stage.PLANNED) or kept.found is None:
            raise Conflict(tr("Download the update first, or choose a file."))
        found = kept.found
        if when is When.IDLE:
            return self._tasks.start_blocking(INSTALLING, lambda _: self._plan(found, actor))
        return self._tasks.start_blocking(INSTALLING, lambda task: self._order(task, found, actor))

    def _plan(self, found: Release, actor: str) -> TaskResult:
        with self._store.write(actor) as tx:
            kept = replace(load_updates(tx), stage=Stage.PLANNED, by=actor, outcome="")
            save_updates(tx, kept)
            tx.audit("update.planned", version=found.version)
        return TaskResult(
            text=tr(
                "Muster {version} will be installed when nobody is using Muster.",
                version=found.version,
            )
        )

    def _order(self, task: RunningTask, found: Release, actor: str) -> TaskResult:
        """After a backup. A backup that fails leaves everything as it is."""
        try:
            with in_english():  # a failure is kept
                words = self._back_up(task, actor)
        except Exception as error:
            with self._store.write(actor) as tx:
                outcome = NOT_INSTALLED.format(reason=problem_in_words(error))
                save_updates(tx, replace(load_updates(tx), stage=Stage.READY, outcome=outcome))
            raise
        with self._store.write(actor) as tx:
            kept = replace(load_updates(tx), stage=Stage.ORDERED, by=actor, ordered_at=tx.now)
            save_updates(tx, replace(kept, outcome=""))
            tx.audit("update.ordered", version=found.version)
        handover.order(self._folder)
        return TaskResult(
            text=paragraph(
                said(words), tr("Muster {version} is being installed.", version=found.version)
            )
        )

    def postpone(self, actor: str) -> None:
        """Takes back what was planned. Raises Conflict."""
        with self._store.write(actor) as tx:
            kept = load_updates(tx)
            if kept.stage is not Stage.PLANNED:
                raise Conflict(tr("No update is planned, or it is already being installed."))
            save_updates(tx, replace(kept, stage=Stage.READY, by=""))
            tx.audit("update.postponed")

    def settle(self) -> None:
        """What became of an update is seen by the version that runs, and else by its set-up."""
        with self._store.read() as tx:
            kept, now = load_updates(tx), tx.now
        if kept.found is not None and not is_newer(kept.found.version, __version__):
            self._end(kept, Stage.NONE, "", "update.installed" if kept.ordered_at else "")
        elif kept.stage in (Stage.READY, Stage.PLANNED) and not self._is_there():
            self._end(kept, Stage.FOUND, GONE, "")
        elif kept.stage is Stage.ORDERED:
            status, ordered_at = handover.result(self._folder), kept.ordered_at or now
            if status is not None or not timedelta() <= now - ordered_at < TAKEN_WITHIN:
                stage = Stage.READY if self._is_there() else Stage.FOUND
                self._end(kept, stage, why_not_installed(status), "update.failed")

    def _is_there(self) -> bool:
        return (self._folder / handover.SET_UP).exists()

    def _end(self, kept: KeptUpdates, stage: Stage, outcome: str, action: str) -> None:
        version = kept.found.version if kept.found else ""
        with self._store.write() as tx:
            ended = replace(load_updates(tx), stage=stage, outcome=outcome, by="", ordered_at=None)
            save_updates(tx, replace(ended, found=kept.found if stage is not Stage.NONE else None))
            if action:
                tx.audit(action, version=version, outcome=outcome)
        handover.take_order(self._folder)
        if stage is not Stage.READY:
            handover.clear(self._folder)
        log.info("update_settled", version=version, outcome=outcome)
