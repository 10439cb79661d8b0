"""Placements: what belongs on which terminal, and what the terminals have shown of it."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, select, update

from console.domain.access_rules import Claimant, Rules, admission
from console.domain.language import msgid
from console.domain.placements import STUCK_AFTER, PlacementState
from console.domain.terminals import SERVED, TerminalStatus
from console.store.queries.access_rules import access_map, groups_of
from console.store.queries.among import among
from console.store.queries.enrolments import mark_on_terminals
from console.store.queries.people import people_by_pin
from console.store.schema import (
    Employee,
    Enrolment,
    FingerBlob,
    InventoryEntry,
    Login,
    PinMap,
    Placement,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx

HELD_AGAIN = msgid("The terminal holds this person again.")
STILL_HELD = msgid("The terminal still holds this person.")
LET_IN = msgid("The terminal let this person in after they had been removed.")


CLOCKS_DIFFER = timedelta(minutes=10)
"""A login counts as later than a departure only if it is later by this much."""
DEMAND = "placements"
"""What a transaction demands that has made work for the terminals."""
SENT = ""
"""The digest of somebody of whom something goes to a terminal that has not shown it yet."""


def unsettle(tx: Tx, employee_ids: Collection[str]) -> None:
    """Something of these people changed that may matter to terminals."""
    people = Employee.id.in_(list(employee_ids))
    tx.execute(update(Employee).where(people).values(settled=False))
    tx.demand(DEMAND)


def faces_must_go(tx: Tx, employee_id: str) -> None:
    """A person's face must be nowhere any more, though they may stay on terminals.

    A face that is on its way may have arrived: it counts as held until its removal was shown.
    """
    on_its_way = (
        Placement.employee_id == employee_id,
        Placement.face_id.is_not(None),
        Placement.face_held.is_(None),
        Placement.state != PlacementState.FAILED,
    )
    tx.execute(update(Placement).where(*on_its_way).values(face_held=Placement.face_id))
    unsettle(tx, [employee_id])


def unsettle_terminal(tx: Tx, terminal: Terminal) -> None:
    """Something of the terminal changed that may matter to what it should hold."""
    terminal.unsettled += 1
    tx.demand(DEMAND)


def unsettle_terminals(tx: Tx, terminal_ids: Collection[str]) -> None:
    """The same of several terminals, in one statement."""
    which = Terminal.id.in_(list(terminal_ids))
    tx.execute(update(Terminal).where(which).values(unsettled=Terminal.unsettled + 1))
    for terminal_id in terminal_ids:
        tx.changed("terminals", terminal_id)
    tx.demand(DEMAND)


def retry_now(tx: Tx, terminal_id: str) -> None:
    """Whatever did not get to a terminal is tried again, also what did not help before."""
    hindered = Placement.terminal_id == terminal_id, Placement.state != PlacementState.CONFIRMED
    again = {"state": PlacementState.WAITING, "attempt": 1, "run_at": tx.now}
    tx.execute(update(Placement).where(*hindered).values(again))
    tx.demand(DEMAND)


def ask_again(tx: Tx, employee_id: str) -> None:
    """Every terminal that holds this person is asked again, whatever it had shown.

    So is one that is being asked at this moment: it was asked for what was right before.
    """
    shown = (
        Placement.employee_id == employee_id,
        Placement.belongs,
        Placement.state != PlacementState.FAILED,
    )
    again = {"state": PlacementState.WAITING, "attempt": 1, "run_at": tx.now}
    tx.execute(update(Placement).where(*shown).values(again))
    tx.demand(DEMAND)


def recognise(tx: Tx, terminal_id: str, pins: Collection[str]) -> None:
    """A plan decided that the people with these numbers on a terminal are those here. TE11."""
    for pin, employee_id in people_by_pin(tx, terminal_id, set(pins)).items():
        row = tx.get(Placement, (terminal_id, employee_id))
        if row is None:
            row = _new(tx, terminal_id, employee_id, pin, belongs=True)
            tx.add(row)
        if row.belongs:
            row.confirmed_at = tx.now


# what terminals have shown


def note_sent(tx: Tx, terminal_id: str, pins: Collection[str]) -> None:
    """Something of these people is about to be sent. Whatever happens then, they may be there."""
    known = select(InventoryEntry.pin).where(
        InventoryEntry.terminal_id == terminal_id, InventoryEntry.pin.in_(list(pins))
    )
    new = sorted(set(pins) - set(tx.scalars(known)))
    same = {"terminal_id": terminal_id, "digest": SENT, "seen_at": tx.now}
    tx.add_many(InventoryEntry, [{**same, "pin": pin} for pin in new])


def note_written(tx: Tx, terminal_id: str, pins: Collection[str]) -> None:
    """The same where it is an operator who writes: what was seen of these people is not so now."""
    tx.execute(
        delete(InventoryEntry).where(
            InventoryEntry.terminal_id == terminal_id, InventoryEntry.pin.in_(list(pins))
        )
    )
    note_sent(tx, terminal_id, pins)


def forget_faces(tx: Tx, terminal_id: str, pins: Collection[str]) -> None:
    """The terminal may have held nobody under these numbers: a face went with its person.

    Some terminals never show faces, so nothing else would tell that one is missing.
    """
    lost = (
        Placement.terminal_id == terminal_id,
        Placement.pin.in_(list(pins)),
        Placement.belongs,
        Placement.face_held.is_not(None),
    )
    again = {"state": PlacementState.WAITING, "attempt": 1, "run_at": tx.now, "face_held": None}
    tx.execute(update(Placement).where(*lost).values(again))
    tx.demand(DEMAND)


def note_inventory(
    tx: Tx,
    terminal_id: str,
    digests: Mapping[str, str],
    changed: Collection[str],
    left: Mapping[str, str],
) -> None:
    """A terminal was read. What it should hold and does not is due again, and so is who left.

    digests: number -> what it holds of everybody; changed: those that differ from the last
    reading; left: employee id -> number of those on it who left.
    """
    rows = []
    for row in tx.scalars(select(Placement).where(Placement.terminal_id == terminal_id)):
        if _differs(row, digests, changed):
            rows.append(row)
            again = row.pin in digests and not row.belongs
            _begin_again(tx, row, HELD_AGAIN if again else "")
        if row.belongs and row.pin not in digests:
            row.face_held = None  # also where something of them is due: it went with the person
    known = select(Placement.employee_id).where(
        Placement.terminal_id == terminal_id, ~Placement.belongs
    )
    for employee_id in left.keys() - set(tx.scalars(known)):
        if tx.get(Placement, (terminal_id, employee_id)) is None:
            tx.add(_new(tx, terminal_id, employee_id, left[employee_id], belongs=False))
    if rows or left:
        tx.demand(DEMAND)
        tx.changed("terminals", terminal_id)


def _differs(row: Placement, digests: Mapping[str, str], changed: Collection[str]) -> bool:
    """Whether what was read contradicts what the terminal had shown."""
    if row.state is PlacementState.FAILED and not row.belongs:
        return row.pin not in digests  # the stranger who had the number is gone
    if row.state is not PlacementState.CONFIRMED:
        return False
    if not row.belongs:
        return row.pin in digests
    return row.pin not in digests or (row.pin in changed and digests[row.pin] != row.content)


def note_logins(tx: Tx, last_logins: Mapping[str, Mapping[str, datetime]]) -> None:
    """People logged in. last_logins: terminal id -> employee id -> when.

    Whoever left, or must not be on that terminal, goes from it. A login that was only reported late
    changes nothing.
    """
    people = {employee_id for last in last_logins.values() for employee_id in last}
    if not people:
        return
    out = select(Employee.id).where(among(tx, Employee.id, people), ~Employee.in_force)
    rules, gone = access_map(tx), set(tx.scalars(out))
    for terminal_id, last in last_logins.items():
        here = rules.on(terminal_id)
        asked = dict(last) if here else {one: last[one] for one in last if one in gone}
        if asked:
            _note_logins_at(tx, terminal_id, asked, here)


def _note_logins_at(
    tx: Tx, terminal_id: str, last_login: dict[str, datetime], rules: Rules
) -> None:
    """last_login: employee id -> when, of those who may have to go."""
    groups = groups_of(tx, last_login.keys())
    here = (Placement.employee_id == Employee.id) & (Placement.terminal_id == terminal_id)
    query = (
        select(Employee, Placement)
        .outerjoin(Placement, here)
        .where(Employee.id.in_(list(last_login)))
    )
    for person, row in tx.execute(query):
        claimant = Claimant(person.id, person.department, groups[person.id])
        if person.in_force and admission(claimant, rules).allowed:
            continue
        when = last_login[person.id]
        if row is None and when > person.updated_at + CLOCKS_DIFFER:
            number = _number_on(tx, terminal_id, person)
            tx.add(_new(tx, terminal_id, person.id, number, belongs=False))
        elif row is not None and row.confirmed_at and when > row.confirmed_at + CLOCKS_DIFFER:
            _begin_again(tx, row, LET_IN)
        else:
            continue
        tx.demand(DEMAND)
        tx.changed("terminals", terminal_id)


def _new(tx: Tx, terminal_id: str, employee_id: str, pin: str, *, belongs: bool) -> Placement:
    return Placement(
        terminal_id=terminal_id,
        employee_id=employee_id,
        pin=pin,
        belongs=belongs,
        state=PlacementState.WAITING,
        since=tx.now,
        run_at=tx.now,
    )


def _number_on(tx: ReadTx, terminal_id: str, person: Employee) -> str:
    query = select(PinMap.pin).where(
        PinMap.terminal_id == terminal_id, PinMap.employee_id == person.id
    )
    return tx.scalar(query) or person.number


def _begin_again(tx: Tx, row: Placement, error: str) -> None:
    row.state, row.run_at, row.attempt, row.error = PlacementState.WAITING, tx.now, 1, error
    if not row.belongs:
        row.confirmed_at = None
    tx.changed("employees", row.employee_id)


def mark_if_everywhere(tx: Tx, enrolment: Enrolment) -> None:
    """Moves the status on when all terminals that should have the face do."""
    confirmed, expected = progress(tx, enrolment.id)
    if confirmed and confirmed == expected:
        mark_on_terminals(tx, enrolment)


def must_go(tx: Tx, terminal_id: str, pins: Mapping[str, str]) -> None:
    """A terminal that is emptied still shows these people. pins: employee id -> number there."""
    for employee_id, pin in pins.items():
        row = tx.get(Placement, (terminal_id, employee_id))
        if row is None:
            tx.add(_new(tx, terminal_id, employee_id, pin, belongs=False))
        elif row.belongs or row.state is PlacementState.CONFIRMED:
            if row.confirmed_at is None or row.pin != pin:
                row.content = ""
            row.belongs, row.face_id, row.pin = False, None, pin
            _begin_again(tx, row, STILL_HELD)
    tx.demand(DEMAND)
    tx.changed("terminals", terminal_id)


def note_absent(tx: Tx, terminal_id: str, present: Collection[str], written_at: datetime) -> None:
    """A terminal wrote who is on it (present: numbers) to a file: who had left by then is gone."""
    leaving = select(Placement).where(
        Placement.terminal_id == terminal_id,
        ~Placement.belongs,
        Placement.state == PlacementState.WAITING,
        Placement.since < written_at,
    )
    for row in tx.scalars(leaving):
        if row.pin not in present:
            row.state, row.error, row.confirmed_at = PlacementState.CONFIRMED, "", tx.now
            row.face_held, row.content = None, ""
            tx.changed("employees", row.employee_id)


def must_go_everywhere(tx: Tx, numbers: Mapping[str, str]) -> None:
    """People are erased: each terminal counts as holding them until it has shown that it does not.

    numbers: employee id -> number here. Every terminal that is served is asked, and every other one
    that was once seen with them stays due.
    """
    mine = Placement.employee_id.in_(list(numbers))
    again = {"state": PlacementState.WAITING, "attempt": 1, "run_at": tx.now, "error": ""}
    away = {"belongs": False, "content": "", "since": tx.now, "confirmed_at": None}
    tx.execute(update(Placement).where(mine, Placement.belongs).values(again | away))
    tx.execute(update(Placement).where(mine).values(face_id=None))
    tx.add_many(Placement, list(_places_to_ask(tx, numbers)))
    tx.demand(DEMAND)


def _places_to_ask(tx: Tx, numbers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Rows that are missing. On a terminal where the number is another's, nobody is looked for."""
    here = select(Placement.terminal_id, Placement.employee_id)
    there = {(one, who) for one, who in tx.execute(here.where(Placement.employee_id.in_(numbers)))}
    maps = select(PinMap.terminal_id, PinMap.employee_id, PinMap.pin).where(
        PinMap.employee_id.in_(numbers) | PinMap.pin.in_(list(numbers.values()))
    )
    mapped = tx.execute(maps).all()
    pins = {(terminal, who): pin for terminal, who, pin in mapped}
    owners = {(terminal, pin): who for terminal, who, pin in mapped}
    seen = select(InventoryEntry.terminal_id, InventoryEntry.pin).where(
        InventoryEntry.pin.in_({*numbers.values(), *pins.values()})
    )
    held = {(terminal, pin) for terminal, pin in tx.execute(seen)}
    knew = _terminals_that_knew(tx, numbers)
    known = select(Terminal.id, Terminal.status).where(Terminal.status != TerminalStatus.PENDING)
    for terminal, status in tx.execute(known):
        for employee_id, number in numbers.items():
            pin = pins.get((terminal, employee_id), number)
            theirs = owners.get((terminal, pin), employee_id) == employee_id
            held_them = (terminal, pin) in held or (terminal, employee_id) in knew
            asked = status in SERVED or held_them
            if theirs and asked and (terminal, employee_id) not in there:
                yield {
                    "terminal_id": terminal,
                    "employee_id": employee_id,
                    "pin": pin,
                    "belongs": False,
                    "state": PlacementState.WAITING,
                    "since": tx.now,
                    "run_at": tx.now,
                }


def _terminals_that_knew(tx: ReadTx, employee_ids: Collection[str]) -> set[tuple[str, str]]:
    """(terminal id, employee id) where a finger of theirs came from, or a login."""
    fingers = select(FingerBlob.terminal_id, FingerBlob.employee_id)
    logins = select(Login.terminal_id, Login.employee_id).where(Login.terminal_id.is_not(None))
    found = [
        *tx.execute(fingers.where(FingerBlob.employee_id.in_(employee_ids))),
        *tx.execute(logins.where(Login.employee_id.in_(employee_ids)).distinct()),
    ]
    return {(terminal_id, owner) for terminal_id, owner in found}


# questions


def recognised_on(tx: ReadTx, terminal_id: str) -> set[str]:
    """The numbers of those who are known to be the people here, however their names look there."""
    query = select(Placement.pin).where(
        Placement.terminal_id == terminal_id,
        Placement.belongs,
        Placement.confirmed_at.is_not(None),
    )
    return set(tx.scalars(query))


def progress(tx: ReadTx, enrolment_id: str) -> tuple[int, int]:
    """(terminals that have shown the face, terminals that should have it)."""
    there = case((Placement.face_held == Placement.face_id, 1), else_=0)
    query = select(func.coalesce(func.sum(there), 0), func.count()).where(
        Placement.face_id == enrolment_id, Placement.belongs
    )
    confirmed, expected = tx.execute(query).one()
    return confirmed, expected


def still_on(tx: ReadTx, employee_ids: Collection[str]) -> dict[str, int]:
    """Employee id -> how many terminals may still hold them and must not."""
    query = select(Placement.employee_id, func.count()).where(
        Placement.employee_id.in_(employee_ids),
        ~Placement.belongs,
        Placement.state != PlacementState.CONFIRMED,
    )
    return dict(tx.execute(query.group_by(Placement.employee_id)).all())


def faces_still_on(tx: ReadTx, employee_ids: Collection[str]) -> dict[str, int]:
    """Employee id -> how many terminals may still hold their face and must not."""
    query = select(Placement.employee_id, func.count()).where(
        Placement.employee_id.in_(employee_ids),
        Placement.belongs,
        Placement.face_id.is_(None),
        Placement.face_held.is_not(None),
    )
    return dict(tx.execute(query.group_by(Placement.employee_id)).all())


def refusals_of(tx: ReadTx, enrolment_ids: Collection[str]) -> list[tuple[str, str, str]]:
    """(enrolment id, terminal, why it does not get there), where trying again does not help."""
    query = (
        select(Placement.face_id, Terminal.name, Placement.error)
        .join(Terminal, Terminal.id == Placement.terminal_id)
        .where(
            Placement.face_id.in_(enrolment_ids),
            Placement.belongs,
            (Placement.state == PlacementState.FAILED)
            | ((Placement.state == PlacementState.WAITING) & (Placement.attempt > STUCK_AFTER)),
        )
        .order_by(Terminal.name, Terminal.id)
    )
    return [(face, name, error) for face, name, error in tx.execute(query) if face is not None]


def hindered_on(
    tx: ReadTx, terminal_id: str, most: int, *, belongs: bool
) -> list[tuple[Placement, Employee]]:
    """Who must go from this terminal, or who belongs on it and does not get there.

    Those who wait longest come first.
    """
    query = (
        select(Placement, Employee)
        .join(Employee, Employee.id == Placement.employee_id)
        .where(
            Placement.terminal_id == terminal_id,
            Placement.belongs == belongs,
            Placement.state != PlacementState.CONFIRMED,
        )
        .order_by(Placement.since, Placement.employee_id)
        .limit(most)
    )
    if belongs:
        query = query.where(Placement.error != "")
    return [(row, person) for row, person in tx.execute(query)]
