"""The inventory of a terminal: read, stored as digests, compared with what is wanted. P10."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Delete, delete, select, update

from bridge.terminals.names import UTF_8, WIDE, decode, guess, shown_name, writing_encoding
from bridge.terminals.plan import fingerprint_of, inventory_digest
from bridge.terminals.terminal import Capability, FingerTemplate, Person, Progress, TerminalDevice
from console.service.portions import in_batches
from console.service.terminals.registry import (
    algorithm_of,
    name_bytes,
    names_are_read_anew,
    names_written,
    note_name_bytes,
)
from console.service.terminals.site_people import SitePeople
from console.store import schema
from console.store.database import Store
from console.store.queries.erasure import hold_again
from console.store.queries.placements import (
    must_go,
    note_absent,
    note_inventory,
    recognised_on,
    unsettle,
    unsettle_terminal,
)
from console.store.schema import FingerBlob, InventoryEntry
from console.store.site_seals import names_kind
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import Vault

NAMES_KEPT = 40
"""Names of a terminal that are kept to judge its encoding by."""


@dataclass(frozen=True)
class Inventory:
    """All people and finger templates that a unit was seen to hold.

    name_bytes: how much of a name it keeps.
    """

    people: list[Person]
    fingers: list[FingerTemplate]
    name_bytes: int = WIDE


async def read_all(unit: TerminalDevice, progress: Progress) -> Inventory:
    """Everybody on a unit, with their fingers where the unit hands them out. Raises BridgeError."""
    people = await unit.people(progress)
    can = await unit.capabilities()
    fingers = await unit.fingers(progress) if can.get(Capability.READ_FINGERS) else []
    return Inventory(people, fingers, unit.name_bytes)


def deleted_fingers(tx: ReadTx, row: schema.Terminal) -> dict[str, tuple[int, ...]]:
    """Fingers that were deleted here and may still be on such terminals, by employee id."""
    query = select(FingerBlob.employee_id, FingerBlob.finger).where(
        FingerBlob.removed_at.is_not(None), FingerBlob.algorithm == algorithm_of(row)
    )
    found: dict[str, tuple[int, ...]] = {}
    for employee_id, finger in tx.execute(query):
        found[employee_id] = (*found.get(employee_id, ()), finger)
    return found


def names_encoding(row: schema.Terminal, found: Inventory) -> str:
    """The encoding of names that a terminal is given, by those that it was seen to hold."""
    return writing_encoding(row.encoding, guess(person.raw_name for person in found.people))


def digests_of(found: Inventory, names: Mapping[str, str]) -> dict[str, str]:
    """Number -> identity of what a unit holds of that person.

    names: by number, of people who are recognised though their name there cannot be read for
    certain: they count as the same.
    """
    fingers: dict[str, list[tuple[int, str]]] = {}
    for finger in found.fingers:
        fingers.setdefault(finger.pin, []).append((finger.finger, fingerprint_of(finger.template)))
    return {
        person.pin: inventory_digest(
            person.pin,
            names.get(person.pin, "") if person.unread else person.name,
            fingers.get(person.pin, []),
        )
        for person in found.people
    }


def held_digests(tx: ReadTx, terminal_id: str) -> dict[str, str]:
    """Number -> digest, as the terminal was last seen."""
    query = select(InventoryEntry.pin, InventoryEntry.digest)
    return dict(tx.execute(query.where(InventoryEntry.terminal_id == terminal_id)).all())


def out_of_sync(tx: ReadTx, row: schema.Terminal, people: SitePeople) -> int | None:
    """How many people are out of sync on a terminal; None if it was never read. P10."""
    if "out_of_sync" not in row.counts:
        return None
    held, encoding = held_digests(tx, row.id), names_written(row)
    return count_differences(row, people, held, encoding, name_bytes(row))


def count_differences(
    row: schema.Terminal, people: SitePeople, held: dict[str, str], encoding: str, size: int
) -> int:
    """How many people differ between what a terminal holds (number -> digest) and should hold.

    encoding, size: of the names there, in bytes.
    """
    wanted = people.digests(row, encoding, size)
    differing = [pin for pin, digest in wanted.items() if held.get(pin) != digest]
    as_kept = people.digests_as_kept(row, encoding, size, differing)
    differs = sum(held.get(pin) != as_kept.get(pin, wanted[pin]) for pin in differing)
    return differs + len(people.departed(row.id, held))


class Inventories:
    """Stores the inventories of terminals. Blocking: called from threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, terminal_id: str, found: Inventory) -> None:
        """Stores an inventory in short transactions; only rows that differ are written."""
        with self._store.read() as tx:
            held = held_digests(tx, terminal_id)
            row = tx.get_one(schema.Terminal, terminal_id)
            people, encoding = SitePeople(tx), names_encoding(row, found)
            unread = {person.pin for person in found.people if person.unread}
            known = people.known_by_pin(row.id, unread & recognised_on(tx, terminal_id))
            size = found.name_bytes
            names = {pin: shown_name(person.name, encoding, size) for pin, person in known.items()}
            digests = digests_of(found, names)
            differs = count_differences(row, people, digests, encoding, size)
            left = people.departed(row.id, digests)
            here = people.known_by_pin(row.id, digests)
            nobodys = digests.keys() - here.keys()
            deleted = deleted_fingers(tx, row).keys()
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
            if name_bytes(row) != size:
                note_name_bytes(tx, row, size)
            _note_names(tx, row, found)
            changed = {pin for pin, one in digests.items() if held.get(pin) != one}
            departed = {person.id: pin for pin, person in left.items()}
            note_inventory(tx, terminal_id, digests, changed, departed)
            if owing := {here[pin].id for pin in changed & here.keys()} & deleted:
                unsettle(tx, owing)  # a finger that must go may be here
            hold_again(tx, terminal_id, nobodys)
            tx.changed("terminals", terminal_id)

    def record_file(self, terminal_id: str, found: Inventory, written_at: datetime | None) -> None:
        """Stores who is in a file of a terminal: they may be on it.

        written_at: when the terminal wrote it, if that is known; who had left before and is not
        in it is gone. What the terminal itself has shown says more, and stays.
        """
        with self._store.read() as tx:
            held = held_digests(tx, terminal_id)
            digests, people = digests_of(found, {}), SitePeople(tx)
            left = people.departed(terminal_id, digests)
            nobodys = digests.keys() - people.known_by_pin(terminal_id, digests).keys()
        for pins in in_batches(sorted(set(digests) - set(held))):
            self._replace(terminal_id, {pin: digests[pin] for pin in pins})
        with self._store.write() as tx:
            row = tx.get_one(schema.Terminal, terminal_id)
            row.counts = {**row.counts, "people": len(found.people)}
            if name_bytes(row) != found.name_bytes:
                note_name_bytes(tx, row, found.name_bytes)
            _note_names(tx, row, found)
            must_go(tx, terminal_id, {person.id: pin for pin, person in left.items()})
            if written_at is not None:
                note_absent(tx, terminal_id, digests.keys(), written_at)
            hold_again(tx, terminal_id, nobodys)
            unsettle_terminal(tx, row)

    def _replace(self, terminal_id: str, digests: dict[str, str]) -> None:
        with self._store.write() as tx:
            tx.execute(_entries(terminal_id, list(digests)))
            same = {"terminal_id": terminal_id, "seen_at": tx.now}
            rows = [{**same, "pin": pin, "digest": one} for pin, one in digests.items()]
            tx.add_many(InventoryEntry, rows)


def _note_names(tx: Tx, row: schema.Terminal, found: Inventory) -> None:
    seen = guess(person.raw_name for person in found.people)
    if row.encoding_seen != seen:
        row.encoding_seen = seen
        names_are_read_anew(tx, row)
    row.names_sealed = seal_names(tx.vault, row.id, found)


def seal_names(vault: Vault, terminal_id: str, found: Inventory) -> bytes | None:
    """Some names as bytes, those first that are no UTF-8; None if all are plain ASCII."""
    raw = sorted({person.raw_name for person in found.people} - {b""})
    raw.sort(key=lambda one: decode(one, UTF_8) is not None)
    return vault.seal_site(names_kind(terminal_id), b"\0".join(raw[:NAMES_KEPT])) if raw else None


def open_names(vault: Vault, row: schema.Terminal) -> list[bytes]:
    """What `seal_names` sealed. Raises Unsealable."""
    if row.names_sealed is None:
        return []
    return vault.open_site(names_kind(row.id), row.names_sealed).split(b"\0")


def _entries(terminal_id: str, pins: list[str]) -> Delete:
    return delete(InventoryEntry).where(
        InventoryEntry.terminal_id == terminal_id, InventoryEntry.pin.in_(pins)
    )
