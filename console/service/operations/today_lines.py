"""What the first page says of terminals and of certificates. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from console.api.today import Line
from console.domain.kept_texts import said
from console.domain.language import labelled, tr
from console.domain.terminals import Dialect, TerminalStatus, is_heard_of, known_error
from console.domain.today import WARN_BEFORE, Concern
from console.site_certificates import CertificateFacts
from console.store.queries.terminals import TerminalColumns
from console.store.queries.today import TerminalState

NAMED = 3
"""So many terminals are named in a line; the list shows all of them."""


Known = TerminalState | TerminalColumns
"""What is known of a terminal, for this page or for the list of terminals."""


def concerns_of(row: Known, now: datetime) -> set[Concern]:
    """What there is to say of one terminal: the rule of the first page, and of the list."""
    if row.status is TerminalStatus.PENDING:
        return {Concern.NEW_TERMINAL}
    if row.status is not TerminalStatus.APPROVED:
        return set()
    reached = row.dialect is not Dialect.ZK or bool(row.address)
    silent = reached and not is_heard_of(row.last_seen, now)
    found = {
        Concern.CALLER: any(not one["refused"] for one in row.callers.values()),
        Concern.PLAN: bool(int(row.counts.get("out_of_sync", 0))),
        Concern.TERMINAL_OFFLINE: silent,
        Concern.TERMINAL_PROBLEM: reached and bool(row.contact_problem) and not silent,
        Concern.CLOCK: known_error(row.clock_offset_s) is not None,
    }
    return {concern for concern, is_so in found.items() if is_so}


OF_TERMINALS = (
    Concern.NEW_TERMINAL,
    Concern.CALLER,
    Concern.PLAN,
    Concern.TERMINAL_OFFLINE,
    Concern.TERMINAL_PROBLEM,
    Concern.CLOCK,
)


def terminal_lines(rows: Sequence[TerminalState], now: datetime) -> Iterator[Line]:
    """One line for each concern, also for those that concern no terminal."""
    found = [(row, concerns_of(row, now)) for row in rows]
    for concern in OF_TERMINALS:
        concerned = [row for row, concerns in found if concern in concerns]
        since = min((_since(concern, row) for row in concerned), default=None)
        yield _line(concern, concerned, since if concern in _SINCE else None)


_SINCE = frozenset({Concern.NEW_TERMINAL, Concern.TERMINAL_OFFLINE})
"""Concerns of which it is known how long they have lasted."""


def _since(concern: Concern, row: TerminalState) -> datetime:
    return row.first_seen if concern is Concern.NEW_TERMINAL else row.last_seen or row.first_seen


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


def _line(concern: Concern, rows: Sequence[TerminalState], at: datetime | None = None) -> Line:
    alone = rows[0] if len(rows) == 1 else None
    if alone is not None:
        problem = said(alone.contact_problem)
        detail = labelled(alone.name, problem) if problem else alone.name
        return Line(concern=concern, count=1, at=at, detail=detail, id=alone.id)
    detail = ", ".join(row.name for row in rows[:NAMED])
    more = len(rows) - NAMED
    if more > 0:
        detail = tr("{names} and {count:,} more", names=detail, count=more)
    return Line(concern=concern, count=len(rows), at=at, detail=detail)
