"""From what is known of people and terminals to rows: what belongs where. P10.

Whoever changes a fact marks the person or the terminal; here the rule of `domain/placements.py`
decides again, and a row that differs is due. Nothing here asks a terminal.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update

from bridge.terminals.names import shown_name
from bridge.terminals.plan import inventory_digest
from bridge.terminals.terminal import Capability
from console.domain.access_rules import Claimant, Rules, admission
from console.domain.invitations import IN_FORCE
from console.domain.placements import PersonFacts, PlacementState, TerminalFacts, Wish, wish_for
from console.domain.terminals import BARE, SERVED, TerminalStatus
from console.service.pools import Pools
from console.service.portions import ROWS_AT_ONCE, in_batches
from console.service.terminals.push_dialects import can_hold
from console.service.terminals.registry import (
    algorithm_of,
    known_capabilities,
    name_bytes,
    names_written,
    takes_faces,
)
from console.service.terminals.unit_numbers import give_numbers
from console.store.database import Store
from console.store.queries.access_rules import access_map, groups_of
from console.store.queries.fingers import has_basis
from console.store.queries.people import join_name
from console.store.queries.placements import mark_if_everywhere
from console.store.schema import (
    Employee,
    Enrolment,
    FingerBlob,
    InventoryEntry,
    Invitation,
    PinMap,
    Placement,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx

PLACES_AT_ONCE = 500
"""Rows of one transaction: a person has one for every terminal."""
NUMBERS_AT_ONCE = 25
"""People of one transaction where some need a number of a terminal's own."""
LAY_OUT_S = 0.5
"""So long at a time: in between, what is due already is brought to the terminals."""
LOOK_AT_ALL_EVERY = timedelta(hours=1)
"""Everybody is looked at again this often: a change that marked nobody is found then."""
Place = tuple[str, str]
"""(terminal id, employee id)."""


@dataclass(frozen=True)
class _Person:
    """An employee with the facts that decide. number, name: as terminals get them."""

    number: str
    name: str
    facts: PersonFacts
    claimant: Claimant


class _Terminal(NamedTuple):
    """A terminal with the facts that decide. encoding, name_bytes: of the names it is given."""

    status: TerminalStatus
    facts: TerminalFacts
    encoding: str
    name_bytes: int
    rules: Rules


class _Row(NamedTuple):
    """A placement as it is."""

    terminal_id: str
    employee_id: str
    pin: str
    belongs: bool
    face_id: str | None
    face_held: str | None
    content: str
    state: PlacementState
    since: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True)
class _Known:
    """What is known of some people at some terminals.

    just_changed: the people have changed, not the terminals; pins: the number where it is another
    than here; unfit: who has none such, and a number that the terminal cannot hold; owners:
    (terminal, number) -> employee id where it is mapped; held: (terminal, number) -> digest.
    """

    just_changed: bool

    people: dict[str, _Person]
    terminals: dict[str, _Terminal]
    pins: dict[Place, str]
    unfit: set[Place]
    owners: dict[tuple[str, str], str]
    held: dict[tuple[str, str], str]
    rows: dict[Place, _Row]


@dataclass
class _Changes:
    """What is to be written.

    face_ids: the faces of the people; numberless: who needs a number of the terminal's own first.
    """

    face_ids: set[str]
    numberless: list[Place] = field(default_factory=list)
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    over: list[Place] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether all rows are as they should be."""
        return not (self.numberless or self.new or self.changed or self.over)


class Placements:
    """Lays out what belongs where. Blocking: called from threads."""

    def __init__(self, store: Store, pools: Pools) -> None:
        self._store, self._pools = store, pools
        self._look_at_all = store.clock() + LOOK_AT_ALL_EVERY
        self._portions = self._decide_again()

    def lay_out(self) -> bool:
        """Decides again for those who were changed, for a while. Returns whether more is left."""
        end = time.monotonic() + LAY_OUT_S
        for _ in self._portions:
            self._pools.give_way()
            if time.monotonic() > end:
                return True
        self._portions = self._decide_again()
        return False

    def _decide_again(self) -> Iterator[None]:
        """In portions. People who were changed never wait for a whole terminal."""
        self._mark_all_when_due()
        yield from self._people()
        with self._store.read() as tx:
            marks = select(Terminal.id, Terminal.unsettled).where(Terminal.unsettled > 0)
            terminals = dict(tx.execute(marks).all())
        if terminals:
            for _ in self._terminals(terminals):
                yield
                yield from self._people()

    def _people(self) -> Iterator[None]:
        """Who left comes first."""
        changed = select(Employee.id).where(~Employee.settled).order_by(Employee.in_force)
        while True:
            with self._store.read() as tx:
                terminals = tx.scalar(select(func.count()).select_from(Terminal)) or 1
                some = list(tx.scalars(changed.limit(_people_at_once(terminals))))
            if not some:
                return
            with self._store.write() as tx:
                _settle(tx, some, None)
                mine = Employee.id.in_(some)
                tx.execute(update(Employee).where(mine).values(settled=True))
                for employee_id in some:
                    tx.changed("employees", employee_id)
            yield

    def _mark_all_when_due(self) -> None:
        if self._store.clock() < self._look_at_all:
            return
        self._look_at_all = self._store.clock() + LOOK_AT_ALL_EVERY
        with self._store.write() as tx:
            served = Terminal.status.in_(SERVED)
            tx.execute(update(Terminal).where(served).values(unsettled=Terminal.unsettled + 1))

    def _terminals(self, marks: dict[str, int]) -> Iterator[None]:
        """All side by side, so that each person is read once.

        marks: terminal id -> its mark; if that has grown in the meantime, all is done again.
        """
        with self._store.read() as tx:
            everybody = list(tx.scalars(select(Employee.id).order_by(Employee.id)))
        for some in in_batches(everybody, _people_at_once(len(marks))):
            with self._store.read() as reading:
                found = _decide_all(reading, some, marks)
            if not found.empty:
                most = NUMBERS_AT_ONCE if found.numberless else len(some)
                for few in in_batches(some, most):
                    with self._store.write() as tx:
                        _settle(tx, few, marks)
                    yield
            yield
        for terminal_id, seen in marks.items():
            with self._store.write() as tx:
                mine = (Terminal.id == terminal_id) & (Terminal.unsettled == seen)
                tx.execute(update(Terminal).where(mine).values(unsettled=0))
                tx.changed("terminals", terminal_id)


def _people_at_once(terminals: int) -> int:
    """How many people, each with a row for so many terminals, one transaction takes."""
    return min(ROWS_AT_ONCE, max(1, PLACES_AT_ONCE // max(1, terminals)))


def terminal_facts(row: Terminal) -> TerminalFacts:
    """What decides of a terminal."""
    takes_fingers = known_capabilities(row).get(Capability.WRITE_FINGERS, False)
    return TerminalFacts(
        takes_faces=takes_faces(row),
        algorithm=algorithm_of(row) if takes_fingers else "",
        follows=row.follows,
        bare=row.status in BARE,
    )


def _decide_all(
    tx: ReadTx, employee_ids: list[str], terminal_ids: Collection[str] | None
) -> _Changes:
    """terminal_ids: only there; None for every terminal."""
    known = _read(tx, employee_ids, terminal_ids)
    changes = _Changes({person.facts.face_id for person in known.people.values()} - {""})
    for place in _places(known):
        _decide(known, place, tx.now, changes)
    return changes


def _settle(tx: Tx, employee_ids: list[str], terminal_ids: Collection[str] | None) -> None:
    """Decides and writes. Whoever needs a number of a terminal's own gets it with the same commit.

    If it has none left, the row says the number here, and the terminal's refusal says why.
    """
    changes = _decide_all(tx, employee_ids, terminal_ids)
    if give_numbers(tx, changes.numberless):
        changes = _decide_all(tx, employee_ids, terminal_ids)
    _write(tx, changes)


def _write(tx: Tx, changes: _Changes) -> None:
    tx.add_many(Placement, changes.new)
    if changes.changed:
        tx.execute(update(Placement), changes.changed)
    for terminal, some in _by_terminal(changes.over):
        gone = Placement.employee_id.in_(some), Placement.terminal_id == terminal
        tx.execute(delete(Placement).where(*gone))
    _announce(tx, changes)


def _by_terminal(places: list[Place]) -> Iterator[tuple[str, list[str]]]:
    found: dict[str, list[str]] = defaultdict(list)
    for terminal_id, employee_id in places:
        found[terminal_id].append(employee_id)
    yield from found.items()


def _announce(tx: Tx, changes: _Changes) -> None:
    touched = [
        *((row["terminal_id"], row["employee_id"]) for row in (*changes.new, *changes.changed)),
        *changes.over,
    ]
    if not touched:
        return
    tx.flush()
    for terminal_id in {terminal_id for terminal_id, _ in touched}:
        tx.changed("terminals", terminal_id)
    for employee_id in {employee_id for _, employee_id in touched}:
        tx.changed("employees", employee_id)
    for enrolment in tx.scalars(select(Enrolment).where(Enrolment.id.in_(changes.face_ids))):
        tx.changed("invitations", enrolment.invitation_id)
        mark_if_everywhere(tx, enrolment)


def _places(known: _Known) -> Iterator[Place]:
    for terminal_id, terminal in known.terminals.items():
        for employee_id, person in known.people.items():
            if terminal.status in SERVED or not person.facts.active:
                yield terminal_id, employee_id


def _decide(known: _Known, place: Place, now: datetime, changes: _Changes) -> None:
    terminal_id, employee_id = place
    person, row = known.people[employee_id], known.rows.get(place)
    pin = known.pins.get(place, person.number)
    if known.owners.get((terminal_id, pin), employee_id) != employee_id:
        if row is not None:
            changes.over.append(place)
        return  # on this terminal the number is somebody else's
    digest = known.held.get((terminal_id, pin))
    terminal = known.terminals[terminal_id]
    there = _was_there(row) or (terminal.facts.follows and digest is not None)
    if terminal.facts.bare:
        there = there or _may_be_there(row, digest)
    allowed = admission(person.claimant, terminal.rules).allowed
    wish = wish_for(person.facts, terminal.facts, held=there, allowed=allowed)
    if wish is None:
        if row is not None:
            changes.over.append(place)
        return
    just_left = known.just_changed and not person.facts.active and terminal.status in SERVED
    if row is None and digest is None and not wish.belongs and not just_left:
        return  # nothing says that the terminal has ever held them
    if wish.belongs and place in known.unfit:
        changes.numberless.append(place)
    name = shown_name(person.name, terminal.encoding, terminal.name_bytes)
    content = inventory_digest(pin, name, wish.fingers) if wish.belongs else ""
    if row is not None and _says(row, pin, wish, content):
        return
    values = _values(place, pin, wish, content) | _state(row, wish, content, digest, now)
    (changes.new if row is None else changes.changed).append(values)


def _was_there(row: _Row | None) -> bool:
    """Whether the terminal has once shown the person, as somebody who belongs there."""
    return row is not None and row.belongs and bool(row.confirmed_at or row.face_held)


def _may_be_there(row: _Row | None, digest: str | None) -> bool:
    """Whether this site may have written the person, though the terminal never showed them.

    Who it doubts about was not written: under the number there may be somebody else.
    """
    if row is None:
        return False
    in_doubt = row.belongs and row.state is PlacementState.FAILED
    return not in_doubt or digest == row.content


def _says(row: _Row, pin: str, wish: Wish, content: str) -> bool:
    """Whether the row has the same wish."""
    same = (row.pin, row.belongs, row.face_id or "") == (pin, wish.belongs, wish.face_id)
    return same and row.content == content


def _values(place: Place, pin: str, wish: Wish, content: str) -> dict[str, Any]:
    terminal_id, employee_id = place
    return {
        "terminal_id": terminal_id,
        "employee_id": employee_id,
        "pin": pin,
        "belongs": wish.belongs,
        "face_id": wish.face_id or None,
        "content": content,
    }


def _state(
    row: _Row | None, wish: Wish, content: str, digest: str | None, now: datetime
) -> dict[str, Any]:
    """Due now, unless the terminal has shown already that it is so."""
    face_held = row.face_held if row is not None else None
    face_is_right = (face_held or "") == wish.face_id
    shown = wish.belongs and face_is_right and (digest == content or _came_by_migration(row))
    since = row.since if row is not None and row.belongs == wish.belongs else now
    before = row.confirmed_at if row is not None and wish.belongs and row.belongs else None
    return {
        "state": PlacementState.CONFIRMED if shown else PlacementState.WAITING,
        "since": since,
        "attempt": 1,
        "run_at": now,
        "error": "",
        "face_held": face_held,
        "confirmed_at": now if shown else before,
    }


def _came_by_migration(row: _Row | None) -> bool:
    """Whether the terminal had confirmed it before there were digests of what belongs there."""
    return (
        row is not None
        and row.belongs
        and row.state is PlacementState.CONFIRMED
        and not row.content
    )


# what is known


def _read(tx: ReadTx, employee_ids: list[str], terminal_ids: Collection[str] | None) -> _Known:
    query = select(Terminal).where(Terminal.status != TerminalStatus.PENDING)
    if terminal_ids is not None:
        query = query.where(Terminal.id.in_(terminal_ids))
    units = list(tx.scalars(query))
    access = access_map(tx)
    terminals = {
        row.id: _Terminal(
            row.status,
            terminal_facts(row),
            names_written(row),
            name_bytes(row),
            access.on(row.id),
        )
        for row in units
    }
    people = _people(tx, employee_ids)
    numbers = [person.number for person in people.values()]
    mapped = select(PinMap.terminal_id, PinMap.pin, PinMap.employee_id).where(
        PinMap.terminal_id.in_(terminals),
        PinMap.employee_id.in_(employee_ids) | PinMap.pin.in_(numbers),
    )
    pins: dict[Place, str] = {}
    owners: dict[tuple[str, str], str] = {}
    for terminal, pin, employee_id in tx.execute(mapped):
        pins[terminal, employee_id] = pin
        owners[terminal, pin] = employee_id
    seen = select(InventoryEntry.terminal_id, InventoryEntry.pin, InventoryEntry.digest).where(
        InventoryEntry.terminal_id.in_(terminals),
        InventoryEntry.pin.in_({*numbers, *pins.values()}),
    )
    rows = select(*(getattr(Placement, name) for name in _Row._fields)).where(
        Placement.terminal_id.in_(terminals), Placement.employee_id.in_(employee_ids)
    )
    return _Known(
        just_changed=terminal_ids is None,
        people=people,
        terminals=terminals,
        pins=pins,
        unfit={
            (row.id, employee_id)
            for row in units
            for employee_id, person in people.items()
            if (row.id, employee_id) not in pins and not can_hold(row, person.number)
        },
        owners=owners,
        held={(terminal, pin): digest for terminal, pin, digest in tx.execute(seen)},
        rows={(row[0], row[1]): _Row(*row) for row in tx.execute(rows)},
    )


def _people(tx: ReadTx, employee_ids: Sequence[str]) -> dict[str, _Person]:
    faces = _faces(tx, employee_ids)
    fingers = _fingers(tx, employee_ids)
    groups = groups_of(tx, employee_ids)
    columns = select(
        Employee.id,
        Employee.number,
        Employee.first_name,
        Employee.last_name,
        Employee.in_force,
        Employee.department,
    ).where(Employee.id.in_(employee_ids), ~Employee.erased)
    return {
        row_id: _Person(
            number,
            join_name(first, last),
            PersonFacts(
                active=in_force, face_id=faces.get(row_id, ""), fingers=fingers.get(row_id, {})
            ),
            Claimant(row_id, department, groups[row_id]),
        )
        for row_id, number, first, last, in_force, department in tx.execute(columns)
    }


def _faces(tx: ReadTx, employee_ids: Sequence[str]) -> dict[str, str]:
    """Employee id -> the enrolment whose face is in force."""
    query = (
        select(Enrolment.employee_id, Enrolment.id)
        .join(Invitation, Invitation.id == Enrolment.invitation_id)
        .where(
            Enrolment.live,
            Enrolment.employee_id.in_(employee_ids),
            Invitation.status.in_(IN_FORCE),
        )
    )
    return dict(tx.execute(query).all())


def _fingers(
    tx: ReadTx, employee_ids: Sequence[str]
) -> Mapping[str, dict[str, tuple[tuple[int, str], ...]]]:
    """Employee id -> algorithm -> the finger templates of terminals."""
    query = select(
        FingerBlob.employee_id, FingerBlob.algorithm, FingerBlob.finger, FingerBlob.identity
    ).where(FingerBlob.employee_id.in_(employee_ids), FingerBlob.removed_at.is_(None), has_basis())
    found: dict[str, dict[str, tuple[tuple[int, str], ...]]] = defaultdict(dict)
    for owner, algorithm, finger, identity in tx.execute(query.order_by(FingerBlob.finger)):
        theirs = found[owner]
        theirs[algorithm] = (*theirs.get(algorithm, ()), (finger, identity))
    return found
