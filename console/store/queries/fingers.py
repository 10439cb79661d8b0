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
    plain = tx.open(row.employee_id, TABLE, row.id, KIND, row.templates)
    return msgspec.msgpack.decode(plain, type=list[bytes])
