"""Tasks: long actions that an operator can watch and cancel.

They live in memory, one at a time for each terminal. After a crash they are simply started again:
plans begin with what a terminal holds, and imports with what the database holds. That there was a
task is written down (`task_book`), so that whoever comes back finds it and how it ended.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from bridge.terminals.errors import BridgeError, Cancelled
from console.api.tasks import TaskResult, TaskState
from console.domain.errors import Conflict, DomainError, NotFound
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr
from console.service.pools import Pool, Pools
from console.service.task_book import KeptTask

log = structlog.get_logger()
ENDED_KEPT = 50
"""Ended tasks that can still be looked at."""
INTERRUPTED = msgid("The service was restarted while this was running.")
NOT_KEPT = msgid("The details are not kept when the service restarts.")
LOOK = msgid("Check what was done, and start it again.")
STOPPED = msgid("Stopped.")
FAILED = msgid("Something went wrong; see the service log.")
ANNOUNCE_S = 0.1
"""Progress is announced this often at most."""


@dataclass
class RunningTask:
    """One task. Its own work changes it; anybody may read it.

    title, step, error, remedy: English, or in the language of whoever started it, which its work
    speaks; what is stored is English. They are answered by `domain.kept_texts.said`.
    """

    id: str
    terminal_id: str
    title: str
    started_at: datetime
    announce: Callable[[], None]
    give_way: Callable[[], None]
    """Waits while answers are awaited. Blocking work calls it between its transactions."""
    by: str = ""
    """The operator's id; "" for the service itself."""
    ended_at: datetime | None = None
    state: TaskState = TaskState.RUNNING
    done: int = 0
    total: int = 0
    step: str = ""
    error: str = ""
    remedy: str = ""
    result: TaskResult = field(default_factory=TaskResult)
    cancelled: bool = False
    _announced_at: float = 0.0

    def progress(self, done: int, total: int) -> None:
        """Says how far it is, from any thread. Raises Cancelled when somebody asked it to stop."""
        self.done, self.total = done, total
        now = time.monotonic()
        if now - self._announced_at >= ANNOUNCE_S:
            self._announced_at = now
            self.announce()
        if self.cancelled:
            raise Cancelled(STOPPED)

    def say(self, step: str) -> None:
        """Says what is being done, in words. Raises Cancelled when somebody asked it to stop."""
        self.step = step
        self.progress(self.done, self.total)


TaskBody = Callable[[RunningTask], Awaitable[TaskResult]]
"""The work of a task, on the service's loop."""
BlockingBody = Callable[[RunningTask], TaskResult]
"""The work of a task that waits for the database, on a thread of its own."""


class Tasks:
    """All tasks of this service. Any thread may call it, except for `bind` and `close`."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        announce: Callable[[str], None],
        pools: Pools,
        note: Callable[[KeptTask], object] = lambda _task: None,
    ) -> None:
        """note: writes a task down, at its start and at its end; it may wait for the database."""
        self._clock, self._announce, self._pools = clock, announce, pools
        self._note = note
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[str, RunningTask] = {}
        self._running: set[asyncio.Task[None]] = set()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tasks run on this loop."""
        self._loop = loop

    def restore(self, kept: Iterable[KeptTask]) -> None:
        """Tasks of before this start of the service can be looked at again, without results."""
        for one in kept:
            task = self._new(one.id, one.title, one.terminal_id, one.by)
            task.started_at, task.ended_at, task.state = one.started_at, one.ended_at, one.state
            if one.state is TaskState.INTERRUPTED:
                task.error, task.remedy = INTERRUPTED, LOOK
            elif one.state is TaskState.DONE:
                task.result = TaskResult(text=NOT_KEPT)
            else:
                task.error = NOT_KEPT
            self._tasks[task.id] = task

    def start(self, title: str, body: TaskBody, terminal_id: str = "", *, by: str = "") -> str:
        """Starts a task and returns its id. Raises Conflict while one runs on the same terminal.

        title: in English; by: the operator's id; "" for the service itself.
        """
        running = next((one for one in self._under_way() if one.terminal_id == terminal_id), None)
        if terminal_id and running is not None:
            raise Conflict(
                tr(
                    "“{title}” is still running on this terminal. Wait for it, or cancel it.",
                    title=said(running.title),
                )
            )
        task = self._new(uuid.uuid4().hex, title, terminal_id, by)
        self._tasks[task.id] = task
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._begin, task, body)
        return task.id

    def _new(self, task_id: str, title: str, terminal_id: str, by: str) -> RunningTask:
        return RunningTask(
            id=task_id,
            terminal_id=terminal_id,
            title=title,
            started_at=self._clock(),
            announce=lambda: self._announce(task_id),
            give_way=self._pools.give_way,
            by=by,
        )

    def start_blocking(self, title: str, body: BlockingBody, *, by: str = "") -> str:
        """Starts a task whose work waits for the database. Returns its id."""

        async def run(task: RunningTask) -> TaskResult:
            return await self._pools.run(Pool.TASK, body, task)

        return self.start(title, run, by=by)

    def all(self) -> list[RunningTask]:
        """The tasks that run, and the newest that have ended."""
        return list(self._tasks.values())

    def _under_way(self) -> list[RunningTask]:
        return [task for task in self.all() if task.state is TaskState.RUNNING]

    def running_of(self, operator_id: str) -> int:
        """How many of this operator's tasks run."""
        return sum(task.by == operator_id for task in self._under_way())

    def get(self, task_id: str) -> RunningTask:
        """Raises NotFound."""
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFound(
                paragraph(tr("This task is unknown, because the service restarted."), tr(LOOK))
            )
        return task

    def cancel(self, task_id: str) -> RunningTask:
        """Asks a task to stop at the next place where everything can be left in order."""
        task = self.get(task_id)
        task.cancelled = True
        return task

    def _begin(self, task: RunningTask, body: TaskBody) -> None:
        self._keep(self._run(task, body))

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs it until it ends, or until the service does."""
        running = asyncio.ensure_future(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    async def _run(self, task: RunningTask, body: TaskBody) -> None:
        begun = self._keep(self._write_down(_kept(task)))  # the work waits for no database
        await self._do(task, body)
        task.ended_at = self._clock()
        self._forget()
        self._announce(task.id)
        await begun
        await self._write_down(_kept(task))

    async def _write_down(self, task: KeptTask) -> None:
        try:
            await self._pools.run(Pool.WRITE, self._note, task)
        except Exception as error:  # the task goes on; after a restart nobody is told of it
            log.exception("task_not_noted", title=task.title, error=type(error).__name__)

    async def _do(self, task: RunningTask, body: TaskBody) -> None:
        try:
            task.result = await body(task)
            task.state = TaskState.DONE
        except Cancelled as error:
            task.error, task.remedy = str(error), error.remedy
            task.state = TaskState.CANCELLED
        except BridgeError as error:
            task.error, task.remedy = str(error), error.remedy
            task.state = TaskState.FAILED
        except DomainError as error:
            task.error = error.message
            task.state = TaskState.FAILED
        except Exception as error:  # a defect of ours: say so, keep serving
            log.exception("task_failed", title=task.title, error=type(error).__name__)
            task.error = FAILED
            task.state = TaskState.FAILED

    def _forget(self) -> None:
        ended = [task.id for task in self.all() if task.state is not TaskState.RUNNING]
        for task_id in ended[:-ENDED_KEPT]:
            del self._tasks[task_id]

    async def close(self) -> None:
        """Stops running tasks; terminals are left in order where that is still possible."""
        for task in self._under_way():
            task.cancelled = True
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


def _kept(task: RunningTask) -> KeptTask:
    return KeptTask(
        id=task.id,
        terminal_id=task.terminal_id,
        title=task.title,
        by=task.by,
        state=task.state,
        started_at=task.started_at,
        ended_at=task.ended_at,
    )
