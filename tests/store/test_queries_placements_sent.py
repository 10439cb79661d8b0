"""What was sent to a terminal is remembered, and what a file of it shows. TE12, TE24."""

from datetime import timedelta

from sqlalchemy import select

from console.domain.placements import PlacementState
from console.store.database import Store
from console.store.queries.placements import SENT, note_absent, note_sent, note_written
from console.store.schema import InventoryEntry, Placement
from console.store.unit_of_work import Tx
from tests.store.made import NOW, add_employee, add_placement, add_terminal


def entries(tx: Tx, terminal_id: str) -> dict[str, str]:
    query = select(InventoryEntry).where(InventoryEntry.terminal_id == terminal_id)
    return {one.pin: one.digest for one in tx.scalars(query)}


def add_entry(tx: Tx, terminal_id: str, pin: str, digest: str) -> None:
    tx.add(InventoryEntry(terminal_id=terminal_id, pin=pin, digest=digest, seen_at=NOW))
    tx.flush()


def test_TE12_whoever_is_sent_may_be_there_and_what_was_seen_stays_known(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        gate = add_terminal(tx, "Gate")
        add_entry(tx, gate.id, "1", "seen")
        note_sent(tx, gate.id, ["1", "2"])
        note_sent(tx, gate.id, ["2"])
        assert entries(tx, gate.id) == {"1": "seen", "2": SENT}


def test_TE12_what_an_operator_writes_makes_what_was_seen_uncertain(shared_store: Store) -> None:
    with shared_store.write() as tx:
        gate = add_terminal(tx, "Gate")
        add_entry(tx, gate.id, "1", "seen")
        add_entry(tx, gate.id, "3", "seen")
        note_written(tx, gate.id, ["1", "2"])
        assert entries(tx, gate.id) == {"1": SENT, "2": SENT, "3": "seen"}


def test_TE24_a_file_shows_of_those_who_left_before_it_that_they_are_gone(
    shared_store: Store,
) -> None:
    hour = timedelta(hours=1)
    with shared_store.write() as tx:
        gate = add_terminal(tx, "Gate")
        gone, there, later = (add_employee(tx) for _ in range(3))
        for person, since in ((gone, NOW), (there, NOW), (later, NOW + 2 * hour)):
            add_placement(tx, person, gate, belongs=False, since=since, face_held="f")
        note_absent(tx, gate.id, {there.number}, NOW + hour)
    with shared_store.read() as reading:
        states = {
            row.employee_id: row.state
            for row in reading.scalars(select(Placement).where(Placement.terminal_id == gate.id))
        }
        shown = reading.get_one(Placement, (gate.id, gone.id))
        assert (shown.face_held, shown.error) == (None, "")
    assert states == {
        gone.id: PlacementState.CONFIRMED,
        there.id: PlacementState.WAITING,
        later.id: PlacementState.WAITING,
    }
