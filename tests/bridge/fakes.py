"""What the tests of the bridge share: simulated units on real sockets, and a site without a database."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import uvicorn

from bridge.simulator.push import Profile, SimulatedTerminal
from bridge.simulator.unit import SimPunch, Unit, made_up_people
from bridge.simulator.zk import ZkServer
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.push.listener import Admission, Hello, PushListener
from bridge.terminals.push.records import Batch, CommandResult
from bridge.terminals.terminal import Punch
from bridge.terminals.zk.session import Address, Deadlines, Transport

T = TypeVar("T")
QUICK = Deadlines(connect=1.0, idle=0.4, answer=2.0, goodbye=0.2, wait=5.0)


def run(work: Coroutine[Any, Any, T], within: float = 60.0) -> T:
    """Runs it on a loop of its own; hanging is a failure."""

    async def bounded() -> T:
        async with asyncio.timeout(within):
            return await work

    return asyncio.run(bounded())


def a_unit(people: int = 5, punches: int = 0, serial: str = "SIM-1") -> Unit:
    unit = Unit(serial)
    made_up_people(unit, people)
    start = datetime(2026, 3, 2, 7, 30)
    unit.punches = [
        SimPunch(str(1001 + i % max(people, 1)), start + timedelta(seconds=61 * i), i % 2, 1)
        for i in range(punches)
    ]
    return unit


def address(server: ZkServer, key: int = 0, transport: Transport = Transport.TCP) -> Address:
    return Address(server.host, server.port, key, transport)


class MemorySite:
    """A push site that lets everybody in and keeps rows in lists."""

    def __init__(self) -> None:
        self.boxes: dict[str, CommandQueue] = {}
        self.punches: list[Punch] = []
        self.seen: list[Hello] = []
        self.approved = True

    def box(self, serial: str) -> CommandQueue:
        return self.boxes.setdefault(serial, CommandQueue())

    async def admit(self, hello: Hello) -> Admission:
        self.seen.append(hello)
        return Admission(self.approved, 1, send_all=True)

    async def commands(self, serial: str) -> list[str]:
        return self.box(serial).fetch()

    async def take(self, serial: str, table: str, batch: Batch) -> None:
        self.punches += batch.punches
        self.box(serial).take_rows(batch)

    async def results(self, serial: str, results: list[CommandResult]) -> None:
        for result in results:
            self.box(serial).take_result(result)


@asynccontextmanager
async def listening(site: MemorySite) -> AsyncIterator[str]:
    """The address of a push listener."""
    server = uvicorn.Server(
        uvicorn.Config(PushListener(site).app(), port=0, log_level="error", lifespan="off")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@asynccontextmanager
async def dialling(
    url: str, unit: Unit, profile: Profile = Profile.BIODATA
) -> AsyncIterator[SimulatedTerminal]:
    """A simulated unit that dials in."""
    terminal = SimulatedTerminal(unit.serial, url, poll_s=0.05, profile=profile, unit=unit)
    task = asyncio.create_task(terminal.run())
    try:
        yield terminal
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
