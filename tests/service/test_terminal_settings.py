"""Time zones, encodings and unread lines of terminals, over real sockets. TE7, TE10, TE11, TE22."""

import itertools
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import SimPerson, SimPunch
from console.api import employees, logins, review, site, tasks, terminals
from console.api.operation import ById, Nothing, ServiceError
from console.demo.photos import good_photos
from console.demo.site import wait_until
from console.domain.logins import CountBy
from console.domain.zones import wall_time, zone_of
from tests.conftest import ONE_FACE, RunningSite
from tests.service.gates import names, push_terminal
from tests.service.test_dialled import Dialled, finish

_serials = itertools.count(1)


class Pushing:
    """A terminal that dials in, played by hand, and its row in the console."""

    def __init__(self, running: RunningSite, **settings: str) -> None:
        self.running, self.serial = running, f"ZONE{next(_serials):04}"
        self.shake_hands()
        listed = running.client.call(terminals.list_terminals, Nothing()).rows
        self.id = next(row.id for row in listed if row.serial == self.serial)
        running.client.call(
            terminals.approve_terminal,
            terminals.ApproveTerminal(id=self.id, name=self.serial, **settings),
        )

    def shake_hands(self) -> str:
        query = {"SN": self.serial, "options": "all", "pushver": "2.4.1"}
        return httpx.get(f"{self.running.demo.running.push}/iclock/cdata", params=query).text

    def post(self, body: str | bytes, table: str = "ATTLOG") -> str:
        return httpx.post(
            f"{self.running.demo.running.push}/iclock/cdata",
            params={"SN": self.serial, "table": table, "Stamp": "1"},
            content=body,
        ).text

    def punch(self, *times: str, pin: str = "1001") -> None:
        body = "".join(f"{pin}\t{time}\t0\t1\t0\n" for time in times)
        assert self.post(body) == f"OK:{len(times)}"

    def change(self, **changes: str) -> None:
        shown = self.detail
        request = terminals.ChangeTerminal(
            id=self.id, name=self.serial, zone=shown.zone, encoding=shown.encoding
        )
        changed = msgspec.structs.replace(request, **changes)
        self.running.client.call(terminals.change_terminal, changed)

    @property
    def detail(self) -> terminals.TerminalDetail:
        return self.running.client.call(terminals.get_terminal, ById(id=self.id))

    def logins(self, repeat_s: int | None = None) -> list[logins.LoginRow]:
        request = logins.ListLogins(search=self.serial, limit=500, repeat_s=repeat_s)
        return self.running.client.call(logins.list_logins, request).rows

    def moments(self) -> dict[str, str]:
        return {row.local_time: f"{row.at:%Y-%m-%d %H:%M}" for row in self.logins()}

    def lines(self) -> list[terminals.SetAsideRow]:
        request = terminals.ListSetAside(terminal_id=self.id)
        return self.running.client.call(terminals.list_set_aside, request).rows


@pytest.fixture
def site_in_berlin(running: RunningSite) -> Iterator[RunningSite]:
    before = running.client.call(site.get_settings, Nothing())
    change_site(running, zone="Europe/Berlin")
    yield running
    running.client.call(site.save_settings, before)


def change_site(running: RunningSite, **changes: str | int) -> None:
    settings = running.client.call(site.get_settings, Nothing())
    changed = msgspec.structs.replace(settings, **changes)
    running.client.call(site.save_settings, changed)


def test_TE10_a_new_site_has_the_zone_of_its_computer_until_one_is_chosen(
    running: RunningSite,
) -> None:
    found = running.client.call(terminals.zone_names, Nothing())
    assert found.site in found.names
    assert running.client.call(site.get_settings, Nothing()).zone == found.site
    with pytest.raises(ServiceError, match="Europe/Berlin"):
        change_site(running, zone="Mars/Phobos")


def test_TE10_logins_of_summer_and_winter_are_right_by_the_zone_of_each_terminal(
    site_in_berlin: RunningSite,
) -> None:
    ours = Pushing(site_in_berlin)
    abroad = Pushing(site_in_berlin, zone="Asia/Kathmandu")
    for terminal in (ours, abroad):
        terminal.punch("2026-01-15 08:00:00", "2026-07-15 08:00:00", "2026-10-25 02:30:00")
    assert ours.moments() == {
        "2026-01-15 08:00:00": "2026-01-15 07:00",
        "2026-07-15 08:00:00": "2026-07-15 06:00",
        "2026-10-25 02:30:00": "2026-10-25 00:30",
    }
    assert abroad.moments()["2026-07-15 08:00:00"] == "2026-07-15 02:15"
    assert "This hour came twice" in ours.logins()[0].remark
    assert "TimeZone=345" in abroad.shake_hands()
    now = int(datetime.now(zone_of("Europe/Berlin")).utcoffset() / timedelta(hours=1))  # type: ignore[operator]
    assert f"TimeZone={now}\n" in ours.shake_hands()


def test_TE10_a_corrected_zone_corrects_the_logins_that_are_stored(
    running: RunningSite,
) -> None:
    terminal = Pushing(running, zone="Etc/GMT-1")
    terminal.punch("2026-01-15 08:00:00", "2026-07-15 08:00:00")
    assert terminal.moments()["2026-07-15 08:00:00"] == "2026-07-15 07:00"
    terminal.change(zone="Europe/Berlin")
    wait_until(lambda: terminal.moments()["2026-07-15 08:00:00"] == "2026-07-15 06:00")
    assert terminal.moments()["2026-01-15 08:00:00"] == "2026-01-15 07:00"
    terminal.punch("2026-01-15 08:00:00", "2026-07-15 08:00:00")
    assert len(terminal.logins()) == 2, "they are known by their raw times"
    with pytest.raises(ServiceError, match="time zone from the list"):
        terminal.change(zone="CET+1")


def test_TE10_another_zone_of_the_site_moves_the_terminals_that_follow_it(
    site_in_berlin: RunningSite,
) -> None:
    ours, own = Pushing(site_in_berlin), Pushing(site_in_berlin, zone="Asia/Tokyo")
    for terminal in (ours, own):
        terminal.punch("2026-07-15 08:00:00")
    change_site(site_in_berlin, zone="America/New_York")
    wait_until(lambda: ours.moments() == {"2026-07-15 08:00:00": "2026-07-15 12:00"})
    assert own.moments() == {"2026-07-15 08:00:00": "2026-07-14 23:00"}


def test_TE10_a_clock_is_checked_and_set_by_its_zone_and_a_wrong_zone_accuses_no_clock(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=1, first=7101)
    kolkata = zone_of("Asia/Kolkata")
    door.unit.set_clock(wall_time(kolkata, datetime.now(UTC)))
    before = door.row.clock_offset_s
    door.run_action("doctor")
    wait_until(lambda: door.row.clock_offset_s != before)
    assert abs((door.row.clock_offset_s or 0) - 5.5 * 3600) < 5, "it is not in the site's zone"
    door.present("7101")
    (login,) = wait_until(door.logins)
    assert login.corrected_at is not None
    request = terminals.ChangeTerminal(
        id=door.id,
        name=door.row.name,
        zone="Asia/Kolkata",
        encoding="auto",
        host="127.0.0.1",
        port=door.server.port,
    )
    running.client.call(terminals.change_terminal, request)
    (login,) = wait_until(lambda: [row for row in door.logins() if row.corrected_at is None])
    assert abs((login.at - datetime.now(UTC)).total_seconds()) < 60
    assert abs(door.row.clock_offset_s or 0) < 5
    door.unit.faults.clock_offset += timedelta(minutes=7)
    assert door.run_action("set_clock").state == "done"
    shown = door.unit.now() - wall_time(kolkata, datetime.now(UTC))
    assert abs(shown.total_seconds()) < 5


# names


def test_TE11_names_in_another_code_page_are_never_adopted_until_it_is_chosen(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=0)
    door.unit.faults.encoding = "windows-1251"
    for uid, pin in enumerate(("7201", "7202"), 1):
        door.unit.people[pin] = SimPerson("Вера", uid)
    found = door.run_action("adopt").result.candidates
    assert [(one.name, one.unread) for one in found] == [("", True)] * 2
    request = tasks.AdoptPeople(terminal_id=door.id, pairs=[("7201", "")])
    refused = finish(running.client, running.client.call(tasks.adopt_people, request))
    assert "text encoding" in refused.error
    readings = running.client.call(terminals.name_readings, ById(id=door.id))
    names = {one.encoding: one.names for one in readings.rows}
    assert names["windows-1251"] == ["Вера"]
    assert names["windows-1252"] != ["Вера"]
    change = terminals.ChangeTerminal(
        id=door.id,
        name=door.row.name,
        zone="Etc/UTC",
        encoding="windows-1251",
        host="127.0.0.1",
        port=door.server.port,
    )
    running.client.call(terminals.change_terminal, change)
    assert [one.name for one in door.run_action("adopt").result.candidates] == ["Вера"] * 2
    done = finish(running.client, running.client.call(tasks.adopt_people, request))
    assert done.state == "done"
    (person,) = running.client.call(
        employees.list_employees, employees.ListEmployees(search="7201")
    ).rows
    renamed = employees.SaveEmployee(
        id=person.id,
        number="7201",
        first_name="Zoë",
        last_name="Вера",
        email="",
        department="",
    )
    running.client.call(employees.save_employee, renamed)
    (step,) = (step for step in door.plan().steps if step.pin == "7201")
    assert step.text.startswith("Rename “Вера” to “Zoë Вера” (shown as “Zoe Вера”: Cyrillic")
    assert step.text.endswith("has no “ë”)")
    assert door.apply(door.plan()).state == "done"
    assert door.unit.people["7201"].name == "Zoe Вера"
    assert door.row.out_of_sync == 0
    assert door.plan().steps == []
    with pytest.raises(ServiceError, match="encoding from the list"):
        running.client.call(
            terminals.change_terminal, msgspec.structs.replace(change, encoding="klingon")
        )


def test_TE11_whose_name_cannot_be_read_waits_for_a_plan_or_for_the_encoding(
    running: RunningSite,
) -> None:
    person = running.add_employee(first_name="Вера", last_name="Иванова")
    gates = [push_terminal(running), push_terminal(running)]
    for gate, name in zip(gates, ("Анна", "Вера"), strict=True):
        gate.unit.faults.encoding = "windows-1251"
        gate.unit.person(person.number).name = name
    running.visit(person).enrol(person.number, good_photos())
    waiting = running.wait_submission(person)
    running.client.call(
        review.decide, review.Decide(id=waiting.id, approve=True, in_spite=ONE_FACE)
    )

    def row(gate: SimulatedTerminal) -> terminals.TerminalRow:
        return names(running)[gate.serial]

    def plan() -> tasks.Plan:
        asked = running.client.call(tasks.make_plan, tasks.MakePlan(terminal_id=row(gates[0]).id))
        made = running.client.finish(asked).plan
        assert made is not None
        return made

    for gate in gates:
        wait_until(lambda g=gate: "cannot be read for certain" in row(g).problem, 30)  # type: ignore[misc]
        assert gate.people[person.number].photo == b""
    shown = plan()
    assert [step.kind for step in shown.steps if step.pin == person.number] == ["recognise"]
    running.client.finish(running.client.call(tasks.apply_plan, tasks.ApplyPlan(plan_id=shown.id)))
    change = terminals.ChangeTerminal(
        id=row(gates[1]).id, name="Gate", zone="", encoding="windows-1251"
    )
    running.client.call(terminals.change_terminal, change)
    for gate in gates:
        wait_until(lambda g=gate: g.people[person.number].photo, 30)  # type: ignore[misc]
        wait_until(lambda g=gate: row(g).problem == "", 30)  # type: ignore[misc]
    assert gates[0].people[person.number].name == "Анна"
    assert gates[1].people[person.number].name == "Вера Иванова"
    assert person.number not in {step.pin for step in plan().steps}


# lines


def test_TE7_lines_that_nobody_can_read_are_counted_shown_and_sealed(
    running: RunningSite,
) -> None:
    terminal = Pushing(running)
    line = "SECRET-7\t8:00:07\x07\t0\t1"
    assert terminal.post(f"{line}\n7301\t2026-11-26 08:00:00\t0\t1\n") == "OK:2"
    (shown,) = terminal.lines()
    assert (shown.table, shown.reason) == ("ATTLOG", "not a time")
    assert shown.text == "SECRET-7 ⇥ 8:00:07\\u0007 ⇥ 0 ⇥ 1"
    assert terminal.detail.terminal.set_aside == 1
    terminal.post(f"{line}\n")
    assert len(terminal.lines()) == 1, "a line that is sent again is set aside once"
    with sqlite3.connect(running.demo.data_dir / "muster.db") as database:
        assert b"SECRET-7" not in b"".join(
            bytes(str(row), "utf-8") for row in database.execute("SELECT * FROM quarantine")
        )
    assert len(terminal.logins()) == 1


def test_TE22_a_flood_of_lines_costs_only_its_sender_and_is_counted(running: RunningSite) -> None:
    loud, quiet = Pushing(running), Pushing(running)
    quiet.post("not\ta time\n")
    body = "".join(f"bad {number}\n" for number in range(7_000))
    assert loud.post(body) == "OK:7000"
    kept = loud.detail
    assert kept.terminal.set_aside + kept.lines_dropped == 7_000
    assert kept.terminal.set_aside <= 5_000
    assert loud.lines()[0].text == "bad 6999"
    assert len(quiet.lines()) == 1


def test_TE7_lines_are_read_again_by_a_button(running: RunningSite) -> None:
    terminal = Pushing(running)
    terminal.post("x y\tnever\n")
    request = tasks.OnUnit(terminal_id=terminal.id, action="read_lines")
    done = finish(running.client, running.client.call(tasks.on_unit, request))
    assert done.result.text == "None of the lines could be read."
    assert len(terminal.lines()) == 1


# repeats


def test_TE21_repeats_are_folded_in_the_view_and_its_count_and_the_rows_stay(
    running: RunningSite,
) -> None:
    terminal = Pushing(running, zone="Etc/UTC")
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
    times = [f"{start + timedelta(seconds=s):%Y-%m-%d %H:%M:%S}" for s in (0, 1, 20, 300)]
    terminal.punch(*times, pin="7401")
    assert [row.repeats for row in terminal.logins(repeat_s=60)] == [0, 2]
    assert len(terminal.logins(repeat_s=0)) == 4
    since = start - timedelta(hours=1)

    def counted(repeat_s: int) -> int:
        within = logins.LoginFilter(since=since, until=since + timedelta(hours=3))
        request = logins.CountLogins(by=CountBy.HOUR, start=since, filter=within, repeat_s=repeat_s)
        found = running.client.call(logins.count_logins, request)
        assert not found.cursor
        return sum(one.unknown for one in found.counts)

    assert counted(0) - counted(60) >= 2
    with pytest.raises(ServiceError, match="within an hour"):
        terminal.logins(repeat_s=7200)


def test_TE21_folded_pages_join_without_gap_or_repeat(running: RunningSite) -> None:
    terminal = Pushing(running, zone="Etc/UTC")
    start = datetime(2026, 5, 4, 8, tzinfo=UTC)
    shown = [start + timedelta(minutes=10 * n, seconds=s) for n in range(7) for s in (0, 5, 9)]
    terminal.punch(*(f"{at:%Y-%m-%d %H:%M:%S}" for at in shown), pin="7402")
    request = logins.ListLogins(search=terminal.serial, limit=2, repeat_s=30)
    pages = []
    while True:
        page = running.client.call(logins.list_logins, request)
        pages.append(page)
        if not page.cursor:
            break
        request = msgspec.structs.replace(request, cursor=page.cursor)
    rows = [row for page in pages for row in page.rows]
    assert [row.at for row in rows] == shown[::3][::-1]
    assert {row.repeats for row in rows} == {2}
    assert page.repeat_s == 30


def test_TE21_the_site_sets_what_the_log_folds_by_itself(running: RunningSite) -> None:
    terminal = Pushing(running, zone="Etc/UTC")
    terminal.punch("2026-05-05 08:00:00", "2026-05-05 08:00:30", pin="7403")
    change_site(running, repeat_s=60)
    try:
        assert [row.repeats for row in terminal.logins()] == [1]
    finally:
        change_site(running, repeat_s=0)


def test_P5_the_log_of_a_dialled_terminal_is_set_aside_once(running: RunningSite) -> None:
    """P3: days that do not exist are kept aside with their bytes, however often they are read."""
    door = Dialled(running, people=1, first=7501)
    door.unit.faults.impossible_dates = 3
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(hours=1)
    door.unit.punches = [SimPunch("7501", start + timedelta(seconds=i), 0, 1) for i in range(50)]
    for _ in range(2):
        assert "set aside" in door.run_action("read_log").result.text
    assert door.row.set_aside == 3
    assert door.run_action("audit").state == "done"
