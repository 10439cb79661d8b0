"""What the first page says of terminals and of certificates. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from console.api.today import Line
from console.domain.terminals import Dialect, TerminalStatus, is_heard_of, known_error
from console.domain.today import WARN_BEFORE, Concern
from console.site_certificates import CertificateFacts
from console.store.queries.today import TerminalState

NAMED = 3
"""So many terminals are named in a line; the list shows all of them."""


def terminal_lines(rows: Sequence[TerminalState], now: datetime) -> Iterator[Line]:
    """One line for each concern, also for those that concern no terminal."""
    pending = [row for row in rows if row.status is TerminalStatus.PENDING]
    used = [row for row in rows if row.status is TerminalStatus.APPROVED]
    reached = [row for row in used if row.dialect is not Dialect.ZK or row.address]
    silent = [row for row in reached if not is_heard_of(row.last_seen, now)]
    failing = [row for row in reached if row.contact_problem and row not in silent]
    yield _line(Concern.NEW_TERMINAL, pending, min((r.first_seen for r in pending), default=None))
    yield _line(Concern.CALLER, [row for row in used if _has_question(row)])
    yield _line(Concern.PLAN, [row for row in used if int(row.counts.get("out_of_sync", 0))])
    since = min((row.last_seen or row.first_seen for row in silent), default=None)
    yield _line(Concern.TERMINAL_OFFLINE, silent, since)
    yield _line(Concern.TERMINAL_PROBLEM, failing)
    yield _line(Concern.CLOCK, [row for row in used if known_error(row.clock_offset_s)])


def certificate_line(used: Mapping[str, CertificateFacts | None], now: datetime) -> Line:
    """Those that end soon. used: for whom -> the certificate that they are shown."""
    ends = {name: one.ends for name, one in used.items() if one is not None}
    soon = {name: at for name, at in ends.items() if at - now < WARN_BEFORE}
    return Line(
        concern=Concern.CERTIFICATE,
        count=len(soon),
        at=min(soon.values(), default=None),
        detail=", ".join(soon),
    )


def _has_question(row: TerminalState) -> bool:
    return any(not one["refused"] for one in row.callers.values())


def _line(concern: Concern, rows: Sequence[TerminalState], at: datetime | None = None) -> Line:
    alone = rows[0] if len(rows) == 1 else None
    if alone is not None:
        detail = f"{alone.name}: {alone.contact_problem}" if alone.contact_problem else alone.name
        return Line(concern=concern, count=1, at=at, detail=detail, id=alone.id)
    detail = ", ".join(row.name for row in rows[:NAMED])
    more = len(rows) - NAMED
    return Line(
        concern=concern,
        count=len(rows),
        at=at,
        detail=f"{detail} and {more:,} more" if more > 0 else detail,
    )
