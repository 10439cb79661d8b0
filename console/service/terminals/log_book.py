"""Logins that terminals report, each stored once, and the log coverage."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import Select, func, select

from bridge.terminals.terminal import (
    LOG_END,
    LOG_START,
    AttendanceLog,
    Punch,
    Quarantined,
)
from console.domain.log_coverage import JOIN_WITHIN, Span, gaps
from console.domain.terminals import SERVED
from console.domain.zones import wall_time
from console.service.portions import LOGINS_AT_ONCE, in_batches
from console.service.terminals.login_reports import LoginReport, Seen, store_reports
from console.service.terminals.registry import terminal_zone
from console.service.terminals.set_aside import LOG, LOG_TABLES, SetAside
from console.store.database import Store
from console.store.queries.aged_logins import removed_of
from console.store.schema import (
    ClockOffset,
    LogCoverage,
    Login,
    Quarantine,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx

LIVE, GAP, COUNTED_LOG, WHOLE_LOG = "live", "gap", "log", "all"
"""Sources of spans: watched; read back after a gap; the whole log, counted; the same, asked for and
not counted yet."""
PROBLEM_CHARS = 300
ANY_ZONE = timedelta(days=2)
"""More than any wall time differs from UTC: the index is by the moment of a login."""
NEWEST_SPANS = 200
"""Newest rows of the log coverage that are searched for gaps; older gaps are given up."""
CLOCK_OFFSET_NOTED_S = 1.0
"""A clock that moved by less than this since it was last noted is not noted again."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one reading of a log brought. says: what the unit announced; recovered: new logins."""

    says: int = 0
    received: int = 0
    recovered: int = 0


NOTHING_COUNTED = Reading()


class LogBook:
    """Stores what terminals report. Blocking: called from threads."""

    def __init__(self, store: Store, set_aside: SetAside) -> None:
        self._store, self._lines = store, set_aside

    def store_punches(self, terminal_id: str, punches: Iterable[Punch]) -> int:
        """Stores logins, LOGINS_AT_ONCE in a transaction. Returns how many of them were new."""
        seen: Seen = Counter()
        batches = in_batches(punches, LOGINS_AT_ONCE)
        reports = (LoginReport(terminal_id, some, seen) for some in batches)
        return sum(sum(store_reports(self._store, [report])) for report in reports)

    def store_log(self, terminal_id: str, found: AttendanceLog) -> int:
        """Stores a whole log that was read. Returns how many of its logins were new.

        A log that the unit did not count closes no gap.
        """
        fresh = self.store_punches(terminal_id, found.punches)
        self.set_aside(terminal_id, LOG, found.quarantined)
        if not found.counted:
            return fresh
        with self._store.write() as tx:
            row = tx.get_one(Terminal, terminal_id)
            reading = Reading(says=found.says, received=found.received, recovered=fresh)
            cover(tx, row, COUNTED_LOG, reading)
            close_whole_log(tx, terminal_id)
            forget_missed(tx, terminal_id, tx.now)
            row.log_wanted = False
            row.counts = {**row.counts, "read": found.received, "records": found.says}
        return fresh

    def set_aside(self, terminal_id: str, table: str, lines: Sequence[Quarantined]) -> None:
        """Keeps the lines of a report that could not be read."""
        self._lines.store(terminal_id, table, lines)


def cover(tx: Tx, terminal: Terminal, source: str, reading: Reading = NOTHING_COUNTED) -> None:
    """Notes that the log was read up to now."""
    last = last_covered(tx, [terminal.id]).get(terminal.id)
    start = last.end if last else terminal.first_seen
    cover_span(tx, terminal, source, Span(start, tx.now), reading)


def cover_live(tx: Tx, terminals: Sequence[Terminal]) -> list[str]:
    """Notes that these terminals are watched without a break up to now.

    Returns the ids of those whose watch had a break: a span of their log may be missing.
    """
    ends = last_covered(tx, [terminal.id for terminal in terminals])
    broken = []
    for terminal in terminals:
        last = ends.get(terminal.id)
        joins = last is not None and tx.now - last.end <= JOIN_WITHIN
        if last is not None and joins and last.source == LIVE:
            last.end = tx.now
            continue
        start = last.end if last is not None and joins else tx.now
        cover_span(tx, terminal, LIVE, Span(start, tx.now), NOTHING_COUNTED)
        if not joins:
            broken.append(terminal.id)
    return broken


def cover_span(tx: Tx, terminal: Terminal, source: str, span: Span, reading: Reading) -> None:
    """Notes that the log of this span is here."""
    row = LogCoverage(
        terminal_id=terminal.id,
        start=span.start,
        end=span.end,
        source=source,
        says=reading.says,
        received=reading.received,
        recovered=reading.recovered,
    )
    tx.add(row)
    tx.changed("terminals", terminal.id)


def _noted(terminal_id: str, start: datetime) -> Select[LogCoverage]:
    return select(LogCoverage).where(
        LogCoverage.terminal_id == terminal_id,
        LogCoverage.source == GAP,
        LogCoverage.problem != "",
        LogCoverage.start == start,
    )


def fill_gap(tx: Tx, terminal: Terminal, gap: Span, reading: Reading) -> None:
    """Notes a gap whose logins were counted; what was noted of it before is over."""
    for row in tx.scalars(_noted(terminal.id, gap.start)):
        tx.delete(row)
    cover_span(tx, terminal, GAP, gap, reading)


def note_missed(tx: Tx, terminal: Terminal, gap: Span, problem: str) -> None:
    """Notes a gap that could not be read back. It gets one row and stays a gap."""
    row = tx.scalar(_noted(terminal.id, gap.start))
    if row is None:
        row = LogCoverage(terminal_id=terminal.id, start=gap.start, end=gap.end, source=GAP)
        tx.add(row)
    row.end, row.problem = gap.end, problem[:PROBLEM_CHARS]
    tx.changed("terminals", terminal.id)


def forget_missed(tx: Tx, terminal_id: str, until: datetime) -> None:
    """The whole log up to then was counted, so that the gaps before it miss nothing. TE24."""
    query = select(LogCoverage).where(
        LogCoverage.terminal_id == terminal_id,
        LogCoverage.source == GAP,
        LogCoverage.problem != "",
        LogCoverage.end <= until,
    )
    for row in tx.scalars(query):
        tx.delete(row)


def want_whole_log(tx: Tx, terminal: Terminal, problem: str) -> None:
    """Notes that nothing shows yet that the whole log up to now is here."""
    close_whole_log(tx, terminal.id)
    row = LogCoverage(
        terminal_id=terminal.id, start=terminal.first_seen, end=tx.now, source=WHOLE_LOG
    )
    row.problem = problem[:PROBLEM_CHARS]
    tx.add(row)
    tx.changed("terminals", terminal.id)


def open_whole_log(tx: ReadTx, terminal_id: str) -> LogCoverage | None:
    """The span of the whole log that nobody has counted yet."""
    return tx.scalar(_open_whole_log(terminal_id))


def unread_log(tx: ReadTx, terminal: Terminal) -> Span | None:
    """The time of a whole log that a served terminal is to send, where no span notes that yet."""
    wanted = terminal.log_wanted and terminal.status in SERVED
    if not wanted or open_whole_log(tx, terminal.id) is not None:
        return None
    return Span(terminal.first_seen, tx.now)


def close_whole_log(tx: Tx, terminal_id: str) -> None:
    """The whole log was counted, or is asked for anew."""
    for row in tx.scalars(_open_whole_log(terminal_id)):
        tx.delete(row)


def _open_whole_log(terminal_id: str) -> Select[LogCoverage]:
    return select(LogCoverage).where(
        LogCoverage.terminal_id == terminal_id,
        LogCoverage.source == WHOLE_LOG,
    )


def count_stored(tx: ReadTx, terminal_id: str, span: tuple[datetime, datetime]) -> int:
    """How many logins of a span of the terminal's own time are stored, each once."""
    start, end = (moment.isoformat(" ", "seconds") for moment in span)
    query = select(func.count()).where(
        Login.terminal_id == terminal_id,
        Login.at >= span[0].replace(tzinfo=UTC) - ANY_ZONE,
        Login.at <= span[1].replace(tzinfo=UTC) + ANY_ZONE,
        Login.local_time.between(start, end),
    )
    return tx.scalar(query) or 0


def count_all_stored(tx: ReadTx, terminal_id: str) -> int:
    """How many logins are stored, deleted by their age, or set aside as they could not be read."""
    set_aside = select(func.count()).where(
        Quarantine.terminal_id == terminal_id, Quarantine.table.in_(LOG_TABLES)
    )
    removed = removed_of(tx.get_one(Terminal, terminal_id).counts)
    stored = count_stored(tx, terminal_id, (LOG_START, LOG_END))
    return stored + removed + (tx.scalar(set_aside) or 0)


@dataclass(frozen=True)
class ClockReading:
    """What a terminal's clock showed (naive) at a moment."""

    at: datetime
    shows: datetime

    def offset_s(self, zone: tzinfo) -> float:
        """How far it was off in this zone, positive if it was ahead."""
        return (self.shows - wall_time(zone, self.at)).total_seconds()


def note_clock(
    tx: Tx, terminal: Terminal, reading: ClockReading, *, corrected: bool = False
) -> None:
    """Notes a measured clock, and adds it to the history when the clock moved."""
    offset_s = reading.offset_s(terminal_zone(tx, terminal))
    before = terminal.clock_offset_s
    moved = before is None or abs(offset_s - before) >= CLOCK_OFFSET_NOTED_S
    if not (corrected or moved):
        return
    terminal.clock_offset_s = 0.0 if corrected else offset_s
    tx.add(_measured(terminal, reading, offset_s, corrected))
    tx.changed("terminals", terminal.id)


def note_clock_set(tx: Tx, terminal: Terminal, before: ClockReading, after: ClockReading) -> None:
    """Notes a clock that was set, as it was before and as it is since."""
    note_clock(tx, terminal, before, corrected=True)
    offset_s = after.offset_s(terminal_zone(tx, terminal))
    tx.add(_measured(terminal, after, offset_s, False))
    terminal.clock_offset_s = offset_s


def _measured(
    terminal: Terminal, reading: ClockReading, offset_s: float, corrected: bool
) -> ClockOffset:
    return ClockOffset(
        terminal_id=terminal.id,
        at=reading.at,
        shows=reading.shows.isoformat(" ", "seconds"),
        offset_s=offset_s,
        corrected=corrected,
    )


def open_gaps(tx: ReadTx, terminal_id: str) -> list[Span]:
    """The spans up to now for which logins may be missing, oldest first."""
    query = (
        select(LogCoverage.start, LogCoverage.end)
        .where(LogCoverage.terminal_id == terminal_id, LogCoverage.problem == "")
        .order_by(LogCoverage.end.desc())
        .limit(NEWEST_SPANS)
    )
    known = sorted(Span(start, end) for start, end in tx.execute(query))
    return gaps(known, known[0].start, tx.now) if known else []


def last_covered(tx: ReadTx, terminal_ids: list[str]) -> dict[str, LogCoverage]:
    """Terminal id -> the newest span that is known."""
    newest = (
        select(LogCoverage.terminal_id, func.max(LogCoverage.end).label("end"))
        .where(LogCoverage.terminal_id.in_(terminal_ids), LogCoverage.problem == "")
        .group_by(LogCoverage.terminal_id)
        .subquery()
    )
    query = (
        select(LogCoverage)
        .join(newest, LogCoverage.terminal_id == newest.c.terminal_id)
        .where(LogCoverage.end == newest.c.end, LogCoverage.problem == "")
        .order_by(LogCoverage.id)
    )
    return {row.terminal_id: row for row in tx.scalars(query)}
