"""AC15: a clock that was wrong revives nothing that had run out, and locks nobody out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from console.domain.errors import NotSignedIn
from console.domain.operators import IDLE_LOCK, SESSION_LIFETIME, TEMPORARY_LIFETIME, Role
from console.service.lifetimes import TOLERANCE, Lifetimes
from console.service.people.operator_sessions import OperatorSessions, open_session
from console.service.people.passwords import NewPassword, set_temporary
from console.service.pools import Pools
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.schema import Audit, Kiosk, Operator
from tests.conftest import Databases
from tests.support.clock import FakeClock

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Site:
    """A site whose upkeep runs once a minute, under a clock that anybody sets."""

    def __init__(self, store: Store, clock: FakeClock, pools: Pools) -> None:
        self.store, self.clock = store, clock
        self._lifetimes, self._sessions = Lifetimes(store), OperatorSessions(store, pools)
        self._lifetimes.run_once()

    def set(self, by: timedelta) -> None:
        """Another time; the upkeep is next."""
        self.clock.now += by
        self._lifetimes.run_once()

    def add_operator(self, name: str) -> str:
        with self.store.write() as tx:
            row = Operator(id=new_id(), username=name, name=name, role=Role.ADMIN)
            row.password_hash, row.misses, row.created_at = "a hash", 0, tx.now
            tx.add(row)
        return row.id

    def sign_in(self, operator_id: str) -> str:
        with self.store.write() as tx:
            return open_session(tx, tx.get_one(Operator, operator_id), "").token

    def goes_on(self, token: str) -> bool:
        try:
            with self.store.read() as tx:
                self._sessions.find(tx, token)
        except NotSignedIn:
            return False
        return True

    def give_temporary(self, operator_id: str) -> None:
        with self.store.write() as tx:
            made = NewPassword("shown", "temporary")
            set_temporary(tx, tx.get_one(Operator, operator_id), made)

    def is_good(self, operator_id: str) -> bool:
        """Whether the temporary password can still be used."""
        with self.store.read() as tx:
            until = tx.get_one(Operator, operator_id).password_until
            return until is not None and until >= tx.now

    def acts(self) -> list[str]:
        with self.store.read() as tx:
            return list(tx.scalars(select(Audit.action).where(Audit.action == "clock.set_back")))


@pytest.fixture
def site(databases: Databases) -> Iterator[Site]:
    clock, pools = FakeClock(), Pools()
    store = Store(connect(databases.migrated()), clock=clock)
    yield Site(store, clock, pools)
    pools.close()
    store.close()


@pytest.mark.parametrize("over", [IDLE_LOCK + MINUTE, SESSION_LIFETIME + MINUTE])
@pytest.mark.parametrize("back", [TOLERANCE, timedelta(hours=6), SESSION_LIFETIME])
def test_a_session_that_ended_is_not_revived(site: Site, over: timedelta, back: timedelta) -> None:
    token = site.sign_in(site.add_operator("ann"))
    assert site.goes_on(token)
    site.set(over)
    site.set(-back)
    assert not site.goes_on(token)


@pytest.mark.parametrize("back", [TOLERANCE, 2 * DAY, 400 * DAY])
def test_a_temporary_password_that_ran_out_is_not_revived(site: Site, back: timedelta) -> None:
    ann = site.add_operator("ann")
    site.give_temporary(ann)
    site.set(TEMPORARY_LIFETIME + MINUTE)
    site.set(-back)
    assert not site.is_good(ann)


def test_what_is_good_for_a_while_ends_when_the_clock_is_set_back(site: Site) -> None:
    """Otherwise it would be good for as long as somebody sets the clock back again."""
    ann, ben = site.add_operator("ann"), site.add_operator("ben")
    token = site.sign_in(ann)
    site.give_temporary(ben)
    with site.store.write() as tx:
        kiosk = Kiosk(name="Lobby", added_by="ann", added_at=tx.now, state={})
        kiosk.pairing_hash, kiosk.pairing_until = "code", tx.now + DAY
        tx.add(kiosk)
    site.set(-TOLERANCE - MINUTE)
    assert not site.goes_on(token)
    assert not site.is_good(ben)
    with site.store.read() as tx:
        assert tx.get_one(Kiosk, kiosk.id).pairing_hash == ""
        assert tx.get_one(Operator, ann).password_hash == "a hash"
    assert site.acts() == ["clock.set_back"]


def test_a_clock_that_is_corrected_by_a_little_ends_nothing(site: Site) -> None:
    ann, ben = site.add_operator("ann"), site.add_operator("ben")
    token = site.sign_in(ann)
    site.give_temporary(ben)
    site.set(-TOLERANCE + MINUTE)
    assert site.goes_on(token)
    assert site.is_good(ben)
    assert site.acts() == []


def test_a_clock_that_is_set_back_by_little_again_and_again_is_noticed(site: Site) -> None:
    ann = site.add_operator("ann")
    site.give_temporary(ann)
    for _ in range(3):
        site.set(-TOLERANCE / 2)
    assert not site.is_good(ann)


def test_a_clock_that_was_years_ahead_locks_nobody_out(site: Site) -> None:
    ann, ben = site.add_operator("ann"), site.add_operator("ben")
    site.set(4000 * DAY)
    site.set(-4000 * DAY)
    token = site.sign_in(ann)
    site.give_temporary(ben)
    site.set(MINUTE)
    assert site.goes_on(token)
    assert site.is_good(ben)
    assert site.acts() == ["clock.set_back"], "once"


def test_a_clock_that_was_set_back_while_the_service_was_off_is_noticed(site: Site) -> None:
    ann = site.add_operator("ann")
    token = site.sign_in(ann)
    site.clock.now -= DAY
    Lifetimes(site.store).run_once()
    assert not site.goes_on(token)
