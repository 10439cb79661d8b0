"""From what is known of people and terminals to rows: what belongs where. P10.

Whoever changes a fact marks the person or the terminal; here the rule of `domain/placements.py`
decides again, and a row that differs is due. Nothing here asks a terminal.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from bridge.terminals.names import shown_name
from bridge.terminals.plan import inventory_digest
from console.domain.access_rules import admission
from console.domain.placements import PlacementState, Wish, wish_for
from console.domain.terminals import SERVED
from console.service.pools import Pools
from console.service.portions import ROWS_AT_ONCE, hurry, in_batches, in_turns
from console.service.terminals.placement_facts import (
    Known,
    KnownPlacement,
    KnownTerminal,
    Place,
    read_known,
)
from console.service.terminals.unit_numbers import give_numbers
from console.store.database import Store
from console.store.queries.placements import SENT, mark_if_everywhere
from console.store.schema import Employee, Enrolment, Placement, Terminal
from console.store.unit_of_work import ReadTx, Tx

PLACES_AT_ONCE = 500
"""Rows of one transaction: a person has one for every terminal."""
FEW_PLACES = PLACES_AT_ONCE // 4
"""If no more than these had to be written, twice as many people are looked at the next time."""
PLACES_READ_AT_ONCE = 10_000
"""Rows that are looked at to see whether anything is to be written at all."""
NUMBERS_AT_ONCE = 25
"""People of one transaction where some need a number of a terminal's own."""
MOST_PEOPLE_AT_ONCE = 100
"""Of one transaction, however little it writes."""
LAY_OUT_S = 0.5
"""So long at a time: in between, what is due already is brought to the terminals."""
LOOK_AT_ALL_EVERY = timedelta(hours=1)
"""Everybody is looked at again this often: a change that marked nobody is found then."""


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
    def places(self) -> list[Place]:
        """All places that are not as they should be."""
        rows = ((row["terminal_id"], row["employee_id"]) for row in (*self.new, *self.changed))
        return [*rows, *self.over, *self.numberless]


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
        """Who left comes first. Many at once while there is little to write for each."""
        changed = select(Employee.id).where(~Employee.settled).order_by(Employee.in_force)
        at_once = 0
        while True:
            with self._store.read() as tx:
                terminals = tx.scalar(select(func.count()).select_from(Terminal)) or 1
                at_once = at_once or _people_at_once(terminals)
                some = list(tx.scalars(changed.limit(at_once)))
            if not some:
                return
            with self._store.write() as tx:
                written = _settle(tx, some, None)
                mine = Employee.id.in_(some)
                tx.execute(update(Employee).where(mine).values(settled=True))
                for employee_id in some:
                    tx.changed("employees", employee_id)
            few = written <= FEW_PLACES
            at_once = min(2 * at_once, MOST_PEOPLE_AT_ONCE) if few else _people_at_once(terminals)
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
        for some in in_batches(everybody, _people_at_once(len(marks), PLACES_READ_AT_ONCE)):
            with self._store.read() as reading:
                found = _decide_all(reading, some, marks, self._pools.give_way)
            yield
            due = sorted({employee_id for _, employee_id in found.places})
            most = NUMBERS_AT_ONCE if found.numberless else _people_at_once(len(marks))
            for few in in_batches(due, most):
                with self._store.write() as tx:
                    _settle(tx, few, marks)
                yield
        for terminal_id, seen in marks.items():
            with self._store.write() as tx:
                mine = (Terminal.id == terminal_id) & (Terminal.unsettled == seen)
                tx.execute(update(Terminal).where(mine).values(unsettled=0))
                tx.changed("terminals", terminal_id)


def _people_at_once(terminals: int, places: int = PLACES_AT_ONCE) -> int:
    """How many people, each with a row for so many terminals, have so many places."""
    return min(ROWS_AT_ONCE, max(1, places // max(1, terminals)))


def _decide_all(
    tx: ReadTx,
    employee_ids: list[str],
    terminal_ids: Collection[str] | None,
    give_way: Callable[[], None] = hurry,
) -> _Changes:
    """terminal_ids: only there; None for every terminal. give_way: not inside a write."""
    known = read_known(tx, employee_ids, terminal_ids, give_way)
    changes = _Changes({person.facts.face_id for person in known.people.values()} - {""})
    for place in in_turns(_places(known), PLACES_AT_ONCE, give_way):
        _decide(known, place, tx.now, changes)
    return changes


def _settle(tx: Tx, employee_ids: list[str], terminal_ids: Collection[str] | None) -> int:
    """Decides and writes. Returns how many places were not as they should be.

    Whoever needs a number of a terminal's own gets it with the same commit. If it has none left,
    the row says the number here, and the terminal's refusal says why.
    """
    changes = _decide_all(tx, employee_ids, terminal_ids)
    if give_numbers(tx, changes.numberless):
        changes = _decide_all(tx, employee_ids, terminal_ids)
    _write(tx, changes)
    return len(changes.places)


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
    touched = changes.places
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


def _places(known: Known) -> Iterator[Place]:
    for terminal_id, terminal in known.terminals.items():
        for employee_id, person in known.people.items():
            if terminal.status in SERVED or not person.facts.active:
                yield terminal_id, employee_id


def _decide(known: Known, place: Place, now: datetime, changes: _Changes) -> None:
    terminal_id, employee_id = place
    person, row = known.people[employee_id], known.rows.get(place)
    pin = known.pins.get(place, person.number)
    if known.owners.get((terminal_id, pin), employee_id) != employee_id:
        if row is not None:
            changes.over.append(place)
        return  # on this terminal the number is somebody else's
    digest = known.held.get((terminal_id, pin))
    terminal = known.terminals[terminal_id]
    there = _was_there(row) or digest == SENT or (terminal.facts.follows and digest is not None)
    if terminal.facts.algorithm in person.deleted:
        # a finger that must go may be on it, however it came there
        there = there or digest is not None
    if terminal.facts.bare:
        there = there or _may_be_there(row, digest)
    allowed = admission(person.claimant, terminal.rules).allowed
    wish = wish_for(person.facts, terminal.facts, held=there, allowed=allowed)
    if wish is None:
        if row is not None:
            changes.over.append(place)
        return
    just_left = known.just_changed and not person.facts.active and terminal.asked
    if row is None and digest is None and not wish.belongs and not just_left:
        return  # nothing says that the terminal has ever held them
    if wish.belongs and place not in known.pins and not terminal.holds(person.number):
        changes.numberless.append(place)
    if wish.belongs:
        content = _content(known, employee_id, terminal, pin, wish)
    else:
        content = _left_there(row, pin, digest)
    if row is not None and _says(row, pin, wish, content):
        return
    values = _values(place, pin, wish, content) | _state(row, wish, content, digest, now)
    (changes.new if row is None else changes.changed).append(values)


def _content(known: Known, employee_id: str, terminal: KnownTerminal, pin: str, wish: Wish) -> str:
    """The digest of what the terminal should hold of a person: made once for terminals alike."""
    key = employee_id, pin, terminal.encoding, terminal.name_bytes, wish.fingers
    if key not in known.contents:
        name = known.people[employee_id].name
        shown = shown_name(name, terminal.encoding, terminal.name_bytes)
        known.contents[key] = inventory_digest(pin, shown, wish.fingers)
    return known.contents[key]


def _left_there(row: KnownPlacement | None, pin: str, digest: str | None) -> str:
    """What the terminal may hold of somebody who must go; "" if nothing was ever brought there.

    Then it may hold a stranger under their number.
    """
    if row is None or row.pin != pin:
        return ""
    return row.content if not row.belongs or _was_there(row) or digest == SENT else ""


def _was_there(row: KnownPlacement | None) -> bool:
    """Whether the terminal has once shown the person, as somebody who belongs there."""
    return row is not None and row.belongs and (row.shown or bool(row.face_held))


def _may_be_there(row: KnownPlacement | None, digest: str | None) -> bool:
    """Whether this site may have written the person, though the terminal never showed them.

    Who it doubts about was not written: under the number there may be somebody else.
    """
    if row is None:
        return False
    in_doubt = row.belongs and row.state is PlacementState.FAILED
    return not in_doubt or digest == row.content


def _says(row: KnownPlacement, pin: str, wish: Wish, content: str) -> bool:
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
    row: KnownPlacement | None, wish: Wish, content: str, digest: str | None, now: datetime
) -> dict[str, Any]:
    """Due now, unless the terminal has shown already that it is so."""
    face_held = row.face_held if row is not None else None
    face_is_right = (face_held or "") == wish.face_id
    shown = wish.belongs and face_is_right and (digest == content or _came_by_migration(row))
    begins = row is None or row.belongs != wish.belongs
    state: dict[str, Any] = {
        "state": PlacementState.CONFIRMED if shown else PlacementState.WAITING,
        "attempt": 1,
        "run_at": now,
        "error": "",
        "face_held": face_held,
    }
    if begins:
        state["since"] = now
    if shown or begins or not wish.belongs:
        state["confirmed_at"] = now if shown else None
    return state


def _came_by_migration(row: KnownPlacement | None) -> bool:
    """Whether the terminal had confirmed it before there were digests of what belongs there."""
    return (
        row is not None
        and row.belongs
        and row.state is PlacementState.CONFIRMED
        and not row.content
    )
