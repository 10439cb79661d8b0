"""What a terminal holds: read, kept by digest, and compared with what it should hold. P10."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Delete, delete, insert, or_, select, update

from bridge.terminals.plan import fingerprint_of, inventory_digest
from bridge.terminals.terminal import Capability, FingerTemplate, Person, Progress, Terminal
from console.service.terminals.batches import in_batches
from console.service.terminals.registry import algorithm_of, known_capabilities
from console.store import schema
from console.store.database import Store
from console.store.queries.people import full_name, people_by_pin
from console.store.schema import Employee, Enrolment, FingerBlob, InventoryEntry, PinMap
from console.store.unit_of_work import ReadTx


@dataclass(frozen=True)
class Inventory:
    """All people and finger templates that a unit was seen to hold."""

    people: list[Person]
    fingers: list[FingerTemplate]


async def read_all(unit: Terminal, progress: Progress) -> Inventory:
    """Everybody on a unit, with their fingers where the unit hands them out. Raises BridgeError."""
    people = await unit.people(progress)
    can = await unit.capabilities()
    fingers = await unit.fingers(progress) if can.get(Capability.READ_FINGERS) else []
    return Inventory(people, fingers)


@dataclass(frozen=True)
class Belonging:
    """An employee who belongs on a terminal. fingers: those that fit it, without templates."""

    pin: str
    employee: Employee
    fingers: list[FingerBlob]


def belonging(tx: ReadTx, row: schema.Terminal) -> Iterator[Belonging]:
    """Active people who are enrolled, each with the number that this terminal knows them by."""
    algorithm = algorithm_of(row)
    fingers: dict[str, list[FingerBlob]] = {}
    kept = select(FingerBlob).where(
        FingerBlob.algorithm == algorithm, FingerBlob.removed_at.is_(None)
    )
    for blob in tx.scalars(kept) if algorithm else ():
        fingers.setdefault(blob.employee_id, []).append(blob)
    mapped = select(PinMap.employee_id, PinMap.pin).where(PinMap.terminal_id == row.id)
    pins = dict(tx.execute(mapped).all())
    with_face = select(Enrolment.employee_id).where(Enrolment.live)
    with_finger = select(FingerBlob.employee_id).where(FingerBlob.removed_at.is_(None))
    enrolled = select(Employee).where(
        Employee.active, or_(Employee.id.in_(with_face), Employee.id.in_(with_finger))
    )
    for employee in tx.scalars(enrolled):
        pin = pins.get(employee.id, employee.number)
        yield Belonging(pin, employee, fingers.get(employee.id, []))


def deleted_fingers(tx: ReadTx, row: schema.Terminal) -> dict[str, tuple[int, ...]]:
    """Fingers that were deleted here and may still be on such terminals, by employee id."""
    query = select(FingerBlob.employee_id, FingerBlob.finger).where(
        FingerBlob.removed_at.is_not(None), FingerBlob.algorithm == algorithm_of(row)
    )
    found: dict[str, tuple[int, ...]] = {}
    for employee_id, finger in tx.execute(query):
        found[employee_id] = (*found.get(employee_id, ()), finger)
    return found


def departed(tx: ReadTx, terminal_id: str, pins: set[str]) -> set[str]:
    """Those of the numbers on a terminal whose employees are not active any more."""
    people = people_by_pin(tx, terminal_id, pins)
    left = set(tx.scalars(select(Employee.id).where(Employee.active.is_(False))))
    return {pin for pin, employee_id in people.items() if employee_id in left}


def digests_of(found: Inventory) -> dict[str, str]:
    """Number -> identity of what a unit holds of that person."""
    fingers: dict[str, list[tuple[int, str]]] = {}
    for finger in found.fingers:
        fingers.setdefault(finger.pin, []).append((finger.finger, fingerprint_of(finger.template)))
    return {
        person.pin: inventory_digest(person.pin, person.name, fingers.get(person.pin, []))
        for person in found.people
    }


def held_digests(tx: ReadTx, terminal_id: str) -> dict[str, str]:
    """Number -> digest, as the terminal was last seen."""
    query = select(InventoryEntry.pin, InventoryEntry.digest)
    return dict(tx.execute(query.where(InventoryEntry.terminal_id == terminal_id)).all())


def out_of_sync(tx: ReadTx, row: schema.Terminal) -> int | None:
    """How many people differ from what they should be there; None if it was never read. P10."""
    held = held_digests(tx, row.id)
    if not held and "out_of_sync" not in row.counts:
        return None
    return count_differences(tx, row, held)


def count_differences(tx: ReadTx, row: schema.Terminal, held: dict[str, str]) -> int:
    """How many people differ between what a terminal holds (number -> digest) and should hold."""
    takes_fingers = known_capabilities(row).get(Capability.WRITE_FINGERS, False)
    differs = len(departed(tx, row.id, set(held)))
    for one in belonging(tx, row):
        fingers = [(blob.finger, blob.identity) for blob in one.fingers] if takes_fingers else []
        differs += held.get(one.pin) != inventory_digest(one.pin, full_name(one.employee), fingers)
    return differs


class Inventories:
    """Keeps what terminals were seen to hold. Blocking: called from threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, terminal_id: str, found: Inventory) -> None:
        """Keeps an inventory in short transactions; only rows that differ are written."""
        digests = digests_of(found)
        with self._store.read() as tx:
            held = held_digests(tx, terminal_id)
            row = tx.get_one(schema.Terminal, terminal_id)
            differs = count_differences(tx, row, digests)
        for pins in in_batches(sorted(set(held) - set(digests))):
            with self._store.write() as tx:
                tx.execute(_entries(terminal_id, pins))
        for pins in in_batches(pin for pin, one in digests.items() if held.get(pin) != one):
            self._replace(terminal_id, {pin: digests[pin] for pin in pins})
        with self._store.write() as tx:
            seen = InventoryEntry.terminal_id == terminal_id
            tx.execute(update(InventoryEntry).where(seen).values(seen_at=tx.now))
            row = tx.get_one(schema.Terminal, terminal_id)
            counts = {"people": len(found.people), "fingers": len(found.fingers)}
            row.counts = {**row.counts, **counts, "out_of_sync": differs}
            tx.changed("terminals", terminal_id)

    def _replace(self, terminal_id: str, digests: dict[str, str]) -> None:
        with self._store.write() as tx:
            tx.execute(_entries(terminal_id, list(digests)))
            same = {"terminal_id": terminal_id, "seen_at": tx.now}
            rows = [{**same, "pin": pin, "digest": one} for pin, one in digests.items()]
            tx.execute(insert(InventoryEntry), rows)


def _entries(terminal_id: str, pins: list[str]) -> Delete:
    return delete(InventoryEntry).where(
        InventoryEntry.terminal_id == terminal_id, InventoryEntry.pin.in_(pins)
    )
