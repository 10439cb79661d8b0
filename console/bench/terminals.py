"""Terminals: reading and writing a unit on port 4370, compared with pyzk, and logins by push.

The unit is our simulator in a process of its own. Both clients read the same one, one after the
other.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bridge.terminals.terminal import Person
from bridge.terminals.zk.session import Address, Deadlines
from bridge.terminals.zk.terminal import connected

Figures = dict[str, float]
LOGS = (100_000, 200_000)
PEOPLE = 10_000
ROUNDS = 15
RECORD_BYTES = 40
PUSH_UNITS, PUSH_POSTS, PUSH_LINES = 20, 40, 100
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
    for count in LOGS:
        with _unit(200, count) as port:
            name = f"{count // 1000}k"
            figures[f"read_{name}_s"], figures[f"read_and_list_{name}_s"] = asyncio.run(
                _read_log(port, count)
            )
            if count == LOGS[0]:
                figures["pyzk_100k_s"] = _pyzk(port, "log", count)
                figures["peak_to_raw"] = asyncio.run(_peak(port, count))
    figures["ratio_to_pyzk"] = round(figures["pyzk_100k_s"] / figures["read_100k_s"], 1)
    figures["read_200k_to_100k"] = round(figures["read_200k_s"] / figures["read_100k_s"], 2)
    with _unit(PEOPLE, 0) as port:
        figures["read_10k_users_s"] = asyncio.run(_read_people(port))
        figures["pyzk_10k_users_s"] = _pyzk(port, "users", PEOPLE)
    with _unit(0, 0) as port:
        figures["write_10k_users_s"] = asyncio.run(_write_people(port))
    figures |= _push()
    return figures


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


def _push() -> Figures:
    """Logins through the real service on SQLite; each post is answered after its commit."""
    from console.api import terminals
    from console.api.operation import Nothing
    from console.demo.site import DemoSite

    with (
        tempfile.TemporaryDirectory() as folder,
        DemoSite(Path(folder)) as demo,
        demo.client() as client,
    ):
        client.set_up("bench", "Bench", "correct horse battery staple", "Bench")
        serials = [f"PUSH{number}" for number in range(PUSH_UNITS)]
        url = demo.running.push
        for serial in serials:
            httpx.get(
                f"{url}/iclock/cdata", params={"SN": serial, "options": "all"}
            ).raise_for_status()
        for row in client.call(terminals.list_terminals, Nothing()).rows:
            client.call(
                terminals.approve_terminal, terminals.ApproveTerminal(id=row.id, name=row.serial)
            )
        for serial in serials:
            httpx.get(
                f"{url}/iclock/cdata", params={"SN": serial, "options": "all"}
            ).raise_for_status()
        start = time.perf_counter()
        asyncio.run(_post_all(url, serials))
        seconds = time.perf_counter() - start
        with closing(sqlite3.connect(demo.data_dir / "muster.db")) as database:
            stored = database.execute("SELECT count(*) FROM login").fetchone()[0]
    total = PUSH_UNITS * PUSH_POSTS * PUSH_LINES
    assert stored == total, f"{stored} of {total} logins were kept"
    return {
        "push_punches_per_s": round(total / seconds),
        "push_posts_per_s": round(PUSH_UNITS * PUSH_POSTS / seconds, 1),
    }


async def _post_all(url: str, serials: list[str]) -> None:
    start = datetime(2026, 1, 1, 6, tzinfo=UTC)

    async def unit(serial: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            for post in range(PUSH_POSTS):
                first = post * PUSH_LINES
                lines = [
                    f"{1001 + i % 300}\t{start + timedelta(seconds=first + i):%Y-%m-%d %H:%M:%S}"
                    "\t0\t15\t0\t0\t0"
                    for i in range(PUSH_LINES)
                ]
                answer = await http.post(
                    "/iclock/cdata",
                    params={"SN": serial, "table": "ATTLOG"},
                    content="\n".join(lines),
                )
                assert answer.text == f"OK:{PUSH_LINES}", answer.text

    await asyncio.gather(*(unit(serial) for serial in serials))
