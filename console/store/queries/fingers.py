"""Fingerprints at rest, as several subjects read them."""

import msgspec

from console.store.schema import Finger
from console.store.unit_of_work import ReadTx

EXTRACTOR = "leader-1"
"""The extractor whose templates are in use. Rows of other extractors are ignored."""
TABLE, KIND = "finger", "templates"
"""What the templates are sealed to."""


def templates_of(tx: ReadTx, row: Finger) -> list[bytes]:
    """Muster's own templates of a finger, one for each scan. Raises Unsealable."""
    return open_finger_templates(tx, row.employee_id, row.id, row.templates)


def open_finger_templates(tx: ReadTx, employee_id: str, row_id: str, sealed: bytes) -> list[bytes]:
    """The same by the columns of a finger's row. Raises Unsealable."""
    plain = tx.open(employee_id, TABLE, row_id, KIND, sealed)
    return msgspec.msgpack.decode(plain, type=list[bytes])
