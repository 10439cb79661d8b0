"""Many terminals dial in while the service is killed again and again: no login is lost or doubled.

P5, P6, N12.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import SimPunch
from console.api import tasks, terminals
from console.api.client import Client
from console.api.operation import ById, Nothing
from console.demo.people import OPERATOR, OPERATOR_NAME, SITE
from console.demo.site import DemoSite, wait_until
from console.domain.terminals import TerminalStatus
from console.service.terminals.admission import POLL_S
from tests.conftest import PASSWORD, RunningSite, free_ports
from tests.service.test_dialled import finish
from tests.support.forked_site import ForkedSite

UNITS, BEFORE, WHILE = 200, 30, 10


def _punches(number: int, first: int, count: int) -> list[SimPunch]:
    start = datetime(2026, 11, 2, 6, 0)
    return [
        SimPunch(
            str(1001 + (number + i) % 50),
            start + timedelta(minutes=number, seconds=7 * i),
            i % 2,
            15,
        )
        for i in range(first, first + count)
    ]


def _kept(demo: DemoSite) -> list[tuple[str, str, str, int, int]]:
    with closing(sqlite3.connect(demo.data_dir / "muster.db")) as database:
        query = (
            "SELECT t.serial, l.pin, l.local_time, l.direction, l.verify "
            "FROM login l JOIN terminal t ON t.id = l.terminal_id"
        )
        return sorted(database.execute(query).fetchall())


def _count(demo: DemoSite) -> int:
    with closing(sqlite3.connect(demo.data_dir / "muster.db")) as database:
        return int(database.execute("SELECT count(*) FROM login").fetchone()[0])


@pytest.mark.timeout(420)  # 200 terminals and four starts of the service, on two slow cores
def test_P6_two_hundred_terminals_through_three_kills_without_a_login_lost_or_doubled(
    tmp_path: Path,
) -> None:
    portal, push = free_ports(2)
    with ForkedSite(
        tmp_path, serve=("--portal-port", str(portal), "--push-port", str(push))
    ) as demo:
        with demo.client() as client:
            session = client.set_up(OPERATOR, OPERATOR_NAME, PASSWORD, SITE)
        units = _started(demo)
        with demo.client() as client:
            client.resume(session)
            _approve(client, len(units))
        for kill in range(3):
            _live(demo, units, kill)
            wait_until(lambda: _all_told(units) > UNITS // 4)
            demo.kill_service()
            assert _all_told(units) < UNITS, "nobody was reporting when the service died"
            demo.start_service()
        expected = sorted(
            (unit.serial, p.pin, p.at.isoformat(" "), p.status, p.verify)
            for unit in units
            for p in unit.unit.punches
        )
        assert len(expected) == UNITS * (BEFORE + 3 * WHILE)
        wait_until(lambda: _count(demo) >= len(expected), 240)
        assert _kept(demo) == expected


def _approve(client: Client, count: int) -> None:
    """Approves whoever dials in until so many are approved."""

    def all_approved() -> bool:
        rows = client.call(terminals.list_terminals, Nothing()).rows
        for row in rows:
            if row.status is TerminalStatus.PENDING:
                client.call(
                    terminals.approve_terminal,
                    terminals.ApproveTerminal(id=row.id, name=row.serial),
                )
        return sum(row.status is TerminalStatus.APPROVED for row in rows) == count

    wait_until(all_approved)


def _started(demo: DemoSite) -> list[SimulatedTerminal]:
    units = []
    for number in range(UNITS):
        unit = demo.add_unit(f"F{number:03d}", poll_s=POLL_S)
        unit.unit.punches = _punches(number, 0, BEFORE)
        unit.unit.faults.duplicate_posts = number % 3 == 0
        unit.unit.faults.corrupt_lines = 2 if number % 5 == 0 else 0
        units.append(unit)
    return units


def _all_told(units: list[SimulatedTerminal]) -> int:
    """How many terminals have nothing left to report."""
    return sum(not unit.unsent for unit in units)


def _live(demo: DemoSite, units: list[SimulatedTerminal], kill: int) -> None:
    async def punch() -> None:
        for number, unit in enumerate(units):
            for one in _punches(number, BEFORE + kill * WHILE, WHILE):
                unit.unit.punch(one)

    demo.run(punch())


def _approved(site: RunningSite, unit: SimulatedTerminal) -> str:
    row = wait_until(
        lambda: next(
            (
                r
                for r in site.client.call(terminals.list_terminals, Nothing()).rows
                if r.serial == unit.serial
            ),
            None,
        )
    )
    site.client.call(
        terminals.approve_terminal, terminals.ApproveTerminal(id=row.id, name=row.serial)
    )
    wait_until(lambda: unit.approved)
    return row.id


def _whole_log_is_read(site: RunningSite, terminal_id: str) -> bool:
    """Until then a terminal is told to send all of it whenever it shakes hands."""
    spans = site.client.call(terminals.get_terminal, ById(id=terminal_id)).log_coverage
    return any("Whole log read" in span.text for span in spans)


def test_P5_a_terminal_that_was_away_is_asked_for_what_it_did_not_send(
    running: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = running.demo.add_unit("AWAY1", poll_s=0.2)
    terminal_id = _approved(running, unit)
    wait_until(lambda: _whole_log_is_read(running, terminal_id))
    unit.unit.faults.offline = True
    running.demo.stop_service()
    with closing(sqlite3.connect(running.demo.data_dir / "muster.db")) as database:
        away = (datetime.now(UTC) - timedelta(minutes=30)).replace(tzinfo=None).isoformat(" ")
        database.execute(
            "UPDATE log_coverage SET start = ?, end = ? WHERE terminal_id = ?",
            (away, away, terminal_id),
        )
        database.commit()
    running.demo.start_service()
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=10)
    unit.unit.punches = [
        SimPunch("1001", start + timedelta(seconds=i), 0, 15) for i in range(7)
    ]  # lost its list of what it sent
    unit.unit.faults.lose_results = 1000
    unit.redial(running.demo.running.push)
    unit.unit.faults.offline = False
    done = unit.commands_done
    wait_until(lambda: unit.commands_done > done)
    running.demo.kill_service()  # in the middle of asking
    running.demo.start_service()
    unit.unit.faults.lose_results = 0
    unit.redial(running.demo.running.push)
    client = running.demo.client()
    client.sign_in(OPERATOR, PASSWORD)
    running.client = client

    def filled() -> list[str]:
        return [
            row.text
            for row in client.call(terminals.get_terminal, ById(id=terminal_id)).log_coverage
            if "Monitor gap" in row.text
        ]

    assert wait_until(filled, 30) == ["Monitor gap: the terminal says 7, received 7, recovered 7"]


def test_TE9_a_question_that_the_firmware_does_not_know_is_not_asked_for_ever(
    running: RunningSite,
) -> None:
    unit = running.demo.add_unit("DEAF1", poll_s=0.1)
    terminal_id = _approved(running, unit)

    def detail() -> terminals.TerminalDetail:
        return running.client.call(terminals.get_terminal, ById(id=terminal_id))

    def run_action(action: str) -> tasks.Task:
        request = tasks.OnUnit(terminal_id=terminal_id, action=action)
        return finish(running.client, running.client.call(tasks.on_unit, request))

    wait_until(lambda: any("Whole log read" in row.text for row in detail().log_coverage))
    unit.unit.faults.offline = True
    running.demo.stop_service()
    with closing(sqlite3.connect(running.demo.data_dir / "muster.db")) as database:
        away = (datetime.now(UTC) - timedelta(minutes=30)).replace(tzinfo=None).isoformat(" ")
        change = "UPDATE log_coverage SET start = ?, end = ? WHERE terminal_id = ?"
        database.execute(change, (away, away, terminal_id))
        database.commit()
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=10)
    unit.unit.punches = [SimPunch("1001", start, 0, 15)]
    unit.unit.faults.returns["DATA QUERY ATTLOG"] = refusals = [-22] * 9

    def back_again() -> None:
        running.demo.start_service()
        unit.redial(running.demo.running.push)
        unit.unit.faults.offline = False
        running.client = running.demo.client()
        running.client.sign_in(OPERATOR, PASSWORD)
        wait_until(lambda: unit.approved)

    back_again()
    wait_until(
        lambda: [row for row in detail().capabilities if (row.name, row.can) == ("read_log", False)]
    )
    assert len(refusals) == 8
    running.demo.stop_service()
    back_again()
    unit.unit.faults.returns["AC_UNLOCK"] = [-22]
    assert "does not know how to open the door" in run_action("unlock").error
    assert len(refusals) == 8, "a question about the log would have been answered before"


def test_TE8_a_terminal_that_shows_no_clock_is_only_told_the_time(running: RunningSite) -> None:
    unit = running.demo.add_unit("TOLD1", poll_s=0.1)
    terminal_id = _approved(running, unit)
    request = tasks.OnUnit(terminal_id=terminal_id, action="set_clock")
    done = finish(running.client, running.client.call(tasks.on_unit, request))
    assert "cannot be checked" in done.result.text
    detail = running.client.call(terminals.get_terminal, ById(id=terminal_id))
    assert [row.text for row in detail.receipts] == ["Told the time, which cannot be checked"]
    assert unit.without_time == 0


def test_P2_the_log_of_a_terminal_that_dials_in_is_audited_by_its_own_sum(
    running: RunningSite,
) -> None:
    unit = running.demo.add_unit("AUDIT1", poll_s=0.2)
    start = datetime(2026, 11, 3, 7)
    unit.unit.punches = [SimPunch("1001", start + timedelta(minutes=i), 0, 15) for i in range(25)]
    terminal_id = _approved(running, unit)
    wait_until(lambda: not unit.unsent)
    done = finish(
        running.client,
        running.client.call(tasks.on_unit, tasks.OnUnit(terminal_id=terminal_id, action="audit")),
    )
    assert done.result.text == "The terminal says 25, Muster has 25: nothing is missing."
    unit.unit.punches.append(SimPunch("1001", start + timedelta(hours=5), 0, 15))
    short = finish(
        running.client,
        running.client.call(tasks.on_unit, tasks.OnUnit(terminal_id=terminal_id, action="audit")),
    )
    assert (short.state, short.error) == ("failed", "The terminal says 26 records, received 25.")
    read = finish(
        running.client,
        running.client.call(
            tasks.on_unit, tasks.OnUnit(terminal_id=terminal_id, action="read_log")
        ),
    )
    assert "26, received 26; 0 of them new" in read.result.text
    assert (
        finish(
            running.client,
            running.client.call(
                tasks.on_unit, tasks.OnUnit(terminal_id=terminal_id, action="audit")
            ),
        ).state
        == "done"
    )


def test_N6_a_terminal_that_dials_in_is_planned_and_written_like_any_other(
    running: RunningSite,
) -> None:
    unit = running.demo.add_unit("PLAN1", poll_s=0.1)
    terminal_id = _approved(running, unit)
    unit.unit.person("77001").name = "Adopted Person"
    adopt = tasks.AdoptPeople(terminal_id=terminal_id, pairs=[("77001", "")])
    assert finish(running.client, running.client.call(tasks.adopt_people, adopt)).state == "done"
    plan = finish(
        running.client,
        running.client.call(
            tasks.make_plan, tasks.MakePlan(terminal_id=terminal_id, remove_unknown=True)
        ),
    ).result.plan
    assert plan is not None
    assert (plan.steps, plan.unknown, plan.same) == ([], [], 1)
    done = finish(
        running.client,
        running.client.call(
            tasks.on_unit, tasks.OnUnit(terminal_id=terminal_id, action="set_clock")
        ),
    )
    assert done.state == "done"
