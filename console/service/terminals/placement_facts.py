"""What is known of people and terminals, as far as it decides what belongs where."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select

from bridge.terminals.terminal import Capability
from console.domain.access_rules import Claimant, Rules
from console.domain.invitations import IN_FORCE
from console.domain.placements import PersonFacts, PlacementState, StoredFingers, TerminalFacts
from console.domain.terminals import BARE, SERVED, TerminalStatus
from console.service.portions import ROWS_AT_ONCE, hurry, in_turns
from console.service.terminals.push_dialects import numbers_of
from console.service.terminals.registry import (
    algorithm_of,
    known_capabilities,
    name_bytes,
    names_written,
    takes_faces,
)
from console.store.queries.access_rules import access_map, groups_of
from console.store.queries.fingers import has_basis
from console.store.queries.people import join_name
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
from console.store.unit_of_work import ReadTx

Place = tuple[str, str]
"""(terminal id, employee id)."""


@dataclass(frozen=True)
class KnownPerson:
    """An employee with the facts that decide. number, name: as terminals get them.

    deleted: the algorithms of fingers that must be on no terminal any more.
    """

    number: str
    name: str
    facts: PersonFacts
    claimant: Claimant
    deleted: frozenset[str]


class KnownTerminal(NamedTuple):
    """A terminal with the facts that decide. encoding, name_bytes: of the names it is given.

    asked: this site talks to it; holds: whether it can know somebody by a number.
    """

    status: TerminalStatus
    asked: bool
    facts: TerminalFacts
    encoding: str
    name_bytes: int
    rules: Rules
    holds: Callable[[str], bool]


class KnownPlacement(NamedTuple):
    """A placement as it is. shown: the terminal has confirmed it once."""

    pin: str
    belongs: bool
    face_id: str | None
    face_held: str | None
    content: str
    state: PlacementState
    shown: bool


@dataclass(frozen=True)
class Known:
    """What is known of some people at some terminals.

    just_changed: the people have changed, not the terminals; pins: the number where it is another
    than here; owners: (terminal, number) -> employee id where it is mapped; held: (terminal,
    number) -> digest; contents: digests that were made of what people should be on terminals.
    """

    just_changed: bool
    people: dict[str, KnownPerson]
    terminals: dict[str, KnownTerminal]
    pins: dict[Place, str]
    owners: dict[tuple[str, str], str]
    held: dict[tuple[str, str], str]
    rows: dict[Place, KnownPlacement]
    contents: dict[tuple[str, str, str, int, StoredFingers], str] = field(default_factory=dict)


def terminal_facts(row: Terminal) -> TerminalFacts:
    """What decides of a terminal."""
    takes_fingers = known_capabilities(row).get(Capability.WRITE_FINGERS, False)
    return TerminalFacts(
        takes_faces=takes_faces(row),
        algorithm=algorithm_of(row) if takes_fingers else "",
        follows=row.follows,
        bare=row.status in BARE,
    )


def read_known(
    tx: ReadTx,
    employee_ids: Sequence[str],
    terminal_ids: Collection[str] | None,
    give_way: Callable[[], None] = hurry,
) -> Known:
    """terminal_ids: only there; None for every terminal. give_way: not inside a write."""
    terminals = _terminals(tx, terminal_ids)
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
    held = in_turns(tx.execute(seen), ROWS_AT_ONCE, give_way)
    return Known(
        just_changed=terminal_ids is None,
        people=people,
        terminals=terminals,
        pins=pins,
        owners=owners,
        held={(terminal, pin): digest for terminal, pin, digest in held},
        rows=_rows(tx, employee_ids, terminals, give_way),
    )


def _rows(
    tx: ReadTx,
    employee_ids: Sequence[str],
    terminal_ids: Collection[str],
    give_way: Callable[[], None],
) -> dict[Place, KnownPlacement]:
    """The times are left out: they decide nothing, and reading them is dear."""
    query = select(
        Placement.terminal_id,
        Placement.employee_id,
        Placement.pin,
        Placement.belongs,
        Placement.face_id,
        Placement.face_held,
        Placement.content,
        Placement.state,
        Placement.confirmed_at.is_not(None),
    ).where(Placement.terminal_id.in_(terminal_ids), Placement.employee_id.in_(employee_ids))
    rows = in_turns(tx.execute(query), ROWS_AT_ONCE, give_way)
    return {(row[0], row[1]): KnownPlacement(*row[2:]) for row in rows}


def _terminals(tx: ReadTx, terminal_ids: Collection[str] | None) -> dict[str, KnownTerminal]:
    query = select(Terminal).where(Terminal.status != TerminalStatus.PENDING)
    if terminal_ids is not None:
        query = query.where(Terminal.id.in_(terminal_ids))
    access = access_map(tx)
    return {
        row.id: KnownTerminal(
            status=row.status,
            asked=row.status in SERVED and bool(row.dialect.dials_in or row.address),
            facts=terminal_facts(row),
            encoding=names_written(row),
            name_bytes=name_bytes(row),
            rules=access.on(row.id),
            holds=numbers_of(row),
        )
        for row in tx.scalars(query)
    }


def _people(tx: ReadTx, employee_ids: Sequence[str]) -> dict[str, KnownPerson]:
    faces = _faces(tx, employee_ids)
    fingers, deleted = _fingers(tx, employee_ids), _deleted(tx, employee_ids)
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
        row_id: KnownPerson(
            number,
            join_name(first, last),
            PersonFacts(
                active=in_force, face_id=faces.get(row_id, ""), fingers=fingers.get(row_id, {})
            ),
            Claimant(row_id, department, groups[row_id]),
            frozenset(deleted[row_id]),
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


def _deleted(tx: ReadTx, employee_ids: Sequence[str]) -> Mapping[str, set[str]]:
    """Employee id -> the algorithms of their fingers that were deleted here."""
    query = select(FingerBlob.employee_id, FingerBlob.algorithm).where(
        FingerBlob.employee_id.in_(employee_ids), FingerBlob.removed_at.is_not(None)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for owner, algorithm in tx.execute(query):
        found[owner].add(algorithm)
    return found
