"""Tasks: long actions that an operator can watch and cancel.

They live in memory, one at a time for each terminal. After a crash they are simply started again:
plans begin with what a terminal holds, and imports with what the database holds.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bridge.terminals.errors import BridgeError, Cancelled
from console.api.tasks import TaskResult, TaskState
from console.domain.errors import Conflict, DomainError, NotFound
from console.service.pools import Pool, Pools

log = structlog.get_logger()
ENDED_KEPT = 50
"""Ended tasks that can still be looked at."""
ANNOUNCE_S = 0.1
"""Progress is announced this often at most."""


@dataclass
class RunningTask:
    """One task. Its own work changes it; anybody may read it."""

    id: str
    terminal_id: str
    title: str
    started_at: datetime
    announce: Callable[[], None]
    give_way: Callable[[], None]
    """Waits while answers are awaited. Blocking work calls it between its transactions."""
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
            raise Cancelled("Stopped.")

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
        self, clock: Callable[[], datetime], announce: Callable[[str], None], pools: Pools
    ) -> None:
        self._clock, self._announce, self._pools = clock, announce, pools
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[str, RunningTask] = {}
        self._running: set[asyncio.Task[None]] = set()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tasks run on this loop."""
        self._loop = loop

    def start(self, title: str, body: TaskBody, terminal_id: str = "") -> str:
        """Starts a task and returns its id. Raises Conflict while one runs on the same terminal."""
        running = next((one for one in self._under_way() if one.terminal_id == terminal_id), None)
        if terminal_id and running is not None:
            raise Conflict(
                f"“{running.title}” is still under way on this terminal. Wait for it, or cancel it."
            )
        task_id = uuid.uuid4().hex
        task = RunningTask(
            id=task_id,
            terminal_id=terminal_id,
            title=title,
            started_at=self._clock(),
            announce=lambda: self._announce(task_id),
            give_way=self._pools.give_way,
        )
        self._tasks[task.id] = task
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._begin, task, body)
        return task.id

    def start_blocking(self, title: str, body: BlockingBody) -> str:
        """Starts a task whose work waits for the database. Returns its id."""

        async def run(task: RunningTask) -> TaskResult:
            return await self._pools.run(Pool.TASK, body, task)

        return self.start(title, run)

    def all(self) -> list[RunningTask]:
        """The tasks that run, and the newest that have ended."""
        return list(self._tasks.values())

    def _under_way(self) -> list[RunningTask]:
        return [task for task in self.all() if task.state is TaskState.RUNNING]

    def get(self, task_id: str) -> RunningTask:
        """Raises NotFound."""
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFound(
                "This task is unknown, because the service was restarted. "
                "Look at what it was about and start it again."
            )
        return task

    def cancel(self, task_id: str) -> RunningTask:
        """Asks a task to stop at the next place where everything can be left in order."""
        task = self.get(task_id)
        task.cancelled = True
        return task

    def _begin(self, task: RunningTask, body: TaskBody) -> None:
        running = asyncio.ensure_future(self._run(task, body))
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _run(self, task: RunningTask, body: TaskBody) -> None:
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
            task.error = "The service failed at this; details are in its log."
            task.state = TaskState.FAILED
        self._forget()
        self._announce(task.id)

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
