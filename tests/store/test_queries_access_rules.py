"""Rules as they lie in the database, and whom a change of them takes off which terminal."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from console.domain.access_rules import AccessRule, Claimant, RuleKind, ShutOut
from console.domain.placements import PlacementState
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.access_rules import (
    IDS_AT_ONCE,
    access_map,
    claimant,
    claimants,
    groups_of,
    names_taken_off,
    taken_off,
)
from console.store.queries.placements import (
    CLOCKS_DIFFER,
    DEMAND,
    note_inventory,
    note_logins,
    unsettle_terminals,
)
from console.store.schema import (
    AccessRuleRow,
    AccessZone,
    Employee,
    EmployeeGroup,
    GroupMember,
    InventoryEntry,
    PinMap,
    Placement,
    Terminal,
)
from console.store.unit_of_work import Commit, Tx
from tests.store.made import NOW, add_employee, add_placement, add_terminal

LATER = NOW + CLOCKS_DIFFER + timedelta(seconds=1)


def add_group(tx: Tx, *people: Employee) -> str:
    group_id = new_id()
    tx.add(EmployeeGroup(id=group_id, name=group_id))
    tx.flush()
    for person in people:
        tx.add(GroupMember(group_id=group_id, employee_id=person.id))
    return group_id


def add_rule(tx: Tx, scope_id: str, kind: RuleKind, named: str) -> AccessRule:
    tx.add(AccessRuleRow(scope_id=scope_id, kind=kind, names=named))
    tx.flush()
    return AccessRule(kind, named)


def hold(tx: Tx, terminal: Terminal, *pins: str) -> None:
    for pin in pins:
        tx.add(InventoryEntry(terminal_id=terminal.id, pin=pin, digest="d", seen_at=NOW))
    tx.flush()


def test_a_terminal_has_its_rules_and_those_of_its_zone(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        gate, door = add_terminal(tx, "Gate"), add_terminal(tx, "Door")
        zone_id = new_id()
        tx.add(AccessZone(id=zone_id, name=zone_id))
        tx.flush()
        gate.access_zone_id = zone_id
        of_zone = add_rule(tx, zone_id, RuleKind.DEPARTMENT, "Sales")
        own = add_rule(tx, gate.id, RuleKind.PERSON, "wei")
    with shared_store.read() as reading:
        access = access_map(reading)
    assert access.on(gate.id) == {own, of_zone}
    assert access.on(door.id) == frozenset()
    assert access.zones[gate.id] == zone_id


def test_rules_know_the_department_and_the_groups_of_somebody(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        person, left = add_employee(tx), add_employee(tx, active=False)
        person.department = "Sales"
        first, second = add_group(tx, person, left), add_group(tx, person)
    with shared_store.read() as reading:
        found = Claimant(person.id, "Sales", frozenset({first, second}))
        assert claimant(reading, person.id) == found
        assert claimant(reading, "404") == Claimant("404")
        everybody = {one.id: one for one in claimants(reading)}
        assert everybody[person.id] == found
        assert left.id not in everybody
        assert groups_of(reading)[left.id] == {first}


def named(people: Iterable[Employee]) -> list[tuple[str, str]]:
    return [(person.first_name, person.last_name) for person in people]


def test_taken_off_is_who_belongs_there_or_whose_number_the_terminal_holds(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        gate, door = add_terminal(tx, "Gate"), add_terminal(tx, "Door")
        people = [add_employee(tx) for _ in range(6)]
        for number, person in enumerate(people):
            person.last_name = person.sort_name = f"{number}"
        laid_out, seen, renumbered, mapped_away, leaving, absent = people
        add_placement(tx, laid_out, gate)
        add_placement(tx, leaving, gate, belongs=False)
        hold(tx, gate, laid_out.number, seen.number, leaving.number, mapped_away.number, "99901")
        tx.add(PinMap(terminal_id=gate.id, pin="99901", employee_id=renumbered.id))
        tx.add(PinMap(terminal_id=gate.id, pin=mapped_away.number, employee_id=laid_out.id))
        tx.flush()
        hold(tx, door, absent.number)
    shut = [ShutOut([gate.id], [one.id for one in people])]
    with shared_store.read() as reading:
        assert taken_off(reading, shut) == {gate.id: 3}
        shown = names_taken_off(reading, shut, gate.id, 10)
        assert sorted(shown) == named([laid_out, seen, renumbered])
        assert names_taken_off(reading, shut, gate.id, 2) == named([laid_out, seen])
        assert names_taken_off(reading, shut, door.id, 10) == []


def test_many_who_are_shut_out_are_counted_in_portions(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        gate, person = add_terminal(tx, "Gate"), add_employee(tx)
        add_placement(tx, person, gate)
    nobody = [str(number) for number in range(2 * IDS_AT_ONCE)]
    with shared_store.read() as reading:
        shut = [ShutOut([gate.id], [*nobody, person.id])]
        assert taken_off(reading, shut) == {gate.id: 1}
        assert names_taken_off(reading, shut, gate.id, 5) == named([person])


def test_terminals_whose_rules_changed_are_marked_and_announced(shared_store: Store) -> None:
    heard: list[Commit] = []
    shared_store.subscribe(heard.append)
    with shared_store.write(now=NOW) as tx:
        gates = [add_terminal(tx, "Gate") for _ in range(3)]
    with shared_store.write(now=NOW) as tx:
        unsettle_terminals(tx, {gates[0].id, gates[1].id})
    with shared_store.read() as reading:
        assert [reading.get_one(Terminal, one.id).unsettled for one in gates] == [1, 1, 0]
    assert DEMAND in heard[-1].demands
    assert set(heard[-1].changes) == {("terminals", gates[0].id), ("terminals", gates[1].id)}


@pytest.mark.parametrize("department", ["Sales", "Store"])
def test_a_login_shows_that_a_terminal_holds_somebody_whom_its_rules_do_not_take(
    shared_store: Store, department: str
) -> None:
    with shared_store.write(now=NOW) as tx:
        gate, person = add_terminal(tx, "Gate"), add_employee(tx)
        person.department = department
        add_rule(tx, gate.id, RuleKind.DEPARTMENT, "Sales")
        tx.flush()
        note_logins(tx, {gate.id: {person.id: LATER}})
    with shared_store.read() as reading:
        row = reading.get(Placement, (gate.id, person.id))
    if department == "Sales":
        assert row is None
    else:
        assert row is not None
        assert (row.belongs, row.state) == (False, PlacementState.WAITING)


def test_the_number_of_somebody_is_looked_for_again_once_the_stranger_who_had_it_is_gone(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        gate, person = add_terminal(tx, "Gate"), add_employee(tx)
        error = "It holds “Bob” under the number."
        add_placement(tx, person, gate, PlacementState.FAILED, belongs=False, error=error)
    for held, state in (({person.number: "d"}, "failed"), ({}, "waiting")):
        with shared_store.write(now=LATER) as tx:
            note_inventory(tx, gate.id, held, (), {})
        with shared_store.read() as reading:
            row = reading.get_one(Placement, (gate.id, person.id))
        assert row.state == state
    assert row.error == ""
