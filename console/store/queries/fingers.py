"""Fingerprints at rest, as several subjects read them."""

from collections.abc import Collection

import msgspec
from sqlalchemy import ColumnElement, exists, select

from console.domain.consent import FINGER, STATED_FINGER
from console.store.schema import Consent, Finger, FingerBlob
from console.store.unit_of_work import ReadTx

EXTRACTOR = "leader-1"
"""The extractor whose templates are in use. Rows of other extractors are ignored."""
TABLE, KIND = "finger", "templates"
"""What the templates are sealed to."""


def has_basis() -> ColumnElement[bool]:
    """Whether a terminal's template (`FingerBlob`) may be used at all. TE12.

    The person has agreed to fingerprints, or an operator has stated on what basis they are used.
    """
    return exists().where(
        Consent.employee_id == FingerBlob.employee_id,
        Consent.modality.in_((FINGER, STATED_FINGER)),
        Consent.withdrawn_at.is_(None),
    )


def bases_of(tx: ReadTx, employee_ids: Collection[str]) -> set[str]:
    """Those of these people whose terminals' templates may be used, stored here or not."""
    query = select(Consent.employee_id).where(
        Consent.employee_id.in_(employee_ids),
        Consent.modality.in_((FINGER, STATED_FINGER)),
        Consent.withdrawn_at.is_(None),
    )
    return set(tx.scalars(query))


def templates_of(tx: ReadTx, row: Finger) -> list[bytes]:
    """Muster's own templates of a finger, one for each scan. Raises Unsealable."""
    return open_finger_templates(tx, row.employee_id, row.id, row.templates)


def open_finger_templates(tx: ReadTx, employee_id: str, row_id: str, sealed: bytes) -> list[bytes]:
    """The same by the columns of a finger's row. Raises Unsealable."""
    plain = tx.open(employee_id, TABLE, row_id, KIND, sealed)
    return msgspec.msgpack.decode(plain, type=list[bytes])
