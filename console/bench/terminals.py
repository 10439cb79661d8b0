"""Terminals: reading and writing a unit on port 4370, compared with pyzk; then a whole site.

The unit is our simulator in a process of its own. Both clients read the same one, one after the
other.
"""

import asyncio
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.terminals.terminal import Person
from bridge.terminals.zk.session import Address, Deadlines
from bridge.terminals.zk.terminal import connected
from console.bench import terminals_site

Figures = dict[str, float]
LOGS = {"100k": 100_000, "200k": 200_000, "1m": 1_000_000}
PEOPLE = 10_000
ROUNDS = 15
RECORD_BYTES = 40
PATIENT = Deadlines(answer=120.0)

_UNIT = """
import asyncio, sys
from datetime import datetime, timedelta
from bridge.simulator.unit import SimPerson, SimPunch, Unit
from bridge.simulator.zk import ZkServer

async def main(people, punches):
    unit = Unit("BENCH")
    unit.people = {
        str(1001 + number): SimPerson(f"Person {number}", number + 1) for number in range(people)
    }
    start = datetime(2024, 1, 1, 6)
    unit.punches = [
        SimPunch(str(1001 + i % max(people, 1)), start + timedelta(seconds=31 * i), i % 2, 1)
        for i in range(punches)
    ]
    unit.attendance(40)
    async with ZkServer(unit) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()

asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
"""
_PYZK = """
import json, sys, time
from zk import ZK
client = ZK("127.0.0.1", port=int(sys.argv[1]), timeout=300, ommit_ping=True)
unit = client.connect()
start = time.perf_counter()
rows = unit.get_attendance() if sys.argv[2] == "log" else unit.get_users()
print(json.dumps([time.perf_counter() - start, len(rows)]))
unit.disconnect()
"""


def measure(_data: Path | None) -> Figures:
    """Seconds and ratios; each of our own figures is the median of fifteen."""
    figures: Figures = {}
    for name, count in LOGS.items():
        with _unit(200, count) as port:
            decoded, rows = asyncio.run(_read_log(port, count))
            figures[f"read_{name}_s"], figures[f"read_{name}_rows_s"] = decoded, rows
            if name == "100k":
                figures["pyzk_100k_s"] = _pyzk(port, "log", count)
                figures["peak_to_raw"] = asyncio.run(_peak(port, count))
    figures["ratio_to_pyzk"] = round(figures["pyzk_100k_s"] / figures["read_100k_s"], 1)
    figures["read_200k_to_100k"] = round(figures["read_200k_s"] / figures["read_100k_s"], 2)
    with _unit(PEOPLE, 0) as port:
        figures["read_10k_users_s"] = asyncio.run(_read_people(port))
        figures["pyzk_10k_users_s"] = _pyzk(port, "users", PEOPLE)
    with _unit(0, 0) as port:
        figures["write_10k_users_s"] = asyncio.run(_write_people(port))
    return figures | terminals_site.measure()


@contextmanager
def _unit(people: int, punches: int) -> Iterator[int]:
    """A simulated unit in another process; its port."""
    process = subprocess.Popen(
        [sys.executable, "-c", _UNIT, str(people), str(punches)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def _pyzk(port: int, what: str, expected: int) -> float:
    run = subprocess.run(
        [sys.executable, "-c", _PYZK, str(port), what], capture_output=True, text=True, check=True
    )
    seconds, count = json.loads(run.stdout)
    assert count == expected, f"pyzk received {count} of {expected}"
    return round(float(seconds), 3)


async def _read_log(port: int, expected: int) -> tuple[float, float]:
    """(read and decoded, the same and made into a list of rows)."""
    read, listed = [], []
    async with connected(Address("127.0.0.1", port), "BENCH", PATIENT) as unit:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            log = await unit.log()
            read.append(time.perf_counter() - start)
            rows = list(log.punches)
            listed.append(time.perf_counter() - start)
            assert len(rows) == log.received == expected
    return _median(read), _median(listed)


async def _peak(port: int, count: int) -> float:
    """The most memory that reading and decoding took, in multiples of the raw bytes."""
    async with connected(Address("127.0.0.1", port), "BENCH", PATIENT) as unit:
        await unit.counts()
        tracemalloc.start()
        log = await unit.log()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert log.received == count
    return round(peak / (count * RECORD_BYTES), 2)


async def _read_people(port: int) -> float:
    times = []
    async with connected(Address("127.0.0.1", port), "BENCH", PATIENT) as unit:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            assert len(await unit.people()) == PEOPLE
            times.append(time.perf_counter() - start)
    return _median(times)


async def _write_people(port: int) -> float:
    """One user record a request, as units want it, and the read-back that proves them."""
    people = [Person(pin=str(1001 + number), name=f"Person {number}") for number in range(PEOPLE)]
    async with connected(Address("127.0.0.1", port), "BENCH", PATIENT) as unit:
        start = time.perf_counter()
        await unit.write_people(people)
        return round(time.perf_counter() - start, 3)


def _median(times: list[float]) -> float:
    return round(sorted(times)[len(times) // 2], 3)
