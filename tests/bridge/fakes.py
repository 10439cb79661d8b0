"""What the tests of the bridge share: simulated units on real sockets, a site in memory."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import uvicorn

from bridge.simulator.access import simulated
from bridge.simulator.push import FirmwareProfile, SimulatedTerminal
from bridge.simulator.unit import SimPunch, Unit, made_up_people
from bridge.simulator.zk import ZkServer
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.push.dialects import REGISTERED, recognise
from bridge.terminals.push.listener import Admission, Hello, PushListener, Site
from bridge.terminals.push.records import CommandResult, UploadBatch
from bridge.terminals.terminal import Punch
from bridge.terminals.zk.session import Address, Deadlines, TransportKind

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


def address(
    server: ZkServer, key: int = 0, transport: TransportKind = TransportKind.TCP
) -> Address:
    return Address(server.host, server.port, key, transport)


class MemorySite:
    """A push site that lets everybody in, whatever they speak, and keeps rows in lists."""

    def __init__(self) -> None:
        self.queues: dict[str, CommandQueue] = {}
        self.punches: list[Punch] = []
        self.seen: list[Hello] = []
        self.approved = self.serves = True
        self.facts: dict[str, dict[str, str]] = {}

    def queue(self, serial: str) -> CommandQueue:
        return self.queues.setdefault(serial, CommandQueue())

    async def admit(self, hello: Hello) -> Admission:
        self.seen.append(hello)
        facts = self.facts.setdefault(hello.serial, {})
        facts |= hello.info
        return Admission(
            self.approved,
            1,
            send_all=True,
            dialect=recognise(facts).dialect,
            registered=bool(facts.get(REGISTERED)),
        )

    async def next_commands(self, serial: str) -> list[str]:
        return self.queue(serial).fetch_lines()

    async def store_upload(self, serial: str, table: str, batch: UploadBatch) -> bool:
        self.punches += batch.punches
        self.queue(serial).add_rows(batch)
        return self.serves

    async def keep_aside(self, serial: str, address: str, batch: UploadBatch) -> bool:
        raise AssertionError("this site holds nobody")

    async def store_results(self, serial: str, results: list[CommandResult]) -> None:
        for result in results:
            self.queue(serial).add_result(result)


class HeldSite(MemorySite):
    """A push site to which nobody is the terminal that was approved."""

    def __init__(self, room: bool) -> None:
        super().__init__()
        self.room = room
        self.aside: list[str] = []

    async def admit(self, hello: Hello) -> Admission:
        return Admission(approved=False, held=True)

    async def keep_aside(self, serial: str, address: str, batch: UploadBatch) -> bool:
        self.aside.append(address)
        return self.room


@asynccontextmanager
async def listening(site: Site) -> AsyncIterator[str]:
    """The address of a push listener."""
    app = PushListener(site).app()
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", lifespan="off", date_header=False)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@asynccontextmanager
async def dialling(
    url: str, unit: Unit, profile: FirmwareProfile = FirmwareProfile.BIODATA
) -> AsyncIterator[SimulatedTerminal]:
    """A simulated unit that dials in."""
    kind = simulated(profile)
    terminal = kind(unit.serial, url, poll_s=0.05, profile=profile, unit=unit)
    task = asyncio.create_task(terminal.run())
    try:
        yield terminal
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
