"""Departures: who left, and which terminals have not shown yet that they do not hold them."""

from datetime import timedelta

from console.store.database import Store
from console.store.queries.departures import (
    CLOCKS_DIFFER,
    leavers_on,
    note_held,
    note_logins,
    still_on,
    waiting_on,
)
from console.store.schema import Departure, Employee, Terminal
from tests.store.made import NOW, add_employee, add_terminal

LATER = CLOCKS_DIFFER + timedelta(seconds=1)


def leaver_at(store: Store, *, gone: bool = False) -> tuple[Employee, Terminal]:
    """Somebody who left, and a terminal that was seen to hold them."""
    with store.write(now=NOW) as tx:
        person, terminal = add_employee(tx, active=False), add_terminal(tx, "Gate")
        note_held(tx, terminal.id, {person.id: person.number})
        tx.flush()
        if gone:
            row = tx.get_one(Departure, (terminal.id, person.id))
            row.gone_at, row.attempt = NOW, 4
    return person, terminal


def departure_of(store: Store, person: Employee, terminal: Terminal) -> Departure:
    with store.read() as tx:
        return tx.get_one(Departure, (terminal.id, person.id))


def test_who_is_seen_on_a_terminal_after_leaving_is_to_go_from_it(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store)
    row = departure_of(shared_store, person, terminal)
    assert (row.pin, row.since, row.run_at, row.gone_at) == (person.number, NOW, NOW, None)
    with shared_store.read() as tx:
        assert still_on(tx, [person.id]) == {person.id: 1}
        assert leavers_on(tx, [terminal.id]) == {terminal.id: 1}
        assert [(one.pin, who.id) for one, who in waiting_on(tx, terminal.id, 5)] == [
            (person.number, person.id)
        ]


def test_to_be_seen_once_more_while_it_is_waited_for_changes_nothing(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store)
    with shared_store.write(now=NOW + LATER) as tx:
        note_held(tx, terminal.id, {person.id: person.number})
    assert departure_of(shared_store, person, terminal).run_at == NOW


def test_who_had_gone_and_is_held_again_goes_again(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store, gone=True)
    with shared_store.write(now=NOW + LATER) as tx:
        note_held(tx, terminal.id, {person.id: person.number})
    row = departure_of(shared_store, person, terminal)
    assert (row.gone_at, row.run_at, row.attempt) == (None, NOW + LATER, 1)
    assert row.error == "The terminal holds this person again."


def test_nobody_held_announces_nothing(shared_store: Store) -> None:
    before = shared_store.commits_of(frozenset({"terminals"}))
    with shared_store.write() as tx:
        note_held(tx, "no terminal", {})
        note_logins(tx, "no terminal", {})
    assert shared_store.commits_of(frozenset({"terminals"})) == before


def test_a_login_after_the_departure_shows_that_the_terminal_holds_them(
    shared_store: Store,
) -> None:
    person, terminal = leaver_at(shared_store, gone=True)
    with shared_store.write(now=NOW + 2 * LATER) as tx:
        note_logins(tx, terminal.id, {person.id: NOW + LATER})
    row = departure_of(shared_store, person, terminal)
    assert (row.gone_at, row.run_at) == (None, NOW + 2 * LATER)
    assert "let this person in" in row.error


def test_a_login_from_before_the_departure_that_comes_late_changes_nothing(
    shared_store: Store,
) -> None:
    person, terminal = leaver_at(shared_store, gone=True)
    with shared_store.write() as tx:
        note_logins(tx, terminal.id, {person.id: NOW + CLOCKS_DIFFER})
    assert departure_of(shared_store, person, terminal).gone_at == NOW


def test_who_has_gone_is_on_no_list(shared_store: Store) -> None:
    person, terminal = leaver_at(shared_store, gone=True)
    with shared_store.read() as tx:
        assert still_on(tx, [person.id]) == {}
        assert leavers_on(tx, [terminal.id]) == {}
        assert waiting_on(tx, terminal.id, 5) == []


def test_the_list_of_a_terminal_begins_with_those_who_left_first(shared_store: Store) -> None:
    with shared_store.write(now=NOW) as tx:
        terminal = add_terminal(tx, "Gate")
        people = [add_employee(tx, active=False) for _ in range(3)]
    for days, person in zip((2, 0, 1), people, strict=True):
        with shared_store.write(now=NOW + timedelta(days=days)) as tx:
            note_held(tx, terminal.id, {person.id: person.number})
    with shared_store.read() as tx:
        found = [who.id for _, who in waiting_on(tx, terminal.id, 2)]
    assert found == [people[1].id, people[2].id]
