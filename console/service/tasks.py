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
from console.api.tasks import WorkResult
from console.domain.errors import Conflict, DomainError, NotFound

log = structlog.get_logger()
KEPT = 50
"""Ended works that can still be looked at."""
ANNOUNCE_S = 0.1
"""Progress is told this often at most."""


@dataclass
class Job:
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
    result: WorkResult = field(default_factory=WorkResult)
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


Act = Callable[[Job], Awaitable[WorkResult]]


class Works:
    """All works of this service. `start` and `cancel` may be called from any thread."""

    def __init__(self, clock: Callable[[], datetime], announce: Callable[[str], None]) -> None:
        self._clock, self._announce = clock, announce
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def start(self, terminal_id: str, title: str, act: Act) -> str:
        """The id of the new work. Raises Conflict while another one on the same terminal goes on."""
        running = next((job for job in self.all() if job.state == "running" and terminal_id and job.terminal_id == terminal_id), None)
        if running is not None:
            raise Conflict(f"“{running.title}” is still under way on this terminal. Wait for it, or cancel it.")
        job = Job(uuid.uuid4().hex, terminal_id, title, self._clock())
        job.announce = _slowly(lambda: self._announce(job.id))
        self._jobs[job.id] = job
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._begin, job, act)
        return job.id

    def all(self) -> list[Job]:
        return list(self._jobs.values())

    def get(self, work_id: str) -> Job:
        """Raises NotFound."""
        job = self._jobs.get(work_id)
        if job is None:
            raise NotFound("This work is not known any more: the service was restarted. Look at the terminal and start again.")
        return job

    def cancel(self, work_id: str) -> Job:
        """Asks it to stop at the next place where the terminal can be left in order."""
        job = self.get(work_id)
        job.stop = True
        return job

    def _begin(self, job: Job, act: Act) -> None:
        task = asyncio.ensure_future(self._run(job, act))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, job: Job, act: Act) -> None:
        try:
            job.result = await act(job)
            job.state = "done"
        except Cancelled as error:
            job.state, job.error, job.remedy = "cancelled", str(error), error.remedy
        except BridgeError as error:
            job.state, job.error, job.remedy = "failed", str(error), error.remedy
        except DomainError as error:
            job.state, job.error = "failed", error.message
        except Exception as error:  # a defect of ours: say so, keep serving
            log.exception("work_failed", title=job.title, error=type(error).__name__)
            job.state, job.error = "failed", "The service failed at this; details are in its log."
        self._forget()
        self._announce(job.id)

    def _forget(self) -> None:
        ended = [job.id for job in self._jobs.values() if job.state != "running"]
        for work_id in ended[:-KEPT]:
            del self._jobs[work_id]

    async def close(self) -> None:
        """Stops what goes on; units are left in order where that is still possible."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


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
