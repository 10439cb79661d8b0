"""On what the use of faces rests, and who still has to answer about another text. N8."""

from datetime import timedelta

import msgspec
from sqlalchemy import ScalarSelect, func, select

from console.api import consents as api
from console.domain.consent import checked_answer_days, language_name
from console.domain.errors import Invalid
from console.domain.language import msgid, tr
from console.domain.today import DAYS_AHEAD
from console.service.operations.dispatch import Call, handles
from console.service.operations.invitations import email_state
from console.service.pools import Pool
from console.service.settings import load_settings, save_settings
from console.store.queries.asked_again import MODALITY_OF, note_told, time_to_answer
from console.store.queries.people import full_name
from console.store.queries.today import answer_is_due
from console.store.schema import AskedAgain, Consent, Employee, LegalHold, Outbox
from console.store.unit_of_work import ReadTx

SHOWN = 1000
ON_HOLD = msgid("On legal hold: nothing is deleted")
OPTED_OUT = msgid("Not sent, because the person is on the opt-out list. Ask at the desk.")
NO_ADDRESS = msgid("No email address. Ask at the desk.")
NOT_IN_FORCE = msgid("Not sent: has left, or may not log in")
NOT_SENT = msgid("Not sent yet")
MOST_AT_ONCE = 1000
"""Questions that are told at once: as many as the list shows."""


class ConsentOperations:
    """What administrators set, and auditors read."""

    @handles(api.get_consents, Pool.READ)
    def get(self, call: Call, request: api.AskConsents) -> api.ConsentState:
        """As it is set, and who has not answered yet."""
        with call.read() as tx:
            return _state(tx, due=request.due)

    @handles(api.save_consents, Pool.WRITE)
    def save(self, call: Call, request: api.ConsentRules) -> api.ConsentState:
        """Sets both. Who was asked already has the time that they were told. Raises Invalid."""
        days = checked_answer_days(request.answer_days)
        with call.write() as tx:
            before = load_settings(tx)
            after = msgspec.structs.replace(before, lawful_basis=request.basis, answer_days=days)
            save_settings(tx, after)
            tx.audit("consent.rules_saved", basis=request.basis.value, answer_days=days)
            tx.flush()
            return _state(tx)

    @handles(api.note_told, Pool.WRITE)
    def note_told(self, call: Call, request: api.ToldInPerson) -> api.ConsentState:
        """Their time to answer begins now, unless it has begun. Raises Invalid."""
        if len(request.asked) > MOST_AT_ONCE:
            raise Invalid("asked", tr("Choose at most {most:,} people at once.", most=MOST_AT_ONCE))
        with call.write() as tx:
            for one in request.asked:
                row = tx.get(AskedAgain, (one.employee_id, one.modality))
                until = time_to_answer(tx, one.employee_id, one.modality)
                if row is not None and row.told_at is None and until is not None:
                    note_told(tx, one.employee_id, one.modality, until)
                    said = {"modality": one.modality, "version": row.version}
                    tx.audit("consent.told", one.employee_id, **said)
            tx.flush()
            return _state(tx)


def _state(tx: ReadTx, *, due: bool = False) -> api.ConsentState:
    settings = load_settings(tx)
    asked = [answer_is_due(tx.now + timedelta(days=DAYS_AHEAD))] if due else []
    query = (
        select(AskedAgain, Employee, _language())
        .join(Employee, Employee.id == AskedAgain.employee_id)
        .where(*asked)
        .order_by(
            AskedAgain.answer_by.nulls_first(), Employee.sort_name, Employee.id, AskedAgain.modality
        )
    )
    found = list(tx.execute(query.limit(SHOWN)))
    emails = _emails(tx)
    held = set(tx.scalars(select(LegalHold.employee_id)))
    return api.ConsentState(
        basis=settings.lawful_basis,
        answer_days=settings.answer_days,
        asked=[
            api.AskedRow(
                employee_id=person.id,
                modality=row.modality,
                version=row.version,
                language=language_name(language or ""),
                name=full_name(person),
                number=person.number,
                department=person.department,
                asked_at=row.asked_at,
                told_at=row.told_at,
                answer_by=row.answer_by,
                email=tr(ON_HOLD)
                if person.id in held
                else _email(person, emails.get((person.id, row.modality))),
            )
            for row, person, language in found
        ],
        total=tx.scalar(select(func.count()).select_from(AskedAgain).where(*asked)) or 0,
    )


def _language() -> ScalarSelect[str | None]:
    """For a query: in which language the person agreed last to what they are asked about again."""
    given = select(Consent.language).where(
        Consent.employee_id == AskedAgain.employee_id, Consent.modality == AskedAgain.modality
    )
    return given.order_by(Consent.given_at.desc()).limit(1).scalar_subquery()


def _email(person: Employee, became: str | None) -> str:
    if person.opted_out_at is not None:
        return tr(OPTED_OUT)
    if not person.email:
        return tr(NO_ADDRESS)
    return became or tr(NOT_SENT if person.in_force else NOT_IN_FORCE)


def _emails(tx: ReadTx) -> dict[tuple[str, str], str]:
    """Employee id and modality -> what became of the newest email that asked them."""
    query = (
        select(Outbox.employee_id, Outbox.kind, Outbox.state, Outbox.error)
        .join(AskedAgain, AskedAgain.employee_id == Outbox.employee_id)
        .where(Outbox.kind.in_(MODALITY_OF), Outbox.created_at >= AskedAgain.asked_at)
        .order_by(Outbox.created_at)
    )
    return {
        (employee_id, MODALITY_OF[kind]): email_state(state, error)
        for employee_id, kind, state, error in tx.execute(query)
    }
