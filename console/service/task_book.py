"""Which tasks there were, for whoever comes back after a restart of the console or the service.

Only what a list of tasks says is kept, no result: results may be about people.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from console.api.tasks import TaskState
from console.store.database import Store
from console.store.schema import Setting
from console.store.unit_of_work import ReadTx, Tx

SETTING = "tasks"
KEPT = 50
"""The newest tasks that are kept."""


class KeptTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task. by: the operator's id, "" for the service itself; ended_at: None while it runs."""

    id: str
    terminal_id: str
    title: str
    by: str
    state: TaskState
    started_at: datetime
    ended_at: datetime | None = None


class TaskBook:
    """Writes tasks down at their start and at their end."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, task: KeptTask) -> None:
        """Writes down how a task stands now."""
        with self._store.write() as tx:
            others = [one for one in _load(tx) if one.id != task.id]
            _save(tx, [*others, task])

    def open(self) -> list[KeptTask]:
        """The tasks of before this start of the service, which has ended those that ran."""
        with self._store.write() as tx:
            tasks = [_interrupted(one, tx.now) for one in _load(tx)]
            _save(tx, tasks)
        return tasks


def _interrupted(task: KeptTask, now: datetime) -> KeptTask:
    if task.state is not TaskState.RUNNING:
        return task
    return msgspec.structs.replace(task, state=TaskState.INTERRUPTED, ended_at=now)


def _load(tx: ReadTx) -> list[KeptTask]:
    row = tx.get(Setting, SETTING)
    return [] if row is None else msgspec.convert(row.value["rows"], list[KeptTask])


def _save(tx: Tx, tasks: Sequence[KeptTask]) -> None:
    running = [one for one in tasks if one.state is TaskState.RUNNING]
    ended = [one for one in tasks if one.state is not TaskState.RUNNING]
    kept = sorted([*running, *ended[-KEPT:]], key=lambda one: one.started_at)
    rows = {"rows": msgspec.to_builtins(kept)}
    tx.session.merge(Setting(key=SETTING, value=rows))
