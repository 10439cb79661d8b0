"""TE11: names in other encodings, in one conversation with a terminal, on both dialects."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.simulator.unit import Unit
from bridge.simulator.zk import ZkServer
from bridge.terminals.names import shown_name
from bridge.terminals.plan import fingerprint_of, inventory_digest
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import FingerTemplate, TerminalDevice
from bridge.terminals.zk.terminal import connected
from console.domain.placements import PlacementState
from console.service.pools import Pools
from console.service.terminals.placement_notes import due_on, note_leavers, note_people, still_due
from console.service.terminals.placement_round import Due, DuePerson, Hindrance, Round, bring
from console.service.terminals.placements import Placements
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.queries.placements import ask_again, recognise, retry_now, unsettle
from console.store.schema import Placement
from tests.bridge.fakes import MemorySite, a_unit, address, dialling, listening, run
from tests.store.made import NOW, add_employee, add_placement, add_terminal

DIALECTS = pytest.mark.parametrize("dialect", ["push", "zk"])


@asynccontextmanager
async def talking(unit: Unit, dialect: str, encoding: str) -> AsyncIterator[TerminalDevice]:
    if dialect == "zk":
        async with (
            ZkServer(unit) as server,
            connected(address(server), encoding=encoding) as dialled,
        ):
            yield dialled
    else:
        site = MemorySite()
        async with listening(site) as url, dialling(url, unit):
            yield PushTerminal(unit.serial, site.queue(unit.serial), {}, encoding)


def align(
    unit: Unit, dialect: str, *people: DuePerson, encoding: str = "auto", times: int = 1
) -> list[Round]:
    async def no_face(_employee_id: str, _face_id: str) -> bytes | None:
        return None

    async def rounds() -> list[Round]:
        async with talking(unit, dialect, encoding) as device:
            due_then = Due({}, list(people), tells_fingers=True)
            return [await bring(device, due_then, no_face) for _ in range(times)]

    return run(rounds())


def due(pin: str, name: str, *, known: bool = False) -> DuePerson:
    return DuePerson(employee_id=f"id {pin}", pin=pin, name=name, run_at=NOW, known=known)


def test_EN1_a_face_that_must_go_waits_for_no_finger_that_is_refused() -> None:
    unit = a_unit(0, 0)
    unit.faults.returns["DATA UPDATE FINGERTMP"] = [-1002] * 4
    unit.person("1").name, unit.person("1").photo = "Nur", b"a face"
    finger = FingerTemplate("1", 6, bytes(800), 1)
    person = replace(due("1", "Nur", known=True), face_over=True, fingers=(finger,))
    (seen,) = align(unit, "push", person)
    assert not unit.people["1"].photo
    assert seen.bare == {"id 1"}
    assert "finger" in seen.errors["id 1"].text


def test_EN1_a_strangers_face_stays() -> None:
    unit = a_unit(0, 0)
    unit.person("1").name, unit.person("1").photo = "Somebody Else", b"a face"
    (seen,) = align(unit, "push", replace(due("1", "Nur"), face_over=True))
    assert unit.people["1"].photo == b"a face"
    assert seen.bare == set()


def a_cyrillic_unit(**names: str) -> Unit:
    unit = a_unit(0, 0)
    unit.faults.encoding = "windows-1251"
    for pin, name in names.items():
        unit.person(pin.removeprefix("n")).name = name
    return unit


@DIALECTS
def test_a_name_that_cannot_be_read_is_neither_renamed_nor_said_to_be_another(dialect: str) -> None:
    unit = a_cyrillic_unit(n1="Вера", n2="Вера")
    (seen,) = align(unit, dialect, due("1", "Nur"), due("2", "Zoë", known=True))
    assert [one.name for one in unit.people.values()] == ["Вера", "Вера"]
    assert seen.people_written == 0
    assert seen.errors["id 1"].permanent
    assert "cannot be read for certain. Choose its text encoding" in seen.errors["id 1"].text
    assert seen.there == {"id 2": inventory_digest("2", "Zoe", [])}, "it counts as the name here"


@DIALECTS
def test_a_chosen_encoding_tells_who_is_there(dialect: str) -> None:
    unit = a_cyrillic_unit(n1="Вера", n2="Анна")
    people = due("1", "Вера Иванова"), due("2", "Nur")
    (seen,) = align(unit, dialect, *people, encoding="windows-1251")
    assert unit.people["1"].name == "Вера Иванова"
    assert "holds “Анна” under the number 2" in seen.errors["id 2"].text


@DIALECTS
@pytest.mark.parametrize(
    ("encoding", "name"),
    [("auto", "Вера"), ("windows-1251", "Zoë 王 Müller"), ("utf-8", "Anna-Magdalena von Hülsenü")],
)
def test_a_name_that_the_terminal_cannot_show_is_written_once(
    dialect: str, encoding: str, name: str
) -> None:
    """It shows less than was sent, which was taken for another name again and again."""
    unit = a_cyrillic_unit(n1="Анна")
    if encoding == "utf-8":
        unit.faults.encoding = encoding
    rounds = align(unit, dialect, due("2", name), encoding=encoding, times=2)
    assert [seen.people_written for seen in rounds] == [1, 0]
    shown = shown_name(name, "ascii" if encoding == "auto" else encoding)
    assert unit.people["2"].name == shown
    for seen in rounds:
        assert not seen.errors
        assert seen.there == {"id 2": inventory_digest("2", shown, [])}


def test_what_is_to_be_tried_again_is_not_given_up_by_a_try_from_before(tmp_path: Path) -> None:
    """A plan recognised somebody while the conversation before it was still under way."""
    engine = connect(sqlite_url(tmp_path / "muster.db"))
    upgrade(engine)
    store = Store(engine)
    with store.write(now=NOW) as tx:
        gate, person = add_terminal(tx, "Gate"), add_employee(tx)
        add_placement(tx, person, gate)
    with store.write(now=NOW) as tx:
        before = due_on(tx, gate.id)
    with store.write(now=NOW + timedelta(seconds=1)) as tx:
        recognise(tx, gate.id, [person.number])
        retry_now(tx, gate.id)
    refused = Round(errors={person.id: Hindrance("It cannot be read.", permanent=True)})
    states = []
    for due_then in (before, None):
        with store.write(now=NOW + timedelta(seconds=2)) as tx:
            note_people(tx, gate.id, (due_then or due_on(tx, gate.id)).people, refused)
        with store.read() as reading:
            states.append(reading.get_one(Placement, (gate.id, person.id)).state)
    store.close()
    assert states == [PlacementState.WAITING, PlacementState.FAILED]


def test_who_came_back_while_they_were_removed_is_brought_there_again(tmp_path: Path) -> None:
    """The lay-out had just taken them for held, by what the terminal had shown before."""
    engine = connect(sqlite_url(tmp_path / "muster.db"))
    upgrade(engine)
    store = Store(engine)
    with store.write(now=NOW) as tx:
        gate, person = add_terminal(tx, "Gate"), add_employee(tx)
        values = {"face_held": "f", "confirmed_at": NOW}
        add_placement(tx, person, gate, PlacementState.CONFIRMED, **values)
    later = NOW + timedelta(seconds=2)
    with store.write(now=later) as tx:
        note_leavers(tx, gate.id, {person.number: person.id}, Round(gone={person.id}))
    with store.read() as reading:
        row = reading.get_one(Placement, (gate.id, person.id))
    store.close()
    assert (row.state, row.run_at, row.face_held) == (PlacementState.WAITING, later, None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = connect(sqlite_url(tmp_path / "muster.db"))
    upgrade(engine)
    made = Store(engine)
    yield made
    made.close()


def placed(store: Store, **values: Any) -> tuple[str, str]:
    """(terminal, employee) of somebody who is due there."""
    with store.write(now=NOW) as tx:
        gate, person = add_terminal(tx, "Gate"), add_employee(tx)
        add_placement(tx, person, gate, **values)
        return gate.id, person.id


def begin(store: Store, terminal_id: str) -> Due:
    """What a conversation with the terminal starts from."""
    with store.read() as tx:
        due_then = due_on(tx, terminal_id)
    with store.write() as tx:
        return still_due(tx, terminal_id, due_then)


def end(store: Store, terminal_id: str, due_then: Due, seen: Round) -> None:
    with store.write() as tx:
        note_people(tx, terminal_id, due_then.people, seen)


def row_of(store: Store, place: tuple[str, str]) -> Placement | None:
    with store.read() as tx:
        return tx.get(Placement, place)


def lay_out(store: Store) -> None:
    pools = Pools()
    Placements(store, pools).lay_out()
    pools.close()


@pytest.mark.parametrize("fails", [True, False], ids=["half way", "after all"])
def test_TE12_what_was_sent_is_not_forgotten_however_the_conversation_ends(
    store: Store, *, fails: bool
) -> None:
    """Found at random: a consent was withdrawn while the finger was written, which then stayed."""
    place = placed(store)
    under_way = begin(store, place[0])
    with store.write() as tx:
        unsettle(tx, [place[1]])
    lay_out(store)
    seen = Round(errors={place[1]: Hindrance("The connection broke.")})
    if not fails:
        seen = Round(there={place[1]: "with a finger"})
    end(store, place[0], under_way, seen)
    lay_out(store)
    row = row_of(store, place)
    assert row is not None
    assert (row.belongs, row.state) == (True, PlacementState.WAITING)


def test_TE12_who_was_decided_anew_before_anything_was_sent_is_left_out(store: Store) -> None:
    place = placed(store)
    with store.read() as tx:
        due_then = due_on(tx, place[0])
    with store.write() as tx:
        ask_again(tx, place[1])
    with store.write() as tx:
        assert still_due(tx, place[0], due_then).people == []
        unsettle(tx, [place[1]])
    lay_out(store)
    assert row_of(store, place) is None, "nothing of them was sent, and nothing belongs there"


def test_TE12_a_terminal_that_is_being_asked_is_asked_again(store: Store) -> None:
    """What it is asked for now is what was right before the consent was withdrawn."""
    place = placed(store)
    under_way = begin(store, place[0])
    with store.write() as tx:
        ask_again(tx, place[1])
    end(store, place[0], under_way, Round(there={place[1]: "with a finger"}))
    row = row_of(store, place)
    assert row is not None
    assert row.state is PlacementState.WAITING


def test_TE12_what_was_thought_to_be_there_does_not_outlive_what_is_shown(store: Store) -> None:
    place = placed(store, content="without")
    under_way = begin(store, place[0])
    with store.write() as tx:
        row = tx.get_one(Placement, place)
        row.state, row.run_at = PlacementState.CONFIRMED, NOW + timedelta(seconds=1)
    end(store, place[0], under_way, Round(there={place[1]: "with a finger"}))
    after = row_of(store, place)
    assert after is not None
    assert after.state is PlacementState.WAITING


def test_TE11_nothing_is_remembered_as_sent_to_somebody_elses_record(store: Store) -> None:
    place = placed(store)
    under_way = begin(store, place[0])
    doubt = Hindrance("Somebody else is there.", permanent=True, doubt=True)
    end(store, place[0], under_way, Round(errors={place[1]: doubt}))
    with store.write() as tx:
        unsettle(tx, [place[1]])
    lay_out(store)
    assert row_of(store, place) is None


@DIALECTS
def test_TE24_fingers_that_were_not_looked_at_are_as_they_were_last_seen(dialect: str) -> None:
    unit = a_unit(0, 0)
    unit.person("1").name, unit.person("1").fingers = "Nur", {5: bytes(700)}
    unit.person("2").name, unit.person("2").fingers = "Anna", {5: bytes(700)}
    known = replace(due("1", "Nur"), shown="with a finger")
    (seen,) = align(unit, dialect, known)
    assert seen.there == {"id 1": "with a finger"}
    renamed = replace(due("2", "Anna B"), shown="with a finger")
    (seen,) = align(unit, dialect, renamed, replace(known, shown=""))
    held = [(5, fingerprint_of(bytes(700)))]
    assert seen.there == {
        "id 1": inventory_digest("1", "Nur", held),
        "id 2": inventory_digest("2", "Anna B", held),
    }
