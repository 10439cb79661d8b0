"""Departures: who left, and which terminals have not shown yet that they do not hold them."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

from console.store.schema import Departure, Employee
from console.store.unit_of_work import ReadTx, Tx

CLOCKS_DIFFER = timedelta(minutes=10)
"""A login counts as later than a departure only if it is later by this much."""


def note_held(tx: Tx, terminal_id: str, held: Mapping[str, str]) -> None:
    """A terminal was seen to hold people who left: they are to go from it. held: id -> number."""
    query = select(Departure).where(
        Departure.terminal_id == terminal_id, Departure.employee_id.in_(list(held))
    )
    rows = {row.employee_id: row for row in tx.scalars(query)}
    for employee_id, pin in held.items():
        row = rows.get(employee_id)
        if row is None:
            tx.add(_departure(tx, terminal_id, employee_id, pin))
        elif row.gone_at is not None:
            _begin_again(tx, row, "The terminal holds this person again.")
    if held:
        tx.changed("terminals", terminal_id)


def note_logins(tx: Tx, terminal_id: str, last_login: Mapping[str, datetime]) -> None:
    """People logged in at a terminal. last_login: employee id -> when. Whoever had gone goes again.

    A login that was only reported late changes nothing.
    """
    if not last_login:
        return
    query = select(Departure).where(
        Departure.terminal_id == terminal_id,
        Departure.employee_id.in_(list(last_login)),
        Departure.gone_at.is_not(None),
    )
    for row in tx.scalars(query):
        if row.gone_at is not None and last_login[row.employee_id] > row.gone_at + CLOCKS_DIFFER:
            _begin_again(tx, row, "The terminal let this person in after they had been removed.")
            tx.changed("terminals", terminal_id)


def _departure(tx: Tx, terminal_id: str, employee_id: str, pin: str) -> Departure:
    return Departure(
        terminal_id=terminal_id, employee_id=employee_id, pin=pin, since=tx.now, run_at=tx.now
    )


def _begin_again(tx: Tx, row: Departure, error: str) -> None:
    row.gone_at, row.run_at, row.attempt, row.error = None, tx.now, 1, error
    tx.changed("employees", row.employee_id)


def still_on(tx: ReadTx, employee_ids: Collection[str]) -> dict[str, int]:
    """Employee id -> on how many terminals somebody who left may still be."""
    query = (
        select(Departure.employee_id, func.count())
        .where(Departure.employee_id.in_(employee_ids), Departure.gone_at.is_(None))
        .group_by(Departure.employee_id)
    )
    return dict(tx.execute(query).all())


def leavers_on(tx: ReadTx, terminal_ids: Collection[str]) -> dict[str, int]:
    """Terminal id -> how many people who left it may still hold."""
    query = (
        select(Departure.terminal_id, func.count())
        .where(Departure.terminal_id.in_(terminal_ids), Departure.gone_at.is_(None))
        .group_by(Departure.terminal_id)
    )
    return dict(tx.execute(query).all())


def waiting_on(tx: ReadTx, terminal_id: str, most: int) -> list[tuple[Departure, Employee]]:
    """Who left and may still be on this terminal, those who left first at the top."""
    query = (
        select(Departure, Employee)
        .join(Employee, Employee.id == Departure.employee_id)
        .where(Departure.terminal_id == terminal_id, Departure.gone_at.is_(None))
        .order_by(Departure.since, Departure.employee_id)
        .limit(most)
    )
    return [(row, person) for row, person in tx.execute(query)]
