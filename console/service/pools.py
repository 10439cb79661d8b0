"""A pool of threads for each kind of work, so that no kind can make another one wait.

The event loop never waits. Everything that touches the store, the vault, a worker process or a
device runs here.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from enum import StrEnum
from functools import partial
from typing import ParamSpec, TypeVar

import structlog

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger()


class Pool(StrEnum):
    """The kinds of work; each has threads of its own."""

    READ = "read"
    WRITE = "write"
    TERMINAL = "terminal"
    """Reports of terminals: a long import in a console never delays them."""
    WORKER = "worker"
    """Questions to the worker processes, which take tenths of a second."""
    DEVICE = "device"
    """Blocking access to devices and files."""
    PASSWORD = "password"  # noqa: S105 - the name of a pool
    """Hashing of passwords, which is slow by intention."""
    TASK = "task"
    """Tasks, which an operator watches."""
    BULK = "bulk"
    """Long lists that programs fetch, such as the kiosks': they give way to people who wait."""


THREADS = {
    Pool.READ: 8,
    Pool.WRITE: 4,
    Pool.TERMINAL: 4,
    Pool.WORKER: 4,
    Pool.DEVICE: 8,
    Pool.PASSWORD: 2,
    Pool.TASK: 6,
    Pool.BULK: 2,
}


ANSWERS = frozenset({Pool.READ, Pool.WRITE, Pool.TERMINAL})
"""Work that somebody waits for."""
GIVE_WAY_S = 0.1


class Pools:
    """One executor for each kind of work."""

    def __init__(self, on_reader_start: Callable[[], None] = lambda: None) -> None:
        """on_reader_start: runs once on each reading thread; the store forbids writes there."""
        self._executors = {
            pool: ThreadPoolExecutor(
                count, pool.value, initializer=on_reader_start if pool is Pool.READ else None
            )
            for pool, count in THREADS.items()
        }
        self._awaited = 0
        self._nobody_waits = threading.Condition()

    async def run(self, pool: Pool, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`, done on a thread of the pool in the context of the caller."""
        inside = partial(copy_context().run, work, *args, **kwargs)
        return await asyncio.wrap_future(self.submit(pool, inside))

    def submit(
        self, pool: Pool, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Starts `work` on a thread of the pool, from any thread."""
        future = self._executors[pool].submit(work, *args, **kwargs)
        if pool in ANSWERS:
            with self._nobody_waits:
                self._awaited += 1
            future.add_done_callback(self._note_answer)
        return future

    def _note_answer(self, _done: "Future[T]") -> None:
        with self._nobody_waits:
            self._awaited -= 1
            if not self._awaited:
                self._nobody_waits.notify_all()

    def give_way(self) -> None:
        """Waits, a moment at most, until nobody waits for an answer.

        For long work on a thread of its own, between its steps and outside transactions.
        """
        with self._nobody_waits:
            self._nobody_waits.wait_for(lambda: not self._awaited, GIVE_WAY_S)

    def start(self, pool: Pool, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
        """Starts work whose result nobody waits for; a failure is logged."""
        self.submit(pool, work, *args, **kwargs).add_done_callback(_log_failure)

    def close(self) -> None:
        """Waits for what is under way."""
        for executor in self._executors.values():
            executor.shutdown(wait=True, cancel_futures=True)


def _log_failure(done: "Future[T]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("background_work_failed", error=type(error).__name__, exc_info=error)
