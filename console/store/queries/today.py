"""What waits, is stuck and ends, for the first page: counts by indexes, at any size. CO19."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from console.domain.erasure import ErasureState
from console.domain.funnel import Why
from console.domain.invitations import LINK_USABLE, REVIEWABLE
from console.domain.placements import PlacementState
from console.domain.terminals import Dialect, TerminalStatus
from console.store.queries.board import counted, stands_for
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
    waits, since = Invitation.status.in_(REVIEWABLE), Invitation.submitted_at
    others = _tally(tx, since, waits, Invitation.employee_id != own)
    return others, _tally(tx, since, waits, Invitation.employee_id == own)


def stuck_tally(tx: ReadTx, why: Why) -> Tally:
    """People who come no further for this reason, as the board counts them."""
    return _tally(tx, Invitation.changed_at, stands_for(why), counted(""))


def ending_links(tx: ReadTx, until: datetime) -> Tally:
    """Links that can be used and run out by then."""
    usable, sent = Invitation.status.in_(LINK_USABLE), Invitation.channel == "link"
    ends = Invitation.expires_at
    return _tally(tx, ends, usable, ends > tx.now, ends <= until, sent)


def last_days(tx: ReadTx, first: date, last: date) -> tuple[int, date | None]:
    """How many employees have their last day between these two days, and the first such day."""
    day = Employee.valid_until
    ending = day >= first, day <= last, Employee.in_force
    query = select(func.count(), func.min(day)).where(*ending)
    count, earliest = tx.execute(query).one()
    return count, earliest


def due_answers(tx: ReadTx, until: datetime) -> Tally:
    """People who have to answer about the consent by then: each counts once for each text."""
    return _tally(tx, AskedAgain.answer_by, AskedAgain.answer_by <= until)


def proposed_erasures(tx: ReadTx, operator_id: str) -> Tally:
    """People whose erasure this operator may agree to: somebody else has asked for it."""
    proposed = Erasure.state == ErasureState.PROPOSED
    return _tally(tx, Erasure.asked_at, proposed, Erasure.asked_by != operator_id)


def failed_placements(tx: ReadTx) -> Tally:
    """What cannot be brought to terminals, and is not tried again."""
    return _tally(tx, Placement.run_at, Placement.state == PlacementState.FAILED)


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
