"""Whose number was erased, and which places may still hold somebody who was. N7, P12."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from console.domain.erasure import STUB_NAME, STUB_NUMBER, ErasureState, new_pseudonym
from console.domain.language import msgid
from console.domain.placements import PlacementState
from console.domain.terminals import TerminalStatus
from console.store.schema import (
    Employee,
    ErasedNumber,
    Erasure,
    Kiosk,
    Login,
    Placement,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx

NUMBERS_AT_ONCE = 1000
"""Marks of one query; databases bound the parameters of a statement."""
STUB_DIGITS = 20
"""Of the erasure's id, from its end: two numbers are never the same."""
UNDER_WAY = (ErasureState.ASKED, ErasureState.EMPTYING, ErasureState.CLEANING)


def ask_erasure(tx: Tx, person: Employee, batch: str, state: ErasureState) -> None:
    """Notes that somebody is to be erased. batch: of all who are asked for together."""
    tx.add(
        Erasure(
            employee_id=person.id,
            batch=batch,
            state=state,
            asked_by=tx.actor,
            asked_at=tx.now,
            here_since=person.created_at,
            pseudonym=new_pseudonym(),
            removed={},
            consents=[],
            places=[],
        )
    )


def going_numbers(tx: ReadTx) -> dict[str, str]:
    """Employee id -> number of those whose erasure was agreed to, and whose rows go next."""
    query = select(Employee.id, Employee.number).join(Erasure, Erasure.employee_id == Employee.id)
    return dict(tx.execute(query.where(Erasure.state == ErasureState.ASKED)).all())


def is_going(tx: ReadTx, employee_id: str) -> bool:
    """Whether this person is one of those."""
    asked = Erasure.employee_id == employee_id, Erasure.state == ErasureState.ASKED
    return tx.scalar(select(Erasure.id).where(*asked).limit(1)) is not None


# numbers that nobody has any more


def number_mark(tx: ReadTx, number: str, terminal_id: str = "") -> str:
    """The mark of a number: everywhere, or on one terminal that knew somebody by another number."""
    return tx.vault.mark_site(f"erased number {terminal_id}", number.encode())


def login_mark(tx: ReadTx, content_key: str) -> str:
    """By what a login of somebody erased is known again."""
    return tx.vault.mark_site("erased login", content_key.encode())


def mark_numbers(tx: Tx, numbers: Iterable[tuple[Erasure, str, str]]) -> None:
    """Remembers numbers that must bring nobody back: (erasure, terminal id or "", number)."""
    marks = {(number_mark(tx, number, at), erasure.id) for erasure, at, number in numbers}
    tx.add_many(ErasedNumber, [{"mark": one, "erasure_id": of} for one, of in sorted(marks)])


def anybody_was_erased(tx: ReadTx) -> bool:
    """Whether there is any number to look out for."""
    return tx.scalar(select(ErasedNumber.mark).limit(1)) is not None


def erased_numbers(
    tx: ReadTx, numbers: Iterable[str], terminal_id: str = ""
) -> dict[str, list[Erasure]]:
    """Number -> the erasures of those who had it, the oldest first. terminal_id: as it is there."""
    if not anybody_was_erased(tx):
        return {}
    by_mark: dict[str, str] = {}
    for number in set(numbers):
        by_mark[number_mark(tx, number)] = number
        if terminal_id:
            by_mark[number_mark(tx, number, terminal_id)] = number
    found: defaultdict[str, list[Erasure]] = defaultdict(list)
    marks = list(by_mark)
    for start in range(0, len(marks), NUMBERS_AT_ONCE):
        some = marks[start : start + NUMBERS_AT_ONCE]
        query = (
            select(ErasedNumber.mark, Erasure)
            .join(Erasure, Erasure.id == ErasedNumber.erasure_id)
            .where(ErasedNumber.mark.in_(some))
            .order_by(Erasure.asked_at)
        )
        for mark, erasure in tx.execute(query):
            found[by_mark[mark]].append(erasure)
    return dict(found)


def is_being_erased(tx: ReadTx, number: str) -> bool:
    """Whether terminals may still hold somebody erased under this number."""
    erasures = erased_numbers(tx, [number]).get(number, [])
    return any(one.state in UNDER_WAY for one in erasures)


def hide_erased(tx: Tx, terminal_id: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Logins that a terminal reported, as rows: those of somebody erased are nobody's.

    A login is of whoever has the number now, if they were here by then; else of whoever had it.
    Those that are stored already are left out.
    """
    erased = erased_numbers(tx, {row["pin"] for row in rows}, terminal_id)
    theirs = [row for row in rows if row["pin"] in erased]
    if not theirs:
        return list(rows)
    owners = {row["employee_id"] for row in theirs} - {None}
    query = select(Employee.id, Employee.created_at).where(
        Employee.id.in_(owners), ~Employee.erased
    )
    here_since = dict(tx.execute(query).all())
    for row in theirs:
        since = here_since.get(row["employee_id"])
        if since is None or row["at"] < since:
            of = _whose(erased[row["pin"]], row["at"])
            row.update(
                employee_id=None,
                pin=of.pseudonym,
                content_key=login_mark(tx, row["content_key"]),
            )
    keys = [row["content_key"] for row in theirs]
    stored = set(tx.scalars(select(Login.content_key).where(Login.content_key.in_(keys))))
    return [row for row in rows if row["content_key"] not in stored]


def _whose(erasures: Sequence[Erasure], at: datetime) -> Erasure:
    """Of those who had a number one after the other, whoever had it then."""
    return next((one for one in erasures if at <= one.asked_at), erasures[-1])


def pseudonym_of(tx: ReadTx, employee_id: str, number: str, at: datetime) -> str:
    """What a login from a kiosk shows if it is of somebody erased; else empty."""
    if employee_id:
        own = select(Erasure.pseudonym).where(
            Erasure.employee_id == employee_id, Erasure.state.in_((*UNDER_WAY, ErasureState.DONE))
        )
        if (pseudonym := tx.scalar(own)) is not None:
            return pseudonym
    erasures = erased_numbers(tx, [number]).get(number, []) if number else []
    return _whose(erasures, at).pseudonym if erasures else ""


# places


class PlaceState(StrEnum):
    """Whether a place still holds somebody.

    SHOWN: it has shown that it does not. HOLDS: nothing shows that yet. GONE: somebody has declared
    that the device is gone, and nobody knows.
    """

    SHOWN = "shown"
    HOLDS = "holds"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A terminal or a kiosk.

    since: when it was asked; shown_at: when it was last seen without the person; last_seen: when it
    was last heard from; problem: what it said.
    """

    kind: str
    id: str
    name: str
    state: PlaceState
    since: datetime
    shown_at: datetime | None
    last_seen: datetime | None
    problem: str = ""


def places_of(tx: ReadTx, erasure: Erasure) -> list[Place]:
    """Where somebody erased was, as far as rows say; `Erasure.places` keeps it once all is done."""
    return [*_terminals(tx, erasure), *_kiosks(tx, erasure)]


def _terminals(tx: ReadTx, erasure: Erasure) -> Iterable[Place]:
    query = (
        select(Placement, Terminal.name, Terminal.serial, Terminal.status, Terminal.last_seen)
        .join(Terminal, Terminal.id == Placement.terminal_id)
        .where(Placement.employee_id == erasure.employee_id)
        .order_by(Terminal.name, Terminal.id)
    )
    for row, name, serial, status, last_seen in tx.execute(query):
        shown = row.state is PlacementState.CONFIRMED
        gone = status is TerminalStatus.REMOVED and not shown
        yield Place(
            kind="terminal",
            id=row.terminal_id,
            name=name or serial,
            state=_state(shown=shown, gone=gone),
            since=row.since,
            shown_at=row.confirmed_at if shown else None,
            last_seen=last_seen,
            problem="" if shown else row.error,
        )


def _kiosks(tx: ReadTx, erasure: Erasure) -> Iterable[Place]:
    if erasure.purged_at is None:
        return
    for row in tx.scalars(select(Kiosk).where(*_knew(erasure)).order_by(Kiosk.name, Kiosk.id)):
        shown = row.list_at is not None and row.list_at >= erasure.purged_at
        yield Place(
            kind="kiosk",
            id=row.id,
            name=row.name,
            state=_state(shown=shown, gone=row.gone_at is not None and not shown),
            since=erasure.purged_at,
            shown_at=row.list_at if shown else None,
            last_seen=row.last_seen,
            problem=msgid("It was removed, and forgets everybody when it is next online.")
            if row.removed_at is not None and not shown
            else "",
        )


def _state(*, shown: bool, gone: bool) -> PlaceState:
    return PlaceState.SHOWN if shown else PlaceState.GONE if gone else PlaceState.HOLDS


def _knew(erasure: Any) -> tuple[ColumnElement[bool], ...]:
    """Kiosks that were paired while the person was here. erasure: a row, or the table."""
    was_there = or_(Kiosk.removed_at.is_(None), Kiosk.removed_at > erasure.here_since)
    return Kiosk.last_seen.is_not(None), Kiosk.added_at <= erasure.purged_at, was_there


def proposed_people(tx: ReadTx, batches: Collection[str]) -> dict[str, int]:
    """Batch -> how many of its people wait until a second administrator agrees."""
    query = select(Erasure.batch, func.count()).where(
        Erasure.batch.in_(batches), Erasure.state == ErasureState.PROPOSED
    )
    return {batch: count for batch, count in tx.execute(query.group_by(Erasure.batch))}  # noqa: C416


def some_place_holds() -> ColumnElement[bool]:
    """Whether any place may still hold the person of an erasure."""
    on_terminal = exists().where(
        Placement.employee_id == Erasure.employee_id,
        Placement.state != PlacementState.CONFIRMED,
        Terminal.id == Placement.terminal_id,
        Terminal.status != TerminalStatus.REMOVED,
    )
    in_kiosk = exists().where(
        *_knew(Erasure),
        Kiosk.gone_at.is_(None),
        or_(Kiosk.list_at.is_(None), Kiosk.list_at < Erasure.purged_at),
    )
    return or_(on_terminal, in_kiosk)


def due_erasures() -> Select[str, int]:
    """The erasures that something can be done about now: (id, attempt), the oldest first."""
    emptied = and_(Erasure.state == ErasureState.EMPTYING, ~some_place_holds())
    just_purged = and_(Erasure.state == ErasureState.EMPTYING, Erasure.purged_at.is_(None))
    now = or_(Erasure.state.in_((ErasureState.ASKED, ErasureState.CLEANING)), just_purged)
    return select(Erasure.id, Erasure.attempt).where(or_(now, emptied)).order_by(Erasure.asked_at)


def holding_places(tx: ReadTx, erasures: Sequence[Erasure]) -> Mapping[str, int]:
    """Erasure id -> how many places may still hold the person, for lists."""
    people = [one.employee_id for one in erasures if one.state is ErasureState.EMPTYING]
    waiting = (
        select(Placement.employee_id, func.count())
        .join(Terminal, Terminal.id == Placement.terminal_id)
        .where(
            Placement.employee_id.in_(people),
            Placement.state != PlacementState.CONFIRMED,
            Terminal.status != TerminalStatus.REMOVED,
        )
        .group_by(Placement.employee_id)
    )
    on_terminals = dict(tx.execute(waiting).all())
    in_kiosks = (
        select(Erasure.id, func.count())
        .join(
            Kiosk,
            and_(
                *_knew(Erasure),
                Kiosk.gone_at.is_(None),
                or_(Kiosk.list_at.is_(None), Kiosk.list_at < Erasure.purged_at),
            ),
        )
        .where(Erasure.employee_id.in_(people))
        .group_by(Erasure.id)
    )
    kiosks = dict(tx.execute(in_kiosks).all())
    return {
        one.id: on_terminals.get(one.employee_id, 0) + kiosks.get(one.id, 0) for one in erasures
    }


def hold_again(tx: Tx, terminal_id: str, pins: Iterable[str]) -> list[str]:
    """A terminal shows numbers of people who were erased: it is asked again to remove them.

    pins: numbers that nobody here has. Returns those that were of somebody erased.
    """
    found = erased_numbers(tx, pins, terminal_id)
    for pin, erasures in found.items():
        _open_again(tx, terminal_id, pin, erasures[-1])
    return list(found)


def stub_values(erasure: Erasure, now: datetime) -> dict[str, Any]:
    """The columns of the row that stands for somebody erased: nothing of the person is in it."""
    return {
        "number": STUB_NUMBER + erasure.id[-STUB_DIGITS:],
        "first_name": "",
        "last_name": STUB_NAME,
        "email": "",
        "department": "",
        "active": False,
        "valid_from": None,
        "valid_until": None,
        "in_force": False,
        "merged_into": None,
        "opted_out_at": None,
        "opted_out_by": "",
        "badge_mark": None,
        "language": "",
        "sort_name": "",
        "created_at": now,
        "updated_at": now,
        "settled": True,
        "erased": True,
    }


def _open_again(tx: Tx, terminal_id: str, pin: str, erasure: Erasure) -> None:
    row = tx.get(Placement, (terminal_id, erasure.employee_id))
    if row is not None and row.state is not PlacementState.CONFIRMED:
        return
    if tx.get(Employee, erasure.employee_id) is None:
        tx.add(Employee(id=erasure.employee_id, **stub_values(erasure, tx.now)))
        tx.flush()
    if row is None:
        row = Placement(terminal_id=terminal_id, employee_id=erasure.employee_id)
        tx.add(row)
    row.pin, row.belongs, row.since, row.run_at = pin, False, tx.now, tx.now
    row.state, row.attempt, row.confirmed_at = PlacementState.WAITING, 1, None
    row.error = msgid("The terminal holds this person again.")
    if erasure.state in (ErasureState.DONE, ErasureState.CLEANING):
        erasure.state, erasure.done_at = ErasureState.EMPTYING, None
    tx.flush()
    tx.audit("employee.seen_again", erasure.employee_id, erasure=erasure.id, terminal=terminal_id)
    tx.changed("erasures", erasure.id)
