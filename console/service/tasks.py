"""Work that takes a while and that somebody watches: on the service's loop, one at a time per terminal, with progress and an end.

It lives in memory. What a crash cuts short is seen by making the plan again: plans start from what the terminal holds.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bridge.terminals.errors import BridgeError, Cancelled
from console.api.tasks import TaskResult
from console.domain.errors import Conflict, DomainError, NotFound

log = structlog.get_logger()
KEPT = 50
"""Ended works that can still be looked at."""
ANNOUNCE_S = 0.1
"""Progress is told this often at most."""


@dataclass
class Task:
    """One work. Only the loop changes it; anybody may read it."""

    id: str
    terminal_id: str
    title: str
    started_at: datetime
    state: str = "running"
    done: int = 0
    total: int = 0
    step: str = ""
    error: str = ""
    remedy: str = ""
    result: TaskResult = field(default_factory=TaskResult)
    stop: bool = False
    announce: Callable[[], None] = lambda: None

    def progress(self, done: int, total: int) -> None:
        """What bridge work calls between its steps. Raises Cancelled when somebody asked to stop."""
        self.done, self.total = done, total
        self.announce()
        if self.stop:
            raise Cancelled("Stopped.")

    def say(self, step: str) -> None:
        """What is being done now, in words."""
        self.step = step
        self.progress(self.done, self.total)


TaskBody = Callable[[Task], Awaitable[TaskResult]]


class Tasks:
    """All works of this service. `start` and `cancel` may be called from any thread."""

    def __init__(self, clock: Callable[[], datetime], announce: Callable[[str], None]) -> None:
        self._clock, self._announce = clock, announce
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[str, Task] = {}
        self._running: set[asyncio.Task[None]] = set()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def start(self, terminal_id: str, title: str, body: TaskBody) -> str:
        """The id of the new work. Raises Conflict while another one on the same terminal goes on."""
        running = next(
            (
                task
                for task in self.all()
                if task.state == "running" and terminal_id and task.terminal_id == terminal_id
            ),
            None,
        )
        if running is not None:
            raise Conflict(
                f"“{running.title}” is still under way on this terminal. Wait for it, or cancel it."
            )
        task = Task(uuid.uuid4().hex, terminal_id, title, self._clock())
        task.announce = _slowly(lambda: self._announce(task.id))
        self._tasks[task.id] = task
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._begin, task, body)
        return task.id

    def all(self) -> list[Task]:
        return list(self._tasks.values())

    def get(self, task_id: str) -> Task:
        """Raises NotFound."""
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFound(
                "This task is not known any more: the service was restarted. Look at the terminal and start again."
            )
        return task

    def cancel(self, task_id: str) -> Task:
        """Asks it to stop at the next place where the terminal can be left in order."""
        task = self.get(task_id)
        task.stop = True
        return task

    def _begin(self, task: Task, body: TaskBody) -> None:
        running = asyncio.ensure_future(self._run(task, body))
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _run(self, task: Task, body: TaskBody) -> None:
        try:
            task.result = await body(task)
            task.state = "done"
        except Cancelled as error:
            task.state, task.error, task.remedy = "cancelled", str(error), error.remedy
        except BridgeError as error:
            task.state, task.error, task.remedy = "failed", str(error), error.remedy
        except DomainError as error:
            task.state, task.error = "failed", error.message
        except Exception as error:  # a defect of ours: say so, keep serving
            log.exception("task_failed", title=task.title, error=type(error).__name__)
            task.state, task.error = "failed", "The service failed at this; details are in its log."
        self._forget()
        self._announce(task.id)

    def _forget(self) -> None:
        ended = [task.id for task in self._tasks.values() if task.state != "running"]
        for task_id in ended[:-KEPT]:
            del self._tasks[task_id]

    async def close(self) -> None:
        """Stops what goes on; units are left in order where that is still possible."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


def _slowly(announce: Callable[[], None]) -> Callable[[], None]:
    """The same, at most ten times a second."""
    last = 0.0

    def maybe() -> None:
        nonlocal last
        now = asyncio.get_running_loop().time()
        if now - last >= ANNOUNCE_S:
            last = now
            announce()

    return maybe
