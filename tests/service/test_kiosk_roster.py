"""The list for kiosks: always up to date, and made anew only after a change."""

from pathlib import Path

import pytest

from console.service.kiosks import roster as kiosk_roster
from console.service.kiosks.roster import LASTS_S, KioskRoster, MadeRoster, Roster
from console.store.columns import new_id
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import Employee
from tests.store.test_database import NOW


@pytest.fixture
def store(tmp_path: Path) -> Store:
    engine = connect(sqlite_url(tmp_path / "muster.db"))
    upgrade(engine)
    return Store(engine)


def hire(store: Store, number: str, subject: str) -> None:
    with store.write() as tx:
        tx.add(
            Employee(
                id=new_id(),
                number=number,
                first_name="A",
                last_name="B",
                email="",
                department="",
                active=True,
                in_force=True,
                sort_name="b a",
                created_at=NOW,
                updated_at=NOW,
            )
        )
        if subject:
            tx.changed(subject)


def numbers(roster: KioskRoster) -> list[str]:
    return [entry.number for entry in roster.read().entries]


@pytest.mark.parametrize("subject", ["employees", "enrolments", "fingers", "faces"])
def test_what_it_depends_on_is_heard_at_once(store: Store, subject: str) -> None:
    roster = KioskRoster(store)
    assert numbers(roster) == []
    hire(store, "1", subject)
    assert numbers(roster) == ["1"]


def test_h6_logins_kiosks_and_terminals_that_call_do_not_make_it_anew(store: Store) -> None:
    """H6: the poll of any terminal dropped the list, so that each kiosk's call made it anew."""
    roster = KioskRoster(store)
    before = roster.read()
    for subject in ("logins", "kiosks", "terminals", "tasks", ""):
        with store.write() as tx:
            if subject:
                tx.changed(subject)
        assert roster.read() is before


def test_a_write_while_it_is_made_is_heard_the_next_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster, read = KioskRoster(store), kiosk_roster.entries_of

    def slowly(tx, give_way):
        found = read(tx, give_way=give_way)
        hire(store, "1", "employees")
        monkeypatch.setattr(kiosk_roster, "entries_of", read)
        return found

    monkeypatch.setattr(kiosk_roster, "entries_of", slowly)
    assert numbers(roster) == []
    assert numbers(roster) == ["1"]


def test_what_another_process_writes_is_heard_after_a_while(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = KioskRoster(store)
    roster.read()
    other = Store(store.engine)
    hire(other, "1", "employees")
    monkeypatch.setattr(kiosk_roster, "LASTS_S", 0.0)
    assert numbers(roster) == ["1"]


def test_a_write_that_was_rolled_back_counts_for_nothing(store: Store) -> None:
    roster = KioskRoster(store)
    before = roster.read()
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        tx.changed("employees")
        raise ZeroDivisionError
    assert roster.read() is before


def test_a_list_that_was_slow_to_make_serves_a_while_longer_whatever_changes() -> None:
    """During an import of 50,000 people, kiosks had it made anew at every question."""
    made = MadeRoster(commits=1, at=0.0, rests_until=5.0, roster=Roster("digest", [], NOW))
    assert made.serves(commits=2, now=4.9)
    assert not made.serves(commits=2, now=5.1)
    assert made.serves(commits=1, now=LASTS_S - 1)
    assert not made.serves(commits=1, now=LASTS_S + 1), "another process may have written"
