"""Who has agreed to an earlier text is asked about the one in force, and has until a day to answer.

Whoever does not answer by then has not agreed: their face is destroyed as by a withdrawal. The time
runs from when they were told: the silence of somebody who was not says nothing. N8.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from console.domain.consent import FACE, FACE_VERSION, REMINDERS, LawfulBasis
from console.domain.invitations import OPEN
from console.service.enrolment.consent import Gallery, withdraw_consent
from console.service.enrolment.emails import queue_asked_again
from console.service.portions import hurry
from console.service.settings import Settings, load_settings
from console.store.database import Store
from console.store.queries.asked_again import ASKED_AGAIN, end_questions
from console.store.queries.enrolments import outdated_consent
from console.store.schema import (
    AskedAgain,
    Consent,
    Employee,
    Enrolment,
    Invitation,
    LegalHold,
    Outbox,
    Photo,
)
from console.store.unit_of_work import ReadTx, Tx

BATCH = 20
"""People of one transaction."""
NO_ANSWER = "no answer"
"""The channel of a withdrawal that follows from silence."""


def answers_again(tx: ReadTx, employee_id: str) -> bool:
    """Whether a yes of this person keeps the face that is in force, under another text."""
    live = select(Enrolment.id).where(Enrolment.live, Enrolment.employee_id == employee_id)
    return outdated_consent(tx, employee_id) is not None and tx.scalar(live) is not None


def answer_by(tx: ReadTx, employee_id: str) -> datetime | None:
    """Until when somebody has to answer; None for whoever was not asked, or not told yet."""
    row = tx.get(AskedAgain, employee_id)
    return None if row is None else row.answer_by


class AskingAgain:
    """Asks, tells, reminds, and ends. Blocking; doing it twice changes nothing."""

    def __init__(
        self, store: Store, gallery: Gallery, give_way: Callable[[], None] = hurry
    ) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._gallery, self._give_way = store, gallery, give_way

    def run_once(self) -> None:
        """Everything that is due now, in short transactions."""
        with self._store.read() as tx:
            settings = load_settings(tx)
        if settings.lawful_basis is not LawfulBasis.CONSENT:
            with self._store.write() as tx:
                end_questions(tx)
            return
        for some in (self._ask, self._tell, self._remind, self._end):
            while self._batch(some, settings) == BATCH:
                self._give_way()

    def _batch(self, some: Callable[[Tx, Settings], int], settings: Settings) -> int:
        with self._store.write() as tx:
            return some(tx, settings)

    def _ask(self, tx: Tx, settings: Settings) -> int:
        ids = list(tx.scalars(_to_ask().limit(BATCH)))
        end_questions(tx, ids)
        asked = {"version": FACE_VERSION, "asked_at": tx.now, "answer_days": settings.answer_days}
        rows = [{"employee_id": one, "reminded": 0, **asked} for one in ids]
        tx.add_many(AskedAgain, rows)
        if ids:
            tx.audit("consent.asked_again", people=len(ids), version=FACE_VERSION)
        return len(ids)

    def _tell(self, tx: Tx, _settings: Settings) -> int:
        """The first email; also of whoever can be written to only by now."""
        ids = list(tx.scalars(_to_tell().limit(BATCH)))
        _write_to(tx, ids)
        return len(ids)

    def _remind(self, tx: Tx, _settings: Settings) -> int:
        """One reminder each, however many were missed while the service was off."""
        for number, before in reversed(list(enumerate(REMINDERS, start=1))):
            due = AskedAgain.reminded < number, AskedAgain.answer_by <= tx.now + before
            ids = list(tx.scalars(select(AskedAgain.employee_id).where(*due).limit(BATCH)))
            if ids:
                said = update(AskedAgain).where(AskedAgain.employee_id.in_(ids))
                tx.execute(said.values(reminded=number))
                _write_to(tx, ids)
                return len(ids)
        return 0

    def _end(self, tx: Tx, _settings: Settings) -> int:
        held = exists().where(LegalHold.employee_id == AskedAgain.employee_id)
        over = AskedAgain.told_at.is_not(None), AskedAgain.answer_by <= tx.now
        newer = exists().where(
            *_in_force(AskedAgain.employee_id), Consent.text_version >= FACE_VERSION
        )
        query = select(AskedAgain.employee_id).where(*over, ~held, ~newer)
        ids = list(tx.scalars(query.limit(BATCH)))
        for employee_id in ids:
            withdraw_consent(tx, employee_id, self._gallery, channel=NO_ANSWER)
        return len(ids)


def _write_to(tx: Tx, employee_ids: Sequence[str]) -> None:
    """Queues an email to each of them who can be written to; the list says who cannot."""
    query = select(Employee.id).where(Employee.id.in_(employee_ids), *_writable())
    tx.make_keys(employee_ids)
    for employee_id in list(tx.scalars(query)):
        queue_asked_again(tx, employee_id)
        tx.changed("employees", employee_id)


def _writable() -> tuple[ColumnElement[bool], ...]:
    """Nobody who has opted out, or has left."""
    invited = exists().where(Invitation.employee_id == Employee.id)
    works = Employee.in_force.is_(True)
    return Employee.email != "", Employee.opted_out_at.is_(None), works, invited


def _to_tell() -> Select[str]:
    """Who has not been written to; after an email that failed, once their data have changed."""
    written = exists().where(
        Outbox.employee_id == Employee.id,
        Outbox.kind == ASKED_AGAIN,
        Outbox.created_at >= AskedAgain.asked_at,
        or_(Outbox.state != "failed", Outbox.run_at >= Employee.updated_at),
    )
    query = select(Employee.id).join(AskedAgain, AskedAgain.employee_id == Employee.id)
    return query.where(AskedAgain.told_at.is_(None), *_writable(), ~written)


def _to_ask() -> Select[str]:
    """Whose face is in use or under way by a consent to an earlier text, unless they were asked."""
    mine = _in_force(Employee.id)
    newer = exists().where(*mine, Consent.text_version >= FACE_VERSION)
    older = exists().where(*mine, Consent.text_version < FACE_VERSION)
    asked = exists().where(
        AskedAgain.employee_id == Employee.id, AskedAgain.version == FACE_VERSION
    )
    face = exists().where(Enrolment.employee_id == Employee.id, Enrolment.live)
    photos = exists().where(
        Photo.employee_id == Employee.id,
        Invitation.id == Photo.invitation_id,
        Invitation.status.in_(OPEN),
    )
    works = Employee.in_force, ~Employee.erased
    return select(Employee.id).where(*works, older, ~newer, ~asked, or_(face, photos))


def _in_force(employee_id: InstrumentedAttribute[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        Consent.employee_id == employee_id,
        Consent.modality == FACE,
        Consent.withdrawn_at.is_(None),
    )
