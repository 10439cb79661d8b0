"""Consent to fingerprints: given before the first scan; withdrawn, it takes all fingers with it."""

from sqlalchemy import select

from console.domain.consent import FINGER, STATED_FINGER, finger_consent
from console.domain.errors import Conflict
from console.domain.fingers import FingerPosition
from console.service.fingers.records import FingerRecords
from console.service.settings import kept_for, load_settings
from console.store.columns import new_id
from console.store.queries.enrolments import consent_in_force
from console.store.queries.placements import ask_again, unsettle
from console.store.schema import Consent, FingerBlob
from console.store.unit_of_work import Tx


def record_consent(tx: Tx, employee_id: str, digest: str) -> None:
    """Records that a person agreed to this text at the desk. Raises Conflict for another text."""
    text = finger_consent(kept_for(load_settings(tx)))
    if digest != text.digest:
        raise Conflict("The text has changed meanwhile. Please show it again.")
    if consent_in_force(tx, employee_id, FINGER) is not None:
        return
    tx.add(
        Consent(
            id=new_id(),
            employee_id=employee_id,
            modality=FINGER,
            text_digest=text.digest,
            text_version=text.version,
            language=text.language,
            channel="desk",
            user_agent="",
            given_at=tx.now,
        )
    )
    unsettle(tx, [employee_id])  # fingers that were held back for want of it are used now
    tx.audit("consent.given", employee_id, modality=FINGER)
    tx.changed("fingers", employee_id)


def withdraw_consent(tx: Tx, employee_id: str, records: FingerRecords) -> list[int]:
    """Ends the consent and deletes all fingers.

    Returns the fingers that terminals may still hold, by the terminals' numbers.
    """
    bases = [consent_in_force(tx, employee_id, one) for one in (FINGER, STATED_FINGER)]
    present = [basis for basis in bases if basis is not None]
    for basis in present:
        basis.withdrawn_at = tx.now
    records.remove(tx, employee_id, None)
    released = release_copies(tx, employee_id, None)
    tx.audit("consent.withdrawn" if present else "consent.declined", employee_id, modality=FINGER)
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
    if rows:  # also those that were held back, which no terminal was told to hold
        ask_again(tx, employee_id)
    return rows
