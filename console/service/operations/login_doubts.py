"""Of which times an export of the login log may miss logins, place by place, and why. N12."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from console.domain.kiosks import ONLINE_WITHIN
from console.domain.language import msgid
from console.domain.log_coverage import Span, gaps
from console.domain.terminals import SERVED
from console.service.terminals.log_book import COUNTED_LOG, WHOLE_LOG, unread_log
from console.store.queries.aged_logins import kiosks_removed, removed_span
from console.store.schema import Kiosk, LogCoverage, Login, Terminal
from console.store.unit_of_work import ReadTx

NEVER_WATCHED = msgid("Its log was never counted, so logins may be missing.")
IS_GAP = msgid("The terminal was not monitored, and its log of this time has not been counted yet.")
ASKED_FOR = msgid("The whole log was requested and has not fully arrived yet.")
BY_AGE = msgid("Logins of this time were deleted because of their age.")
AWAY = msgid("The kiosk is offline. Its logins arrive once it is back.")
REMOVED_AWAY = msgid("The kiosk was offline when it was removed. Its last logins never arrived.")


@dataclass(frozen=True)
class Doubt:
    """A time of which logins may be missing, and why."""

    start: datetime
    end: datetime
    why: str


@dataclass(frozen=True)
class Place:
    """A terminal or kiosk that logins may come from. serial: empty for a kiosk."""

    serial: str
    name: str
    doubts: Sequence[Doubt]

    @property
    def is_kiosk(self) -> bool:
        """Whether it is one of our own login screens."""
        return not self.serial


def places(tx: ReadTx, asked: Span) -> list[Place]:
    """Every terminal that was ever served and every kiosk that was ever heard of."""
    found = [*_terminals(tx, asked), *_kiosks(tx, asked)]
    return [
        Place(one.serial, one.name, [doubt for doubt in one.doubts if _concerns(doubt, asked)])
        for one in found
    ]


def deleted_until(found: Sequence[Place]) -> datetime | None:
    """Up to when logins of the time that is asked for were deleted by their age."""
    ends = [doubt.end for place in found for doubt in place.doubts if doubt.why == BY_AGE]
    return max(ends, default=None)


def _concerns(doubt: Doubt, asked: Span) -> bool:
    return doubt.start < asked.end and doubt.end > asked.start


def _terminals(tx: ReadTx, asked: Span) -> Iterator[Place]:
    for row in tx.scalars(select(Terminal).order_by(Terminal.serial)):
        query = select(LogCoverage).where(LogCoverage.terminal_id == row.id)
        spans = tx.scalars(query.order_by(LogCoverage.start)).all()
        some = select(Login.id).where(Login.terminal_id == row.id).limit(1)
        if not spans and row.status not in SERVED and tx.scalar(some) is None:
            continue
        by_age = _by_age(removed_span(row.counts), asked)
        yield Place(row.serial, row.name, [*_unknown(tx, row, spans, asked), *by_age])


def _by_age(removed: Span | None, asked: Span) -> list[Doubt]:
    """What is older goes, too, as soon as it comes."""
    return [] if removed is None else [Doubt(asked.start, removed.end, BY_AGE)]


def _unknown(
    tx: ReadTx, row: Terminal, spans: Sequence[LogCoverage], asked: Span
) -> Iterator[Doubt]:
    """What no span shows, and what a span says that it does not show.

    Once the whole log was counted, nothing that came before is missing.
    """
    if not spans:
        yield Doubt(asked.start, max(asked.start, tx.now), NEVER_WATCHED)
        return
    unread = unread_log(tx, row)
    if unread is not None:
        yield Doubt(unread.start, unread.end, ASKED_FOR)
    for span in spans:
        if span.problem or span.source == WHOLE_LOG:
            yield Doubt(span.start, span.end, span.problem or ASKED_FOR)
    known = [Span(span.start, span.end) for span in spans]
    counted = [span.end for span in spans if span.source == COUNTED_LOG and not span.problem]
    if counted and max(counted) > asked.start:
        known.append(Span(asked.start, max(counted)))
    for gap in gaps(known, asked.start, tx.now):
        yield Doubt(gap.start, gap.end, IS_GAP)


def _kiosks(tx: ReadTx, asked: Span) -> Iterator[Place]:
    by_age = _by_age(kiosks_removed(tx), asked)
    heard_of = select(Kiosk).where(Kiosk.last_seen.is_not(None))
    for row in tx.scalars(heard_of.order_by(Kiosk.name, Kiosk.id)):
        doubts = list(by_age)
        seen, until = row.last_seen or tx.now, row.removed_at or tx.now
        if until - seen > ONLINE_WITHIN:
            doubts.append(Doubt(seen, until, REMOVED_AWAY if row.removed_at else AWAY))
        yield Place("", row.name, doubts)
