"""Fingerprints at rest open only in their own row."""

import msgspec
import pytest
from sqlalchemy import select

from console.domain.consent import FINGER, STATED_FINGER
from console.store.database import Store
from console.store.queries.fingers import KIND, TABLE, bases_of, has_basis, templates_of
from console.store.schema import Employee, Finger, FingerBlob, PersonKey
from console.store.unit_of_work import Tx
from console.store.vault import Unsealable
from tests.store.made import NOW, add_consent, add_employee, add_finger, add_terminal

SCANS = [b"first scan", b"", b"third scan"]


def add_sealed_finger(tx: Tx) -> Finger:
    """Somebody's finger with the templates of SCANS."""
    row = add_finger(tx, add_employee(tx), 7, b"")
    row.templates = tx.seal(row.employee_id, TABLE, row.id, KIND, msgspec.msgpack.encode(SCANS))
    return row


def test_a_finger_keeps_one_template_for_each_scan_in_their_order(shared_store: Store) -> None:
    with shared_store.write() as tx:
        kept = add_sealed_finger(tx)
    with shared_store.read() as seen:
        row = seen.get_one(Finger, kept.id)
        assert row.templates != msgspec.msgpack.encode(SCANS)
        assert templates_of(seen, row) == SCANS


def test_templates_that_were_moved_to_another_finger_do_not_open(shared_store: Store) -> None:
    with shared_store.write() as tx:
        mine, other = add_sealed_finger(tx), add_sealed_finger(tx)
        mine.templates = other.templates
    with shared_store.read() as seen, pytest.raises(Unsealable):
        templates_of(seen, seen.get_one(Finger, mine.id))


def test_templates_of_somebody_whose_key_was_destroyed_do_not_open(shared_store: Store) -> None:
    with shared_store.write() as tx:
        row = add_sealed_finger(tx)
        tx.delete(tx.get_one(PersonKey, row.employee_id))
    with shared_store.read() as seen, pytest.raises(Unsealable, match="destroyed"):
        templates_of(seen, seen.get_one(Finger, row.id))


@pytest.mark.parametrize(
    ("modality", "withdrawn", "based"),
    [
        (FINGER, False, True),
        (STATED_FINGER, False, True),
        (FINGER, True, False),
        ("face", False, False),
        ("", False, False),
    ],
)
def test_TE12_fingers_of_terminals_are_used_only_on_a_basis_in_force(
    shared_store: Store, modality: str, withdrawn: bool, based: bool
) -> None:
    with shared_store.write() as tx:
        person, other = add_employee(tx), add_employee(tx)
        if modality:
            add_consent(tx, person, modality, NOW, NOW if withdrawn else None)
        add_consent(tx, other, FINGER, NOW)
        add_blob(tx, person)
        ids = [person.id, other.id]
    with shared_store.read() as tx:
        assert bases_of(tx, ids) == ({*ids} if based else {ids[1]})
        stored = select(FingerBlob.employee_id).where(FingerBlob.employee_id.in_(ids), has_basis())
        assert set(tx.scalars(stored)) == ({ids[0]} if based else set())


def add_blob(tx: Tx, person: Employee) -> None:
    blob = FingerBlob(
        id=f"b{person.id}"[:32], employee_id=person.id, finger=6, algorithm="finger 10"
    )
    blob.template, blob.identity, blob.terminal_id = b"", "", add_terminal(tx, "Gate").id
    blob.taken_by, blob.taken_at = "Mei", NOW
    tx.add(blob)
    tx.flush()
