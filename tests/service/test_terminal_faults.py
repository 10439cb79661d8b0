"""Faults of the field that no other test of a whole site names: TE6, TE13, TE18, TE26, TE27."""

from datetime import datetime, timedelta

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import SimPunch
from console.api import fingers, tasks
from console.api.operation import ById
from console.demo.site import wait_until
from console.service.operations.terminals import IS_MISSING
from tests.conftest import RunningSite
from tests.service.gates import detail, names, push_terminal, with_face
from tests.service.test_dialled import Dialled, finish, ready

START = datetime(2026, 11, 3, 7)
FACTORY_CODES = ((255, 1), (255, 101), (0, 104), (4, 15))
"""Punch states and ways of verifying as makers use them freely: case 05 of the field."""
BATCH = 12
SLOW_POLL_S, MOST_PLANS = 1.0, 20


def test_TE6_a_log_with_states_and_methods_that_nobody_knows_is_read_and_events_go_on(
    running: RunningSite,
) -> None:
    door = Dialled(running, people=2)
    for n, (status, verify) in enumerate(FACTORY_CODES):
        door.unit.punches.append(SimPunch("5001", START + timedelta(minutes=n), status, verify))
    read = door.run_action("read_log").result.text
    assert read.startswith(f"The terminal says {len(FACTORY_CODES)}, received {len(FACTORY_CODES)}")
    assert len(door.logins()) == len(FACTORY_CODES)
    assert (door.row.set_aside, door.row.problem) == (0, "")
    door.present("5002")
    wait_until(lambda: "5002" in [row.number for row in door.logins()])


def test_TE13_before_the_first_scan_it_is_said_which_doors_a_finger_opens(
    running: RunningSite,
) -> None:
    door, person = ready(running), running.add_employee()
    said = running.client.call(fingers.hands, ById(id=person.id)).opens
    assert "It opens no terminal." in said[0]
    assert any("and no kiosk." in line for line in said[1:])
    assert door.row.online


def test_TE18_no_line_separator_of_a_name_reaches_a_terminal(running: RunningSite) -> None:
    person = running.add_employee(last_name="Bell\u2028DATA\u0085DELETE\u2029X")
    gate, door = push_terminal(running, person), Dialled(running)
    held = door.unit.person(person.number)
    held.name = person.first_name
    for terminal_id in (names(running)[gate.serial].id, door.id):
        make = tasks.MakePlan(terminal_id=terminal_id)
        made = finish(running.client, running.client.call(tasks.make_plan, make)).result.plan
        assert made is not None
        apply = tasks.ApplyPlan(plan_id=made.id, confirm=made.confirm)
        assert finish(running.client, running.client.call(tasks.apply_plan, apply)).state == "done"
    for name in (gate.people[person.number].name, held.name):
        assert name == " ".join(name.split()), "one line, with plain spaces"
        assert name.startswith(f"{person.first_name} Bell")


def test_TE26_a_face_that_is_only_acknowledged_has_a_state_with_its_reason(
    running: RunningSite,
) -> None:
    gate = push_terminal(running)
    gate.unit.faults.returns["DATA UPDATE BIOPHOTO"] = [0] * 3
    person = with_face(running)
    wait_until(lambda: names(running)[gate.serial].problem)
    assert names(running)[gate.serial].confirmed == 0
    told = [text for label, text in detail(running, gate.serial).facts if label == IS_MISSING]
    assert any(person.full_name in text and "holds no face" in text for text in told)
    gate.unit.faults.returns["DATA UPDATE BIOPHOTO"] = []
    wait_until(lambda: gate.people[person.number].photo, 60)


def test_TE27_many_people_go_out_with_few_polls(running: RunningSite) -> None:
    """One command a poll took a poll for each of them, twice."""
    gate = push_terminal(running)
    gate.unit.faults.steady_polls = True
    people = [running.add_employee() for _ in range(BATCH)]
    for person in people:
        gate.people[person.number] = gate.unit.person(person.number)
        gate.people[person.number].name = person.first_name
    made = plan_for(running, gate)
    before = gate.batches_done
    apply = tasks.ApplyPlan(plan_id=made.id, confirm=made.confirm)
    assert finish(running.client, running.client.call(tasks.apply_plan, apply)).state == "done"
    assert all(gate.people[person.number].name == person.full_name for person in people)
    assert gate.batches_done - before < BATCH


def test_TE27_a_plan_promises_what_the_polls_of_the_terminal_have_shown(
    running: RunningSite,
) -> None:
    """It took commands at once, and then polls slowly whatever it gets: 3.9 s became 69 s."""
    person = running.add_employee()
    gate = push_terminal(running, person, poll_s=SLOW_POLL_S)
    gate.unit.faults.steady_polls = False
    wait_until(lambda: plan_for(running, gate).pace_known)
    gate.unit.faults.steady_polls = True
    doubtful = plan_for(running, gate)
    plans = (plan_for(running, gate) for _ in range(MOST_PLANS))
    known = next(plan for plan in plans if plan.pace_known)
    before = gate.batches_done
    apply = tasks.ApplyPlan(plan_id=known.id, confirm=known.confirm)
    assert finish(running.client, running.client.call(tasks.apply_plan, apply)).state == "done"
    took_s = (gate.batches_done - before) * SLOW_POLL_S
    assert doubtful.seconds >= took_s
    assert known.seconds >= took_s


def plan_for(site: RunningSite, gate: SimulatedTerminal) -> tasks.Plan:
    make = tasks.MakePlan(terminal_id=names(site)[gate.serial].id)
    made = finish(site.client, site.client.call(tasks.make_plan, make)).result.plan
    assert made is not None
    return made
