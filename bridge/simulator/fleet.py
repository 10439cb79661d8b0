"""Many simulated units at once, with people, a stream of logins and live commands.

For rehearsals of a roll-out, for training, and for tests without hardware.
"""

import asyncio
import ipaddress
import random
import sys
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bridge.simulator.access import simulated
from bridge.simulator.profiles import UnitProfile
from bridge.simulator.push import FirmwareProfile
from bridge.simulator.replay import ReplayServer
from bridge.simulator.unit import FACE, FINGER, Unit, made_up_people
from bridge.simulator.zk import ZkServer
from bridge.terminals.recording import parse_recording
from bridge.terminals.zk.session import PORT

FIRST_HOST = "127.0.0.2"
SAVE_S = 5.0
HELP = """fault SERIAL|all NAME VALUE   make units misbehave, or stop it (offline, silent, frame, …)
punch SERIAL PIN              somebody logs in
list                          the units and what they hold
quit                          end"""


@dataclass(frozen=True)
class Fleet:
    """What to simulate.

    rate: logins a minute for each unit. host: of the first unit; the others follow. state: a
    folder that keeps the units' memory. like: whom they behave like; faults: "name=value", besides.
    say: prints a line.
    """

    units: int = 1
    dialect: str = "zk"
    people: int = 20
    rate: float = 0.0
    host: str = FIRST_HOST
    port: int = PORT
    key: int = 0
    url: str = "http://127.0.0.1:8081"
    profile: FirmwareProfile = FirmwareProfile.QF_MASTER
    state: Path | None = None
    like: UnitProfile | None = None
    faults: tuple[str, ...] = ()
    say: Callable[[str], None] = field(default=lambda _text: None)


class BadCommand(ValueError):
    """A live command that is not understood; the text tells which ones there are."""


class RunningFleet:
    """The units of a running fleet; `run_fleet` makes it."""

    def __init__(self, fleet: Fleet) -> None:
        self.units: dict[str, Unit] = {}
        self._fleet = fleet
        self._dice = random.Random(1)  # noqa: S311 - who logs in when

    def add_unit(self, number: int) -> Unit:
        """Make a unit; number: 1 and so on."""
        serial = f"SIM-{self._fleet.dialect.upper()}-{number:04d}"
        state = self._fleet.state / f"{serial}.json" if self._fleet.state else None
        unit = Unit(serial, state=state)
        if not unit.people and not (
            self._fleet.dialect == "push" and self._fleet.profile is FirmwareProfile.QF_MASTER
        ):
            made_up_people(unit, self._fleet.people)
            for person in unit.people.values() if self._fleet.profile.is_access else ():
                person.zone = "1"
        self.units[serial] = unit
        if self._fleet.like is not None:
            self._fleet.like.shape(unit)
        for fault in self._fleet.faults:
            name, _, value = fault.partition("=")
            unit.faults.set_fault(name, value)
        return unit

    async def log_in_people(self) -> None:
        """Make logins at the set rate, forever; at whole seconds, as units keep them."""
        while True:
            pace = self._fleet.rate * len(self.units) / 60.0
            await asyncio.sleep(self._dice.expovariate(pace) if pace else 3600.0)
            unit = self._dice.choice(list(self.units.values()))
            if unit.people:
                pin = self._dice.choice(list(unit.people))
                unit.present(
                    pin, self._dice.randrange(2), FACE if unit.people[pin].photo else FINGER
                )

    async def save_units(self) -> None:
        """Save the units' memory every SAVE_S seconds, forever."""
        while True:
            await asyncio.sleep(SAVE_S)
            for unit in self.units.values():
                await asyncio.to_thread(unit.save)

    def obey(self, line: str) -> str:
        """Carry out one live command and return what to print. Raises BadCommand."""
        words = line.split()
        if not words:
            return ""
        if words[0] == "list":
            return "\n".join(f"{serial}  {_contents(unit)}" for serial, unit in self.units.items())
        if words[0] == "fault" and len(words) in (3, 4):
            for unit in self._named(words[1]):
                try:
                    unit.faults.set_fault(words[2], words[3] if len(words) == 4 else "")
                except ValueError as error:
                    raise BadCommand(str(error)) from error
            return "done"
        if words[0] == "punch" and len(words) == 3:
            opened = [
                unit.present(words[2], verify=FACE) or unit.present(words[2], verify=FINGER)
                for unit in self._named(words[1])
            ]
            return "it opens" if all(opened) else "it does not know this person"
        raise BadCommand(HELP)

    def _named(self, serial: str) -> list[Unit]:
        if serial == "all":
            return list(self.units.values())
        if serial not in self.units:
            raise BadCommand(f"There is no unit {serial}; “list” shows them.")
        return [self.units[serial]]


def _contents(unit: Unit) -> str:
    counts = unit.counts()
    people, fingers = f"{counts.people} people", f"{counts.fingers} fingers"
    return f"{people}, {fingers}, {counts.faces} faces, {counts.records} logins"


async def run_fleet(
    fleet: Fleet, ready: Callable[[RunningFleet], None] = lambda _running: None
) -> None:
    """Run the fleet until it is cancelled, or until “quit” on standard input."""
    running = RunningFleet(fleet)
    async with AsyncExitStack() as stack:
        tasks = [
            asyncio.create_task(running.log_in_people()),
            asyncio.create_task(running.save_units()),
        ]
        try:
            for number in range(1, fleet.units + 1):
                unit = running.add_unit(number)
                if fleet.dialect == "zk":
                    host = str(ipaddress.ip_address(fleet.host) + number - 1)
                    server = await stack.enter_async_context(
                        ZkServer(unit, host, fleet.port, fleet.key)
                    )
                    fleet.say(f"{unit.serial} listens on {server.host}:{server.port} (TCP and UDP)")
                else:
                    kind = simulated(fleet.profile)
                    terminal = kind(unit.serial, fleet.url, unit=unit, profile=fleet.profile)
                    tasks.append(asyncio.create_task(terminal.run()))
                    fleet.say(f"{unit.serial} dials {fleet.url}")
            ready(running)
            await _commands(running, fleet.say)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for unit in running.units.values():
                unit.save()


async def _commands(running: RunningFleet, say: Callable[[str], None]) -> None:
    """Carry out live commands from standard input; without any, wait forever."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # a thread of a pool would delay the end of the program until the next line
    threading.Thread(target=listen, daemon=True).start()
    while (line := await lines.get()).strip() != "quit":
        try:
            say(running.obey(line))
        except BadCommand as error:
            say(str(error))


async def run_replay(path: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """Answer as the recorded unit did, until it is cancelled. Raises ProtocolError."""
    text = await asyncio.to_thread(path.read_text, "utf-8")
    async with ReplayServer(parse_recording(text), host, port) as server:
        say(f"The recording answers on {server.host}:{server.port}")
        await asyncio.Event().wait()
