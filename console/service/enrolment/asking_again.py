"""Who has agreed to an earlier text is asked about the one in force, and has until a day to answer.

Whoever does not answer by then has not agreed: their face is destroyed as by a withdrawal. N8.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, exists, select, update

from console.domain.consent import FACE, FACE_VERSION, REMINDERS, LawfulBasis
from console.service.enrolment.consent import Gallery, withdraw_consent
from console.service.enrolment.emails import queue_asked_again
from console.service.portions import hurry
from console.service.settings import Settings, load_settings
from console.store.database import Store
from console.store.queries.enrolments import consent_in_force
from console.store.schema import AskedAgain, Consent, Employee, Enrolment, LegalHold
from console.store.unit_of_work import ReadTx, Tx

BATCH = 20
"""People of one transaction."""
NO_ANSWER = "no answer"
"""The channel of a withdrawal that follows from silence."""


def outdated_consent(tx: ReadTx, employee_id: str) -> Consent | None:
    """The consent in force, if it is to an earlier text."""
    given = consent_in_force(tx, employee_id, FACE)
    return given if given is not None and given.text_version < FACE_VERSION else None


def answers_again(tx: ReadTx, employee_id: str) -> bool:
    """Whether a yes of this person keeps the face that is in force, under another text."""
    live = select(Enrolment.id).where(Enrolment.live, Enrolment.employee_id == employee_id)
    return outdated_consent(tx, employee_id) is not None and tx.scalar(live) is not None


def answer_by(tx: ReadTx, employee_id: str) -> datetime | None:
    """Until when somebody has to answer; None for whoever was not asked."""
    row = tx.get(AskedAgain, employee_id)
    return None if row is None else row.answer_by


class AskingAgain:
    """Asks, reminds, and ends. Blocking; doing it twice changes nothing."""

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
                tx.execute(delete(AskedAgain))
            return
        for some in (self._ask, self._remind, self._end):
            while self._batch(some, settings) == BATCH:
                self._give_way()

    def _batch(self, some: Callable[[Tx, Settings], int], settings: Settings) -> int:
        with self._store.write() as tx:
            return some(tx, settings)

    def _ask(self, tx: Tx, settings: Settings) -> int:
        ids = list(tx.scalars(_to_ask().limit(BATCH)))
        tx.execute(delete(AskedAgain).where(AskedAgain.employee_id.in_(ids)))
        until = tx.now + timedelta(days=settings.answer_days)
        asked = {"version": FACE_VERSION, "asked_at": tx.now, "answer_by": until, "reminded": 0}
        tx.add_many(AskedAgain, [{"employee_id": one, **asked} for one in ids])
        _write_to(tx, ids)
        if ids:
            tx.audit("consent.asked_again", people=len(ids), version=FACE_VERSION)
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
        query = select(AskedAgain.employee_id).where(AskedAgain.answer_by <= tx.now, ~held)
        ids = list(tx.scalars(query.limit(BATCH)))
        for employee_id in ids:
            withdraw_consent(tx, employee_id, self._gallery, channel=NO_ANSWER)
        return len(ids)


def _write_to(tx: Tx, employee_ids: Sequence[str]) -> None:
    """Whoever has opted out is not written to; the list says so."""
    query = (
        select(Employee.id, AskedAgain.answer_by)
        .join(AskedAgain, AskedAgain.employee_id == Employee.id)
        .where(Employee.id.in_(employee_ids), Employee.opted_out_at.is_(None))
    )
    tx.make_keys(employee_ids)
    for employee_id, until in tx.execute(query).all():
        queue_asked_again(tx, employee_id, until)
        tx.changed("employees", employee_id)


def _to_ask() -> Select[str]:
    """Whose newest consent is to an earlier text, and who was not asked about this one."""
    newer = exists().where(*_in_force(), Consent.text_version >= FACE_VERSION)
    older = exists().where(*_in_force(), Consent.text_version < FACE_VERSION)
    asked = exists().where(
        AskedAgain.employee_id == Employee.id, AskedAgain.version == FACE_VERSION
    )
    return select(Employee.id).where(~Employee.erased, older, ~newer, ~asked)


def _in_force() -> tuple[ColumnElement[bool], ...]:
    return (
        Consent.employee_id == Employee.id,
        Consent.modality == FACE,
        Consent.withdrawn_at.is_(None),
    )
