"""What is said of a terminal is what it has shown: TE24, TE25, TE32 at the level of the product."""

import itertools
from datetime import datetime, timedelta

import pytest

from bridge.simulator import zk
from bridge.simulator.profiles import PROFILES
from bridge.simulator.push import FirmwareProfile, SimulatedTerminal
from bridge.simulator.unit import SimPunch, Unit
from bridge.terminals.zk.codes import CommandCode
from console.api import employees, fingers, tasks, terminals
from console.api.operation import ById, Nothing
from console.demo.site import wait_until
from console.domain.fingers import FingerPosition
from tests.conftest import RunningSite
from tests.service.desk import agree
from tests.service.test_dialled import Dialled, finish, ready

_serials = itertools.count(1)


@pytest.fixture(autouse=True)
def brisk_enrolments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zk, "EVENT_GAP_S", 0.02)


def dialling_in(
    site: RunningSite, profile: FirmwareProfile = FirmwareProfile.BIODATA, like: str = ""
) -> tuple[str, SimulatedTerminal]:
    """(id, unit) of an approved terminal whose abilities are known. like: a recorded unit."""
    serial = f"EVID{next(_serials):04}"
    unit = site.demo.add_unit(serial, poll_s=0.1, profile=profile)
    if like:
        PROFILES[like].shape(unit.unit)

    def row() -> terminals.TerminalRow | None:
        rows = site.client.call(terminals.list_terminals, Nothing()).rows
        return next((row for row in rows if row.serial == serial), None)

    terminal_id = wait_until(row).id
    site.client.call(
        terminals.approve_terminal, terminals.ApproveTerminal(id=terminal_id, name=serial)
    )
    wait_until(lambda: unit.approved)
    return terminal_id, unit


def act(site: RunningSite, terminal_id: str, action: str) -> tasks.Task:
    request = tasks.OnUnit(terminal_id=terminal_id, action=action)
    return finish(site.client, site.client.call(tasks.on_unit, request))


def enrol(site: RunningSite, terminal_id: str, person: employees.EmployeeRow) -> tasks.Task:
    agree(site.client, person)
    request = tasks.EnrolFinger(
        terminal_id=terminal_id, employee_id=person.id, position=FingerPosition.LEFT_INDEX
    )
    return finish(site.client, site.client.call(tasks.enrol_finger, request))


def planned(site: RunningSite, terminal_id: str) -> None:
    """Makes a plan, if there is anything to do, and carries it out."""
    make = tasks.MakePlan(terminal_id=terminal_id)
    plan = finish(site.client, site.client.call(tasks.make_plan, make)).result.plan
    assert plan is not None
    apply = tasks.ApplyPlan(plan_id=plan.id, confirm=plan.confirm)
    assert finish(site.client, site.client.call(tasks.apply_plan, apply)).state == "done"


def kept(site: RunningSite, person: employees.EmployeeRow) -> list[int]:
    hands = site.client.call(fingers.hands, ById(id=person.id))
    return [finger.position for finger in hands.fingers]


@pytest.mark.parametrize("dialect", ["zk", FirmwareProfile.BIODATA, FirmwareProfile.ACCESS])
def test_TE25_a_finger_that_the_terminal_did_not_keep_is_not_said_to_be_kept(
    running: RunningSite, person: employees.EmployeeRow, dialect: str
) -> None:
    unit: Unit
    if dialect == "zk":
        door = ready(running)
        terminal_id, unit = door.id, door.unit
    else:
        terminal_id, dialled = dialling_in(running, FirmwareProfile(dialect))
        unit = dialled.unit
    held = unit.person(person.number)
    held.name, held.zone = person.full_name, "1"
    unit.faults.ignore_writes = True
    done = enrol(running, terminal_id, person)
    assert (done.state, done.result.text) == ("failed", "")
    assert "says that it enrolled the finger, but shows none" in done.error
    assert kept(running, person) == []
    unit.faults.ignore_writes = False
    assert "Enrolled and stored: " in enrol(running, terminal_id, person).result.text
    assert kept(running, person) == [FingerPosition.LEFT_INDEX]


def test_TE32_fingers_kept_as_biometric_data_are_enrolled_copied_and_deleted(
    running: RunningSite, person: employees.EmployeeRow
) -> None:
    """Such terminals know no command of the older tables of fingers, and do not say FingerFunOn."""
    door_id, door = dialling_in(running, like="push-biodata-fingers")
    other_id, other = dialling_in(running, like="push-biodata-fingers")
    for unit in (door, other):
        unit.unit.person(person.number).name = person.full_name
    enrolled = enrol(running, door_id, person)
    assert "Enrolled and stored: " in enrolled.result.text
    place = FingerPosition.LEFT_INDEX.on_terminals
    template = door.unit.people[person.number].fingers[place]
    planned(running, other_id)
    assert other.unit.people[person.number].fingers == {place: template}
    one = fingers.OneFinger(employee_id=person.id, position=FingerPosition.LEFT_INDEX)
    running.client.call(fingers.delete, one)
    wait_until(lambda: not door.unit.people[person.number].fingers)
    wait_until(lambda: not other.unit.people[person.number].fingers)


def test_TE24_an_audit_says_so_when_the_numbers_show_nothing(running: RunningSite) -> None:
    terminal_id, unit = dialling_in(running)
    start = datetime(2026, 11, 3, 7)
    for i in range(4):
        running.demo.run(report(unit, SimPunch("1001", start + timedelta(minutes=i), 0, 15)))
    wait_until(lambda: not unit.unsent)
    assert act(running, terminal_id, "audit").result.text.endswith("4: nothing is missing.")
    del unit.unit.punches[0]
    less = act(running, terminal_id, "audit")
    assert less.state == "done"
    assert "says 3, Muster has 4. Logins were deleted on the terminal" in less.result.text
    unit.unit.faults.sum_name, unit.unit.faults.tells_counts = "", False
    uncounted = act(running, terminal_id, "audit")
    assert uncounted.state == "failed"
    assert "does not say how many logins it holds" in uncounted.error
    read = act(running, terminal_id, "read_log")
    assert read.result.text == ("Received 3, 0 of them new. The terminal does not count its log.")


async def report(unit: SimulatedTerminal, punch: SimPunch) -> None:
    unit.unit.punch(punch)


def test_TE23_a_unit_that_answers_one_question_oddly_is_used_for_all_the_rest(
    running: RunningSite,
) -> None:
    nothing = {int(CommandCode.TIME_READ): b"", int(CommandCode.VERSION): b""}
    door = Dialled(running, people=2, punches=5, first=8801, odd_answers=nothing)
    door.unit.faults.odd_option = "~Platform"
    wait_until(lambda: len(door.logins()) == 5)
    wait_until(lambda: "where" in door.row.problem or "clock" in door.row.problem)
    assert door.run_action("refresh").result.text == "2 people, 2 fingers."
    assert door.run_action("adopt").result.text.startswith("2 people")
    assert "nothing is missing" in door.run_action("audit").result.text
    assert door.row.clock_offset_s is None
    told = door.run_action("set_clock")
    assert told.state == "failed", "the clock cannot be read back"
    door.unit.faults.odd_answers = {}
    assert "is correct now" in door.run_action("set_clock").result.text
    wait_until(lambda: not door.row.problem)


def test_TE24_a_unit_whose_numbers_cannot_be_read_is_not_said_to_be_watched(
    running: RunningSite,
) -> None:
    short = {int(CommandCode.FREE_SIZES): bytes(8)}
    door = Dialled(running, people=1, punches=3, first=8901, odd_answers=short)
    wait_until(lambda: door.row.problem)
    assert "where a terminal counts what it holds" in door.row.problem
    assert all(span.bad for span in door.detail.log_coverage)
    assert "has not arrived in full" in door.detail.log_coverage[0].text
