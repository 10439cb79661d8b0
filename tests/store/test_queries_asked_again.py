"""The question about another text of the consent: its time begins when the person is told. N8."""

from datetime import timedelta

import msgspec
import sqlalchemy as sa

from console.domain.consent import FACE, FACE_VERSION, FINGER
from console.domain.invitations import Status
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.asked_again import (
    QUESTIONS,
    answer_by,
    end_questions,
    note_told,
    time_to_answer,
)
from console.store.queries.emails import add_email
from console.store.queries.enrolments import outdated_consent
from console.store.queries.id_photos import remove_id_photo
from console.store.schema import AskedAgain, Audit, Employee, IdPhoto, Outbox
from console.store.unit_of_work import Tx
from tests.store.made import NOW, add_consent, add_employee, add_invitation

DAYS = 14


def asked(tx: Tx, person: Employee | None = None, modality: str = FACE) -> Employee:
    """Somebody who is asked, with an email about it that waits."""
    person = person or add_employee(tx)
    tx.add(
        AskedAgain(
            employee_id=person.id,
            modality=modality,
            version=FACE_VERSION,
            asked_at=NOW,
            answer_days=DAYS,
        )
    )
    email = Outbox(id=new_id(), kind=QUESTIONS[modality], employee_id=person.id, state="queued")
    email.invitation_id, email.run_at, email.created_at = (
        add_invitation(tx, person, Status.PUSHED).id,
        NOW,
        NOW,
    )
    tx.add(email)
    tx.flush()
    return person


def waiting(tx: Tx, person: Employee) -> int:
    emails = sa.select(sa.func.count()).select_from(Outbox)
    return tx.scalar(emails.where(Outbox.employee_id == person.id)) or 0


def test_the_time_to_answer_begins_with_the_first_telling(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = asked(tx)
        until = tx.now + timedelta(days=DAYS)
        assert time_to_answer(tx, person.id, FACE) == until
        note_told(tx, person.id, FACE, until)
        note_told(tx, person.id, FACE, until + timedelta(days=DAYS))
        row = tx.get_one(AskedAgain, (person.id, FACE))
        assert (row.told_at, row.answer_by) == (tx.now, until)
        assert time_to_answer(tx, person.id, FACE) == until


def test_of_whom_nothing_is_asked_nothing_is_noted(shared_store: Store) -> None:
    with shared_store.write() as tx:
        nobody = add_employee(tx)
        assert time_to_answer(tx, nobody.id, FACE) is None
        note_told(tx, nobody.id, FACE, NOW)
        assert tx.get(AskedAgain, (nobody.id, FACE)) is None


def test_a_question_that_is_over_takes_its_waiting_emails_with_it(shared_store: Store) -> None:
    with shared_store.write() as tx:
        one, other = asked(tx), asked(tx)
        end_questions(tx, [one.id])
        tx.session.expire_all()
        assert tx.get(AskedAgain, (one.id, FACE)) is None
        assert waiting(tx, one) == 0
        assert tx.get(AskedAgain, (other.id, FACE)) is not None
        assert waiting(tx, other) == 1
        end_questions(tx)
        tx.session.expire_all()
        assert tx.scalar(sa.select(AskedAgain)) is None
        assert waiting(tx, other) == 0


def test_a_question_about_one_modality_ends_without_the_other(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = asked(tx, asked(tx), FINGER)
        until = tx.now + timedelta(days=DAYS)
        note_told(tx, person.id, FINGER, until)
        assert (answer_by(tx, person.id, FACE), answer_by(tx, person.id)) == (None, until)
        note_told(tx, person.id, FACE, until - timedelta(days=1))
        assert answer_by(tx, person.id) == until - timedelta(days=1), "the earlier of both"
        end_questions(tx, [person.id], FACE)
        tx.session.expire_all()
        assert answer_by(tx, person.id) == until
        assert waiting(tx, person) == 1
        end_questions(tx, modality=FINGER)
        tx.session.expire_all()
        assert waiting(tx, person) == 0


def test_an_email_is_sealed_and_greets_by_the_name_that_there_is(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person, silent = add_employee(tx), add_employee(tx)
        person.email, person.first_name, person.last_name = "nur@example.com", "", "Aisyah"
        silent.email = ""
        invitation = add_invitation(tx, person, Status.PUSHED)
        add_email(tx, person.id, QUESTIONS[FINGER], {"until": "tomorrow"})
        add_email(tx, person.id, "approved", {}, invitation.id)
        add_email(tx, silent.id, "approved", {})
        tx.flush()
        assert waiting(tx, silent) == 0
        mine = tx.scalars(sa.select(Outbox).where(Outbox.employee_id == person.id)).all()
        assert {(row.kind, row.invitation_id) for row in mine} == {
            (QUESTIONS[FINGER], None),
            ("approved", invitation.id),
        }
        for row in mine:
            assert row.sealed is not None
            plain = tx.open(person.id, "outbox", row.id, "values", row.sealed)
            assert msgspec.json.decode(plain)["first_name"] == "Aisyah"
            assert b"Aisyah" not in row.sealed


def test_only_the_newest_text_somebody_has_agreed_to_counts(shared_store: Store) -> None:
    with shared_store.write() as tx:
        early, late, never = (add_employee(tx) for _ in range(3))
        for person, version in ((early, FACE_VERSION - 1), (late, FACE_VERSION)):
            add_consent(tx, person, FACE, NOW).text_version = version
        add_consent(tx, late, FACE, NOW + timedelta(days=1)).text_version = FACE_VERSION - 1
        tx.flush()
        found = outdated_consent(tx, early.id, FACE)
        assert found is not None
        assert found.employee_id == early.id
        assert outdated_consent(tx, late.id, FACE) is None
        assert outdated_consent(tx, never.id, FACE) is None


def test_N5_an_id_photo_that_is_removed_is_audited_once(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        row = IdPhoto(
            id=new_id(), employee_id=person.id, state="waiting", added_by="", added_at=NOW
        )
        tx.add(row)
        tx.flush()
        for _ in range(2):
            remove_id_photo(tx, person.id)
        tx.session.expire_all()
        mine = sa.select(Audit.action).where(Audit.object_id == person.id)
        assert list(tx.scalars(mine)) == ["id_photo.removed"]
        assert tx.scalar(sa.select(IdPhoto).where(IdPhoto.employee_id == person.id)) is None
