"""Terminals as lists show them: by columns, in two statements for any number of them. TE31."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, and_, case, func, select

from console.domain.placements import PlacementState
from console.domain.terminals import Dialect, TerminalStatus
from console.store.schema import AccessZone, Operator, Placement, Quarantine, Terminal
from console.store.unit_of_work import ReadTx


class TerminalColumns(NamedTuple):
    """What a list needs of a terminal's row.

    firmware, users, logs: as it told them, under either name; fingers: what it told of fingers;
    enrols: None if nobody has tried; asked_by: the operator's name; set_aside: lines of it that
    could not be read.
    """

    id: str
    serial: str
    name: str
    status: TerminalStatus
    dialect: Dialect
    address: str
    last_seen: datetime | None
    contact_problem: str
    access_zone: str | None
    takes_faces: bool
    clock_offset_s: float | None
    counts: dict[str, Any]
    callers: dict[str, Any]
    asked_by: str | None
    asked_note: str
    firmware: str | None
    users: str | None
    logs: str | None
    fingers: str | None
    enrols: bool | None
    set_aside: int


class PlacedOn(NamedTuple):
    """What a terminal has shown of what belongs on it.

    confirmed, expected: faces that it has shown, and those that belong on it; to_remove: people who
    must go and may still be on it; may_hold: people here whom it may hold, faces: how many of them
    with a face, as_of: the newest evidence of that; failed: people whose change cannot be brought
    there and is not tried again; error: the newest one of somebody who belongs on it.
    """

    confirmed: int = 0
    expected: int = 0
    to_remove: int = 0
    may_hold: int = 0
    faces: int = 0
    as_of: datetime | None = None
    failed: int = 0
    error: str = ""


NOTHING_PLACED = PlacedOn()


def list_terminals(
    tx: ReadTx,
    *,
    ids: Collection[str] | None = None,
    statuses: Collection[TerminalStatus] | None = None,
) -> list[tuple[TerminalColumns, PlacedOn]]:
    """Terminals by status and name. ids, statuses: only these."""
    query = _terminals()
    if ids is not None:
        query = query.where(Terminal.id.in_(ids))
    if statuses is not None:
        query = query.where(Terminal.status.in_(statuses))
    found = [TerminalColumns(*row) for row in tx.execute(query)]
    placed = _placed(tx, None if ids is None and statuses is None else [row.id for row in found])
    return [(row, placed.get(row.id, NOTHING_PLACED)) for row in found]


def _terminals() -> Select[*tuple[Any, ...]]:
    info = Terminal.info
    lines = (
        select(Quarantine.terminal_id, func.count().label("lines"))
        .group_by(Quarantine.terminal_id)
        .subquery()
    )
    return (
        select(
            Terminal.id,
            Terminal.serial,
            Terminal.name,
            Terminal.status,
            Terminal.dialect,
            Terminal.address,
            Terminal.last_seen,
            Terminal.contact_problem,
            AccessZone.name,
            Terminal.takes_faces,
            Terminal.clock_offset_s,
            Terminal.counts,
            Terminal.callers,
            func.coalesce(Operator.name, Terminal.asked_by),
            Terminal.asked_note,
            func.coalesce(info["firmware"].as_string(), info["fwversion"].as_string()),
            info["users"].as_string(),
            info["logs"].as_string(),
            info["fingerfunon"].as_string(),
            Terminal.capabilities["enrol_finger"]["can"].as_boolean(),
            func.coalesce(lines.c.lines, 0),
        )
        .outerjoin(AccessZone, AccessZone.id == Terminal.access_zone_id)
        .outerjoin(lines, lines.c.terminal_id == Terminal.id)
        .outerjoin(Operator, Operator.id == Terminal.asked_by)
        .order_by(Terminal.status.desc(), Terminal.name)
    )


def _placed(tx: ReadTx, terminal_ids: list[str] | None) -> dict[str, PlacedOn]:
    numbers, newest = _numbers(), _newest_errors()
    query = select(numbers, func.coalesce(newest.c.error, "")).outerjoin(
        newest, and_(newest.c.terminal_id == numbers.c.terminal_id, newest.c.rank == 1)
    )
    if terminal_ids is not None:
        query = query.where(numbers.c.terminal_id.in_(terminal_ids))
    return {terminal_id: PlacedOn(*rest) for terminal_id, *rest in tx.execute(query)}


def _numbers() -> Subquery:
    belongs, gone = Placement.belongs, Placement.state == PlacementState.CONFIRMED
    has_face = Placement.face_held.is_not(None)
    shown = belongs & (Placement.confirmed_at.is_not(None) | has_face)
    held = shown | (~belongs & ~gone)
    evidence = func.coalesce(Placement.confirmed_at, Placement.since)

    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    return (
        select(
            Placement.terminal_id,
            count(belongs & (Placement.face_held == Placement.face_id)).label("confirmed"),
            count(belongs & Placement.face_id.is_not(None)).label("expected"),
            count(~belongs & ~gone).label("to_remove"),
            count(held).label("may_hold"),
            count(held & has_face).label("faces"),
            func.max(case((held, evidence))).label("as_of"),
            count(Placement.state == PlacementState.FAILED).label("failed"),
        )
        .group_by(Placement.terminal_id)
        .subquery()
    )


def _newest_errors() -> Subquery:
    rank = func.row_number().over(
        partition_by=Placement.terminal_id, order_by=Placement.run_at.desc()
    )
    return (
        select(Placement.terminal_id, Placement.error, rank.label("rank"))
        .where(Placement.belongs, Placement.error != "")
        .subquery()
    )
