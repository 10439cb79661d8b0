"""A plan that was made before somebody was erased or left never brings them back. N6, N7."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bridge.simulator.unit import Unit
from bridge.terminals.plan import PlanStep, StepKind
from bridge.terminals.terminal import FingerTemplate, Person
from console.domain.consent import FINGER
from console.domain.erasure import ErasureState
from console.service.portions import hurry
from console.service.terminals.plan_truth import still_right
from console.store.database import Store, connect
from console.store.queries.purge import forget_stub, purge
from console.store.schema import Employee, FingerBlob
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from tests.conftest import Databases, RunningSite
from tests.service.gates import with_face
from tests.service.test_dialled import Dialled
from tests.service.test_erasure import erase
from tests.store.made import NOW, add_consent, add_employee, add_terminal
from tests.store.test_erasure import add_erasure


class Seen(dict[str, Any]):
    """What a unit holds, remembering everybody who ever was in it."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit.people)
        self.ever = set(unit.people)
        unit.people = self

    def __setitem__(self, pin: str, person: Any) -> None:
        self.ever.add(pin)
        super().__setitem__(pin, person)

    def setdefault(self, pin: str, default: Any = None) -> Any:
        self.ever.add(pin)
        return super().setdefault(pin, default)


def test_N6_N7_a_plan_from_before_an_erasure_does_not_write_the_person_even_once(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=0)
    person, other = with_face(running), with_face(running)
    plan = door.plan()
    assert {person.number, other.number} <= {step.pin for step in plan.steps}
    seen = Seen(door.unit)
    erase(running, person)
    done = door.apply(plan)
    assert done.state == "done", done.error
    assert other.number in seen.ever
    assert person.number not in seen.ever


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    made = Store(connect(databases.migrated()), Vault(bytes(range(32))))
    yield made
    made.close()


def steps_of(pin: str) -> list[PlanStep]:
    """One step of each kind about this number."""
    finger = FingerTemplate(pin, 6, b"template")
    person = Person(pin=pin, name="Nur")
    fingers = (StepKind.ADD_FINGER, StepKind.REPLACE_FINGER, StepKind.REMOVE_FINGER)
    return [
        PlanStep(kind, pin, finger=finger if kind in fingers else None, person=person)
        for kind in StepKind
    ]


def right_about(store: Store, person: Employee, *strangers: str) -> set[StepKind]:
    """The kinds of steps about somebody that are still right on a terminal without rules."""
    with store.write() as tx:
        gate = add_terminal(tx, "Gate")
    with store.read() as tx:
        steps = steps_of(person.number)
        return {step.kind for step in still_right(tx, gate, steps, strangers, hurry)}


REMOVALS = {StepKind.REMOVE, StepKind.REMOVE_FINGER}
FINGERS = {StepKind.ADD_FINGER, StepKind.REPLACE_FINGER}


def in_force(tx: Tx) -> Employee:
    """Somebody who has agreed to the use of their fingers."""
    person = add_employee(tx)
    add_consent(tx, person, FINGER, NOW)
    return person


def test_N6_what_a_plan_gives_somebody_in_force_is_still_right(store: Store) -> None:
    with store.write() as tx:
        person = in_force(tx)
    assert right_about(store, person) == set(StepKind) - {StepKind.REMOVE}


def test_N6_whoever_left_since_is_only_removed(store: Store) -> None:
    with store.write() as tx:
        person = in_force(tx)
        person.active = person.in_force = False
    assert right_about(store, person) == REMOVALS


def test_N6_TE12_fingers_without_a_consent_or_deleted_since_are_not_written(store: Store) -> None:
    with store.write() as tx:
        withdrawn, deleted = add_employee(tx), in_force(tx)
        add_consent(tx, withdrawn, FINGER, NOW, NOW + timedelta(days=1))
        gate = add_terminal(tx, "Gate")
        gate.info = {"algorithm": "10"}
        blob = FingerBlob(
            id="1" * 32,
            employee_id=deleted.id,
            finger=6,
            algorithm="10",
            template=b"",
            identity="",
            terminal_id=gate.id,
            taken_by="",
            taken_at=NOW,
            removed_at=NOW,
        )
        tx.add(blob)
    assert right_about(store, withdrawn).isdisjoint(FINGERS)
    with store.read() as tx:
        steps = steps_of(deleted.number)
        kinds = {step.kind for step in still_right(tx, gate, steps, (), hurry)}
    assert kinds.isdisjoint(FINGERS)


def test_N7_a_stranger_of_a_replaced_unit_who_was_erased_is_not_written(store: Store) -> None:
    with store.write() as tx:
        stranger, erased = add_employee(tx), add_employee(tx)
        numbers = stranger.number, erased.number
        purge(tx, [one := add_erasure(tx, erased)])
        one.state = ErasureState.DONE
        forget_stub(tx, erased.id)
        tx.delete(stranger)
    assert StepKind.ADD in right_about(store, stranger, *numbers)
    assert right_about(store, erased, *numbers) == REMOVALS
