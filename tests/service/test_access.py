"""Units of access control at a whole site: faces, logins, leavers, plans, own numbers. TE4."""

import itertools
import time

import pytest

from bridge.simulator.access import SimulatedAccessUnit
from bridge.simulator.push import FirmwareProfile
from bridge.simulator.unit import SimPerson
from console.api import tasks
from console.api.operation import ServiceError
from console.demo.site import wait_until
from console.domain.terminals import Dialect, TerminalStatus
from tests.conftest import RunningSite
from tests.service.gates import detail, names, with_face
from tests.service.test_alignment import change
from tests.service.test_dialled import finish
from tests.service.test_terminals import all_logins, approve, dial

_serials = itertools.count(1)


def waiting_door(site: RunningSite, **people: SimPerson) -> SimulatedAccessUnit:
    """A unit of access control that waits for approval. people: by "n" and their number."""
    unit = site.demo.add_access_unit(f"ACC{next(_serials):04}", 0.2)
    unit.people.update({number[1:]: person for number, person in people.items()})
    wait_until(lambda: unit.serial in names(site))
    wait_until(lambda: names(site)[unit.serial].dialect is Dialect.ACCESS)
    return unit


def approved_door(site: RunningSite, **people: SimPerson) -> SimulatedAccessUnit:
    unit = waiting_door(site, **people)
    approve(site, unit.serial)
    wait_until(lambda: unit.approved)
    return unit


def facts(site: RunningSite, unit: SimulatedAccessUnit) -> dict[str, str]:
    return dict(detail(site, unit.serial).facts)


def logins_of(site: RunningSite, unit: SimulatedAccessUnit) -> list[str]:
    return [row.number for row in all_logins(site) if row.terminal == unit.serial]


def test_TE4_a_unit_gets_nothing_before_its_approval_and_loses_nothing(
    running: RunningSite,
) -> None:
    unit = waiting_door(running, n31001=SimPerson(name="Ada", zone="0001"))
    unit.people["31001"].photo = b"x"
    assert running.demo.present(unit, "31001")
    wait_until(lambda: names(running)[unit.serial].online)
    assert not unit.approved
    assert facts(running, unit)["Dialect"] == "Access-control push. It says DeviceType=acc."
    approve(running, unit.serial)
    wait_until(lambda: logins_of(running, unit) == ["31001"])
    wait_until(lambda: "Whole log read" in " ".join(log_coverage(running, unit)))
    assert logins_of(running, unit) == ["31001"]
    assert facts(running, unit)["Firmware"] == "ACC-SIM-1.0"
    assert detail(running, unit.serial).terminal.set_aside == 0


def log_coverage(site: RunningSite, unit: SimulatedAccessUnit) -> list[str]:
    return [row.text for row in detail(site, unit.serial).log_coverage]


def test_TE4_a_face_arrives_and_what_the_unit_knew_of_somebody_survives(
    running_both: RunningSite,
) -> None:
    site = running_both
    known = SimPerson(
        name="Nur Aisyah 32001", uid=1, privilege=14, password="12", card=77, group="3", zone="0003"
    )
    unit = approved_door(site, n32001=known)
    old, new = with_face(site, number="32001"), with_face(site)
    site.wait_status(old, "pushed")
    site.wait_status(new, "pushed")
    assert names(site)[unit.serial].confirmed == 2
    assert known.photo
    assert (known.card, known.zone, known.group, known.privilege) == (77, "0003", "3", 14)
    assert unit.people[new.number].zone
    assert site.demo.present(unit, new.number)
    site.wait_status(new, "in_use")


def test_TE4_a_unit_that_keeps_nothing_is_not_believed(running: RunningSite) -> None:
    unit = approved_door(running)
    unit.unit.faults.ignore_writes = True
    with_face(running)
    wait_until(lambda: names(running)[unit.serial].problem)
    assert names(running)[unit.serial].confirmed == 0
    assert "not on the terminal as they were sent" in names(running)[unit.serial].problem


def test_TE4_logins_that_are_sent_again_are_kept_once_and_door_events_are_no_logins(
    running: RunningSite,
) -> None:
    unit = approved_door(running)
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    rows = [("33001", 0), ("0", 27), ("33001", 22), ("33002", 4017)]
    lines = [
        f"time={stamp}\tpin={pin}\tevent={code}\tinoutstatus=0\tverifytype=15\tindex={index}"
        for index, (pin, code) in enumerate(rows)
    ]
    body = "\r\n".join([*lines, "rubbish", ""])
    for _ in range(3):
        answer = dial(running, "POST", "/iclock/cdata", body, SN=unit.serial, table="rtlog")
        assert answer.text == "OK"
    assert sorted(logins_of(running, unit)) == ["33001", "33002"]
    remarks = {row.number: row.remark for row in all_logins(running) if row.number == "33002"}
    assert remarks == {"33002": "Event 4017, which Muster does not know."}
    assert detail(running, unit.serial).terminal.set_aside == 1, "the same line is kept once"


def test_TE4_a_leaver_is_removed_and_looked_for_again(running: RunningSite) -> None:
    leaver = running.add_employee()
    unit = approved_door(
        running,
        **{f"n{leaver.number}": SimPerson(name="Nur", zone="0001"), "n34002": SimPerson(name="B")},
    )
    change(running, leaver, active=False)
    wait_until(lambda: leaver.number not in unit.people)
    receipt = "People removed: removed 1"
    wait_until(lambda: receipt in [row.text for row in detail(running, unit.serial).receipts])
    assert "34002" in unit.people


def test_TE4_a_plan_renames_and_keeps_the_rest(running: RunningSite) -> None:
    person = running.add_employee()
    held = SimPerson(name="Somebody", uid=1, card=77, zone="0003", password="12")
    unit = approved_door(running, **{f"n{person.number}": held})
    terminal_id = names(running)[unit.serial].id
    request = tasks.MakePlan(terminal_id=terminal_id, remove_unknown=False)
    plan = finish(running.client, running.client.call(tasks.make_plan, request)).result.plan
    assert plan is not None
    assert [step.text for step in plan.steps if step.pin == person.number] == [
        f"Rename “Somebody” to “{person.full_name}”"
    ]
    apply = tasks.ApplyPlan(plan_id=plan.id, confirm="")
    assert finish(running.client, running.client.call(tasks.apply_plan, apply)).state == "done"
    assert held.name == person.full_name
    assert (held.card, held.zone, held.password) == (77, "0003", "12")


def test_TE4_whoever_has_a_number_that_the_unit_cannot_hold_gets_one_of_its_own(
    running_both: RunningSite,
) -> None:
    site = running_both
    unit = approved_door(site)
    person = with_face(site, number=f"E{next(_serials):04}")
    site.wait_status(person, "pushed")
    own = next(pin for pin, held in unit.people.items() if held.name == person.full_name)
    assert own.isdigit()
    shown = facts(site, unit)["Has another number on it"]
    assert shown == f"{person.full_name}: {own} is {person.number} here"
    assert site.demo.present(unit, own)
    wait_until(lambda: [row for row in all_logins(site) if row.employee == person.full_name])
    change(site, person, active=False)
    wait_until(lambda: own not in unit.people)


@pytest.mark.parametrize(
    ("said", "words"),
    [({"DeviceType": "video"}, "Device type"), ({"pushver": "4.1"}, "Device type")],
)
def test_TE4_what_cannot_be_served_is_not_approved_and_the_setting_is_named(
    running: RunningSite, said: dict[str, str], words: str
) -> None:
    serial = f"ODD{next(_serials):04}"
    assert dial(running, "GET", "/iclock/cdata", SN=serial, options="all", **said).text == "OK"
    with pytest.raises(ServiceError, match=words):
        approve(running, serial)
    assert names(running)[serial].status is TerminalStatus.PENDING
    assert words in names(running)[serial].problem


def test_TE4_a_unit_that_insists_on_encryption_says_so_until_it_does_not(
    running: RunningSite,
) -> None:
    unit = approved_door(running)
    unit.unit.faults.encrypted = True
    unit.approved = False
    wait_until(lambda: "encryption" in names(running)[unit.serial].problem)
    with pytest.raises(ServiceError, match="turn off encryption"):
        approve(running, unit.serial)
    unit.unit.faults.encrypted = False
    wait_until(lambda: unit.approved)
    wait_until(lambda: "encryption" not in names(running)[unit.serial].problem)


def test_TE4_a_unit_that_turns_out_to_speak_the_other_dialect_is_served_in_it(
    running: RunningSite,
) -> None:
    serial = f"TURN{next(_serials):04}"
    dial(running, "GET", "/iclock/cdata", SN=serial, options="all")
    approve(running, serial)
    assert names(running)[serial].dialect is Dialect.PUSH
    body = "DeviceType=acc,LockCount=1"
    answer = dial(running, "POST", "/iclock/registry", body, SN=serial)
    assert answer.text.startswith("RegistryCode=")
    assert names(running)[serial].dialect is Dialect.ACCESS


def test_TE4_a_controller_takes_people_and_fingers_and_no_faces(running: RunningSite) -> None:
    profile = FirmwareProfile.ACCESS_CONTROLLER
    unit = running.demo.add_access_unit(f"CTRL{next(_serials):04}", 0.2, profile)
    wait_until(lambda: unit.serial in names(running))
    wait_until(lambda: not names(running)[unit.serial].takes_faces)
    approve(running, unit.serial)
    wait_until(lambda: unit.approved)
    refresh = tasks.OnUnit(terminal_id=names(running)[unit.serial].id, action="refresh")
    assert finish(running.client, running.client.call(tasks.on_unit, refresh)).state == "done"
    can = {row.name: row.can for row in detail(running, unit.serial).capabilities}
    assert (can["face_photos"], can["write_people"], can["write_fingers"]) == (False, True, True)
