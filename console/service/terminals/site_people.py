"""The people of the site, read once, and which of them belong on a terminal. P10."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVarTuple

from sqlalchemy import Row, Select, select

from bridge.terminals.names import shown_name
from bridge.terminals.plan import inventory_digest
from bridge.terminals.terminal import Capability
from console.domain.access_rules import Claimant, Rules, admission
from console.service.portions import ROWS_AT_ONCE, hurry, in_turns
from console.service.terminals.registry import algorithm_of, known_capabilities
from console.store import schema
from console.store.queries.access_rules import access_map, groups_of
from console.store.queries.fingers import has_basis
from console.store.queries.people import join_name
from console.store.schema import Employee, Enrolment, FingerBlob, PinMap
from console.store.unit_of_work import ReadTx

Columns = TypeVarTuple("Columns")


class SitePerson(NamedTuple):
    """An employee. active: in force; enrolled: by face or by a finger."""

    id: str
    number: str
    name: str
    active: bool
    enrolled: bool
    claimant: Claimant


class StoredFinger(NamedTuple):
    """What is known of a stored finger template of terminals, without the template itself."""

    id: str
    finger: int
    identity: str
    valid: int


@dataclass(frozen=True)
class Belonging:
    """An employee who belongs on a terminal. fingers: those that fit it."""

    pin: str
    person: SitePerson
    fingers: list[StoredFinger]


class _FingersByAlgorithm(defaultdict[str, dict[str, list[StoredFinger]]]):
    """Algorithm -> employee id -> fingers."""

    def __init__(self) -> None:
        super().__init__(lambda: defaultdict(list))


class SitePeople:
    """A snapshot for many terminals, so that people are not read again for each of them.

    Made and used inside one transaction.
    """

    def __init__(self, tx: ReadTx, give_way: Callable[[], None] = hurry) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._tx, self._give_way = tx, give_way
        self._fingers = _FingersByAlgorithm()
        self._held_back = _FingersByAlgorithm()
        faces = select(Enrolment.employee_id).where(Enrolment.live)
        enrolled = {owner for (owner,) in self._rows(faces)}
        enrolled |= self._read_fingers()
        self._access, groups = access_map(tx), groups_of(tx)
        columns = select(
            Employee.id,
            Employee.number,
            Employee.first_name,
            Employee.last_name,
            Employee.in_force,
            Employee.department,
        ).where(~Employee.erased)
        self.by_id = {
            row_id: SitePerson(
                row_id,
                number,
                join_name(first, last),
                active,
                row_id in enrolled,
                Claimant(row_id, department, groups[row_id]),
            )
            for row_id, number, first, last, active, department in self._rows(columns)
        }
        self._by_number = {person.number: person for person in self.by_id.values()}
        self._digests: dict[tuple[str, bool, str, int, Rules], dict[str, str]] = {}

    def _rows(self, query: Select[*Columns]) -> Iterator[Row[*Columns]]:
        some = query.execution_options(yield_per=ROWS_AT_ONCE)
        return in_turns(self._tx.execute(some), ROWS_AT_ONCE, self._give_way)

    def _read_fingers(self) -> set[str]:
        """Reads the fingers by algorithm and employee. Returns the owners of those in use."""
        owners = set()
        columns = select(
            has_basis(),
            FingerBlob.algorithm,
            FingerBlob.employee_id,
            FingerBlob.id,
            FingerBlob.finger,
            FingerBlob.identity,
            FingerBlob.valid,
        ).where(FingerBlob.removed_at.is_(None))
        for based, algorithm, owner, row_id, finger, identity, valid in self._rows(columns):
            stored = StoredFinger(row_id, finger, identity, valid)
            if based:
                self._fingers[algorithm][owner].append(stored)
                owners.add(owner)
            else:
                self._held_back[algorithm][owner].append(stored)
        return owners

    def belonging(self, row: schema.Terminal) -> Iterator[Belonging]:
        """Whom its rules take of those enrolled, each with the number that it knows them by."""
        pins = {own: pin for pin, own in self._mapped(row.id)}
        return self._belonging(algorithm_of(row), self._access.on(row.id), pins)

    def digests(self, row: schema.Terminal, encoding: str, size: int) -> dict[str, str]:
        """Number -> identity of what this terminal should hold of everybody who belongs on it.

        encoding, size: of the names there, in bytes.
        """
        takes_fingers = known_capabilities(row).get(Capability.WRITE_FINGERS, False)
        pins = {owner: pin for pin, owner in self._mapped(row.id)}
        like = (algorithm_of(row), takes_fingers, encoding, size, self._access.on(row.id))
        if pins:
            return self._make_digests(*like, pins)
        if like not in self._digests:  # most terminals know everybody by the employee number
            self._digests[like] = self._make_digests(*like, pins)
        return self._digests[like]

    def _make_digests(
        self,
        algorithm: str,
        takes_fingers: bool,
        encoding: str,
        size: int,
        rules: Rules,
        pins: dict[str, str],
    ) -> dict[str, str]:
        made = {}
        everybody = self._belonging(algorithm, rules, pins)
        for one in in_turns(everybody, ROWS_AT_ONCE, self._give_way):
            fingers = [(stored.finger, stored.identity) for stored in one.fingers]
            held = fingers if takes_fingers else []
            name = shown_name(one.person.name, encoding, size)
            made[one.pin] = inventory_digest(one.pin, name, held)
        return made

    def _belonging(self, algorithm: str, rules: Rules, pins: dict[str, str]) -> Iterator[Belonging]:
        """pins: employee id -> the number that a terminal knows them by, where it is another."""
        fingers = self._fingers[algorithm] if algorithm else {}
        for person in self.by_id.values():
            if person.enrolled and _may_be_on(person, rules):
                pin = pins.get(person.id, person.number)
                yield Belonging(pin, person, fingers.get(person.id, []))

    def digests_as_kept(
        self, row: schema.Terminal, encoding: str, size: int, pins: Iterable[str]
    ) -> dict[str, str]:
        """As `digests`, with the fingers that are not used for want of a basis. TE12.

        They stay on the terminal that has them, so that this is no difference.
        """
        algorithm = algorithm_of(row)
        made = {}
        for pin, person in self.known_by_pin(row.id, pins).items():
            stored = (*self._fingers[algorithm][person.id], *self._held_back[algorithm][person.id])
            fingers = [(finger.finger, finger.identity) for finger in stored]
            name = shown_name(person.name, encoding, size)
            made[pin] = inventory_digest(pin, name, fingers)
        return made

    def known_by_pin(self, terminal_id: str, pins: Iterable[str]) -> dict[str, SitePerson]:
        """The employees among the numbers on a terminal, active or not."""
        mapped = dict(self._mapped(terminal_id))
        found = {}
        for pin in pins:
            person = self.by_id.get(mapped[pin]) if pin in mapped else self._by_number.get(pin)
            if person is not None:
                found[pin] = person
        return found

    def staying(self, terminal_id: str, pins: Iterable[str]) -> dict[str, SitePerson]:
        """Those of the numbers on a terminal whose employees may be on it."""
        rules, known = self._access.on(terminal_id), self.known_by_pin(terminal_id, pins)
        return {pin: one for pin, one in known.items() if _may_be_on(one, rules)}

    def numbers_on(self, row: schema.Terminal) -> dict[str, str]:
        """Employee id -> number on a terminal, of everybody who may be on it."""
        rules, pins = self._access.on(row.id), {own: pin for pin, own in self._mapped(row.id)}
        may = (person for person in self.by_id.values() if _may_be_on(person, rules))
        return {person.id: pins.get(person.id, person.number) for person in may}

    def departed(self, terminal_id: str, pins: Iterable[str]) -> dict[str, SitePerson]:
        """Those of the numbers on a terminal whose employees must not be on it (any more)."""
        rules, known = self._access.on(terminal_id), self.known_by_pin(terminal_id, pins)
        return {pin: one for pin, one in known.items() if not _may_be_on(one, rules)}

    def _mapped(self, terminal_id: str) -> list[tuple[str, str]]:
        query = select(PinMap.pin, PinMap.employee_id).where(PinMap.terminal_id == terminal_id)
        return [(pin, owner) for pin, owner in self._tx.execute(query)]


def _may_be_on(person: SitePerson, rules: Rules) -> bool:
    return person.active and admission(person.claimant, rules).allowed
