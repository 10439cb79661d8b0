"""Terminals that the service dials, over real sockets and both databases.

N6, N12, N13, N16, N19, P2, P5, P7 to P11.
"""

import hashlib
import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest

from bridge.simulator.unit import SimPunch, Unit, made_up_people, made_up_template
from bridge.simulator.zk import ZkServer
from bridge.terminals.terminal import Capability
from console.api import employees, fingers, logins, tasks, terminals
from console.api.client import Client
from console.api.operation import ById, ServiceError, Started
from console.demo.site import wait_until
from console.domain.fingers import FingerPosition
from tests.conftest import RunningSite
from tests.service.desk import agree
from tests.support.profiles import shaped

_serials = itertools.count(1)


class Dialled:
    """A simulated unit and the terminal it is in the console.

    It behaves like the next recorded unit, unless the test says what is odd about it, or that it is
    gentle because the test is about something that the recorded ones do each in their own way.
    """

    def __init__(
        self,
        site: RunningSite,
        people: int = 3,
        punches: int = 0,
        key: int = 0,
        first: int = 5001,
        odd_answers: dict[int, bytes] | None = None,
        gentle: bool = False,
    ) -> None:
        self.site, self.client = site, site.client
        self.unit = Unit(f"ZK{next(_serials):04}")
        made_up_people(self.unit, people, first)
        start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(hours=3)
        self.unit.punches = [
            SimPunch(str(first + i % max(people, 1)), start + timedelta(seconds=i), 0, 1)
            for i in range(punches)
        ]
        self.offset = timedelta(
            seconds=round((datetime.now() - datetime.now(UTC).replace(tzinfo=None)).total_seconds())
        )
        self.unit.faults.clock_offset = -self.offset
        if odd_answers is not None:
            self.unit.faults.odd_answers = odd_answers
        elif not gentle:
            key = key or shaped(self.unit, "zk").key
        self.key = key
        self.server: ZkServer = site.demo.add_dialled(self.unit, key)
        name = f"Door {self.unit.serial}"
        request = terminals.DialTerminal(
            name=name,
            host="127.0.0.1",
            port=self.server.port,
            key=str(key) if key else "",
            zone="Etc/UTC",
        )
        self.id = self.client.call(terminals.dial_terminal, request).id

    @property
    def row(self) -> terminals.TerminalRow:
        return self.detail.terminal

    @property
    def detail(self) -> terminals.TerminalDetail:
        return self.client.call(terminals.get_terminal, ById(id=self.id))

    def logins(self) -> list[logins.LoginRow]:
        request = logins.ListLogins(search=self.unit.serial, limit=500)
        name = self.row.name
        found = self.client.call(logins.list_logins, request).rows
        return [row for row in found if row.terminal == name]

    def present(self, number: str) -> None:
        """Somebody touches the sensor while the service listens to the terminal."""
        wait_until(lambda: any(session.mask for session in self.server.sessions))
        self.site.demo.present_at(self.unit, number)

    def run_action(self, action: str) -> tasks.Task:
        return finish(
            self.client,
            self.client.call(tasks.on_unit, tasks.OnUnit(terminal_id=self.id, action=action)),
        )

    def plan(self, remove_unknown: bool = False) -> tasks.Plan:
        work = finish(
            self.client,
            self.client.call(
                tasks.make_plan, tasks.MakePlan(terminal_id=self.id, remove_unknown=remove_unknown)
            ),
        )
        assert work.result.plan is not None, work.error
        return work.result.plan

    def apply(self, plan: tasks.Plan, confirm: str = "") -> tasks.Task:
        return finish(
            self.client,
            self.client.call(tasks.apply_plan, tasks.ApplyPlan(plan_id=plan.id, confirm=confirm)),
        )


def finish(client: Client, started: Started) -> tasks.Task:
    """The work when it has ended."""
    return wait_until(
        lambda: (
            work
            if (work := client.call(tasks.get_task, ById(id=started.task_id))).state != "running"
            else None
        ),
        40,
    )


def test_P5_a_dialled_terminal_hands_over_its_log_and_then_its_logins_at_once(
    running_both: RunningSite,
) -> None:
    door = Dialled(running_both, punches=250)
    wait_until(lambda: len(door.logins()) == 250)
    assert door.row.online
    door.present("5002")
    started = time.monotonic()
    wait_until(lambda: len(door.logins()) == 251, 5)
    assert time.monotonic() - started < 2
    assert any(
        "says 250, received 250, new 250" in row.text
        for row in wait_until(lambda: door.detail.log_coverage)
    )


def test_P1_a_wrong_key_a_wrong_port_and_a_unit_known_already_are_refused_in_words(
    running_both: RunningSite,
) -> None:
    door = Dialled(running_both, key=123456)
    keyed = running_both.demo.add_dialled(Unit("KEYED"), 123456)
    for request, words in (
        (
            terminals.DialTerminal(name="A", host="127.0.0.1", port=keyed.port, key="7"),
            "comm key",
        ),
        (terminals.DialTerminal(name="A", host="127.0.0.1", port=9), "No TCP connection"),
        (
            terminals.DialTerminal(name="A", host="127.0.0.1", port=door.server.port, key="123456"),
            "in the list already",
        ),
        (
            terminals.DialTerminal(
                name="A", host="127.0.0.1", port=door.server.port, key="12345678"
            ),
            "up to 6 digits",
        ),
        (terminals.DialTerminal(name="", host="127.0.0.1"), "name"),
    ):
        with pytest.raises(ServiceError, match=words):
            running_both.client.call(terminals.dial_terminal, request)
    assert door.detail.has_key


def test_P5_punches_made_while_a_terminal_was_away_are_recovered_and_the_gap_is_shown(
    running: RunningSite,
) -> None:
    door = Dialled(running, punches=10)
    wait_until(lambda: len(door.logins()) == 10)
    door.unit.faults.offline = True
    door.site.demo.hang_up(door.server)
    wait_until(lambda: not door.row.online)
    assert door.row.problem
    for _ in range(4):
        door.unit.present("5001", verify=1)
        time.sleep(1)
    door.unit.faults.offline = False
    wait_until(lambda: len(door.logins()) == 14)
    wait_until(lambda: door.row.online)
    assert any("new 4" in row.text for row in door.detail.log_coverage)


def test_P9_P8_people_and_fingers_are_adopted_and_their_logins_get_names(
    running_both: RunningSite,
) -> None:
    door = Dialled(running_both, people=3, punches=3, first=6001)
    known = running_both.add_employee(number="6001", first_name="Known", last_name="One")
    other = running_both.add_employee(first_name="Other", last_name="Number")
    door.unit.people["6002"].name = "Other Number"
    work = door.run_action("adopt")
    found = {row.pin: row for row in work.result.candidates}
    assert (found["6001"].how, found["6001"].employee_id) == ("number", known.id)
    assert (found["6002"].how, found["6002"].employee_id) == ("name", other.id)
    assert (found["6003"].how, found["6003"].fingers) == ("nobody", 1)
    pairs = [("6001", known.id), ("6002", other.id), ("6003", "")]
    done = finish(
        running_both.client,
        running_both.client.call(
            tasks.adopt_people, tasks.AdoptPeople(terminal_id=door.id, pairs=pairs)
        ),
    )
    assert done.result.text == (
        "Imported 3 people, 1 of them new, with 3 fingers. The fingers of 3 people are not "
        "used: they have not agreed, and no other basis was stated."
    )
    mine = [(step.kind, step.pin) for step in door.plan().steps if step.pin in found]
    assert mine == [("rename", "6001")]
    door.present("6002")
    wait_until(lambda: [row for row in door.logins() if row.employee == "Other Number"])


def test_TE7_a_number_with_a_hyphen_belongs_to_an_employee_but_makes_no_new_one(
    running_both: RunningSite,
) -> None:
    door = Dialled(running_both, people=0)
    person = door.unit.person("EMP-0012")
    person.name, person.fingers = "Nur", {6: made_up_template("EMP-0012")}
    nur = running_both.add_employee(first_name="Nur", last_name="Aini")

    def adopt(employee_id: str) -> tasks.Task:
        pairs = [("EMP-0012", employee_id)]
        request = tasks.AdoptPeople(terminal_id=door.id, pairs=pairs)
        return finish(running_both.client, running_both.client.call(tasks.adopt_people, request))

    assert "cannot be the number of a new employee" in adopt("").error
    assert adopt(nur.id).state == "done"
    door.present("EMP-0012")
    wait_until(lambda: [row for row in door.logins() if row.number == "EMP-0012"])
    assert door.logins()[0].employee == "Nur Aini"


def test_N6_P10_a_plan_is_shown_applied_read_back_and_receipted_and_drift_is_seen(
    running_both: RunningSite,
) -> None:
    source = Dialled(running_both, people=2, first=7001)
    pairs = [("7001", ""), ("7002", "")]
    finish(
        running_both.client,
        running_both.client.call(
            tasks.adopt_people,
            tasks.AdoptPeople(terminal_id=source.id, pairs=pairs, basis="Forms of 2024"),
        ),
    )
    door = Dialled(running_both, people=1, first=9001)
    wait_until(lambda: any(row.can for row in door.detail.capabilities))
    plan = door.plan()
    mine = {(step.kind, step.pin) for step in plan.steps}
    assert {
        ("add", "7001"),
        ("add_finger", "7001"),
        ("add", "7002"),
        ("add_finger", "7002"),
    } <= mine
    assert "9001" in {person.pin for person in plan.unknown}
    assert not plan.destructive
    assert not plan.pace_known, "TE27: nobody has measured it, so its time is a bound"
    assert plan.seconds > 0
    work = door.apply(plan)
    assert work.state == "done", work
    assert door.unit.people["7001"].fingers == source.unit.people["7001"].fingers
    assert "9001" in door.unit.people
    assert not door.plan().steps
    assert door.row.out_of_sync == 0
    assert any(row.text.startswith("Plan applied") for row in door.detail.receipts)
    door.unit.people["7001"].name = "Somebody Else"
    assert [step.kind for step in door.plan().steps] == ["rename"]
    assert door.row.out_of_sync == 1


def test_P11_P12_removing_needs_the_name_typed_and_people_who_left_are_removed(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=2, first=9101)
    person = running.add_employee(number="9101", first_name="Gone", last_name="Soon")
    fields = employees.SaveEmployee(
        id=person.id,
        number="9101",
        first_name="Gone",
        last_name="Soon",
        email=person.email,
        department="Test",
        active=False,
    )
    running.client.call(employees.save_employee, fields)
    plan = door.plan()
    removed = [(step.kind, step.pin) for step in plan.steps if step.kind == "remove"]
    assert removed == [("remove", "9101")]
    assert plan.confirm == door.row.name
    with pytest.raises(ServiceError, match=r"Type the terminal.s name"):
        door.apply(plan, "yes")
    assert door.apply(plan, door.row.name).state == "done"
    assert "9101" not in door.unit.people
    assert "9102" in door.unit.people


def test_P2_a_terminal_that_only_says_yes_gets_no_receipt(running: RunningSite) -> None:
    door = Dialled(running, people=1, first=9201)
    finish(
        running.client,
        running.client.call(
            tasks.adopt_people,
            tasks.AdoptPeople(terminal_id=door.id, pairs=[("9201", "")], basis="Forms of 2024"),
        ),
    )
    del door.unit.people["9201"]
    door.unit.faults.ignore_writes = True
    work = door.apply(door.plan())
    assert (work.state, "not on the terminal as they were sent" in work.error) == ("failed", True)
    assert work.remedy
    assert not [row for row in door.detail.receipts if row.text.startswith("Plan")]


def test_P7_clearing_downloads_backs_up_and_then_clears_and_keeps_the_logins(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=2, punches=40, first=9401)
    with pytest.raises(ServiceError, match=r"Type the terminal.s name"):
        running.client.call(tasks.clear_log, tasks.ClearLog(terminal_id=door.id, confirm="no"))
    work = finish(
        running.client,
        running.client.call(
            tasks.clear_log, tasks.ClearLog(terminal_id=door.id, confirm=door.row.name)
        ),
    )
    assert work.state == "done", work
    assert not door.unit.punches
    assert len(door.logins()) == 40
    (backup,) = (running.demo.data_dir / "backups").glob(f"{door.unit.serial}-*.jsonl")
    assert len(backup.read_text().splitlines()) == 40
    receipt = next(row.text for row in door.detail.receipts if row.text.startswith("Log cleared"))
    assert hashlib.sha256(backup.read_bytes()).hexdigest() in receipt


def test_N19_the_clock_is_measured_set_and_kept_in_a_ledger_and_logins_are_not_rewritten(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=2, first=9501)
    wait_until(lambda: door.row.clock_offset_s is not None)
    door.unit.faults.clock_offset += timedelta(seconds=300)
    door.run_action("doctor")
    wait_until(lambda: abs((door.row.clock_offset_s or 0) - 300) < 5)
    door.present("9501")
    (login,) = wait_until(door.logins)
    assert login.corrected_at is not None
    assert abs((login.at - login.corrected_at).total_seconds() - 300) < 5
    assert "correct now" in door.run_action("set_clock").result.text
    assert abs(door.row.clock_offset_s or 0) < 5
    assert [row.corrected for row in door.detail.clock_offsets[:2]] == [False, True]


def test_N13_the_doctor_examines_and_its_recording_holds_nothing_personal(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=2, key=5)
    work = door.run_action("doctor")
    outcomes = {found.step: found.outcome for found in work.result.findings}
    assert outcomes["Read-only probe"] == "ok"
    assert outcomes["Comm key"] == "warn"
    assert door.unit.serial.encode().hex() not in work.result.recording


def test_N16_what_a_terminal_can_do_is_learnt_with_its_evidence(running: RunningSite) -> None:
    door = Dialled(running)
    rows = wait_until(
        lambda: (
            {r.name: r for r in door.detail.capabilities}
            if any(r.can for r in door.detail.capabilities)
            else None
        )
    )
    assert rows["face_photos"].can is False
    assert rows["unlock"].can is None
    assert rows.keys() == set(Capability), "TE20: each is listed because each has its act"
    door.unit.faults.refuse = {31: 65535}
    work = door.run_action("unlock")
    assert (work.state, bool(work.remedy)) == ("failed", True)
    door.unit.faults.refuse = {}
    rows = {row.name: row for row in door.detail.capabilities}
    assert rows["unlock"].can is False
    assert "Ver 6.60" in rows["unlock"].evidence
    assert door.run_action("test_voice").state == "done"


def test_P2_the_audit_counts_both_sides(running: RunningSite) -> None:
    door = Dialled(running, people=2, punches=30)
    wait_until(lambda: len(door.logins()) == 30)
    assert "nothing is missing" in door.run_action("audit").result.text


def enrol_at(door: Dialled, person: employees.EmployeeRow, position: FingerPosition) -> tasks.Task:
    agree(door.client, person)
    return finish(
        door.client,
        door.client.call(
            tasks.enrol_finger,
            tasks.EnrolFinger(terminal_id=door.id, employee_id=person.id, position=position),
        ),
    )


def ready(site: RunningSite) -> Dialled:
    """A terminal without people, whose abilities are known."""
    door = Dialled(site, people=0)
    wait_until(lambda: any(row.can for row in door.detail.capabilities))
    return door


def test_P14_a_finger_enrolled_at_one_terminal_is_copied_to_the_others_of_its_kind(
    running: RunningSite,
) -> None:
    door, other, later = ready(running), ready(running), ready(running)
    other.unit.faults.silent = True
    person = running.add_employee()
    work = enrol_at(door, person, FingerPosition.LEFT_INDEX)
    assert work.state == "done", work
    assert other.row.name in work.result.text
    assert "next plan" in work.result.text
    assert later.unit.people[person.number].fingers.keys() == {
        FingerPosition.LEFT_INDEX.on_terminals
    }
    other.unit.faults.silent = False
    assert ("add_finger", person.number) in {(step.kind, step.pin) for step in other.plan().steps}


def test_P14_a_deleted_finger_leaves_the_terminals_at_once_or_by_their_next_plan(
    running: RunningSite,
) -> None:
    door, other = ready(running), ready(running)
    person = running.add_employee()
    enrol_at(door, person, FingerPosition.LEFT_THUMB)
    shown = running.client.call(fingers.hands, ById(id=person.id)).fingers
    assert [(row.position, [form.kind for form in row.representations]) for row in shown] == [
        (FingerPosition.LEFT_THUMB, ["terminal"])
    ]
    other.unit.faults.silent = True
    said = " ".join(running.client.call(fingers.hands, ById(id=person.id)).opens)  # TE13
    assert "It opens no terminal." in said
    assert "opens all of them, and no kiosk." in said
    deleted = running.client.call(
        fingers.delete, fingers.OneFinger(employee_id=person.id, position=FingerPosition.LEFT_THUMB)
    )
    assert [(row.leaving, row.representations) for row in deleted.hands.fingers] == [(True, [])]
    work = finish(running.client, Started(task_id=deleted.task_id))
    assert other.row.name in work.result.text
    assert not door.unit.people[person.number].fingers
    other.unit.faults.silent = False
    plan = other.plan()
    assert ("remove_finger", person.number) in {(step.kind, step.pin) for step in plan.steps}
    assert other.apply(plan).state == "done"
    assert not other.unit.people[person.number].fingers


def test_P14_withdrawing_the_consent_takes_every_finger_off_the_terminals(
    running: RunningSite,
) -> None:
    door = ready(running)
    person = running.add_employee()
    for position in (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_INDEX):
        enrol_at(door, person, position)
    assert len(door.unit.people[person.number].fingers) == 2
    running.client.call(
        fingers.give_consent, fingers.GiveConsent(employee_id=person.id, given=False)
    )
    wait_until(lambda: not door.unit.people[person.number].fingers)


def test_two_works_on_one_terminal_do_not_meet_and_one_can_be_cancelled(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=2, punches=2000)
    wait_until(lambda: door.row.records)
    door.unit.faults.silent = True
    try:
        started = running.client.call(
            tasks.on_unit, tasks.OnUnit(terminal_id=door.id, action="read_log")
        )
        with pytest.raises(ServiceError, match="still running"):
            running.client.call(tasks.on_unit, tasks.OnUnit(terminal_id=door.id, action="refresh"))
        running.client.call(tasks.cancel_task, ById(id=started.task_id))
        work = finish(running.client, started)
        assert work.state in ("failed", "cancelled")
    finally:
        door.unit.faults.silent = False
