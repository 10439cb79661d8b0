"""The site's key as administrators change it, and as auditors look at it."""

from pathlib import Path

from sqlalchemy import func, select

from console.api import site_key as api
from console.api.operation import Nothing
from console.api.tasks import TaskResult
from console.key_holder import KeyHolder
from console.service.backups import site_key
from console.service.operations.audit_names import name_objects
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.settings import load_settings
from console.service.tasks import RunningTask, Tasks
from console.store.rotation import ROTATED
from console.store.schema import Audit


class SiteKeyOperations:
    """Asks for a change of the key, agrees to it, and starts it."""

    def __init__(self, tasks: Tasks, data: Path, holder: KeyHolder) -> None:
        self._tasks, self._data, self._holder = tasks, data, holder

    @handles(api.look, Pool.READ)
    def look(self, call: Call, _request: Nothing) -> api.SiteKeyState:
        """When it was changed, and what waits."""
        with call.read() as tx:
            asked = site_key.asked_change(tx)
            by = asked.by if asked is not None else ""
            return api.SiteKeyState(
                changed_at=tx.scalar(select(func.max(Audit.at)).where(Audit.action == ROTATED)),
                site=load_settings(tx).site,
                second=site_key.needs_second(tx),
                asked_by=name_objects(tx, {by}).get(by, by) if by else "",
                asked_by_me=by == call.operator.id,
                asked_at=asked.at if asked is not None else None,
                under_way=bool(tx.vault.keys.next),
            )

    @handles(api.change, Pool.WRITE)
    def change(self, call: Call, request: api.Confirmed) -> api.Asked:
        """Asks for a change, and starts it where nobody has to agree. Raises Invalid, Conflict."""
        with call.write() as tx:
            alone = site_key.ask(tx, request.confirm)
        return api.Asked(task_id=self._start(call) if alone else "")

    @handles(api.agree, Pool.WRITE)
    def agree(self, call: Call, request: api.Confirmed) -> api.Asked:
        """The second administrator agrees, and it starts. Raises NotFound, Forbidden, Invalid."""
        with call.write() as tx:
            site_key.agree(tx, request.confirm)
        return api.Asked(task_id=self._start(call))

    @handles(api.drop, Pool.WRITE)
    def drop(self, call: Call, _request: Nothing) -> Nothing:
        """What was asked for is not done. Raises NotFound."""
        with call.write() as tx:
            site_key.drop(tx)
        return Nothing()

    def _start(self, call: Call) -> str:
        store, actor = call.store, call.operator.id

        def run(task: RunningTask) -> TaskResult:
            return site_key.change(store, self._data, self._holder, task, actor)

        return self._tasks.start_blocking(site_key.TITLE, run, by=call.operator.id)
