"""Logins of terminals that were deleted here by their age, and that the terminal may still hold.

They are known as removed: nothing of them is missing, and a terminal that sends its whole log again
does not bring them back. What is known of them stands in the terminal's `counts`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from console.domain.log_coverage import Span
from console.domain.logins import clock_had_fallen_back
from console.store.queries.login_seal import delete_logins
from console.store.schema import Login, Setting, Terminal
from console.store.unit_of_work import ReadTx, Tx

REMOVED, SINCE, UNTIL = "removed", "removed_since", "removed_until"
"""How many were deleted since the terminal's log was cleared, and the seconds of the oldest and the
newest of them."""
OF_KIOSKS = "kiosk_logins_removed"
"""The setting with the same of kiosks, which send no login again."""


def remove_logins(tx: Tx, ids: Sequence[int]) -> None:
    """Deletes these logins, some hundred, and notes how many of which terminal they were."""
    columns = select(Login.terminal_id, Login.at, Login.received_at, Login.clock_offset_s)
    counts: Counter[str] = Counter()
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    of_kiosks: list[datetime] = []
    for terminal_id, at, received, offset_s in tx.execute(columns.where(Login.id.in_(ids))):
        if terminal_id is None:
            of_kiosks.append(at)
            continue
        counts[terminal_id] += 1
        if not clock_had_fallen_back(at, received, offset_s):
            times[terminal_id].append(at)
    for terminal_id, count in counts.items():
        row = tx.get_one(Terminal, terminal_id)
        span = _widened(removed_span(row.counts), times[terminal_id])
        row.counts = {**row.counts, REMOVED: removed_of(row.counts) + count, **span}
    if of_kiosks:
        until = _widened(kiosks_removed(tx), of_kiosks)
        tx.session.merge(Setting(key=OF_KIOSKS, value=until))
    delete_logins(tx, ids)


def _widened(span: Span | None, times: Sequence[datetime]) -> dict[str, int]:
    """The span that holds these times, too, as it is stored."""
    ends = [*times, *((span.start, span.end) if span else ())]
    if not ends:
        return {}
    return {SINCE: int(min(ends).timestamp()), UNTIL: int(max(ends).timestamp())}


def kiosks_removed(tx: ReadTx) -> Span | None:
    """The moments from the oldest to the newest login of kiosks that was deleted by its age."""
    row = tx.get(Setting, OF_KIOSKS)
    return None if row is None else removed_span(row.value)


def removed_of(counts: Mapping[str, Any]) -> int:
    """How many logins of a terminal were deleted here by their age."""
    return int(counts.get(REMOVED, 0))


def removed_span(counts: Mapping[str, Any]) -> Span | None:
    """The moments from the oldest to the newest of those; what lies between is not wanted again."""
    if SINCE not in counts:
        return None
    return Span(*(datetime.fromtimestamp(counts[key], UTC) for key in (SINCE, UNTIL)))
