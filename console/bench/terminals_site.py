"""A site with many terminals that dial in: logins, a leaver, a plan at slow polls, the list.

The service runs in a process of its own; the terminals are simulated here.
"""

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import SimPerson
from console.api import tasks, terminals
from console.api.client import Client
from console.api.operation import ById, Nothing, Started
from console.bench import site_tasks
from console.demo.site import DemoSite, wait_until
from console.domain.consent import FINGER, finger_consent
from console.domain.retention import SHIPPED
from console.domain.terminals import Dialect, TerminalStatus
from console.store.database import Store, connect, sqlite_url
from console.store.schema import Consent, Employee, FingerBlob, InventoryEntry, Terminal

Figures = dict[str, float]
Row = dict[str, Any]
USER, PASSWORD = "bench", "correct horse battery staple"
LISTED, LIST_ROUNDS = 350, 15
LEAVER_UNITS, LEAVER, POLL_S = 50, "1001", 3.0
"""The pace at which the service tells terminals to poll."""
PLANNED, PATIENCE_S = 500, 240.0
PUSH_UNITS, PUSH_POSTS, PUSH_LINES = 1000, 2, 100
PACED_S, PACED_EVERY_S = 15.0, 10.0
"""How long logins are reported one by one, and how often each terminal has one."""
CONNECTIONS, KEEP_ALIVE_S = 64, 1.0
"""Posts under way at a time; a connection that is idle longer is closed before the service does."""


def measure() -> Figures:
    """All figures of such a site."""
    with _site(LISTED, people=0) as (_, client):
        times = [_timed(client) for _ in range(LIST_ROUNDS)]
        listed = {"terminals_list_350_ms": round(sorted(times)[len(times) // 2] * 1000, 1)}
    with _site(LEAVER_UNITS, PLANNED) as (demo, client):
        units = [demo.add_unit(_serial(number), POLL_S) for number in range(LEAVER_UNITS)]
        figures = {**listed, **_leave(client, units), **_plan(client, units[-1])}
    with _site(PUSH_UNITS, people=0) as (demo, _):
        return {**figures, **_push(demo)}


@contextmanager
def _site(units: int, people: int) -> Iterator[tuple[DemoSite, Client]]:
    """A site with so many approved terminals and people, and somebody who is signed in."""
    with tempfile.TemporaryDirectory() as folder, DemoSite(Path(folder)) as demo:
        with demo.client() as client:
            session = client.set_up(USER, "Bench", PASSWORD, "Bench")
        demo.stop_service()
        _seed(demo.data_dir / "muster.db", units, range(people))
        demo.start_service()
        with Client.at(demo.running.address, PATIENCE_S) as client:
            client.resume(session)
            yield demo, client


def _seed(database: Path, units: int, people: range) -> None:
    """Terminals that all hold the leaver; people with a finger that fits none of them."""
    then = datetime.now(UTC) - timedelta(hours=1)
    store = Store(connect(sqlite_url(database)))
    with store.write() as tx:
        tx.add_many(Terminal, [_terminal(number, then) for number in range(units)])
        tx.add_many(Employee, [_employee(number, then) for number in people])
        tx.add_many(FingerBlob, [_finger(number, then) for number in people])
        tx.add_many(Consent, [_consent(number, then) for number in people])
        held = range(units if people else 0)
        tx.add_many(InventoryEntry, [_inventory(number, then) for number in held])
    store.close()


def _inventory(number: int, then: datetime) -> Row:
    return {"terminal_id": f"t{number}", "pin": LEAVER, "digest": "", "seen_at": then}


def _serial(number: int) -> str:
    return f"PUSH{number:04}"


def _terminal(number: int, then: datetime) -> Row:
    return {
        "id": f"t{number}",
        "serial": _serial(number),
        "name": _serial(number),
        "status": TerminalStatus.APPROVED,
        "address": "127.0.0.1",
        "info": {},
        "first_seen": then,
        "last_seen": then,
        "dialect": Dialect.PUSH,
        "counts": {},
        "capabilities": {},
        "log_wanted": False,
        "zone": "Etc/UTC",
        "times_zone": "Etc/UTC",
    }


def _employee(number: int, then: datetime) -> Row:
    return {
        "id": f"p{number}",
        "number": str(int(LEAVER) + number),
        "first_name": "Person",
        "last_name": f"{number}",
        "email": "",
        "department": "",
        "active": True,
        "in_force": True,
        "sort_name": f"{number} person",
        "created_at": then,
        "updated_at": then,
    }


def _finger(number: int, then: datetime) -> Row:
    return {
        "id": f"f{number}",
        "employee_id": f"p{number}",
        "finger": 1,
        "algorithm": "of no terminal here",
        "template": b"not opened",
        "identity": f"{number:064}",
        "terminal_id": "t0",
        "taken_by": "bench",
        "taken_at": then,
    }


def _consent(number: int, then: datetime) -> Row:
    return {
        "id": f"c{number}",
        "employee_id": f"p{number}",
        "modality": FINGER,
        "text_digest": finger_consent(SHIPPED).digest,
        "text_version": finger_consent(SHIPPED).version,
        "language": finger_consent(SHIPPED).language,
        "channel": "desk",
        "user_agent": "",
        "given_at": then,
    }


def _timed(client: Client) -> float:
    began = time.perf_counter()
    rows = client.call(terminals.list_terminals, Nothing()).rows
    assert len(rows) == LISTED
    return time.perf_counter() - began


def _leave(client: Client, units: list[SimulatedTerminal]) -> Figures:
    """Until fifty terminals at the usual pace have shown that somebody is gone."""
    for unit in units:
        unit.people[LEAVER] = SimPerson(name="Person 0")
    wait_until(lambda: all(unit.approved for unit in units), PATIENCE_S)
    left = site_tasks.leave(client, "p0", PATIENCE_S)
    assert not any(LEAVER in unit.people for unit in units)
    return {"leaver_50_units_s": round(left.whole_s, 1)}


def _plan(client: Client, unit: SimulatedTerminal) -> Figures:
    """500 people are planned and written to a terminal that polls every 3 s, whatever it gets."""
    unit.unit.faults.steady_polls = True
    began = time.monotonic()
    request = tasks.MakePlan(terminal_id=f"t{LEAVER_UNITS - 1}")
    made = _finish(client, client.call(tasks.make_plan, request))
    assert made.result.plan is not None, made.error
    plan = made.result.plan
    planned = time.monotonic()
    done = _finish(client, client.call(tasks.apply_plan, tasks.ApplyPlan(plan_id=plan.id)))
    ended = time.monotonic()
    assert done.state == "done", done.error
    assert len(unit.people) == PLANNED - 1, f"{len(unit.people)} people"  # all but the leaver
    return {
        "plan_500_people_slow_poll_s": round(ended - began, 1),
        "plan_500_people_takes_s": round(ended - planned, 1),
        "plan_500_people_promised_s": plan.seconds,
        "plan_500_people_pace_known": plan.pace_known,
    }


def _finish(client: Client, started: Started) -> tasks.Task:
    task = client.call(tasks.get_task, ById(id=started.task_id))
    while task.state == "running":
        time.sleep(site_tasks.ASK_EVERY_S)
        task = client.call(tasks.get_task, ById(id=started.task_id))
    return task


def _push(demo: DemoSite) -> Figures:
    """Logins of 1,000 terminals; each post is answered after its commit."""
    url = demo.running.push
    serials = [_serial(number) for number in range(PUSH_UNITS)]
    asyncio.run(_shake_hands(url, serials))
    began = time.perf_counter()
    asyncio.run(_post_all(url, serials))
    seconds = time.perf_counter() - began
    total = PUSH_UNITS * PUSH_POSTS * PUSH_LINES
    with closing(sqlite3.connect(demo.data_dir / "muster.db")) as database:
        stored = database.execute("SELECT count(*) FROM login").fetchone()[0]
    assert stored == total, f"{stored} of {total} logins were kept"
    waits = sorted(asyncio.run(_post_paced(url, serials)))
    return {
        "push_units": PUSH_UNITS,
        "push_punches_per_s": round(total / seconds),
        "push_posts_per_s": round(PUSH_UNITS * PUSH_POSTS / seconds, 1),
        "push_ack_p99_ms": round(waits[len(waits) * 99 // 100] * 1000, 1),
    }


def _http(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        timeout=60,
        limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEEP_ALIVE_S),
    )


async def _shake_hands(url: str, serials: list[str]) -> None:
    async with _http(url) as http:
        for serial in serials:
            answer = await http.get("/iclock/cdata", params={"SN": serial, "options": "all"})
            assert answer.text.startswith("GET OPTION FROM"), answer.text


async def _post_all(url: str, serials: list[str]) -> None:
    start = datetime(2026, 1, 1, 6, tzinfo=UTC)
    posts = [_log(start, post * PUSH_LINES, PUSH_LINES) for post in range(PUSH_POSTS)]
    async with _http(url) as http:

        async def unit(serial: str) -> None:
            for lines in posts:
                await _post(http, serial, lines, PUSH_LINES)

        await asyncio.gather(*(unit(serial) for serial in serials))


async def _post_paced(url: str, serials: list[str]) -> list[float]:
    """Each terminal has a login every ten seconds. How long each waited for its OK."""
    start = datetime(2026, 2, 1, 6, tzinfo=UTC)
    dice = random.Random(1)  # noqa: S311 - who logs in when
    waits: list[float] = []
    async with _http(url) as http:

        async def unit(serial: str) -> None:
            until = time.monotonic() + PACED_S
            await asyncio.sleep(dice.uniform(0, PACED_EVERY_S))
            number = 0
            while time.monotonic() < until:
                began = time.perf_counter()
                await _post(http, serial, _log(start, number, 1), 1)
                waits.append(time.perf_counter() - began)
                number += 1
                await asyncio.sleep(PACED_EVERY_S)

        await asyncio.gather(*(unit(serial) for serial in serials))
    return waits


def _log(start: datetime, first: int, count: int) -> str:
    return "\n".join(
        f"{1001 + i % 300}\t{start + timedelta(seconds=first + i):%Y-%m-%d %H:%M:%S}"
        "\t0\t15\t0\t0\t0"
        for i in range(first, first + count)
    )


async def _post(http: httpx.AsyncClient, serial: str, lines: str, count: int) -> None:
    answer = await http.post(
        "/iclock/cdata", params={"SN": serial, "table": "ATTLOG"}, content=lines
    )
    assert answer.text == f"OK:{count}", answer.text
