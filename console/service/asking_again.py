"""Who has agreed to an earlier text is asked about the one in force, and has until a day to answer.

Whoever does not answer by then has not agreed: what rests on the consent is destroyed as by a
withdrawal. The time runs from when they were told: the silence of somebody who was not says
nothing. N8.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from console.domain.consent import FACE, REMINDERS, TEXT_VERSIONS, LawfulBasis
from console.service.consents import Consents
from console.service.languages import language_of
from console.service.portions import hurry
from console.service.settings import Settings, load_settings
from console.store.database import Store
from console.store.queries.asked_again import QUESTIONS, end_questions
from console.store.queries.emails import add_email
from console.store.schema import AskedAgain, Consent, Employee, Invitation, LegalHold, Outbox
from console.store.unit_of_work import Tx

BATCH = 20
"""People of one transaction."""
NO_ANSWER = "no answer"
"""The channel of a withdrawal that follows from silence."""


class AskingAgain:
    """Asks, tells, reminds, and ends. Blocking; doing it twice changes nothing."""

    def __init__(
        self,
        store: Store,
        consents: Sequence[Consents],
        give_way: Callable[[], None] = hurry,
    ) -> None:
        """consents: to each modality; give_way: waits while somebody waits for an answer."""
        self._store, self._consents, self._give_way = store, consents, give_way

    def run_once(self) -> None:
        """Everything that is due now, in short transactions."""
        with self._store.read() as tx:
            settings = load_settings(tx)
        if settings.lawful_basis is not LawfulBasis.CONSENT:
            with self._store.write() as tx:
                end_questions(tx)
            return
        for consents in self._consents:
            question = _Question(consents, settings)
            for some in (question.ask, question.tell, question.remind, question.end):
                while self._batch(some) == BATCH:
                    self._give_way()

    def _batch(self, some: Callable[[Tx], int]) -> int:
        with self._store.write() as tx:
            return some(tx)


@dataclass(frozen=True)
class _Question:
    """About the text of one modality. Each step returns of how many people it was."""

    consents: Consents
    settings: Settings

    @property
    def modality(self) -> str:
        return self.consents.modality

    @property
    def version(self) -> int:
        return TEXT_VERSIONS[self.modality]

    def ask(self, tx: Tx) -> int:
        ids = list(tx.scalars(self._to_ask().limit(BATCH)))
        end_questions(tx, ids, self.modality)
        asked = {
            "modality": self.modality,
            "version": self.version,
            "asked_at": tx.now,
            "answer_days": self.settings.answer_days,
            "reminded": 0,
        }
        tx.add_many(AskedAgain, [{"employee_id": one, **asked} for one in ids])
        if ids:
            tx.audit(
                "consent.asked_again",
                people=len(ids),
                modality=self.modality,
                version=self.version,
            )
        return len(ids)

    def tell(self, tx: Tx) -> int:
        """The first email; also of whoever can be written to only by now."""
        ids = list(tx.scalars(self._to_tell().limit(BATCH)))
        self._write_to(tx, ids)
        return len(ids)

    def remind(self, tx: Tx) -> int:
        """One reminder each, however many were missed while the service was off."""
        mine = AskedAgain.modality == self.modality
        for number, before in reversed(list(enumerate(REMINDERS, start=1))):
            due = mine, AskedAgain.reminded < number, AskedAgain.answer_by <= tx.now + before
            ids = list(tx.scalars(select(AskedAgain.employee_id).where(*due).limit(BATCH)))
            if ids:
                said = update(AskedAgain).where(mine, AskedAgain.employee_id.in_(ids))
                tx.execute(said.values(reminded=number))
                self._write_to(tx, ids)
                return len(ids)
        return 0

    def end(self, tx: Tx) -> int:
        """Whoever was told and has not answered in time has not agreed."""
        held = exists().where(LegalHold.employee_id == AskedAgain.employee_id)
        over = AskedAgain.told_at.is_not(None), AskedAgain.answer_by <= tx.now
        newer = self._agreed(AskedAgain.employee_id, Consent.text_version >= self.version)
        query = select(AskedAgain.employee_id).where(
            AskedAgain.modality == self.modality, *over, ~held, ~newer
        )
        ids = list(tx.scalars(query.limit(BATCH)))
        for employee_id in ids:
            self.consents.withdraw(tx, employee_id, channel=NO_ANSWER)
            end_questions(tx, [employee_id], self.modality)
        return len(ids)

    def _write_to(self, tx: Tx, employee_ids: Sequence[str]) -> None:
        """Queues an email to each of them who can be written to; the list says who cannot.

        Until when they have to answer is known when it is sent: the time runs from then.
        """
        query = select(Employee.id).where(Employee.id.in_(employee_ids), *_writable())
        tx.make_keys(employee_ids)
        for employee_id in list(tx.scalars(query)):
            enrolment = _newest_enrolment(tx, employee_id) if self.modality == FACE else None
            values = {"language": language_of(tx, employee_id)}
            add_email(tx, employee_id, QUESTIONS[self.modality], values, enrolment)
            tx.changed("employees", employee_id)

    def _to_tell(self) -> Select[str]:
        """Who has not been written to; after an email that failed, once their data have changed."""
        written = exists().where(
            Outbox.employee_id == Employee.id,
            Outbox.kind == QUESTIONS[self.modality],
            Outbox.created_at >= AskedAgain.asked_at,
            or_(Outbox.state != "failed", Outbox.run_at >= Employee.updated_at),
        )
        query = select(Employee.id).join(AskedAgain, AskedAgain.employee_id == Employee.id)
        mine = AskedAgain.modality == self.modality, AskedAgain.told_at.is_(None)
        return query.where(*mine, *_writable(), ~written)

    def _to_ask(self) -> Select[str]:
        """Of whom something rests on the consent to an earlier text, unless they were asked."""
        newer = self._agreed(Employee.id, Consent.text_version >= self.version)
        older = self._agreed(Employee.id, Consent.text_version < self.version)
        asked = exists().where(
            AskedAgain.employee_id == Employee.id,
            AskedAgain.modality == self.modality,
            AskedAgain.version == self.version,
        )
        works = Employee.in_force, ~Employee.erased
        used = self.consents.in_use(Employee.id)
        return select(Employee.id).where(*works, older, ~newer, ~asked, used)

    def _agreed(
        self, employee_id: InstrumentedAttribute[str], text: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        return exists().where(
            Consent.employee_id == employee_id,
            Consent.modality == self.modality,
            Consent.withdrawn_at.is_(None),
            text,
        )


def _writable() -> tuple[ColumnElement[bool], ...]:
    """Nobody who has opted out, or has left."""
    return Employee.email != "", Employee.opted_out_at.is_(None), Employee.in_force.is_(True)


def _newest_enrolment(tx: Tx, employee_id: str) -> str | None:
    """It shows what became of the email."""
    mine = select(Invitation.id).where(Invitation.employee_id == employee_id)
    return tx.scalar(mine.order_by(Invitation.created_at.desc()).limit(1))
