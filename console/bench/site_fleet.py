"""The terminals of the site's benchmark, simulated in a process of their own.

`python -m console.bench.site_fleet push COUNT PEOPLE` reads the service's address from its first
line; `… dialled COUNT PEOPLE` first prints the ports that it listens on, and logins begin with its
first line. At the next line, or at the end of the input, it prints the samples of the logins that
were pushed: how long each waited for the service's OK.
"""

import asyncio
import json
import random
import sys
import time
from collections import deque
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import httpx

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import FACE, FINGER, SimPerson, SimPunch, Unit
from bridge.simulator.zk import ZkServer
from console.bench.site_samples import Sample
from console.bench.site_sizes import (
    FINGERS_ON_TERMINALS,
    dialled_serial,
    name_of,
    number_of,
    push_serial,
    terminal_template,
)

POLL_S = 3.0
"""What the service tells terminals to do."""
PUNCH_EVERY_S = 10.0
"""Seconds between two logins at one terminal."""


def clock() -> datetime:
    """The terminals' clocks show UTC, as their rows in the database say."""
    return datetime.now(UTC).replace(tzinfo=None)


class TimedTerminal(SimulatedTerminal):
    """Notes how long each login waited until the service acknowledged it."""

    def __init__(self, serial: str, url: str) -> None:
        super().__init__(serial, url, clock=clock, poll_s=POLL_S)
        self.acknowledged: list[Sample] = []
        self._waiting: deque[float] = deque()

    def punch(self, pin: str) -> None:
        """Somebody logs in by face."""
        self._waiting.append(time.monotonic())
        self.unit.punch(SimPunch(pin, self.unit.now().replace(microsecond=0), 0, FACE))

    async def _report(self, http: httpx.AsyncClient) -> None:
        await super()._report(http)
        self._note(self.unsent)

    def _note(self, unsent: int) -> None:
        now = time.monotonic()
        while len(self._waiting) > unsent:
            began = self._waiting.popleft()
            self.acknowledged.append((began, now - began))

    def end(self) -> list[Sample]:
        """All samples; logins that still wait count as long as they have waited."""
        self._note(0)
        return self.acknowledged


async def push(count: int, people: int) -> list[Sample]:
    """Terminals that poll, and report logins, until the input ends."""
    url = (await asyncio.to_thread(sys.stdin.readline)).strip()
    terminals = [TimedTerminal(push_serial(number), url) for number in range(count)]
    tasks = [asyncio.create_task(_run(terminal, people)) for terminal in terminals]
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [sample for terminal in terminals for sample in terminal.end()]


async def _run(terminal: TimedTerminal, people: int) -> None:
    dice = random.Random(terminal.serial)  # noqa: S311 - who logs in when
    await asyncio.sleep(dice.uniform(0, POLL_S))
    async with asyncio.TaskGroup() as group:
        group.create_task(terminal.run())
        await asyncio.sleep(dice.uniform(0, PUNCH_EVERY_S))
        while True:
            terminal.punch(number_of(dice.randrange(people)))
            await asyncio.sleep(PUNCH_EVERY_S)


async def dialled(count: int, people: int) -> list[Sample]:
    """Terminals that are dialled, with logins as they happen, until the input ends."""
    held = {number_of(person): _held(person) for person in range(people)}
    units = [Unit(dialled_serial(number), clock) for number in range(count)]
    async with AsyncExitStack() as stack:
        servers = []
        for unit in units:
            unit.people = dict(held)
            servers.append(await stack.enter_async_context(ZkServer(unit)))
        print(json.dumps([server.port for server in servers]), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        tasks = [asyncio.create_task(_log_in_at(unit, people)) for unit in units]
        await asyncio.to_thread(sys.stdin.readline)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return []


def _held(person: int) -> SimPerson:
    templates = {finger: terminal_template(person, finger) for finger in FINGERS_ON_TERMINALS}
    return SimPerson(name=" ".join(name_of(person)), uid=person + 1, fingers=templates)


async def _log_in_at(unit: Unit, people: int) -> None:
    dice = random.Random(unit.serial)  # noqa: S311 - who logs in when
    await asyncio.sleep(dice.uniform(0, PUNCH_EVERY_S))
    while True:
        unit.present(number_of(dice.randrange(people)), verify=FINGER)
        await asyncio.sleep(PUNCH_EVERY_S)


def main() -> None:
    """Runs the terminals of one kind."""
    kind, count, people = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(asyncio.run((push if kind == "push" else dialled)(count, people))), flush=True)


if __name__ == "__main__":
    main()
