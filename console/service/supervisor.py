"""Long-lived tasks of the event loop: one that ends by an error is logged and started again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
STEADY_S = 60.0
"""A task that ran this long begins again with the shortest delay."""


class Supervisor:
    """Keeps its tasks alive until it is closed."""

    def __init__(self, back_off_s: tuple[float, ...] = BACK_OFF_S) -> None:
        self._back_off_s = back_off_s
        self._tasks: list[asyncio.Task[None]] = []

    def keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Runs `run()` and runs it again whenever it ends or raises. Called on the loop."""
        self._tasks.append(asyncio.create_task(self._keep(name, run), name=name))

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            began = loop.time()
            try:
                await run()
                log.error("task_ended", task=name)
            except Exception as error:
                log.exception("task_failed", task=name, error=type(error).__name__)
            failures = 0 if loop.time() - began > STEADY_S else failures + 1
            await asyncio.sleep(self._back_off_s[min(failures, len(self._back_off_s) - 1)])

    async def close(self) -> None:
        """Cancels all tasks and waits for their ends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
