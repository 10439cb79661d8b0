"""Lists of terminals: what they show, and that their length costs no statements. TE31."""

from datetime import timedelta

import pytest

from console.domain.invitations import Status
from console.domain.operators import Role
from console.domain.placements import PlacementState
from console.domain.terminals import TerminalStatus
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.terminals import (
    NOTHING_PLACED,
    PlacedOn,
    TerminalColumns,
    list_terminals,
)
from console.store.schema import Operator, Quarantine, Terminal
from tests.store.made import (
    NOW,
    add_employee,
    add_enrolment,
    add_invitation,
    add_placement,
    add_terminal,
)
from tests.store.test_unit_of_work import statements

CONFIRMED, FAILED = PlacementState.CONFIRMED, PlacementState.FAILED


def listed(store: Store, terminal: Terminal) -> tuple[TerminalColumns, PlacedOn]:
    with store.read() as tx:
        (found,) = list_terminals(tx, ids=[terminal.id])
    return found


@pytest.mark.parametrize("by_ids", [True, False])
def test_TE31_350_terminals_are_listed_in_two_statements(shared_store: Store, by_ids: bool) -> None:
    with shared_store.write(now=NOW) as tx:
        ids = [add_terminal(tx, f"Gate {number}").id for number in range(350)]
    with shared_store.read() as reading, statements(reading) as sent:
        found = list_terminals(reading, ids=ids if by_ids else None)
    assert set(ids) <= {row.id for row, _ in found}
    assert len(sent) == 2


def test_TE31_what_a_terminal_told_and_what_was_seen_of_it_are_columns(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        row = add_terminal(tx, "Gate")
        row.info = {"fwversion": "Ver 8", "users": "12", "logs": "345", "fingerfunon": "0"}
        row.capabilities = {"enrol_finger": {"can": True, "at": "", "firmware": ""}}
        row.counts = {"people": 11}
        mei = Operator(
            id=new_id(),
            username=new_id(),
            name="Mei",
            role=Role.TECHNICIAN,
            password_hash="",
            created_at=NOW,
        )
        tx.add(mei)
        row.asked_by, row.asked_note = mei.id, "West door"
        for key in ("a", "b"):
            line = {"table": "ATTLOG", "key": key, "sealed": b"", "reason": "", "received_at": NOW}
            tx.add(Quarantine(terminal_id=row.id, **line))
        bare = add_terminal(tx, "Bare")
        bare.info, bare.asked_by = {"firmware": "Ver 9", "fwversion": "Ver 8"}, "kiosk"
    found, placed = listed(shared_store, row)
    assert (found.firmware, found.users, found.logs, found.fingers) == ("Ver 8", "12", "345", "0")
    assert (found.enrols, found.counts, found.set_aside) == (True, {"people": 11}, 2)
    assert (found.asked_by, found.asked_note) == ("Mei", "West door")
    assert placed == NOTHING_PLACED
    found, _ = listed(shared_store, bare)
    assert (found.firmware, found.users, found.enrols, found.set_aside) == ("Ver 9", None, None, 0)
    assert found.asked_by == "kiosk"


def test_TE31_only_terminals_of_the_statuses_are_listed(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        daily, retired = add_terminal(tx, "Daily"), add_terminal(tx, "Retired")
        retired.status = TerminalStatus.RETIRED
        person = add_employee(tx)
        add_placement(tx, person, retired, CONFIRMED, confirmed_at=NOW)
    with shared_store.read() as tx:
        found = list_terminals(tx, statuses=[TerminalStatus.RETIRED])
    assert [row.id for row, _ in found if row.id in (daily.id, retired.id)] == [retired.id]
    assert [placed.may_hold for row, placed in found if row.id == retired.id] == [1]


def test_TE14_what_a_terminal_may_hold_and_since_when(shared_store: Store) -> None:
    """Who was never shown there, and who has gone, are not held."""
    with shared_store.write(now=NOW) as tx:
        row = add_terminal(tx, "Gate")
        people = [add_employee(tx) for _ in range(6)]
        faces = [add_enrolment(tx, add_invitation(tx, one, Status.APPROVED)).id for one in people]
        later = NOW + timedelta(hours=1)
        held = {"face_id": faces[0], "face_held": faces[0], "confirmed_at": NOW}
        add_placement(tx, people[0], row, CONFIRMED, **held)
        other = {"face_id": faces[1], "face_held": faces[0], "run_at": NOW}
        add_placement(tx, people[1], row, FAILED, **other, error="It is full.")
        newest = {"face_id": faces[2], "run_at": later}
        add_placement(tx, people[2], row, FAILED, **newest, error="It is busy.")
        add_placement(tx, people[3], row, belongs=False, since=later, error="It is off.")
        add_placement(tx, people[4], row, CONFIRMED, belongs=False, confirmed_at=later)
        add_placement(tx, people[5], row)
    _, placed = listed(shared_store, row)
    assert placed._replace(as_of=None) == PlacedOn(
        confirmed=1, expected=3, to_remove=1, may_hold=3, faces=2, failed=2, error="It is busy."
    )
    assert placed.as_of == later
