"""Adopts the people that a terminal already has, with their fingers. P8, P9."""

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select

from bridge.terminals.plan import fingerprint_of
from bridge.terminals.terminal import FingerTemplate, Person
from console.api import tasks as api
from console.domain.access_rules import Claimant, admission
from console.domain.consent import STATED_FINGER
from console.domain.employees import NUMBER
from console.domain.errors import Conflict, NotFound
from console.domain.language import tr
from console.service.portions import in_batches
from console.service.terminals.inventory import Inventory
from console.service.terminals.registry import algorithm_of, find_terminal, note_receipt
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.access_rules import access_map, groups_of
from console.store.queries.erasure import erased_numbers
from console.store.queries.fingers import bases_of
from console.store.queries.people import full_name, people_by_pin
from console.store.queries.placements import unsettle
from console.store.schema import Consent, Employee, FingerBlob, PinMap, Terminal
from console.store.unit_of_work import ReadTx, Tx

PEOPLE_AT_ONCE = 20
"""People of one transaction, each with up to ten fingers to seal."""


@dataclass
class Adopted:
    """The result. fingers: templates that were stored; new: employees that were added.

    held_back: people whose fingers are not used, because there is no basis for it.
    """

    people: int = 0
    new: int = 0
    fingers: int = 0
    held_back: int = 0


@dataclass(frozen=True)
class Statement:
    """On what basis fingers may be used, "" for none; and which operator states it."""

    basis: str
    actor: str


class Adoption:
    """Adopts people and their fingers from terminals. Blocking: called from threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def candidates(self, terminal_id: str, found: Inventory) -> list[api.Candidate]:
        """Who the people on a terminal may be."""
        with self._store.read() as tx:
            return _candidates(tx, terminal_id, found)

    def adopt(
        self,
        terminal_id: str,
        found: Inventory,
        pairs: list[tuple[str, str]],
        statement: Statement,
    ) -> Adopted:
        """Stores people by (number, employee id; empty: a new one), some at a time.

        Their fingers are used only if the people have agreed, or a basis is stated. TE12.

        Raises NotFound, Conflict; people who were adopted before the error stay.
        """
        people = {person.pin: person for person in found.people}
        fingers: dict[str, list[FingerTemplate]] = {}
        for finger in found.fingers:
            fingers.setdefault(finger.pin, []).append(finger)
        self._check(people, pairs)
        done = Adopted()
        try:
            for some in in_batches(pairs, PEOPLE_AT_ONCE):
                with self._store.write(statement.actor) as tx:
                    row = find_terminal(tx, terminal_id)
                    employees = _employees(
                        tx, terminal_id, [(people[pin], one) for pin, one in some]
                    )
                    _check_taken(tx, row, employees.values())
                    _map_pins(tx, terminal_id, employees)
                    stored = _store_fingers(tx, row, employees, fingers)
                    owners = {employees[pin].id for pin, _ in some if fingers.get(pin)}
                    state_basis(tx, owners, statement.basis)
                    held_back = len(owners - bases_of(tx, owners))
                    unsettle(tx, [employee.id for employee in employees.values()])
                    tx.changed("employees")
                    tx.changed("fingers")
                done.people += len(some)
                done.new += sum(not employee_id for _, employee_id in some)
                done.fingers += stored
                done.held_back += held_back
        finally:
            if done.people:
                self._note(terminal_id, done, statement)
        return done

    def _check(self, people: dict[str, Person], pairs: list[tuple[str, str]]) -> None:
        """Raises NotFound, Conflict before the first row is written, where that is possible."""
        for pin, employee_id in pairs:
            if pin not in people:
                raise NotFound(
                    tr("Number {pin} is not on the terminal any more. Read it again.", pin=pin)
                )
            if not employee_id and people[pin].unread:
                raise Conflict(
                    tr(
                        "The name of number {pin} cannot be read for certain. "
                        "Choose the terminal's text encoding first, under Change.",
                        pin=pin,
                    )
                )
        with self._store.read() as tx:
            for some in in_batches(pairs):
                ids = {employee_id for _, employee_id in some} - {""}
                known = set(tx.scalars(select(Employee.id).where(Employee.id.in_(ids))))
                if ids - known:
                    raise NotFound(tr("One of the employees does not exist any more."))
                pins = {pin for pin, employee_id in some if not employee_id}
                taken = tx.scalar(select(Employee.number).where(Employee.number.in_(pins)))
                if taken is not None:
                    raise Conflict(tr("Number {taken} belongs to somebody already.", taken=taken))
                unfit = min((pin for pin in pins if not NUMBER.fullmatch(pin)), default=None)
                if unfit is not None:
                    raise Conflict(
                        tr(
                            "{unfit} cannot be the number of a new employee. "
                            "Add the employee first, and choose them for this person.",
                            unfit=unfit,
                        )
                    )

    def _note(self, terminal_id: str, done: Adopted, statement: Statement) -> None:
        detail: dict[str, object] = {
            "people": done.people,
            "new": done.new,
            "fingers": done.fingers,
            "fingers_not_used_of_people": done.held_back,
            "basis": statement.basis,
        }
        with self._store.write(statement.actor) as tx:
            note_receipt(tx, terminal_id, "adopt", detail)


def state_basis(tx: Tx, employee_ids: Collection[str], basis: str) -> None:
    """Records the operator's statement for people whose fingers have no basis yet."""
    if not basis:
        return
    tx.flush()
    digest = hashlib.sha256(basis.encode()).hexdigest()
    for employee_id in sorted(set(employee_ids) - bases_of(tx, employee_ids)):
        tx.add(
            Consent(
                id=new_id(),
                employee_id=employee_id,
                modality=STATED_FINGER,
                text_digest=digest,
                text_version=0,
                language="",
                channel="statement",
                user_agent=basis,
                given_at=tx.now,
            )
        )
        tx.audit("consent.stated", employee_id, modality=STATED_FINGER)
    tx.flush()


def _candidates(tx: ReadTx, terminal_id: str, found: Inventory) -> list[api.Candidate]:
    """By number, then by a name that only one employee has. P9."""
    people = select(Employee).where(~Employee.erased)
    everybody = {employee.id: employee for employee in tx.scalars(people)}
    known = people_by_pin(tx, terminal_id, {person.pin for person in found.people})
    by_name: dict[str, list[Employee]] = {}
    for employee in everybody.values():
        by_name.setdefault(full_name(employee).casefold(), []).append(employee)
    fingers = Counter(finger.pin for finger in found.fingers)
    rows = []
    for person in found.people:
        same_name = by_name.get(person.name.casefold(), [])
        match, how = everybody.get(known.get(person.pin, "")), "number"
        if match is None and len(same_name) == 1 and not person.unread:
            match, how = same_name[0], "name"
        rows.append(
            api.Candidate(
                pin=person.pin,
                name=person.name,
                fingers=fingers[person.pin],
                employee_id=match.id if match else "",
                employee=full_name(match) if match else "",
                how=how if match else "nobody",
                unread=person.unread,
            )
        )
    return rows


def _employees(tx: Tx, terminal_id: str, pairs: list[tuple[Person, str]]) -> dict[str, Employee]:
    """Number on the terminal -> employee; a new one without an id. Raises NotFound, Conflict."""
    query = select(Employee).where(Employee.id.in_([employee_id for _, employee_id in pairs]))
    known = {employee.id: employee for employee in tx.scalars(query)}
    pins = [person.pin for person, employee_id in pairs if not employee_id]
    taken = tx.scalar(select(Employee.number).where(Employee.number.in_(pins)))
    if taken is not None:
        raise Conflict(tr("Number {taken} belongs to somebody already.", taken=taken))
    erased = sorted(erased_numbers(tx, pins, terminal_id))
    if erased:
        raise Conflict(
            tr(
                "Whoever had the number {erased} was erased, and is removed from this terminal. If "
                "it is somebody else, add them under Employees first.",
                erased=erased[0],
            )
        )
    found = {}
    for person, employee_id in pairs:
        employee = known.get(employee_id) if employee_id else _new_employee(tx, person)
        if employee is None:
            raise NotFound(tr("One of the employees does not exist any more."))
        found[person.pin] = employee
    tx.flush()
    return found


def _new_employee(tx: Tx, person: Person) -> Employee:
    first, _, last = person.name.strip().rpartition(" ")
    employee = Employee(
        id=new_id(),
        number=person.pin,
        first_name=first,
        last_name=last or person.pin,
        email="",
        department="",
        active=True,
        in_force=True,
        sort_name=f"{last or person.pin} {first}".strip().lower(),
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.add(employee)
    return employee


def _check_taken(tx: Tx, row: Terminal, employees: Collection[Employee]) -> None:
    """Raises Conflict for somebody whom the rules would remove as soon as they are known."""
    rules = access_map(tx).on(row.id)
    ids = [employee.id for employee in employees]
    groups = groups_of(tx, ids) if rules else {}
    for employee in employees:
        person = Claimant(employee.id, employee.department, groups.get(employee.id, frozenset()))
        if not admission(person, rules).allowed:
            raise Conflict(
                tr(
                    "The rules of {name} do not take {full_name}, who would be removed "
                    "from it. Change its rules first.",
                    name=row.name,
                    full_name=full_name(employee),
                )
            )


def _map_pins(tx: Tx, terminal_id: str, employees: dict[str, Employee]) -> None:
    """Stores the numbers of people whom the terminal knows by another number."""
    before = PinMap.terminal_id == terminal_id, PinMap.pin.in_(employees)
    tx.execute(delete(PinMap).where(*before))
    for pin, employee in employees.items():
        if pin != employee.number:
            tx.add(PinMap(terminal_id=terminal_id, pin=pin, employee_id=employee.id))
    tx.flush()


def _store_fingers(
    tx: Tx, row: Terminal, employees: dict[str, Employee], fingers: dict[str, list[FingerTemplate]]
) -> int:
    """Seals and stores the fingers of these people (by number). Returns how many."""
    algorithm = algorithm_of(row)
    ids = [employee.id for employee in employees.values()]
    query = select(FingerBlob).where(
        FingerBlob.employee_id.in_(ids), FingerBlob.algorithm == algorithm
    )
    blobs = {(blob.employee_id, blob.finger): blob for blob in tx.scalars(query)}
    count = 0
    for pin, employee in employees.items():
        for finger in fingers.get(pin, []):
            place = (employee.id, finger.finger)
            blob = blobs.get(place)
            blob_id = blob.id if blob is not None else new_id()
            sealed = tx.seal(employee.id, "finger_blob", blob_id, "template", finger.template)
            if blob is None:
                blob = FingerBlob(
                    id=blob_id, employee_id=employee.id, finger=finger.finger, algorithm=algorithm
                )
                blobs[place] = blob
            blob.valid, blob.template = finger.valid, sealed
            blob.identity, blob.terminal_id = fingerprint_of(finger.template), row.id
            blob.taken_by, blob.taken_at, blob.removed_at = tx.actor, tx.now, None
            tx.add(blob)
            count += 1
    return count
