"""TE30: fingers come in records of ISO 19794-2 and ANSI 378 that other programs made."""

import pytest

from console.api import employees
from console.api import fingers as api
from console.api.operation import ById, ServiceError
from console.biometrics.fingers.minutiae import minutiae
from console.biometrics.fingers.records import (
    FingerRecord,
    FingerView,
    Standard,
    read_record,
    write_record,
)
from console.domain.fingers import FingerPosition
from console.domain.operators import Role
from tests.conftest import RunningSite
from tests.service.desk import agree, enrol, picture
from tests.service.test_person import as_role
from tests.support.operators import add_operator, signed_in

INDEX = FingerPosition.RIGHT_INDEX
# The made-up fingers of this module are 301, 302, 304 and 305: 303 is too much like 302.


def record_of(site: RunningSite, person: employees.EmployeeRow, standard: str) -> bytes:
    """Their fingers as a record, which are then deleted here."""
    asked = api.Export(employee_id=person.id, standard=standard)
    data = site.client.call(api.export, asked).data
    one = api.OneFinger(employee_id=person.id, position=INDEX)
    site.client.call(api.delete, one)
    return data


def take(site: RunningSite, data: bytes, **whose: str | int) -> list[api.ImportedFinger]:
    return site.client.call(api.import_record, api.ImportRecord(data=data, **whose)).fingers  # type: ignore[arg-type]


def found(site: RunningSite, person: employees.EmployeeRow, finger: int) -> api.Tested:
    asked = api.Test(employee_id=person.id, picture=picture(finger, 7))
    return site.client.call(api.test, asked)


@pytest.mark.parametrize(("standard", "finger"), [("iso", 301), ("ansi", 302)])
def test_TE30_a_finger_of_a_record_is_enrolled_and_found(
    running: RunningSite, standard: str, finger: int
) -> None:
    person = running.add_employee()
    enrol(running.client, person, finger)
    data = record_of(running, person, standard)
    assert not found(running, person, finger).match
    (taken,) = take(running, data, number=person.number)
    assert (taken.position, taken.outcome) == (INDEX, "saved")
    tested = found(running, person, finger)
    assert (tested.match, tested.own) == (True, True)
    (row,) = running.client.call(api.hands, ById(id=person.id)).fingers
    assert "a file of" in row.representations[0].text
    (again,) = take(running, data, employee_id=person.id)
    assert again.outcome == "enrolled"


def test_TE30_nobody_gets_the_finger_of_somebody_else(running: RunningSite) -> None:
    person, other = running.add_employee(), running.add_employee()
    enrol(running.client, person, 305)
    data = running.client.call(api.export, api.Export(employee_id=person.id)).data
    agree(running.client, other)
    (refused,) = take(running, data, employee_id=other.id)
    assert refused.outcome == "duplicate"
    assert person.full_name in refused.text
    assert running.client.call(api.hands, ById(id=other.id)).fingers == []


def test_TE30_consent_comes_first_and_a_record_must_be_one(running: RunningSite) -> None:
    person = running.add_employee()
    data = b"no record"
    with pytest.raises(ServiceError, match="has not agreed"):
        take(running, data, employee_id=person.id)
    agree(running.client, person)
    with pytest.raises(ServiceError, match="not a finger minutiae record"):
        take(running, data, employee_id=person.id)
    with pytest.raises(ServiceError, match="No employee has the number"):
        take(running, data, number="no-one")
    with pytest.raises(ServiceError, match="too large"):
        take(running, bytes(1 << 20) + b"x", employee_id=person.id)


def test_TE30_a_finger_that_the_record_does_not_name_has_to_be_chosen(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    enrol(running.client, person, 304)
    known = read_record(record_of(running, person, "iso"))
    nameless = [FingerView(view.minutiae, 0, n) for n, view in enumerate(known.views)]
    few = FingerView(minutiae([9, 30], [9, 30], [0.1, 2]), FingerPosition.LEFT_THUMB)
    record = FingerRecord(Standard.ISO_2005, known.width, known.height, (*nameless, few))
    data = write_record(record)
    with pytest.raises(ServiceError, match="Choose the finger"):
        take(running, data, employee_id=person.id)
    rows = take(running, data, employee_id=person.id, position=INDEX)
    assert {row.position: row.outcome for row in rows} == {
        INDEX: "saved",
        FingerPosition.LEFT_THUMB: "poor",
    }


def test_TE30_only_administrators_who_may_enrol_others_import(running: RunningSite) -> None:
    person = running.add_employee()
    asked = api.ImportRecord(data=b"x", employee_id=person.id)
    with as_role(running, Role.TECHNICIAN) as client, pytest.raises(ServiceError, match="role"):
        client.call(api.import_record, asked)
    add_operator(running, "reader", Role.ADMIN)
    with signed_in(running.demo, "reader") as client:
        with pytest.raises(ServiceError, match="Can Enroll Others"):
            client.call(api.import_record, asked)
