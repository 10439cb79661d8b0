"""The page of a person, and whom it advises to enrol again: as operators of each role see them."""

from datetime import timedelta

import pytest

from console.api import employees, invitations, person
from console.api.client import Client
from console.api.operation import ById, ServiceError
from console.biometrics.faces.recognition.vectors import MODEL_ID
from console.demo.people import OPERATOR_NAME
from console.domain.enrolment_health import FACE_OLD, Level, Step
from console.domain.invitations import Status
from console.domain.operators import Role
from console.domain.placements import PlacementState
from console.store.backup.book import Book, Copy, load_book, save_book
from console.store.columns import new_id
from console.store.schema import Employee, Kiosk, Login
from console.store.unit_of_work import Tx
from tests.conftest import RunningSite
from tests.store.made import (
    add_consent,
    add_employee,
    add_enrolment,
    add_finger,
    add_invitation,
    add_placement,
    add_terminal,
)
from tests.support.operators import add_operator, signed_in

DAY = timedelta(days=1)


def add_kiosk(tx: Tx) -> Kiosk:
    kiosk = Kiosk(
        id=new_id(), name="Lobby", token_hash=new_id(), added_by="Mei", added_at=tx.now, state={}
    )
    tx.add(kiosk)
    tx.flush()
    return kiosk


def add_logins(tx: Tx, row: Employee, kiosk: Kiosk, *outcomes: tuple[str, str]) -> None:
    """Logins by face, the newest last. outcomes: (outcome, reason)."""
    for place, (outcome, reason) in enumerate(outcomes):
        at = tx.now - DAY - timedelta(minutes=len(outcomes) - place)
        tx.add(
            Login(
                kiosk_id=kiosk.id,
                employee_id=row.id,
                pin=row.number,
                at=at,
                local_time=f"{at:%Y-%m-%d %H:%M:%S}",
                verify=-1,
                direction=-1,
                outcome=outcome,
                reason=reason,
                method="face",
                content_key=new_id(),
                received_at=tx.now,
            )
        )


def enrol(tx: Tx, row: Employee, age: timedelta = DAY) -> str:
    """A face in force, so old. Returns the enrolment's id."""
    face = add_enrolment(tx, add_invitation(tx, row, Status.IN_USE))
    face.model, face.approved_at, face.outcome = MODEL_ID, tx.now - age, "pass"
    return face.id


def as_role(running: RunningSite, role: Role) -> Client:
    """A client of somebody with this role."""
    name = f"{role}-{new_id()[-6:]}"
    add_operator(running, name, role, can_enrol=True)
    return signed_in(running.demo, name)


@pytest.fixture(scope="module")
def nur(running: RunningSite) -> str:
    """Somebody with a face, a finger, a terminal, a kiosk, consents and logins."""
    with running.store().write() as tx:
        row = add_employee(tx)
        row.email = "nur@example.com"
        face = enrol(tx, row)
        add_finger(tx, row, 7, b"sealed")
        add_consent(tx, row, "face", tx.now - 3 * DAY)
        gate = add_terminal(tx, "North gate")
        held = {"face_id": face, "face_held": face, "confirmed_at": tx.now}
        add_placement(tx, row, gate, PlacementState.CONFIRMED, **held)
        add_logins(tx, row, add_kiosk(tx), ("refused", "face_not_matched"), ("accepted", ""))
        return row.id


def test_an_admin_sees_the_whole_of_a_person(running: RunningSite, nur: str) -> None:
    found = running.client.call(person.read_person, ById(id=nur))
    assert found.employee.email == "nur@example.com"
    assert found.photo_id
    assert [row.what for row in found.templates] == ["Face", "Left index finger"]
    places = [(row.kind, row.name, row.holds, row.state) for row in found.places]
    assert places[0] == ("Terminal", "North gate", "Face", "Stored")
    assert places[-1][0] == "Kiosk"
    consents = [(row.what, row.how, row.language) for row in found.consents]
    assert consents == [("Face", "at the desk", "English")]
    assert [row.status_text for row in found.invitations] == ["In use"]
    assert found.logins is not None
    assert [row.outcome for row in found.logins] == ["accepted", "refused"]
    assert found.health.level is Level.FAIR
    assert found.health.step is Step.FINGERS_AT_DESK
    assert "The face failed in 1 of 2 tries in 30 days." in [
        one.text for one in found.health.findings
    ]


def test_N7_backups_with_something_of_a_person_stand_on_their_page(
    running: RunningSite, nur: str
) -> None:
    def backup(age: timedelta, keys: str) -> Copy:
        made = now - age
        sums = {"sha256": "", "keys_sha256": ""}
        where = {"place": "/mnt/backups", "name": "b", "keys": keys}
        return Copy(made_at=made, bytes=1, by="", verified_at=made, **where, **sums)

    with running.store().write() as tx:
        here, now = tx.get_one(Employee, nur).created_at, tx.now
        before = load_book(tx)
        copies = [backup(now - here + DAY, "k"), backup(DAY, "k"), backup(2 * DAY, "")]
        save_book(tx, Book(copies=copies))
    (found,) = [one for one in read(running.client, nur).places if one.kind == "Backup"]
    until = f"{copies[1].keys_until:%d %b %Y}"
    assert (found.name, found.holds) == ("/mnt/backups", "Face and fingers")
    assert found.state == f"2 sealed backups; keys deleted by {until}", (
        "one is older than the person"
    )
    supervisor = as_role(running, Role.SUPERVISOR)
    assert "Backup" not in {one.kind for one in read(supervisor, nur).places}
    with running.store().write() as tx:
        save_book(tx, before)


def read(client: Client, employee_id: str) -> person.Person:
    return client.call(person.read_person, ById(id=employee_id))


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.ADMIN, {"email", "photo", "logins", "changes"}),
        (Role.TECHNICIAN, {"email"}),
        (Role.SUPERVISOR, {"logins"}),
        (Role.AUDITOR, {"logins", "changes"}),
    ],
)
def test_what_a_role_may_not_see_is_not_in_the_answer(
    running: RunningSite, nur: str, role: Role, sees: set[str]
) -> None:
    with as_role(running, role) as client:
        found = client.call(person.read_person, ById(id=nur))
        listed = client.call(employees.list_employees, employees.ListEmployees(search="nur"))
    parts = {
        "email": bool(found.employee.email),
        "photo": found.photo_id is not None,
        "logins": found.logins is not None,
        "changes": found.changes is not None,
    }
    assert {name for name, there in parts.items() if there} == sees
    assert any(row.email for row in listed.rows) == ("email" in sees)


def test_who_sees_no_email_cannot_sort_or_search_by_it(running: RunningSite, nur: str) -> None:
    with as_role(running, Role.SUPERVISOR) as client:
        request = employees.ListEmployees(search="nur@example.com")
        assert not client.call(employees.list_employees, request).rows
        with pytest.raises(ServiceError, match="cannot be sorted by email"):
            client.call(employees.list_employees, employees.ListEmployees(sort="email"))


def test_changes_say_who_changed_what(running: RunningSite) -> None:
    made = running.add_employee()
    saved = employees.SaveEmployee(
        id=made.id,
        number=made.number,
        first_name=made.first_name,
        last_name=made.last_name,
        email="other@example.com",
        department="Elsewhere",
    )
    running.client.call(employees.save_employee, saved)
    found = running.client.call(person.read_person, ById(id=made.id))
    assert found.changes is not None
    assert [(row.by, row.what) for row in found.changes] == [
        (OPERATOR_NAME, "Changed the employee: email address, department"),
        (OPERATOR_NAME, "Added the employee"),
    ]
    with pytest.raises(ServiceError, match="no longer exists"):
        running.client.call(person.read_person, ById(id="0" * 32))


def test_N15_the_list_to_enrol_again_goes_by_the_same_rule(running: RunningSite) -> None:
    wrong, right = ("refused", "face_not_matched"), ("accepted", "")
    with running.store().write() as tx:
        kiosk = add_kiosk(tx)
        people = {}
        for name, age, logins in (
            ("fresh", DAY, ()),
            ("old", FACE_OLD, ()),
            ("fails", DAY, (wrong, wrong, wrong, right)),
            ("seldom", DAY, (wrong, wrong, wrong, *[right] * 10)),
            ("faceless", None, (wrong, wrong, wrong)),
            ("gone", FACE_OLD, ()),
        ):
            row = add_employee(tx, active=name != "gone")
            row.sort_name, row.email = "again", f"{name}@example.com"
            people[name] = row.id
            if age is not None:
                enrol(tx, row, age)
            add_logins(tx, row, kiosk, *logins)
    again = employees.WhichEmployees(search="again", re_enrol=True)
    request = employees.ListEmployees(search="again", re_enrol=True)
    page = running.client.call(employees.list_employees, request)
    assert {row.id for row in page.rows} == {people["old"], people["fails"]}
    for name, employee_id in people.items():
        health = running.client.call(person.read_person, ById(id=employee_id)).health
        told = health.step is Step.SEND_LINK and name != "faceless"
        assert told == (name in ("old", "fails")), name
    everybody = invitations.Invite(those=again, again=True)
    assert running.client.call(invitations.look_at_invite, everybody).invited == 2
