"""What waits, is stuck and ends, for the first page: counts by indexes, at any size. CO19."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from console.domain.erasure import ErasureState
from console.domain.funnel import Why
from console.domain.invitations import LINK_USABLE
from console.domain.placements import PlacementState
from console.domain.terminals import FORMER, Dialect, TerminalStatus
from console.store.queries.board import counted, stands_for
from console.store.queries.enrolments import to_review
from console.store.schema import (
    AskedAgain,
    Employee,
    Erasure,
    Invitation,
    Kiosk,
    Outbox,
    Placement,
    Terminal,
)
from console.store.unit_of_work import ReadTx


@dataclass(frozen=True)
class Tally:
    """How many, and since when the oldest of them, or when the first is due; None for none."""

    count: int = 0
    at: datetime | None = None


class TerminalState(NamedTuple):
    """What the first page needs of a terminal that is pending or approved."""

    id: str
    name: str
    status: TerminalStatus
    dialect: Dialect
    address: str
    first_seen: datetime
    last_seen: datetime | None
    contact_problem: str
    clock_offset_s: float | None
    counts: dict[str, Any]
    callers: dict[str, Any]


def review_tally(tx: ReadTx, own: str) -> tuple[Tally, Tally]:
    """Submissions that wait for a decision: of others, and of this employee ("" for nobody)."""
    waits, since = to_review(), Invitation.submitted_at
    others = _tally(tx, since, waits, Invitation.employee_id != own)
    return others, _tally(tx, since, waits, Invitation.employee_id == own)


def stuck_tally(tx: ReadTx, why: Why) -> Tally:
    """People who come no further for this reason, as the board counts them."""
    return _tally(tx, Invitation.changed_at, stands_for(why), counted(""))


def link_ends(now: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether a link can be used and runs out by then."""
    usable, sent = Invitation.status.in_(LINK_USABLE), Invitation.channel == "link"
    ends = Invitation.expires_at
    return and_(usable, ends > now, ends <= until, sent)


def ending_links(tx: ReadTx, until: datetime) -> Tally:
    """Links that can be used and run out by then."""
    return _tally(tx, Invitation.expires_at, link_ends(tx.now, until))


def has_last_day(first: date, last: date) -> ColumnElement[bool]:
    """Whether an employee has their last day between these two days."""
    day = Employee.valid_until
    return and_(day >= first, day <= last, Employee.in_force)


def last_days(tx: ReadTx, first: date, last: date) -> tuple[int, date | None]:
    """How many employees have their last day between these two days, and the first such day."""
    query = select(func.count(), func.min(Employee.valid_until))
    count, earliest = tx.execute(query.where(has_last_day(first, last))).one()
    return count, earliest


def answer_is_due(until: datetime) -> ColumnElement[bool]:
    """Whether somebody has to answer about the consent by then."""
    return AskedAgain.answer_by <= until


def due_answers(tx: ReadTx, until: datetime) -> Tally:
    """People who have to answer about the consent by then: each counts once for each text."""
    return _tally(tx, AskedAgain.answer_by, answer_is_due(until))


def waits_for(operator_id: str) -> ColumnElement[bool]:
    """Whether this operator may agree to an erasure: somebody else has asked for it."""
    return and_(Erasure.state == ErasureState.PROPOSED, Erasure.asked_by != operator_id)


def proposed_erasures(tx: ReadTx, operator_id: str) -> Tally:
    """People whose erasure this operator may agree to."""
    return _tally(tx, Erasure.asked_at, waits_for(operator_id))


def how_many(tx: ReadTx, of: InstrumentedAttribute[str], condition: ColumnElement[bool]) -> Tally:
    """How many rows with these ids there are of which this holds."""
    return Tally(tx.scalar(select(func.count(of)).where(condition)) or 0)


def failing_terminals(tx: ReadTx) -> Tally:
    """Terminals of the daily list with what cannot be brought there and is not tried again."""
    counted_once = func.count(Placement.terminal_id.distinct())
    query = select(counted_once, func.min(Placement.run_at))
    query = query.join(Terminal, Terminal.id == Placement.terminal_id)
    failed = Placement.state == PlacementState.FAILED
    count, earliest = tx.execute(query.where(failed, Terminal.status.not_in(FORMER))).one()
    return Tally(count, earliest)


def queued_emails(tx: ReadTx) -> int:
    """Emails that wait to be sent."""
    return tx.scalar(select(func.count()).where(Outbox.state == "queued")) or 0


def silent_kiosks(tx: ReadTx, since: datetime) -> Tally:
    """Kiosks in use that were not heard of since then."""
    in_use = Kiosk.token_hash != "", Kiosk.removed_at.is_(None), Kiosk.gone_at.is_(None)
    seen = func.coalesce(Kiosk.last_seen, Kiosk.added_at)
    return _tally(tx, seen, *in_use, seen < since)


def terminal_states(tx: ReadTx) -> Sequence[TerminalState]:
    """The terminals that wait or are in use, by name. A site has few."""
    columns = [getattr(Terminal, name) for name in TerminalState._fields]
    known = or_(
        Terminal.status == TerminalStatus.PENDING, Terminal.status == TerminalStatus.APPROVED
    )
    query = select(*columns).where(known).order_by(Terminal.name, Terminal.id)
    return [TerminalState(*row) for row in tx.execute(query)]


def _tally(
    tx: ReadTx,
    at: InstrumentedAttribute[Any] | ColumnElement[Any],
    *conditions: ColumnElement[bool],
) -> Tally:
    count, earliest = tx.execute(select(func.count(), func.min(at)).where(*conditions)).one()
    return Tally(count, earliest)
