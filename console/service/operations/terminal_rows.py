"""Terminals as the API lists them."""

from collections.abc import Collection

from console.api import terminals as api
from console.domain.errors import NotFound
from console.domain.kept_texts import said
from console.domain.language import paragraph, tr
from console.domain.terminal_room import percent_full
from console.domain.terminals import (
    CLOSING,
    FORMER,
    Dialect,
    TerminalStatus,
    is_heard_of,
    still_held,
    still_to_remove,
)
from console.domain.today import Concern
from console.service.operations.today_lines import concerns_of
from console.service.terminals.registry import may_receive_biometrics
from console.store.queries.terminals import PlacedOn, TerminalColumns, list_terminals
from console.store.unit_of_work import ReadTx


def terminal_rows(
    tx: ReadTx,
    *,
    ids: Collection[str] | None = None,
    statuses: Collection[TerminalStatus] | None = None,
) -> list[api.TerminalRow]:
    """The terminals with these ids, or of these statuses."""
    found = list_terminals(tx, ids=ids, statuses=statuses)
    return [_struct(tx, row, placed) for row, placed in found]


def terminal_row(tx: ReadTx, terminal_id: str) -> api.TerminalRow:
    """One terminal. Raises NotFound."""
    found = terminal_rows(tx, ids=[terminal_id])
    if not found:
        raise NotFound(tr("This terminal no longer exists."))
    return found[0]


def _struct(tx: ReadTx, row: TerminalColumns, placed: PlacedOn) -> api.TerminalRow:
    approved = row.status is TerminalStatus.APPROVED
    return api.TerminalRow(
        id=row.id,
        serial=row.serial,
        name=row.name,
        status=row.status,
        online=is_heard_of(row.last_seen, tx.now) and not row.contact_problem,
        address=row.address,
        last_seen=row.last_seen,
        firmware=str(row.firmware or ""),
        confirmed=placed.confirmed,
        expected=placed.expected,
        problem=said(row.contact_problem) or _problem(row, placed),
        dialect=row.dialect,
        access_zone=row.access_zone or "",
        people=_held(row, "people", row.users),
        records=_held(row, "records", row.logs),
        out_of_sync=int(row.counts.get("out_of_sync", 0)) if approved else 0,
        takes_faces=row.takes_faces and row.dialect.dials_in,
        clock_offset_s=row.clock_offset_s,
        enrols=bool(row.enrols),
        set_aside=row.set_aside,
        biometric=may_receive_biometrics(row.takes_faces, row.dialect, row.fingers),
        asked_by=row.asked_by or "",
        asked_note=row.asked_note,
        question=_question(row),
        may_hold=placed.may_hold,
        faces_held=placed.faces,
        held_as_of=placed.as_of,
        percent_full=percent_full(row.counts),
        concerns=_concerns(tx, row, placed),
    )


def _concerns(tx: ReadTx, row: TerminalColumns, placed: PlacedOn) -> list[Concern]:
    """Under which lines of the first page it is counted."""
    failing = {Concern.NOT_BROUGHT} if placed.failed and row.status not in FORMER else set()
    return sorted(concerns_of(row, tx.now) | failing)


def _problem(row: TerminalColumns, placed: PlacedOn) -> str:
    if placed.to_remove and row.status in CLOSING:
        return still_to_remove(placed.to_remove)
    return still_held(placed.to_remove) if placed.to_remove else said(placed.error)


def _question(row: TerminalColumns) -> str:
    """Who calls in its name and differs from it. A refused caller is no question."""
    texts = [" ".join(one["why"]) for one in row.callers.values() if not one["refused"]]
    return paragraph(*map(said, texts))


def _held(row: TerminalColumns, counted: str, reported: str | None) -> int:
    """As counted when it was read, or as the terminal reports when it polls."""
    value = str(reported or "") if row.dialect is Dialect.PUSH else ""
    return int(value) if value.isdigit() and len(value) < 9 else int(row.counts.get(counted, 0))
