"""TE12: fingers that a terminal had already are used only on a basis: who said so, and when."""

import itertools
import sqlite3
from contextlib import closing

import pytest

from console.api import access_rules, employees, fingers, tasks
from console.api.operation import ById, ServiceError
from console.api.person import Person, read_person
from console.demo.site import wait_until
from console.domain.access_rules import RuleKind
from tests.conftest import RunningSite
from tests.service.desk import agree
from tests.service.test_dialled import Dialled, finish, ready
from tests.service.test_personal_links import own_page

_numbers = itertools.count(61001)
BASIS = "Consent forms, signed in 2024 and kept by HR"


def adopt(door: Dialled, person: employees.EmployeeRow, basis: str = "") -> str:
    request = tasks.AdoptPeople(
        terminal_id=door.id, pairs=[(person.number, person.id)], basis=basis
    )
    return finish(door.client, door.client.call(tasks.adopt_people, request)).result.text


def planned(door: Dialled, person: employees.EmployeeRow) -> list[str]:
    """What would be written of them to a terminal."""
    return [step.kind for step in door.plan().steps if step.pin == person.number]


def meeting(site: RunningSite) -> tuple[Dialled, Dialled, employees.EmployeeRow]:
    """A terminal that holds somebody with a finger, one of its kind, and the employee."""
    number = next(_numbers)
    source, other = Dialled(site, people=1, first=number), ready(site)
    person = site.add_employee(number=str(number))
    source.unit.people[person.number].name = person.full_name
    return source, other, person


def test_TE12_without_a_basis_fingers_are_kept_and_not_copied(running: RunningSite) -> None:
    source, other, person = meeting(running)
    assert "fingers of 1 person are not used" in adopt(source, person)
    assert planned(other, person) == []
    assert planned(source, person) == []
    # what a terminal has of its own is no difference; people of other tests may belong there, too
    others = {step.pin for step in source.plan().steps}
    wait_until(lambda: source.row.out_of_sync == len(others))
    hands = running.client.call(fingers.hands, ById(id=person.id))
    (finger,) = hands.fingers
    assert finger.representations[0].text.endswith("Not used until the person agrees.")
    agree(running.client, person)
    assert planned(other, person) == ["add", "add_finger"]


def test_TE12_the_operators_statement_is_a_basis_and_is_recorded(running: RunningSite) -> None:
    source, other, person = meeting(running)
    assert adopt(source, person, BASIS).endswith("with 1 finger.")
    assert planned(other, person) == ["add", "add_finger"]
    assert any(BASIS in row.text for row in source.detail.receipts)
    with closing(sqlite3.connect(running.demo.data_dir / "muster.db")) as database:
        kept = database.execute(
            "SELECT modality, channel, user_agent FROM consent WHERE employee_id = ?", (person.id,)
        ).fetchall()
        (actor,) = database.execute(
            "SELECT actor FROM audit WHERE action = 'consent.stated' AND object_id = ?",
            (person.id,),
        ).fetchone()
    assert kept == [("finger_stated", "statement", BASIS)]
    assert actor
    shown = running.client.call(fingers.hands, ById(id=person.id))
    assert shown.consent_at is None, "the person has not agreed to scans at the desk"
    no = fingers.GiveConsent(employee_id=person.id, given=False)
    running.client.call(fingers.give_consent, no)
    assert planned(other, person) == []
    wait_until(lambda: not source.unit.people[person.number].fingers)


def test_TE12_fingers_that_were_never_used_go_from_the_terminal_when_consent_is_declined(
    running: RunningSite,
) -> None:
    source, _other, person = meeting(running)
    adopt(source, person)
    assert source.apply(source.plan()).state == "done"
    no = fingers.GiveConsent(employee_id=person.id, given=False)
    running.client.call(fingers.give_consent, no)
    wait_until(lambda: not source.unit.people[person.number].fingers)


def test_TE12_N8_a_withdrawal_by_the_own_link_takes_adopted_fingers_off_a_terminal_never_planned(
    running: RunningSite,
) -> None:
    source, other, person = meeting(running)
    adopt(source, person, BASIS)
    running.invite(person)
    held = other.unit.person(person.number)
    held.name, held.fingers = "A stranger", dict(source.unit.people[person.number].fingers)
    assert own_page(running, person).withdraw_fingers().status_code == 200
    wait_until(lambda: not source.unit.people[person.number].fingers)
    wait_until(lambda: any("fingers removed" in row.text for row in source.detail.receipts))
    assert source.unit.people[person.number].name == person.full_name, "the person stays"
    assert other.unit.people[person.number].fingers, "under the number there is somebody else"
    other.client.finish(other.client.call(tasks.on_unit, refresh(other)))
    wait_until(lambda: any("“A stranger”" in one.state for one in whole(running, person).places))
    assert other.unit.people[person.number].fingers


def test_TE12_a_statement_is_one_short_line(running: RunningSite) -> None:
    door = ready(running)
    request = tasks.AdoptPeople(terminal_id=door.id, pairs=[("1", "")], basis="x" * 301)
    with pytest.raises(ServiceError, match="at most 300 characters"):
        running.client.call(tasks.adopt_people, request)


def test_TE12_replacing_takes_people_settings_and_fingers_with_a_basis_along(
    running: RunningSite,
) -> None:
    """9301 has agreed, 9302 has not, and nobody knows 9303."""
    old, new = Dialled(running, people=3, first=9301), Dialled(running, people=0)
    old.unit.options["LockOn"] = "9"
    agree(running.client, running.add_employee(number="9301"))
    running.add_employee(number="9302")
    wait_until(lambda: any(row.can for row in new.detail.capabilities))
    work = finish(
        running.client,
        running.client.call(tasks.replace_unit, tasks.ReplaceUnit(old_id=old.id, new_id=new.id)),
    )
    assert work.result.plan is not None, work.error
    assert new.apply(work.result.plan).state == "done"
    assert set(old.unit.people) <= set(new.unit.people)
    assert new.unit.people["9301"].fingers == old.unit.people["9301"].fingers
    assert not new.unit.people["9302"].fingers
    assert not new.unit.people["9303"].fingers
    assert "2 fingers are left behind: nobody has agreed" in work.result.text
    assert new.unit.options["LockOn"] == "9"


def test_TE12_what_half_a_plan_wrote_goes_when_the_consent_is_withdrawn_meanwhile(
    running: RunningSite,
) -> None:
    """The plan failed behind the fingers, so nobody had seen them on the terminal."""
    source, other, person = meeting(running)
    other.unit.person(person.number).name = person.full_name
    rule = access_rules.Rule(kind=RuleKind.PERSON, names=person.id)
    alone = access_rules.SaveTerminalRules(terminal_id=other.id, zone_id="", rules=[rule])
    running.client.call(access_rules.apply_change, access_rules.ApplyChange(change=alone))
    adopt(source, person, BASIS)
    plan = other.plan()
    assert [step.kind for step in plan.steps] == ["add_finger"], "others would fail before it"
    other.unit.faults.refuse = {110: 2001, 1013: 2001}
    assert other.apply(plan).state == "failed"
    assert other.unit.people[person.number].fingers
    other.unit.faults.silent = True
    no = fingers.GiveConsent(employee_id=person.id, given=False)
    running.client.call(fingers.give_consent, no)
    other.unit.faults.refuse, other.unit.faults.silent = {}, False
    wait_until(lambda: not other.unit.people[person.number].fingers)


def test_TE20_a_terminal_that_turns_out_to_take_no_fingers_is_planned_without(
    running: RunningSite,
) -> None:
    """Found at random: its plan failed behind the people, and the next one did the same."""
    source, other, person = meeting(running)
    adopt(source, person, BASIS)
    other.unit.faults.refuse = {10: 65535, 110: 65535}
    assert planned(other, person) == ["add", "add_finger"]
    work = other.apply(other.plan())
    assert work.state == "done", work.error
    assert "The terminal takes no fingerprints; left out: " in work.result.text
    assert other.unit.people[person.number].name == person.full_name
    assert planned(other, person) == []
    can = {row.name: row.can for row in other.detail.capabilities}
    assert can["write_fingers"] is False


def refresh(door: Dialled) -> tasks.OnUnit:
    """Reads who is on it."""
    return tasks.OnUnit(terminal_id=door.id, action="refresh")


def whole(site: RunningSite, person: employees.EmployeeRow) -> Person:
    return site.client.call(read_person, ById(id=person.id))
