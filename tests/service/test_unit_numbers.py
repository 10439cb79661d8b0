"""Numbers of people on terminals that cannot hold theirs: never cut, never twice. P8, TE4."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from console.domain.errors import Conflict
from console.domain.invitations import Status
from console.domain.terminals import Dialect
from console.service.pools import Pools
from console.service.terminals.placements import Placements
from console.service.terminals.unit_numbers import UnitNumbers, give_number, number_on
from console.store.database import Store, connect
from console.store.queries.placements import unsettle, unsettle_terminal
from console.store.schema import Employee, InventoryEntry, PinMap, Placement, Terminal
from console.store.unit_of_work import Tx
from tests.conftest import Databases
from tests.store.made import NOW, add_employee, add_enrolment, add_invitation, add_terminal


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    made = Store(connect(databases.migrated()))
    yield made
    made.close()


def add_door(tx: Tx, **facts: str) -> Terminal:
    row = add_terminal(tx, "Door")
    row.dialect, row.info = Dialect.ACCESS, facts
    return row


def test_P8_whoever_fits_keeps_the_number_and_the_others_get_one_of_the_terminal(
    store: Store,
) -> None:
    with store.write() as tx:
        door, gate = add_door(tx), add_terminal(tx, "Gate")
        fits, letters, zero = (add_employee(tx, number) for number in ("1001", "E12", "0012"))
        assert give_number(tx, door, fits) == "1001"
        assert number_on(tx, door, letters) is None
        given = [give_number(tx, door, one) for one in (letters, zero, letters)]
        assert given == ["900000001", "900000002", "900000001"]
        assert number_on(tx, door, letters) == "900000001"
        assert number_on(tx, gate, letters) == "E12"


def test_P8_a_number_that_somebody_has_is_not_given(store: Store) -> None:
    with store.write() as tx:
        door = add_door(tx, maxpinwidth="9")
        add_employee(tx, "900000001")
        held = InventoryEntry(terminal_id=door.id, pin="900000002", digest="", seen_at=NOW)
        tx.add(held)
        tx.flush()
        assert give_number(tx, door, add_employee(tx, "E1")) == "900000003"


def test_P8_a_terminal_that_has_no_numbers_left_says_so(store: Store) -> None:
    with store.write() as tx:
        door = add_door(tx, maxpinwidth="1")
        with pytest.raises(Conflict, match="no numbers left"):
            give_number(tx, door, add_employee(tx, "E1"))


def test_P8_before_a_plan_everybody_who_belongs_on_it_has_a_number(store: Store) -> None:
    with store.write() as tx:
        door = add_door(tx)
        enrolled, other = add_employee(tx, "E1"), add_employee(tx, "E2")
        left = add_employee(tx, "E3", active=False)
        for person in (enrolled, left, add_employee(tx, "1001")):
            add_enrolment(tx, add_invitation(tx, person, Status.APPROVED))
        door_id, wanted, without = door.id, enrolled.id, {other.id, left.id}
    UnitNumbers(store).give_all(door_id)
    UnitNumbers(store).give_all(door_id)
    with store.read() as tx:
        mapped = dict(tx.execute(select(PinMap.employee_id, PinMap.pin)).all())
    assert mapped == {wanted: "900000001"}
    assert not without & set(mapped)


# the lay-out


def with_face(tx: Tx, number: str) -> Employee:
    person = add_employee(tx, number)
    add_enrolment(tx, add_invitation(tx, person, Status.APPROVED))
    return person


def lay_out(placements: Placements) -> None:
    """All of it: one call ends after a while."""
    while placements.lay_out():
        pass


def placed(store: Store, terminal_id: str) -> list[tuple[str, bool]]:
    """(number, whether it belongs) of everybody whom the terminal should hold or lose."""
    query = select(Placement.pin, Placement.belongs).where(Placement.terminal_id == terminal_id)
    with store.read() as tx:
        return [(pin, belongs) for pin, belongs in tx.execute(query.order_by(Placement.pin))]


def test_P8_who_is_brought_to_a_terminal_gets_a_number_that_it_can_hold(store: Store) -> None:
    """With the same commit: nobody is ever due there under a number that it cannot hold."""
    placements = Placements(store, Pools())
    with store.write() as tx:
        door, gate = add_door(tx), add_terminal(tx, "Gate")
        door_id, gate_id = door.id, gate.id
        letters = with_face(tx, "E12")
        with_face(tx, "1001")
        unsettle_terminal(tx, door)
        unsettle_terminal(tx, gate)
    lay_out(placements)
    assert placed(store, door_id) == [("1001", True), ("900000001", True)]
    assert placed(store, gate_id) == [("1001", True), ("E12", True)]
    with store.write() as tx:
        tx.get_one(Employee, letters.id).in_force = False
        newcomer = with_face(tx, "E13")
        unsettle(tx, [letters.id, newcomer.id])
    lay_out(placements)
    assert placed(store, door_id) == [("1001", True), ("900000001", False), ("900000002", True)]


def test_P8_who_gets_no_number_is_listed_until_there_is_one(store: Store) -> None:
    """The terminal then refuses the number here, and says why."""
    placements = Placements(store, Pools())
    with store.write() as tx:
        door = add_door(tx, maxpinwidth="1")
        door_id = door.id
        for number in ("E12", "E13"):
            with_face(tx, number)
        unsettle_terminal(tx, door)
    lay_out(placements)
    assert placed(store, door_id) == [("E12", True), ("E13", True)]
    with store.write() as tx:
        door = tx.get_one(Terminal, door_id)
        door.info = {"maxpinwidth": "9"}
        unsettle_terminal(tx, door)
    lay_out(placements)
    assert placed(store, door_id) == [("900000001", True), ("900000002", True)]
