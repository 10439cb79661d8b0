"""Where the data of people lies: in rows, on terminals, in kiosks. N7."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import exists, func, or_, select

from console.api.erasure import DataRow, PlaceRow
from console.domain.kept_texts import said
from console.domain.language import msgid, tr
from console.domain.placements import PlacementState
from console.store.queries.purge import LOGINS, count_rows
from console.store.schema import (
    Employee,
    FingerBlob,
    InventoryEntry,
    Kiosk,
    Login,
    PinMap,
    Placement,
    Terminal,
)
from console.store.unit_of_work import ReadTx

ROWS_GO, LOGINS_STAY = msgid("deleted"), msgid("kept under a pseudonym")


def data_rows(tx: ReadTx, employee_ids: Sequence[str]) -> list[DataRow]:
    """What the database has of these people, all together."""
    found: Counter[str] = Counter()
    for kind, _, count in count_rows(tx, employee_ids):
        found[kind] += count
    logins = select(func.count()).where(Login.employee_id.in_(employee_ids))
    rows = [DataRow(what=kind, count=n, becomes=ROWS_GO) for kind, n in found.items()]
    count = tx.scalar(logins) or 0
    if count:
        rows.append(DataRow(what=LOGINS, count=count, becomes=LOGINS_STAY))
    return rows


def data_places(tx: ReadTx, employee_id: str) -> list[PlaceRow]:
    """Terminals that hold a person, or may; and the kiosks, all of which have the list."""
    query = (
        select(Placement, Terminal.name, Terminal.serial, Terminal.last_seen)
        .join(Terminal, Terminal.id == Placement.terminal_id)
        .where(Placement.employee_id == employee_id)
        .order_by(Terminal.name, Terminal.id)
    )
    places = [
        PlaceRow(
            kind="terminal",
            id=row.terminal_id,
            name=name or serial,
            state=_on_terminal(row),
            since=row.since,
            shown_at=row.confirmed_at,
            last_seen=last_seen,
            problem=said(row.error),
        )
        for row, name, serial, last_seen in tx.execute(query)
    ]
    places += _where_it_was_seen(tx, employee_id, {place.id for place in places})
    paired = select(Kiosk).where(Kiosk.last_seen.is_not(None), Kiosk.removed_at.is_(None))
    return places + [
        PlaceRow(
            kind="kiosk",
            id=row.id,
            name=row.name,
            state=tr("has the list of employees"),
            shown_at=row.list_at,
            last_seen=row.last_seen,
        )
        for row in tx.scalars(paired.order_by(Kiosk.name, Kiosk.id))
    ]


def _where_it_was_seen(tx: ReadTx, employee_id: str, known: set[str]) -> list[PlaceRow]:
    """Terminals that were read with the person on them, and those that a finger came from."""
    number = select(Employee.number).where(Employee.id == employee_id).scalar_subquery()
    mapped = (
        exists()
        .where(PinMap.terminal_id == Terminal.id, PinMap.employee_id == employee_id)
        .where(PinMap.pin == InventoryEntry.pin)
    )
    seen = exists().where(
        InventoryEntry.terminal_id == Terminal.id, or_(InventoryEntry.pin == number, mapped)
    )
    taken = exists().where(
        FingerBlob.terminal_id == Terminal.id, FingerBlob.employee_id == employee_id
    )
    query = select(Terminal).where(or_(seen, taken), Terminal.id.not_in(known))
    return [
        PlaceRow(
            kind="terminal",
            id=row.id,
            name=row.name or row.serial,
            state=tr("stored them when last read"),
            last_seen=row.last_seen,
        )
        for row in tx.scalars(query.order_by(Terminal.name, Terminal.id))
    ]


def _on_terminal(row: Placement) -> str:
    shown = row.state is PlacementState.CONFIRMED
    if not row.belongs:
        return tr("confirmed not to store them") if shown else tr("may still store them")
    if row.face_held:
        return tr("stores their face")
    return tr("stores them") if row.confirmed_at else tr("will receive them")
