"""Photos submitted over the link: review, look-alikes, and what is kept. T9, T12, T15, N4, N5."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial

import msgspec
import pytest
import sqlalchemy as sa

from console.api import employees, invitations, operators, review
from console.api.operation import ById, Nothing, ServiceError
from console.demo.employee import PortalVisit
from console.demo.mailbox import text_of
from console.demo.photos import faceless_photo, good_photos, small_face_photo
from console.demo.site import wait_until
from console.domain.invitations import Status
from console.domain.operators import Role
from console.service.outbox import SUBJECTS
from console.service.people.retention import Retention
from console.store.database import Store
from console.store.schema import Audit, Employee, Enrolment, Operator, Photo
from tests.conftest import ONE_FACE, RunningSite
from tests.store.made import add_invitation
from tests.support.operators import add_operator, signed_in


def test_T9_T10_T12_the_persons_choice_reaches_review_and_may_be_submitted_once(
    running: RunningSite, person
) -> None:
    visit = running.visit(person)
    visit.open()
    visit.agree()
    visit.answer(person.number)
    for slot, photo in enumerate(good_photos(), start=1):
        visit.upload(slot, photo)
    for slot in (1, 2, 3):
        visit.verdict(slot)
    assert visit.submit(2).json()["status"] in ("submitted", "screening", "pending_approval")
    assert visit.submit(3).status_code in (200, 409)
    submission = running.wait_submission(person)
    assert [photo.chosen for photo in submission.photos] == [False, True, False]
    assert submission.on_file == ""
    assert "second check passed" in submission.opened_how


def test_submitting_before_the_verdicts_are_in_loses_nothing(running: RunningSite, person) -> None:
    visit = running.visit(person)
    visit.open()
    visit.agree()
    visit.answer(person.number)
    for slot, photo in enumerate(good_photos(), start=1):
        visit.upload(slot, photo)
    assert visit.submit(1).status_code == 200
    assert [photo.outcome != "reject" for photo in running.wait_submission(person).photos] == [
        True
    ] * 3


def has_emails(running: RunningSite, person: employees.EmployeeRow, count: int) -> bool:
    return len(judged(running, person)) == count


def judged(running: RunningSite, person: employees.EmployeeRow) -> list[EmailMessage]:
    """The emails about somebody's photos."""
    about = {SUBJECTS["unsuccessful"], SUBJECTS["rejected"]}
    return [email for email in running.emails_to(person) if email["Subject"] in about]


def test_three_failures_lead_to_help_with_the_reasons_in_each_mail(
    running: RunningSite, person
) -> None:
    link = running.invite(person)
    bad = [small_face_photo(), faceless_photo(), b"no photo"]
    for number in (1, 2, 3):
        visit = PortalVisit(link)
        visit.open()
        if visit.state["texts"]:
            visit.agree()
            visit.answer(person.number)
        for slot, photo in enumerate(bad, start=1):
            visit.upload(slot, photo)
        visit.submit(1)
        running.wait_status(person, "needs_help" if number == 3 else "rejected_auto")
        wait_until(partial(has_emails, running, person, number))
    emails = [text_of(email) for email in judged(running, person)]
    assert "try 1 of 3" in emails[0]
    assert "Photo 1: Face small: 42 px, needs ≥ 115." in emails[0]
    assert "look at your photos, or take one with you at the desk" in emails[2]
    assert running.reload(person).status_text == "Needs help"
    item = next(
        i for i in running.client.call(review.queue, Nothing()).items if i.number == person.number
    )
    running.client.call(review.decide, review.Decide(id=item.id, approve=True, in_spite=ONE_FACE))
    assert running.reload(person).status_text == "Approved"


def test_a_rejection_with_remark_opens_the_same_link_again(running: RunningSite, person) -> None:
    link = running.invite(person)
    PortalVisit(link).enrol(person.number, good_photos())
    submission = running.wait_submission(person)
    running.client.call(
        review.decide,
        review.Decide(id=submission.id, approve=False, remark="Please take off the cap."),
    )
    wait_until(partial(has_emails, running, person, 1))
    assert "Please take off the cap." in text_of(judged(running, person)[0])
    visit = PortalVisit(link)
    assert visit.open().json()["remark"] == "Please take off the cap."
    for slot, photo in enumerate(good_photos(), start=1):
        visit.upload(slot, photo)
    visit.submit(1)
    assert len(running.wait_submission(person).photos) == 3


def test_two_consoles_decide_at_once_and_one_wins(running: RunningSite, person) -> None:
    PortalVisit(running.invite(person)).enrol(person.number, good_photos())
    submission = running.wait_submission(person)
    running.client.call(
        review.decide, review.Decide(id=submission.id, approve=True, in_spite=ONE_FACE)
    )
    with pytest.raises(ServiceError) as late:
        running.client.call(
            review.decide, review.Decide(id=submission.id, approve=False, remark="no")
        )
    assert late.value.error.code == "conflict"
    assert late.value.error.message == "H. Farid has already decided this."


def test_CO5_an_approval_takes_effect_after_its_time_of_grace_unless_it_is_undone(
    running: RunningSite, person
) -> None:
    PortalVisit(running.invite(person)).enrol(person.number, good_photos())
    submission = running.wait_submission(person)
    decision = review.Decide(id=submission.id, approve=True, in_spite=ONE_FACE, undoable=True)
    assert running.client.call(review.decide, decision).status is Status.PENDING_APPROVAL
    queue = running.client.call(review.queue, Nothing())
    assert [one.words for one in queue.held if one.id == submission.id] == [ONE_FACE]
    assert submission.id not in [one.id for one in queue.items]
    running.client.call(review.undo, ById(id=submission.id))
    assert submission.id in [one.id for one in running.client.call(review.queue, Nothing()).items]
    running.client.call(review.decide, decision)
    (held,) = running.client.call(review.queue, Nothing()).held
    running.wait_status(person, "approved")
    with running.store().read() as tx:
        made = tx.scalars(sa.select(Enrolment).where(Enrolment.employee_id == person.id)).all()
    assert [one.approved_at >= held.until for one in made] == [True], "the first one was undone"


def test_N4_somebody_who_looks_the_same_is_shown_beside_the_submission(
    running: RunningSite,
) -> None:
    first, second = running.add_employee(), running.add_employee()
    PortalVisit(running.invite(first)).enrol(first.number, good_photos())
    running.client.call(
        review.decide,
        review.Decide(id=running.wait_submission(first).id, approve=True, in_spite=ONE_FACE),
    )
    PortalVisit(running.invite(second)).enrol(second.number, good_photos())
    submission = running.wait_submission(second)
    assert submission.alarms
    found = next(other for other in submission.lookalikes if other.number == first.number)
    assert found.alert
    assert found.fmr <= 1e-4
    assert running.client.call(review.picture, ById(id=found.enrolment_id)).jpeg.startswith(
        b"\xff\xd8"
    )
    with pytest.raises(ServiceError, match=f"This looks like .*{first.number}") as refused:
        running.client.call(review.decide, review.Decide(id=submission.id, approve=True))
    assert refused.value.error.code == "needs_reason"
    with running.store().read() as session:
        seen = session.scalars(
            sa.select(Audit).where(
                Audit.action == "guard.duplicate", Audit.object_id == submission.id
            )
        ).all()
    assert first.number in [row.detail["other"] for row in seen]
    running.client.call(
        review.decide,
        review.Decide(
            id=submission.id, approve=True, in_spite="twins, both at the desk", known_lookalike=True
        ),
    )
    with running.store().read() as session:
        overruled = session.scalars(
            sa.select(Audit).where(
                Audit.action == "guard.overruled", Audit.object_id == submission.id
            )
        ).one()
    assert overruled.detail["reason"] == "twins, both at the desk"


def test_N4_known_twins_are_not_asked_about_again(running: RunningSite) -> None:
    first, second = running.add_employee(), running.add_employee()
    for person in (first, second, second):
        PortalVisit(running.invite(person)).enrol(person.number, good_photos())
        submission = running.wait_submission(person)
        running.client.call(
            review.decide,
            review.Decide(
                id=submission.id, approve=True, in_spite="passports seen", known_lookalike=True
            ),
        )
    assert first.number not in [other.number for other in submission.lookalikes if other.alert]


def test_N5_a_new_photo_is_compared_with_the_one_on_file(running: RunningSite, person) -> None:
    for _ in range(2):
        PortalVisit(running.invite(person)).enrol(person.number, good_photos())
        submission = running.wait_submission(person)
        running.client.call(
            review.decide, review.Decide(id=submission.id, approve=True, in_spite=ONE_FACE)
        )
    assert submission.on_file
    assert submission.match_fmr is not None
    assert submission.match_fmr <= 1e-5
    assert running.client.call(review.picture, ById(id=submission.on_file)).jpeg.startswith(
        b"\xff\xd8"
    )
    statuses = [
        row.status
        for row in running.client.call(
            invitations.list_invitations, invitations.ListInvitations(search=person.number)
        ).rows
    ]
    assert statuses == ["approved", "superseded"]


def test_T15_a_template_carries_model_and_provenance(running: RunningSite, person) -> None:
    PortalVisit(running.invite(person)).enrol(person.number, good_photos())
    running.client.call(
        review.decide,
        review.Decide(id=running.wait_submission(person).id, approve=True, in_spite=ONE_FACE),
    )
    with running.store().read() as session:
        enrolment = session.scalars(
            sa.select(Enrolment).where(Enrolment.employee_id == person.id)
        ).one()
        approver = session.get_one(Operator, enrolment.approved_by)
    assert enrolment.model == "mobilefacenet-192/5pt-ls-mirror"
    assert enrolment.photos == 3
    assert approver.username == "h.farid"


def test_PE5_a_new_link_throws_nothing_away_that_somebody_has_done(
    running: RunningSite,
) -> None:
    waits, enrolled, fresh = (running.add_employee(department="PE5") for _ in range(3))
    store = running.store()
    with store.write() as tx:
        for person, status in ((waits, Status.PENDING_APPROVAL), (enrolled, Status.IN_USE)):
            add_invitation(tx, tx.get_one(Employee, person.id), status)
    store.close()
    asked = invitations.Invite(those=employees.WhichEmployees(search="pe5"))
    look = running.client.call(invitations.look_at_invite, asked)
    assert look.invited == 1
    assert look.left_out == {
        "Has submitted photos that are awaiting screening or review.": 1,
        "Is already enrolled.": 1,
    }
    again = msgspec.structs.replace(asked, again=True)
    assert running.client.call(invitations.look_at_invite, again).invited == 2
    result = running.client.finish(running.client.call(invitations.invite, asked)).invited
    assert result is not None
    assert result.sent == 1
    assert running.reload(fresh).status is Status.INVITED
    assert running.reload(waits).status is Status.PENDING_APPROVAL
    assert running.reload(enrolled).status is Status.IN_USE


def test_N17_EN3_nobody_approves_their_own_enrolment_and_a_likeness_of_names_is_nobody(
    running: RunningSite, person
) -> None:
    PortalVisit(running.invite(person)).enrol(person.number, good_photos())
    waiting = running.wait_submission(person)
    with pytest.raises(ServiceError, match="No employee has this number"):
        add_operator(running, person.email, Role.ADMIN, employee="nobody")
    saved = add_operator(
        running, person.email, Role.ADMIN, name=person.full_name, employee=person.number
    )
    assert (saved.employee, saved.employee_name) == (person.number, person.full_name)
    decision = review.Decide(id=waiting.id, approve=True, in_spite=ONE_FACE)
    with signed_in(running.demo, person.email) as themselves:
        with pytest.raises(ServiceError, match="You cannot approve your own enrolment"):
            themselves.call(review.decide, decision)
        unlinked = operators.SaveOperator(
            id=saved.id,
            username=person.email,
            name=person.full_name,
            role=Role.ADMIN,
            can_enrol=False,
        )
        with pytest.raises(ServiceError, match="nother administrator"):
            themselves.call(operators.save_operator, unlinked)
        running.client.call(operators.save_operator, unlinked)
        themselves.call(review.decide, decision)  # only a likeness of strings is left
    running.wait_status(person, "approved")


def test_photos_go_30_days_after_approval_as_the_consent_promises(
    running: RunningSite, person
) -> None:
    PortalVisit(running.invite(person)).enrol(person.number, good_photos())
    running.client.call(
        review.decide,
        review.Decide(id=running.wait_submission(person).id, approve=True, in_spite=ONE_FACE),
    )
    store = running.store()

    def left_after(days: int) -> int:
        later = datetime.now(UTC) + timedelta(days=days)
        aged = Store(store.engine, clock=lambda: later)
        Retention(aged, forget_face=later.__eq__, forget_finger=lambda *_: None).run()
        with store.read() as session:
            return len(
                session.scalars(sa.select(Photo).where(Photo.employee_id == person.id)).all()
            )

    assert [left_after(29), left_after(31)] == [3, 0]
