"""Placements: what belongs on which terminal, and what the terminals have shown of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from console.domain.invitations import Status
from console.domain.placements import PlacementState
from console.store.database import Store
from console.store.queries.placements import (
    CLOCKS_DIFFER,
    DEMAND,
    ask_again,
    faces_must_go,
    faces_still_on,
    forget_faces,
    hindered_on,
    mark_if_everywhere,
    must_go,
    note_inventory,
    note_logins,
    progress,
    recognise,
    recognised_on,
    refusals_of,
    retry_now,
    still_on,
    unsettle,
    unsettle_terminal,
)
from console.store.schema import (
    Employee,
    Enrolment,
    Invitation,
    PinMap,
    Placement,
    Terminal,
)
from console.store.unit_of_work import Commit
from tests.store.made import (
    NOW,
    add_employee,
    add_enrolment,
    add_invitation,
    add_placement,
    add_terminal,
)

CONFIRMED, WAITING = PlacementState.CONFIRMED, PlacementState.WAITING
FAILED = PlacementState.FAILED
LATER = CLOCKS_DIFFER + timedelta(seconds=1)


def leaver_at(store: Store, *, gone: bool = False) -> tuple[Employee, Terminal]:
    """Somebody who left, and a terminal that was seen to hold them, or that has shown it."""
    with store.write(now=NOW) as tx:
        person, terminal = add_employee(tx, active=False), add_terminal(tx, "Gate")
        if gone:
            values = {"belongs": False, "confirmed_at": NOW, "attempt": 4}
            add_placement(tx, person, terminal, CONFIRMED, **values)
        else:
            seen(store, terminal, {}, left={person.id: person.number}, tx=tx)
    return person, terminal


def seen(store: Store, terminal: Terminal, digests: dict[str, str], **more: object) -> None:
    """A terminal was read, and everything on it was new."""
    left, tx = more.get("left", {}), more.get("tx")
    if tx is not None:
        note_inventory(tx, terminal.id, digests, digests.keys(), left)  # type: ignore[arg-type]
        return
    with store.write(now=NOW + LATER) as writing:
        note_inventory(writing, terminal.id, digests, digests.keys(), left)  # type: ignore[arg-type]


def placement_of(store: Store, person: Employee, terminal: Terminal) -> Placement:
    with store.read() as tx:
        return tx.get_one(Placement, (terminal.id, person.id))


def test_who_is_seen_on_a_terminal_after_leaving_is_to_go_from_it(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store)
    row = placement_of(shared_store, person, terminal)
    assert (row.pin, row.since, row.run_at, row.state) == (person.number, NOW, NOW, WAITING)
    assert not row.belongs
    with shared_store.read() as tx:
        assert still_on(tx, [person.id]) == {person.id: 1}
        assert [
            (one.pin, who.id) for one, who in hindered_on(tx, terminal.id, 5, belongs=False)
        ] == [(person.number, person.id)]


def test_to_be_seen_once_more_while_it_is_waited_for_changes_nothing(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store)
    seen(shared_store, terminal, {person.number: "x"}, left={person.id: person.number})
    assert placement_of(shared_store, person, terminal).run_at == NOW


def test_who_had_gone_and_is_held_again_goes_again(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store, gone=True)
    seen(shared_store, terminal, {person.number: "x"}, left={person.id: person.number})
    row = placement_of(shared_store, person, terminal)
    assert (row.state, row.confirmed_at, row.run_at) == (WAITING, None, NOW + LATER)
    assert row.attempt == 1
    assert row.error == "The terminal holds this person again."


def test_who_left_a_moment_ago_is_laid_out_by_the_change_and_not_by_what_is_seen(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal, person = add_terminal(tx, "Gate"), add_employee(tx, active=False)
        add_placement(tx, person, terminal, attempt=3)
    seen(shared_store, terminal, {person.number: "x"}, left={person.id: person.number})
    assert placement_of(shared_store, person, terminal).attempt == 3


def test_who_belongs_there_and_is_not_or_is_otherwise_is_due_again(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal = add_terminal(tx, "Gate")
        people = [add_employee(tx) for _ in range(3)]
        for person in people:
            values = {"content": "as wanted", "face_held": "f", "confirmed_at": NOW}
            add_placement(tx, person, terminal, CONFIRMED, **values)
    same, other, _ = people
    seen(shared_store, terminal, {same.number: "as wanted", other.number: "by hand"})
    rows = [placement_of(shared_store, person, terminal) for person in people]
    assert [row.state for row in rows] == [CONFIRMED, WAITING, WAITING]
    assert [row.face_held for row in rows] == ["f", "f", None]


def test_nobody_held_announces_nothing(shared_store: Store) -> None:
    before = shared_store.commits_of(frozenset({"terminals"}))
    with shared_store.write() as tx:
        note_inventory(tx, "no terminal", {}, (), {})
        note_logins(tx, {"no terminal": {}})
    assert shared_store.commits_of(frozenset({"terminals"})) == before


def test_a_login_after_they_went_shows_that_the_terminal_holds_them(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store, gone=True)
    with shared_store.write(now=NOW + 2 * LATER) as tx:
        note_logins(tx, {terminal.id: {person.id: NOW + LATER}})
    row = placement_of(shared_store, person, terminal)
    assert (row.state, row.run_at) == (WAITING, NOW + 2 * LATER)
    assert "let this person in" in row.error


def test_a_login_from_before_they_went_that_comes_late_changes_nothing(
    shared_store: Store,
) -> None:
    person, terminal = leaver_at(shared_store, gone=True)
    with shared_store.write() as tx:
        note_logins(tx, {terminal.id: {person.id: NOW + CLOCKS_DIFFER}})
    assert placement_of(shared_store, person, terminal).state is CONFIRMED


def test_a_login_of_somebody_who_left_before_the_terminal_came_shows_that_it_holds_them(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        left, works = add_employee(tx, active=False), add_employee(tx)
        early = add_employee(tx, active=False)
        terminal = add_terminal(tx, "Gate")
        late = NOW + LATER
        note_logins(tx, {terminal.id: {left.id: late, works.id: late, early.id: NOW}})
    with shared_store.read() as tx:
        query = select(Placement.employee_id).where(Placement.terminal_id == terminal.id)
        assert list(tx.scalars(query)) == [left.id]


def test_P8_who_left_goes_by_the_number_that_the_terminal_knows_them_by(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        left, terminal = add_employee(tx, active=False), add_terminal(tx, "Door")
        tx.add(PinMap(terminal_id=terminal.id, pin="900000001", employee_id=left.id))
        note_logins(tx, {terminal.id: {left.id: NOW + LATER}})
    assert placement_of(shared_store, left, terminal).pin == "900000001"


def test_who_has_gone_is_on_no_list(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store, gone=True)
    with shared_store.read() as tx:
        assert still_on(tx, [person.id]) == {}
        assert hindered_on(tx, terminal.id, 5, belongs=False) == []


def test_the_list_of_a_terminal_begins_with_those_who_wait_longest(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal = add_terminal(tx, "Gate")
        people = [add_employee(tx, active=False) for _ in range(3)]
        for days, person in zip((2, 0, 1), people, strict=True):
            since = NOW + timedelta(days=days)
            add_placement(tx, person, terminal, belongs=False, since=since)
    with shared_store.read() as tx:
        found = [who.id for _, who in hindered_on(tx, terminal.id, 2, belongs=False)]
    assert found == [people[1].id, people[2].id]


def test_of_those_who_belong_there_only_the_hindered_are_listed(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal = add_terminal(tx, "Gate")
        waits, hindered = add_employee(tx), add_employee(tx)
        add_placement(tx, waits, terminal)
        add_placement(tx, hindered, terminal, error="It is full.")
    with shared_store.read() as tx:
        found = hindered_on(tx, terminal.id, 5, belongs=True)
        assert [(row.error, who.id) for row, who in found] == [("It is full.", hindered.id)]


def enrolled(store: Store, *held: bool) -> tuple[Invitation, str, list[Terminal]]:
    """A face in force that belongs on as many terminals; held: which have shown it."""
    with store.write(now=NOW) as tx:
        person = add_employee(tx)
        invitation = add_invitation(tx, person, Status.APPROVED)
        face = add_enrolment(tx, invitation).id
        terminals = [add_terminal(tx, f"Gate {place}") for place in range(len(held))]
        for terminal, shown in zip(terminals, held, strict=True):
            add_placement(
                tx, person, terminal, face_id=face, face_held=face if shown else None, attempt=5
            )
    return invitation, face, terminals


def status_after_a_look(store: Store, face: str, invitation: Invitation) -> Status:
    with store.write() as tx:
        mark_if_everywhere(tx, tx.get_one(Enrolment, face))
        tx.flush()
        return tx.get_one(Invitation, invitation.id).status


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ((True, True), Status.PUSHED),
        ((True, False), Status.APPROVED),
        ((), Status.APPROVED),
    ],
)
def test_a_face_counts_as_on_the_terminals_when_all_have_shown_it(
    shared_store: Store, held: tuple[bool, ...], status: Status
) -> None:
    invitation, face, _ = enrolled(shared_store, *held)
    with shared_store.read() as tx:
        assert progress(tx, face) == (sum(held), len(held))
    assert status_after_a_look(shared_store, face, invitation) is status


def test_only_what_lasts_is_told_of_a_face(shared_store: Store) -> None:
    """A terminal that was busy once is not worth a word."""
    with shared_store.write(now=NOW) as tx:
        person = add_employee(tx)
        face = add_enrolment(tx, add_invitation(tx, person, Status.APPROVED)).id
        for name, state, attempt in (
            ("Refuses", FAILED, 1),
            ("Busy", WAITING, 2),
            ("Stuck", WAITING, 4),
            ("Has it", CONFIRMED, 9),
        ):
            terminal = add_terminal(tx, name)
            values = {"face_id": face, "attempt": attempt, "error": f"{name}."}
            add_placement(tx, person, terminal, state, **values)
    with shared_store.read() as tx:
        assert refusals_of(tx, [face]) == [
            (face, "Refuses", "Refuses."),
            (face, "Stuck", "Stuck."),
        ]


def test_what_did_not_get_there_is_tried_again_at_once(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal, people = add_terminal(tx, "Gate"), [add_employee(tx) for _ in range(2)]
        add_placement(tx, people[0], terminal, FAILED, attempt=6)
        add_placement(tx, people[1], terminal, CONFIRMED, attempt=2)
    with shared_store.write(now=NOW + LATER) as tx:
        retry_now(tx, terminal.id)
    rows = [placement_of(shared_store, person, terminal) for person in people]
    assert [(row.state, row.attempt, row.run_at) for row in rows] == [
        (WAITING, 1, NOW + LATER),
        (CONFIRMED, 2, NOW),
    ]


def test_TE12_every_terminal_that_holds_somebody_is_asked_again(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        person, other = add_employee(tx), add_employee(tx)
        gate, door = add_terminal(tx, "Gate"), add_terminal(tx, "Door")
        add_placement(tx, person, gate, CONFIRMED, attempt=3)
        add_placement(tx, person, door, CONFIRMED, belongs=False)
        add_placement(tx, other, gate, CONFIRMED)
    with shared_store.write(now=NOW + LATER) as tx:
        ask_again(tx, person.id)
    row = placement_of(shared_store, person, gate)
    assert (row.state, row.attempt, row.run_at) == (WAITING, 1, NOW + LATER)
    assert placement_of(shared_store, person, door).state is CONFIRMED
    assert placement_of(shared_store, other, gate).state is CONFIRMED


def test_a_change_marks_people_and_terminals_and_asks_for_a_look(shared_store: Store) -> None:
    heard: list[Commit] = []
    shared_store.subscribe(heard.append)
    with shared_store.write(now=NOW) as tx:
        person, terminal = add_employee(tx), add_terminal(tx, "Gate")
        unsettle(tx, [person.id])
        unsettle_terminal(tx, terminal)
        unsettle_terminal(tx, terminal)
    with shared_store.read() as tx:
        assert not tx.get_one(Employee, person.id).settled
        assert tx.get_one(Terminal, terminal.id).unsettled == 2
    assert DEMAND in heard[-1].demands


def test_TE11_whom_a_plan_recognised_counts_as_known_on_the_terminal(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal, here, new, left = add_terminal(tx, "Gate"), *(add_employee(tx) for _ in range(3))
        add_placement(tx, here, terminal)
        add_placement(tx, left, terminal, belongs=False)
        recognise(tx, terminal.id, [here.number, new.number, left.number, "404"])
    with shared_store.read() as reading:
        assert recognised_on(reading, terminal.id) == {here.number, new.number}
        row = reading.get_one(Placement, (terminal.id, new.id))
        assert (row.belongs, row.state, row.confirmed_at) == (True, WAITING, NOW)
        assert reading.get_one(Placement, (terminal.id, left.id)).confirmed_at is None


def test_TE14_whom_a_terminal_still_shows_must_go_from_it(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal = add_terminal(tx, "Gate")
        new, stays, gone, waits = (add_employee(tx) for _ in range(4))
        add_placement(tx, stays, terminal, CONFIRMED, content="x", confirmed_at=NOW)
        add_placement(tx, gone, terminal, CONFIRMED, belongs=False, confirmed_at=NOW)
        add_placement(tx, waits, terminal, belongs=False, attempt=4)
    everybody = (new, stays, gone, waits)
    with shared_store.write(now=NOW) as tx:
        must_go(tx, terminal.id, {person.id: f"7{person.number}" for person in everybody})
    rows = [placement_of(shared_store, person, terminal) for person in everybody]
    assert [(row.belongs, row.state, row.content) for row in rows] == [(False, WAITING, "")] * 4
    assert [row.attempt for row in rows] == [1, 1, 1, 4], "who waits already goes on waiting"
    assert [row.pin for row in rows[:3]] == [f"7{person.number}" for person in everybody[:3]]
    assert rows[3].pin == waits.number


def test_TE1_it_is_kept_who_was_brought_to_a_terminal_that_is_emptied(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal = add_terminal(tx, "Gate")
        shown, never = add_employee(tx), add_employee(tx)
        add_placement(tx, shown, terminal, CONFIRMED, content="x", confirmed_at=NOW)
        add_placement(tx, never, terminal, FAILED, content="y")
    with shared_store.write(now=NOW) as tx:
        must_go(tx, terminal.id, {person.id: person.number for person in (shown, never)})
    rows = [placement_of(shared_store, person, terminal) for person in (shown, never)]
    assert [row.content for row in rows] == ["x", ""]


def test_EN1_a_face_that_must_go_counts_as_held_until_its_removal_was_shown(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        person, other = add_employee(tx), add_employee(tx)
        face = add_enrolment(tx, add_invitation(tx, person, Status.WITHDRAWN), live=False).id
        gates = {name: add_terminal(tx, name) for name in ("shown", "sent", "refused", "none")}
        add_placement(tx, person, gates["shown"], CONFIRMED, face_id=face, face_held="older")
        add_placement(tx, person, gates["sent"], face_id=face)
        add_placement(tx, person, gates["refused"], FAILED, face_id=face)
        add_placement(tx, person, gates["none"], CONFIRMED)
        add_placement(tx, other, gates["sent"], face_id=face)
    with shared_store.write(now=NOW) as tx:
        faces_must_go(tx, person.id)
    with shared_store.write() as tx:
        held = {
            name: tx.get_one(Placement, (gate.id, person.id)).face_held
            for name, gate in gates.items()
        }
        assert held == {"shown": "older", "sent": face, "refused": None, "none": None}
        assert tx.get_one(Placement, (gates["sent"].id, other.id)).face_held is None
        assert not tx.get_one(Employee, person.id).settled
        assert faces_still_on(tx, [person.id]) == {}, "the wish is laid out next"
        for gate in gates.values():
            tx.get_one(Placement, (gate.id, person.id)).face_id = None
        tx.flush()
        assert faces_still_on(tx, [person.id, other.id]) == {person.id: 2}


def test_TE2_a_face_is_gone_with_its_person_whatever_else_is_due_of_them(
    shared_store: Store,
) -> None:
    _, face, (gate, _) = enrolled(shared_store, True, True)
    with shared_store.write() as tx:
        row = tx.scalars(select(Placement).where(Placement.terminal_id == gate.id)).one()
        row.state = WAITING
        note_inventory(tx, gate.id, {}, set(), {})
    with shared_store.read() as reading:
        assert progress(reading, face) == (1, 2)


def test_TE2_faces_that_may_be_lost_are_due_and_those_of_others_stay(shared_store: Store) -> None:
    _, face, (gate, _) = enrolled(shared_store, True, True)
    with shared_store.write() as tx:
        row = tx.scalars(select(Placement).where(Placement.terminal_id == gate.id)).one()
        row.state = CONFIRMED
        forget_faces(tx, gate.id, [row.pin, "nobody"])
    with shared_store.read() as reading:
        rows = list(reading.scalars(select(Placement).where(Placement.face_id == face)))
    assert {one.terminal_id == gate.id: bool(one.face_held) for one in rows} == {
        True: False,
        False: True,
    }
    assert next(one for one in rows if one.terminal_id == gate.id).state is WAITING
