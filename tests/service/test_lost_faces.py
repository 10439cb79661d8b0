"""TE2: a face goes with its person, and is sent again, also to terminals that never show faces."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.simulator.unit import SimPerson, Unit
from bridge.terminals.errors import FaceRefused
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import Person, Progress, no_progress
from console.api import tasks
from console.demo.photos import good_photos
from console.demo.site import wait_until
from console.domain.invitations import Status
from console.domain.placements import PlacementState
from console.service.terminals.placement_notes import due_on, note_people, still_due
from console.service.terminals.placement_round import Due, DuePerson, Round, bring
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import InventoryEntry, Placement
from tests.bridge.fakes import MemorySite, a_unit, dialling, listening, run
from tests.conftest import RunningSite
from tests.service.gates import names, push_terminal, with_face
from tests.service.test_alignment import rename
from tests.service.test_dialled import finish
from tests.store.made import (
    NOW,
    add_employee,
    add_enrolment,
    add_invitation,
    add_placement,
    add_terminal,
)

CONFIRMED, WAITING = PlacementState.CONFIRMED, PlacementState.WAITING
KNOWN = DuePerson(
    employee_id="id 1",
    pin="1",
    name="Nur B",
    run_at=NOW,
    face_id="f",
    face_shown=True,
    known=True,
    shown="as seen",
)
"""Somebody whose face the terminal has taken, and who has another name now."""


class DeletedInBetween(PushTerminal):
    """Somebody deletes the person between our reading and our writing."""

    unit: Unit

    async def write_people(
        self, people: list[Person], progress: Progress = no_progress
    ) -> list[str]:
        self.unit.people.clear()
        return await super().write_people(people, progress)


def aligned(unit: Unit, person: DuePerson, device: type[PushTerminal] = PushTerminal) -> Round:
    async def photo(_employee_id: str, _face_id: str) -> bytes | None:
        return good_photos()[0]

    async def story() -> Round:
        site = MemorySite()
        async with listening(site) as url, dialling(url, unit):
            terminal = device(unit.serial, site.queue(unit.serial), {})
            if isinstance(terminal, DeletedInBetween):
                terminal.unit = unit
            return await bring(terminal, Due({}, [person]), photo)

    return run(story())


@pytest.mark.parametrize("device", [PushTerminal, DeletedInBetween], ids=["before", "in between"])
def test_TE2_whoever_was_deleted_at_a_terminal_gets_the_face_with_the_name(
    device: type[PushTerminal],
) -> None:
    """Found at random: it was renamed before the terminal was read, and stayed without a face."""
    unit = a_unit(0, 0)
    if device is DeletedInBetween:
        unit.person("1").name = "Nur A"
    seen = aligned(unit, KNOWN, device)
    assert (unit.people["1"].name, bool(unit.people["1"].photo)) == ("Nur B", True)
    assert (seen.absent, seen.faces) == ({"id 1"}, {"id 1"})


def test_a_face_that_is_there_is_not_sent_with_another_name() -> None:
    unit = a_unit(0, 0)
    unit.person("1").name, unit.person("1").photo = "Nur A", b"a face"
    seen = aligned(unit, KNOWN)
    assert (unit.people["1"].name, unit.people["1"].photo) == ("Nur B", b"a face")
    assert (seen.absent, seen.faces) == (set(), set())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = connect(sqlite_url(tmp_path / "muster.db"))
    upgrade(engine)
    made = Store(engine)
    yield made
    made.close()


def face_on_the_gate(store: Store) -> tuple[str, str]:
    """(terminal, employee): the terminal has shown the face, and something else is due."""
    with store.write(now=NOW) as tx:
        gate, person = add_terminal(tx, "Gate"), add_employee(tx)
        face = add_enrolment(tx, add_invitation(tx, person, Status.APPROVED)).id
        values = {"face_id": face, "face_held": face, "confirmed_at": NOW}
        add_placement(tx, person, gate, WAITING, **values)
        row = InventoryEntry(terminal_id=gate.id, pin=person.number, digest="as seen", seen_at=NOW)
        tx.add(row)
        return gate.id, person.id


def begin(store: Store, terminal_id: str) -> Due:
    with store.write() as tx:
        return still_due(tx, terminal_id, due_on(tx, terminal_id))


def test_TE2_a_face_is_sent_again_where_a_conversation_did_not_end(store: Store) -> None:
    """Killed after the person was written and before the face: nothing else would tell."""
    gate, _ = face_on_the_gate(store)
    shown = [begin(store, gate).people[0].face_shown for _ in range(2)]
    assert shown == [True, False]


def test_a_conversation_that_has_ended_leaves_nothing_in_doubt(store: Store) -> None:
    gate, person = face_on_the_gate(store)
    due = begin(store, gate)
    with store.write() as tx:
        note_people(tx, gate, due.people, Round(there={person: "as seen now"}))
        tx.get_one(Placement, (gate, person)).state = WAITING
    assert begin(store, gate).people[0].face_shown


@pytest.mark.parametrize("decided_anew", [False, True], ids=["as it was", "decided anew"])
def test_TE2_a_lost_face_that_is_refused_now_does_not_count_as_there(
    store: Store, *, decided_anew: bool
) -> None:
    gate, person = face_on_the_gate(store)
    due = begin(store, gate)
    if decided_anew:  # meanwhile, by what the terminal had shown before
        with store.write() as tx:
            row = tx.get_one(Placement, (gate, person))
            row.state, row.run_at = CONFIRMED, tx.now
    seen = Round(there={person: ""}, absent={person})
    seen.fail(person, FaceRefused("It sees no face.", permanent=True))
    with store.write() as tx:
        note_people(tx, gate, due.people, seen)
    with store.read() as reading:
        row = reading.get_one(Placement, (gate, person))
    wanted = WAITING if decided_anew else PlacementState.FAILED
    assert (row.face_held, row.state) == (None, wanted)


def photo_at(device_people: dict[str, SimPerson], number: str) -> bytes | None:
    return device_people.get(number, SimPerson()).photo


def test_TE2_a_face_comes_back_after_a_deletion_at_the_terminal_that_nobody_read(
    running_both: RunningSite,
) -> None:
    site = running_both
    gate = push_terminal(site)
    person = with_face(site)
    wait_until(lambda: photo_at(gate.people, person.number))
    wait_until(lambda: "On " in site.reload(person).status_text)
    del gate.unit.people[person.number]
    rename(site, person, "Binti Osman")
    wait_until(lambda: photo_at(gate.people, person.number))
    assert gate.people[person.number].name.endswith("Binti Osman")


def test_TE2_a_plan_that_meets_somebody_deleted_since_it_was_made_brings_the_face_back(
    running_both: RunningSite,
) -> None:
    site = running_both
    gate = push_terminal(site)
    person = with_face(site)
    wait_until(lambda: photo_at(gate.people, person.number))
    wait_until(lambda: "On " in site.reload(person).status_text)
    gate.people[person.number].name = "Nickname"
    make = tasks.MakePlan(terminal_id=names(site)[gate.serial].id)
    made = finish(site.client, site.client.call(tasks.make_plan, make))
    assert made.result.plan is not None, made.error
    assert [step.kind for step in made.result.plan.steps] == ["rename"]
    del gate.unit.people[person.number]
    applied = tasks.ApplyPlan(plan_id=made.result.plan.id, confirm="")
    done = finish(site.client, site.client.call(tasks.apply_plan, applied))
    assert done.state == "done", done.error
    wait_until(lambda: photo_at(gate.people, person.number))
