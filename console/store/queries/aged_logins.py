"""Logins of terminals that were deleted here by their age, and that the terminal may still hold.

They are known as removed: nothing of them is missing, and a terminal that sends its whole log again
does not bring them back. Both numbers stand in the terminal's `counts`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from console.store.queries.login_seal import delete_logins
from console.store.schema import Login, Terminal
from console.store.unit_of_work import Tx

REMOVED, UNTIL = "removed", "removed_until"
"""How many were deleted since the terminal's log was cleared, and the second of the newest."""


def remove_logins(tx: Tx, ids: Sequence[int]) -> None:
    """Deletes these logins, and notes how many of which terminal they were."""
    those = Login.id.in_(ids)
    query = select(Login.terminal_id, func.count(), func.max(Login.at)).where(
        those, Login.terminal_id.is_not(None)
    )
    for terminal_id, count, newest in tx.execute(query.group_by(Login.terminal_id)).all():
        row = tx.get_one(Terminal, terminal_id)
        until = max(int(newest.timestamp()), int(row.counts.get(UNTIL, 0)))
        row.counts = {**row.counts, REMOVED: removed_of(row.counts) + count, UNTIL: until}
    delete_logins(tx, ids)


def removed_of(counts: Mapping[str, Any]) -> int:
    """How many logins of a terminal were deleted here by their age."""
    return int(counts.get(REMOVED, 0))


def removed_until(counts: Mapping[str, Any]) -> datetime | None:
    """The newest moment of those; what is older is not wanted any more."""
    return datetime.fromtimestamp(counts[UNTIL], UTC) if UNTIL in counts else None
