"""Days of employees begin and end at midnight of the site's zone: for terminals and for kiosks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from console.api.kiosk_link import KioskLogin
from console.domain.login_events import Stamp
from console.domain.validity import Standing, ValidDays
from console.kiosk.cache.people import as_person
from console.service.kiosks.roster import entries_of
from console.service.kiosks.uploads import store_logins
from console.service.people.employees import fields_of, save_employee
from console.service.people.validity import ValidityUpkeep
from console.service.settings import Settings, save_settings
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.queries.placements import DEMAND
from console.store.schema import Employee, Kiosk, Login
from console.store.unit_of_work import Commit
from tests.conftest import Databases
from tests.store.made import NOW, add_employee
from tests.support.clock import FakeClock

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def store(databases: Databases, clock: FakeClock) -> Iterator[Store]:
    """A site in Berlin, whose clocks change on 29 March and on 25 October 2026."""
    made = Store(connect(databases.migrated()), clock=clock)
    with made.write() as tx:
        save_settings(tx, Settings(zone="Europe/Berlin"))
    yield made
    made.close()


def hire(store: Store, first: date | None = None, last: date | None = None) -> str:
    with store.write() as tx:
        row = add_employee(tx)
        saved = save_employee(tx, row.id, fields_of(row), ValidDays(first, last))
        saved.settled = True
        return saved.id


def settled_and_in_force(store: Store, employee_id: str) -> tuple[bool, bool]:
    with store.read() as tx:
        row = tx.get_one(Employee, employee_id)
        return row.settled, row.in_force


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "begins"),
    [
        (date(2026, 3, 29), "2026-03-28 23:00"),
        (date(2026, 3, 30), "2026-03-29 22:00"),
        (date(2026, 10, 25), "2026-10-24 22:00"),
        (date(2026, 10, 26), "2026-10-25 23:00"),
    ],
)
def test_the_first_day_begins_at_midnight_of_the_site_on_both_sides_of_a_change_of_the_clocks(
    store: Store, clock: FakeClock, first: date, begins: str
) -> None:
    clock.now = at(begins) - SECOND
    person, upkeep = hire(store, first=first), ValidityUpkeep(store)
    upkeep.run_once()
    assert settled_and_in_force(store, person) == (True, False)
    heard: list[Commit] = []
    store.subscribe(heard.append)
    clock.now += SECOND
    upkeep.run_once()
    assert settled_and_in_force(store, person) == (False, True), "terminals are brought up to date"
    assert DEMAND in heard[-1].demands
    assert ("employees", person) in heard[-1].changes
    upkeep.run_once()
    assert len(heard) == 1, "nothing is due any more"


def test_the_last_day_lasts_until_its_midnight_also_if_the_service_was_off(
    store: Store, clock: FakeClock
) -> None:
    clock.now = at("2026-10-25 22:59:59")
    person = hire(store, last=date(2026, 10, 25))
    assert settled_and_in_force(store, person) == (True, True)
    clock.now = at("2026-10-27 08:00")
    ValidityUpkeep(store).run_once()
    assert settled_and_in_force(store, person) == (False, False)


def test_kiosks_are_told_the_moments_between_which_somebody_is_valid(
    store: Store, clock: FakeClock
) -> None:
    person = hire(store, date(2026, 3, 29), date(2026, 3, 29))
    with store.read() as tx:
        (entry,) = entries_of(tx, person)
    assert entry.active
    assert (entry.begins, entry.ends) == (at("2026-03-28 23:00"), at("2026-03-29 22:00"))


def test_a_login_by_number_alone_is_judged_by_the_day_of_the_login(
    store: Store, clock: FakeClock
) -> None:
    clock.now = at("2026-11-05 12:00")
    person = hire(store, date(2026, 11, 2), date(2026, 11, 3))
    kiosk = Kiosk(id=new_id(), name="Lobby", settings={}, state={}, added_by="", added_at=NOW)
    days = ("2026-11-01 12:00", "2026-11-02 12:00", "2026-11-04 12:00")
    logins = [
        KioskLogin(
            id=day,
            at=at(day),
            local_time=day,
            outcome="accepted",
            method="number",
            reason="",
            stamp=Stamp.NUMBER_ONLY,
            employee_id=person,
            number="",
            as_of=None,
            path=[],
        )
        for day in days
    ]
    with store.write() as tx:
        tx.add(kiosk)
        tx.flush()
        store_logins(tx, kiosk.id, logins)
    with store.read() as tx:
        found = tx.session.query(Login).where(Login.employee_id == person).order_by(Login.at)
        assert [login.remark for login in found] == [
            "Not verified: was not valid yet.",
            "By number alone; the number is right.",
            "Not verified: was no longer valid.",
        ]


def test_somebody_who_is_not_active_is_not_in_force_on_any_day(
    store: Store, clock: FakeClock
) -> None:
    person = hire(store, date(2026, 1, 1), date(2027, 1, 1))
    with store.write() as tx:
        row = tx.get_one(Employee, person)
        fields = replace(fields_of(row), active=False)
        save_employee(tx, person, fields, ValidDays(row.valid_from, row.valid_until))
    ValidityUpkeep(store).run_once()
    assert settled_and_in_force(store, person) == (False, False)


def test_S15_who_may_not_log_in_belongs_on_no_terminal_and_no_kiosk_takes_them(
    store: Store, clock: FakeClock
) -> None:
    person = hire(store)
    with store.write() as tx:
        row = tx.get_one(Employee, person)
        save_employee(tx, person, replace(fields_of(row), may_log_in=False), ValidDays())
    ValidityUpkeep(store).run_once()
    assert settled_and_in_force(store, person) == (False, False)
    with store.read() as tx:
        (entry,) = entries_of(tx, person)
        assert as_person(entry, clock.now).standing is Standing.BARRED
