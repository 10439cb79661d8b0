"""Consent to fingerprints: given before the first scan; withdrawn, it takes all fingers with it."""

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from console.domain.consent import FINGER, STATED_FINGER, ConsentText
from console.domain.errors import Conflict
from console.domain.fingers import FingerPosition
from console.domain.language import tr
from console.service.consents import send_copy, text_with
from console.service.fingers.records import FingerRecords
from console.store.columns import new_id
from console.store.queries.asked_again import end_questions
from console.store.queries.enrolments import consent_in_force, outdated_consent
from console.store.queries.placements import ask_again, unsettle
from console.store.schema import Consent, Finger, FingerBlob
from console.store.unit_of_work import ReadTx, Tx

DESK = "desk"


class FingerConsents:
    """Consent to fingers, as every modality's is asked for."""

    modality = FINGER

    def __init__(self, records: FingerRecords) -> None:
        self._records = records

    def in_force(self, tx: ReadTx, employee_id: str) -> bool:
        """Whether the person has agreed, or an operator has stated a basis."""
        return bool(_present(tx, employee_id))

    def in_use(self, employee_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Fingers of the desk, or of terminals."""
        own = exists().where(Finger.employee_id == employee_id)
        mine = FingerBlob.employee_id == employee_id, FingerBlob.removed_at.is_(None)
        return or_(own, exists().where(*mine))

    def renew(
        self, tx: Tx, employee_id: str, text: ConsentText, *, channel: str, user_agent: str
    ) -> None:
        """Keeps the fingers, under this text."""
        if outdated_consent(tx, employee_id, FINGER) is not None:
            _note_consent(tx, employee_id, text, channel, user_agent)

    def withdraw(self, tx: Tx, employee_id: str, *, channel: str) -> None:
        """Ends it; twice changes nothing. Terminals are asked within their next round."""
        if self.in_force(tx, employee_id):
            withdraw_consent(tx, employee_id, self._records, channel=channel)


def answered(tx: ReadTx, employee_id: str) -> Consent | None:
    """The consent to the text in force; None for whoever agreed to an earlier one, or never."""
    if outdated_consent(tx, employee_id, FINGER) is not None:
        return None
    return consent_in_force(tx, employee_id, FINGER)


def record_consent(tx: Tx, employee_id: str, digest: str) -> None:
    """Records that a person agreed to this text at the desk. Raises Conflict for another text."""
    text = text_with(tx, FINGER, digest)
    if text is None:
        raise Conflict(tr("The text has changed meanwhile. Please show it again."))
    if answered(tx, employee_id) is None:
        _note_consent(tx, employee_id, text, DESK, "")


def _note_consent(
    tx: Tx, employee_id: str, text: ConsentText, channel: str, user_agent: str
) -> None:
    given = Consent(
        id=new_id(),
        employee_id=employee_id,
        modality=FINGER,
        text_digest=text.digest,
        text_version=text.version,
        language=text.language,
        channel=channel,
        user_agent=user_agent[:300],
        given_at=tx.now,
    )
    tx.add(given)
    end_questions(tx, [employee_id], FINGER)
    unsettle(tx, [employee_id])  # fingers that were held back for want of it are used now
    tx.audit("consent.given", employee_id, modality=FINGER, channel=channel)
    tx.changed("fingers", employee_id)
    send_copy(tx, given, text)


def _present(tx: ReadTx, employee_id: str) -> list[Consent]:
    """Every basis on which fingers of this person are used."""
    given = select(Consent).where(
        Consent.employee_id == employee_id,
        Consent.modality.in_((FINGER, STATED_FINGER)),
        Consent.withdrawn_at.is_(None),
    )
    return list(tx.scalars(given))


def withdraw_consent(
    tx: Tx, employee_id: str, records: FingerRecords, *, channel: str = DESK
) -> list[int]:
    """Ends the consent and deletes all fingers.

    Returns the fingers that terminals may still hold, by the terminals' numbers.
    """
    present = _present(tx, employee_id)
    for basis in present:
        basis.withdrawn_at = tx.now
    end_questions(tx, [employee_id], FINGER)
    records.remove(tx, employee_id, None)
    released = release_copies(tx, employee_id, None)
    said = "consent.withdrawn" if present else "consent.declined"
    tx.audit(said, employee_id, modality=FINGER, channel=channel)
    return [blob.finger for blob in released]


def release_copies(tx: Tx, employee_id: str, position: FingerPosition | None) -> list[FingerBlob]:
    """Destroys the terminals' templates that are stored here.

    The rows stay, so that plans remove the fingers from the terminals.
    """
    query = select(FingerBlob).where(
        FingerBlob.employee_id == employee_id, FingerBlob.removed_at.is_(None)
    )
    rows = [
        row for row in tx.scalars(query) if position is None or row.finger == position.on_terminals
    ]
    for row in rows:
        row.template, row.identity, row.removed_at = b"", "", tx.now
    unsettle(tx, [employee_id])
    if rows:
        numbers = sorted({row.finger for row in rows})
        tx.audit("finger.copies_deleted", employee_id, fingers=numbers)
        # also of those that were held back, which no terminal was told to hold
        ask_again(tx, employee_id)
    return rows
