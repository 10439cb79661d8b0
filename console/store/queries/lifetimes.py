"""Sessions, temporary passwords and pairing codes run out. Once they have, nothing revives them."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, or_, select, true, update

from console.domain.one_time_codes import DRIFT, step_at
from console.domain.operators import IDLE_LOCK, SESSION_LIFETIME
from console.store.schema import (
    Kiosk,
    Operator,
    OperatorSession,
    SecondFactor,
    UnknownName,
)
from console.store.unit_of_work import Tx

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Until then something was good that has run out: no clock comes back to it."""
UNKNOWN_NAMES_KEPT = 10_000
"""So many guesses, verified one after the other, take more than an hour."""


def end_what_ran_out(tx: Tx) -> None:
    """Ends, for good, whatever has run out by now."""
    created, seen = OperatorSession.created_at, OperatorSession.seen_at
    _end_sessions(tx, or_(created < tx.now - SESSION_LIFETIME, seen < tx.now - IDLE_LOCK))
    _end_passwords(tx, Operator.password_until < tx.now)
    _end_codes(tx, Kiosk.pairing_until < tx.now)


def end_all_that_runs_out(tx: Tx) -> None:
    """Ends everything that is good for a while: nobody knows any more for how long."""
    _end_sessions(tx, true())
    _end_passwords(tx, Operator.password_until.is_not(None))
    _end_codes(tx, Kiosk.pairing_until.is_not(None))
    latest = step_at(tx.now) + DRIFT  # codes that were used ahead of time would bar all others
    ahead = update(SecondFactor).where(SecondFactor.last_step > latest)
    tx.execute(ahead.values(last_step=latest))


def _end_sessions(tx: Tx, which: ColumnElement[bool]) -> None:
    ended = tx.scalars(delete(OperatorSession).where(which).returning(OperatorSession.id)).all()
    if ended:
        tx.changed("operators")


def _end_passwords(tx: Tx, which: ColumnElement[bool]) -> None:
    temporary = Operator.password_until > LONG_AGO
    tx.execute(update(Operator).where(temporary, which).values(password_until=LONG_AGO))


def _end_codes(tx: Tx, which: ColumnElement[bool]) -> None:
    tx.execute(update(Kiosk).where(which).values(pairing_hash="", pairing_until=None))


def forget_oldest_names(tx: Tx) -> None:
    """Names that nobody has are remembered in a number that strangers cannot raise."""
    newest = select(UnknownName.missed_at).order_by(UnknownName.missed_at.desc())
    oldest = tx.scalar(newest.offset(UNKNOWN_NAMES_KEPT).limit(1))
    if oldest is not None:
        tx.execute(delete(UnknownName).where(UnknownName.missed_at <= oldest))
