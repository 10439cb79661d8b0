"""Names, and who is meant by a number on a terminal."""

import pytest

from console.domain.operators import Role
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.people import (
    count_admins,
    full_name,
    join_name,
    merged_into,
    people_by_pin,
    people_by_pins,
)
from console.store.schema import Operator, PinMap
from console.store.unit_of_work import Tx
from tests.store.made import NOW, add_employee, add_terminal

MOST_PARAMETERS = 65_535
"""Of PostgreSQL's statements; SQLite takes half of that."""


def add_mapping(tx: Tx, terminal_id: str, pin: str, employee_id: str) -> None:
    tx.add(PinMap(terminal_id=terminal_id, pin=pin, employee_id=employee_id))


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("Nur", "Aisyah", "Nur Aisyah"), ("", "Suparman", "Suparman"), ("Ravi", "", "Ravi")],
)
def test_a_name_of_one_part_has_no_spaces_around_it(first: str, last: str, name: str) -> None:
    assert join_name(first, last) == name


def test_the_full_name_of_an_employee_has_both_parts(shared_store: Store) -> None:
    with shared_store.write() as tx:
        assert full_name(add_employee(tx)) == "Nur Aisyah"


def test_terminals_know_people_by_their_number_unless_it_was_mapped(shared_store: Store) -> None:
    with shared_store.write() as tx:
        gate, door = add_terminal(tx, "Gate"), add_terminal(tx, "Door")
        ravi, mei, gone = add_employee(tx), add_employee(tx), add_employee(tx, active=False)
        add_mapping(tx, gate.id, "m77", mei.id)
    pins = {ravi.number, gone.number, "m77", "nobody"}
    with shared_store.read() as seen:
        at_gate = {ravi.number: ravi.id, gone.number: gone.id, "m77": mei.id}
        assert people_by_pin(seen, gate.id, pins) == at_gate, "leavers are in old logs, too"
        at_door = {ravi.number: ravi.id, gone.number: gone.id}
        assert people_by_pin(seen, door.id, pins) == at_door, "the mapping is of one terminal"
        assert people_by_pin(seen, gate.id, {mei.number}) == {mei.number: mei.id}


def test_a_mapping_is_stronger_than_somebody_elses_number(shared_store: Store) -> None:
    """The terminal had given this number to another person before it joined the site."""
    with shared_store.write() as tx:
        gate = add_terminal(tx, "Gate")
        ravi, mei = add_employee(tx), add_employee(tx)
        add_mapping(tx, gate.id, ravi.number, mei.id)
    with shared_store.read() as seen:
        assert people_by_pin(seen, gate.id, {ravi.number}) == {ravi.number: mei.id}


def test_the_people_of_several_terminals_are_looked_up_at_once(shared_store: Store) -> None:
    with shared_store.write() as tx:
        gate, door = add_terminal(tx, "Gate"), add_terminal(tx, "Door")
        ravi, mei = add_employee(tx), add_employee(tx)
        add_mapping(tx, gate.id, "m78", mei.id)
        add_mapping(tx, door.id, "m78", ravi.id)
    pins = {gate.id: {"m78", ravi.number}, door.id: {"m78"}}
    with shared_store.read() as seen:
        assert people_by_pins(seen, pins) == {
            gate.id: {"m78": mei.id, ravi.number: ravi.id},
            door.id: {"m78": ravi.id},
        }
        assert people_by_pins(seen, {}) == {}


def test_no_numbers_are_nobody(shared_store: Store) -> None:
    with shared_store.read() as seen:
        assert people_by_pin(seen, "any", set()) == {}


def test_more_numbers_than_a_statement_has_parameters_are_all_looked_up(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        gate = add_terminal(tx, "Gate")
        first, last = add_employee(tx, "a-first"), add_employee(tx, "z-last")
    pins = {first.number, last.number, *(f"n{number}" for number in range(MOST_PARAMETERS + 1))}
    with shared_store.read() as seen:
        assert people_by_pin(seen, gate.id, pins) == {
            first.number: first.id,
            last.number: last.id,
        }


def test_PE4_a_row_that_was_merged_is_somebody_else_by_now(shared_store: Store) -> None:
    with shared_store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        gone.merged_into = keep.id
        tx.flush()
        assert merged_into(tx, [keep.id, gone.id, "nobody"]) == {gone.id: keep.id}
        assert merged_into(tx, []) == {}


def test_administrators_count_who_can_sign_in(shared_store: Store) -> None:
    with shared_store.write() as tx:
        before = count_admins(tx)
        for role, active in ((Role.ADMIN, True), (Role.ADMIN, False), (Role.AUDITOR, True)):
            row = Operator(id=new_id(), username=new_id(), name="Ann", role=role, created_at=NOW)
            row.active, row.password_hash = active, ""
            tx.add(row)
        assert count_admins(tx) == before + 1
