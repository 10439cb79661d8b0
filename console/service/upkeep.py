"""Regular upkeep: once a minute each subject does its own step, in short transactions."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from console.service.pools import Pool, Pools

log = structlog.get_logger()
EVERY_S = 60.0


@dataclass(frozen=True)
class UpkeepStep:
    """One idempotent piece of upkeep. run: blocking."""

    name: str
    run: Callable[[], object]


class Upkeep:
    """Runs all steps again and again. A step that fails hinders no other, and is tried again."""

    def __init__(self, pools: Pools, steps: list[UpkeepStep]) -> None:
        self._pools, self._steps = pools, steps

    async def run(self) -> None:
        """Never ends by itself."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """One pass over all steps."""
        for step in self._steps:
            try:
                await self._pools.run(Pool.TASK, step.run)
            except Exception as error:
                log.exception("upkeep_failed", step=step.name, error=type(error).__name__)
