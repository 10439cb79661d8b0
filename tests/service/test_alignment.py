"""TE2: who left goes from every terminal by itself, and nothing is said gone before it is seen."""

import asyncio
from pathlib import Path

from bridge.simulator.unit import SimPerson, made_up_people
from console.api import employees, review, tasks
from console.demo.photos import good_photos
from console.demo.site import wait_until
from console.service.pools import Pools
from console.service.terminals.alignment import Alignment
from console.service.terminals.held_lines import HeldLines
from console.service.terminals.log_book import LogBook
from console.service.terminals.push_site import PushSite
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.set_aside import SetAside
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.queries.placements import note_inventory
from console.store.schema import Placement
from console.store.vault import Vault
from tests.conftest import ONE_FACE, RunningSite
from tests.service.gates import (
    detail,
    dialled_terminal,
    names,
    push_terminal,
    wait_text,
    with_face,
)
from tests.store.made import add_employee, add_terminal


def change(site: RunningSite, person: employees.EmployeeRow, *, active: bool) -> None:
    fields = employees.SaveEmployee(
        id=person.id,
        number=person.number,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        department=person.department,
        active=active,
    )
    site.client.call(employees.save_employee, fields)


def test_TE2_who_left_is_off_every_terminal_and_nobody_else_is_touched(
    running_both: RunningSite,
) -> None:
    site = running_both
    leaver, stays = site.add_employee(number="61001"), site.add_employee(number="61002")
    gate = push_terminal(site, leaver, stays)
    door = dialled_terminal(site, 4, first=61001)
    door.people["61001"].name = leaver.full_name
    before = {pin: door.people[pin] for pin in ("61002", "61003", "61004")}
    others = {pin: gate.people[pin].name for pin in ("61002", "77001")}
    change(site, leaver, active=False)
    wait_until(lambda: "61001" not in gate.people)
    wait_until(lambda: "61001" not in door.people)
    wait_text(site, leaver, "Left")
    assert others.items() <= {pin: gate.people[pin].name for pin in gate.people}.items()
    assert door.people == before
    for serial in (gate.serial, door.serial):
        receipts = [row.text for row in detail(site, serial).receipts]
        assert "People removed: removed 1" in receipts
        assert names(site)[serial].problem == ""


def test_TE2_a_terminal_that_is_off_loses_them_when_it_is_back(running_both: RunningSite) -> None:
    site = running_both
    leaver = site.add_employee()
    gate = push_terminal(site, leaver)
    gate.unit.faults.offline = True
    change(site, leaver, active=False)
    wait_until(lambda: "still on" in site.reload(leaver).status_text)
    wait_until(lambda: "1 person who must go may" in names(site)[gate.serial].problem)
    (fact,) = [text for label, text in detail(site, gate.serial).facts if "To be removed" in label]
    assert fact.startswith(f"Nur Aisyah {leaver.number} ({leaver.number})")
    assert leaver.number in gate.people
    gate.unit.faults.offline = False
    wait_until(lambda: leaver.number not in gate.people)
    wait_text(site, leaver, "Left")


def test_TE2_a_terminal_that_only_says_so_is_not_believed(running_both: RunningSite) -> None:
    site = running_both
    leaver = site.add_employee(number="61501")
    gate, door = push_terminal(site, leaver), dialled_terminal(site, 2, first=61501)
    door.people[leaver.number].name = leaver.full_name
    gate.unit.faults.ignore_writes = door.faults.ignore_writes = True
    change(site, leaver, active=False)
    wait_until(
        lambda: all(
            any("but still holds them" in text for _, text in detail(site, serial).facts)
            for serial in (gate.serial, door.serial)
        )
    )
    assert "still on" in site.reload(leaver).status_text
    assert site.reload(leaver).still_on >= 2
    gate.unit.faults.ignore_writes = door.faults.ignore_writes = False
    wait_until(lambda: not {leaver.number} & {*gate.people, *door.people})
    wait_text(site, leaver, "Left")


def test_TE2_no_face_of_somebody_who_left_goes_out_and_it_comes_back_with_them(
    running_both: RunningSite,
) -> None:
    site = running_both
    gate = push_terminal(site)
    leaver = with_face(site)
    wait_until(lambda: gate.people.get(leaver.number, SimPerson()).photo)
    change(site, leaver, active=False)
    wait_text(site, leaver, "Left")
    assert leaver.number not in gate.people
    late = push_terminal(site)
    stays = with_face(site)
    wait_until(lambda: stays.number in late.people and stays.number in gate.people)
    assert leaver.number not in {*late.people, *gate.people}
    change(site, leaver, active=True)
    for one in (gate, late):
        wait_until(
            lambda one=one: one.people.get(leaver.number, SimPerson()).photo,  # type: ignore[misc]
        )
    wait_until(lambda: "Left" not in site.reload(leaver).status_text)


def test_TE2_who_comes_back_with_an_old_backup_of_the_terminal_goes_again(
    running_both: RunningSite,
) -> None:
    site = running_both
    leaver = site.add_employee(number="61701")
    door = dialled_terminal(site, 2, first=61701)
    door.people[leaver.number].name = leaver.full_name
    change(site, leaver, active=False)
    wait_until(lambda: "61701" not in door.people)
    wait_text(site, leaver, "Left")
    made_up_people(door, 2, 61701)
    door.people[leaver.number].name = leaver.full_name
    refresh = tasks.OnUnit(terminal_id=names(site)[door.serial].id, action="refresh")
    site.client.finish(site.client.call(tasks.on_unit, refresh))
    wait_until(lambda: "61701" not in door.people)
    wait_text(site, leaver, "Left")


def test_a_departure_that_cannot_be_carried_out_at_all_waits_like_any_other(
    tmp_path: Path,
) -> None:
    """A number that no command can hold was tried again every two seconds, without a word."""
    engine = connect(sqlite_url(tmp_path / "muster.db"))
    upgrade(engine)
    store = Store(engine)
    with store.write() as tx:
        gate, leaver = add_terminal(tx, "Gate"), add_employee(tx, active=False)
        gate.last_seen, gate.capabilities = tx.now, {"read_people": {"can": True}}
        tx.flush()
        note_inventory(tx, gate.id, {}, (), {leaver.id: "1\t2"})

    async def until_it_was_tried() -> Placement:
        pools = Pools()
        log_book = LogBook(store, lines := SetAside(store, Vault(bytes(32))))
        sessions = TerminalSessions(
            store=store,
            vault=Vault(bytes(32)),
            clock=store.clock,
            pools=pools,
            push_site=PushSite(
                store, store.clock, pools, log_book, HeldLines(store, lines, log_book)
            ),
            log_book=log_book,
        )
        sessions.bind(asyncio.get_running_loop())
        alignment = Alignment(store=store, clock=store.clock, pools=pools, sessions=sessions)
        watching = asyncio.create_task(alignment.align_forever())
        async with asyncio.timeout(30):
            while True:
                with store.read() as tx:
                    row = tx.get_one(Placement, (gate.id, leaver.id))
                if row.attempt > 1:
                    break
                await asyncio.sleep(0.02)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        pools.close()
        return row

    row = asyncio.run(until_it_was_tried())
    assert row.confirmed_at is None
    assert row.error.startswith("Something went wrong")
    assert row.run_at > row.since
    store.close()


def rename(site: RunningSite, person: employees.EmployeeRow, last_name: str) -> None:
    fields = employees.SaveEmployee(
        id=person.id,
        number=person.number,
        first_name=person.first_name,
        last_name=last_name,
        email=person.email,
        department=person.department,
    )
    site.client.call(employees.save_employee, fields)


def test_TE1_TE2_a_face_and_a_new_name_arrive_and_leave_all_else_as_it_was(
    running_both: RunningSite,
) -> None:
    """The administrator of a terminal became an ordinary user without card or password."""
    site = running_both
    gate = push_terminal(site)
    person = site.add_employee()
    held = gate.unit.person(person.number)
    held.name, held.privilege, held.password, held.group = "Nur A", 14, "4711", "3"
    held.told = {"card": "[E2801160600002]", "tz": "0001000100000000", "verify": "6"}
    before = dict(vars(held))
    site.visit(person).enrol(person.number, good_photos())
    decision = review.Decide(id=site.wait_submission(person).id, approve=True, in_spite=ONE_FACE)
    site.client.call(review.decide, decision)
    wait_until(lambda: gate.people[person.number].photo)
    rename(site, person, "Binti Osman")
    wait_until(lambda: gate.people[person.number].name == "Nur Binti Osman")
    after = dict(vars(gate.people[person.number]))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"name", "photo"}


def test_TE1_somebody_else_under_the_same_number_is_not_written_over(
    running_both: RunningSite,
) -> None:
    site = running_both
    gate = push_terminal(site)
    person = site.add_employee()
    gate.unit.person(person.number).name = "Bob Stone"
    site.visit(person).enrol(person.number, good_photos())
    decision = review.Decide(id=site.wait_submission(person).id, approve=True, in_spite=ONE_FACE)
    site.client.call(review.decide, decision)
    wait_until(lambda: "“Bob Stone”" in names(site)[gate.serial].problem)
    assert gate.people[person.number] == SimPerson(
        name="Bob Stone", uid=gate.people[person.number].uid
    )
    facts = [text for label, text in detail(site, gate.serial).facts if "Should be on it" in label]
    assert any(person.number in text and "Plan its changes" in text for text in facts)


def test_TE2_a_terminal_that_was_restored_from_a_backup_gets_the_faces_again(
    running_both: RunningSite,
) -> None:
    site = running_both
    gate = push_terminal(site)
    person = with_face(site)
    wait_until(lambda: gate.people.get(person.number, SimPerson()).photo)
    wait_until(lambda: "On " in site.reload(person).status_text)
    del gate.unit.people[person.number]
    refresh = tasks.OnUnit(terminal_id=names(site)[gate.serial].id, action="refresh")
    site.client.finish(site.client.call(tasks.on_unit, refresh))
    wait_until(lambda: gate.people.get(person.number, SimPerson()).photo)
