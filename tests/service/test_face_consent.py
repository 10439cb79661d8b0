"""A consent to the face that is withdrawn: by the person, at the desk, in the console. EN1."""

from functools import partial

import pytest
import sqlalchemy as sa

from console.api import employees, faces, kiosk_link, review
from console.api.operation import ById, Nothing, ServiceError
from console.demo.employee import PortalVisit
from console.demo.photos import good_photos
from console.demo.site import wait_until
from console.domain.fingers import FingerPosition
from console.store.schema import (
    Audit,
    Consent,
    Enrolment,
    EnrolmentPicture,
    Invitation,
    Outbox,
    Photo,
)
from tests.conftest import ONE_FACE, RunningSite
from tests.service.gates import detail, push_terminal, wait_text, with_face
from tests.service.test_access import approved_door
from tests.service.test_dialled import enrol_at, ready
from tests.service.test_faces import at_desk, take
from tests.service.test_kiosks import as_kiosk, paired, sync


def withdraw(site: RunningSite, person: employees.EmployeeRow) -> employees.EmployeeRow:
    return site.client.call(employees.withdraw_face, ById(id=person.id))


def say_no(site: RunningSite, person: employees.EmployeeRow) -> faces.Capture:
    """ "They say no" in Photos at the desk."""
    text = site.client.call(faces.capture, ById(id=person.id)).texts[0]
    request = faces.BeginCapture(employee_id=person.id, digest=text.digest, agreed=False)
    return site.client.call(faces.begin_capture, request)


def assert_nothing_is_kept(site: RunningSite, person: employees.EmployeeRow) -> None:
    with site.store().read() as session:
        mine = sa.select(Enrolment).where(Enrolment.employee_id == person.id)
        for row in session.scalars(mine.options(sa.orm.undefer(Enrolment.template))):
            assert (row.template, row.version, row.model, row.live) == (b"", "", "", False)
            assert session.get(EnrolmentPicture, row.id) is None
        assert not session.scalars(sa.select(Photo).where(Photo.employee_id == person.id)).all()
        consents = session.scalars(sa.select(Consent).where(Consent.employee_id == person.id))
        assert all(one.withdrawn_at for one in consents if one.modality == "face")
        waiting = sa.select(Outbox).where(Outbox.employee_id == person.id)
        assert not session.scalars(waiting.where(Outbox.state == "queued")).all()
        said = sa.select(Audit.detail).where(
            Audit.action == "consent.withdrawn", Audit.object_id == person.id
        )
        assert [one["modality"] for one in session.scalars(said)] == ["face"]


def entry_of(site: RunningSite, token: str, person: employees.EmployeeRow) -> kiosk_link.Entry:
    entries = sync(site, token).entries
    assert entries is not None
    return next(one for one in entries if one.id == person.id)


def shown_gone(site: RunningSite, serial: str) -> bool:
    """Whether the terminal has a receipt for the face that it removed."""
    return any("faces removed 1" in row.text for row in detail(site, serial).receipts)


def test_EN1_a_withdrawn_face_is_gone_everywhere_and_the_person_stays(
    running: RunningSite,
) -> None:
    door, gate, turnstile = ready(running), push_terminal(running), approved_door(running)
    person = with_face(running)
    running.wait_status(person, "pushed")
    enrol_at(door, person, FingerPosition.LEFT_INDEX)
    _, token = paired(running)
    assert entry_of(running, token, person).face
    told = withdraw(running, person)
    assert (told.status, told.face_agreed) == ("withdrawn", False)
    assert told.status_text == "Consent withdrawn, terminals are updated next"
    assert entry_of(running, token, person).face == ""
    asked = kiosk_link.References(employee_ids=[person.id])
    (reference,) = as_kiosk(running, token, kiosk_link.references, asked).references
    assert reference.face == b""
    assert_nothing_is_kept(running, person)
    wait_text(running, person, "Consent withdrawn")
    for unit in (gate.unit, turnstile.unit):
        assert not unit.people[person.number].photo
        wait_until(partial(shown_gone, running, unit.serial))
    assert door.unit.people[person.number].fingers
    assert running.reload(person).still_on == 0


def test_EN1_a_terminal_that_has_not_shown_it_still_holds_the_face(running: RunningSite) -> None:
    gate = push_terminal(running)
    person = with_face(running)
    running.wait_status(person, "pushed")
    gate.unit.faults.ignore_writes = True
    try:
        withdraw(running, person)
        wait_text(running, person, "Consent withdrawn, face still on 1 terminal")
        assert running.reload(person).still_on == 1
        assert gate.unit.people[person.number].photo
    finally:
        gate.unit.faults.ignore_writes = False


def test_EN1_no_at_the_desk_means_no_for_somebody_enrolled(running: RunningSite) -> None:
    person = with_face(running)
    assert running.client.call(faces.capture, ById(id=person.id)).agreed
    after = say_no(running, person)
    assert (after.id, after.agreed) == ("", False)
    assert after.status_text.startswith("Consent withdrawn")
    assert running.reload(person).status == "withdrawn"
    assert_nothing_is_kept(running, person)


def test_EN1_a_face_is_withdrawn_on_both_databases(running_both: RunningSite) -> None:
    person = with_face(running_both)
    withdraw(running_both, person)
    assert not running_both.reload(person).face_agreed
    wait_text(running_both, person, "Consent withdrawn")


def test_EN1_no_at_the_desk_ends_photos_that_wait_and_links_that_are_open(
    running: RunningSite,
) -> None:
    person = with_face(running)
    capture = take(running, at_desk(running, person), good_photos()[:1])
    assert capture.agreed
    say_no(running, person)
    assert_nothing_is_kept(running, person)
    with running.store().read() as session:
        mine = sa.select(Invitation.status).where(Invitation.employee_id == person.id)
        assert set(session.scalars(mine)) == {"withdrawn"}


def test_EN1_an_open_link_stops_when_the_consent_is_withdrawn(running: RunningSite) -> None:
    person = with_face(running)
    link = running.invite(person)
    assert running.reload(person).face_agreed
    withdraw(running, person)
    assert PortalVisit(link).open().status_code == 404
    assert running.reload(person).status == "withdrawn"
    with pytest.raises(ServiceError, match="has not agreed"):
        withdraw(running, person)


def test_EN1_a_withdrawn_face_compares_with_nobody(running: RunningSite) -> None:
    person, other = with_face(running), running.add_employee()
    withdraw(running, person)
    pairs = running.client.call(faces.most_similar, Nothing()).pairs
    assert person.id not in {one.id for pair in pairs for one in (pair.first, pair.second)}
    running.visit(other).enrol(other.number, good_photos())
    waiting = running.wait_submission(other)
    assert person.number not in {one.number for one in waiting.lookalikes}
    running.client.call(faces.renew, Nothing())
    running.visit(person).enrol(person.number, good_photos())
    again = running.wait_submission(person)
    assert not again.on_file
    decision = review.Decide(id=again.id, approve=True, in_spite=ONE_FACE)
    running.client.call(review.decide, decision)
    assert running.reload(person).face_agreed


def test_EN1_the_person_withdraws_through_their_own_link_whenever_they_like(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    visit = running.visit(person)
    visit.enrol(person.number, good_photos())
    assert visit.state["agreed"]
    waiting = running.wait_submission(person)
    decision = review.Decide(id=waiting.id, approve=True, in_spite=ONE_FACE)
    running.client.call(review.decide, decision)
    with running.store().write() as session:
        row = session.scalars(
            sa.select(Invitation).where(Invitation.employee_id == person.id)
        ).one()
        row.expires_at = row.created_at
    assert visit.open().status_code == 200
    assert visit.state["status"] in ("approved", "pushed")
    for _ in range(2):
        assert visit.withdraw().status_code == 200
        assert (visit.state["status"], visit.state["agreed"]) == ("withdrawn", False)
    assert_nothing_is_kept(running, person)
    assert visit.open().status_code == 404


def test_EN1_whoever_is_invited_again_says_no_to_the_face_that_is_kept(
    running: RunningSite,
) -> None:
    person = with_face(running)
    visit = running.visit(person)
    visit.open()
    assert "Withdraw" in visit.decline().json()["message"]
    assert "number" in visit.withdraw().json()["message"], "the second check comes first"
    visit.answer(person.number[-4:])
    visit.withdraw()
    assert visit.state["status"] == "withdrawn"
    assert_nothing_is_kept(running, person)
