"""Wrong passwords, in parallel and under a clock that leaps. AC1, AC15."""

import itertools
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from console.domain.errors import SignInFailed
from console.domain.operators import FREE_MISSES, MAX_DELAY, Role
from console.service.people.sign_in_gate import SignInGate
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.schema import Audit, Operator
from tests.conftest import Databases

_names = (f"operator{number}" for number in itertools.count(1))


class Times:
    """A wall clock that anybody may set, and one that only runs forward."""

    def __init__(self) -> None:
        self.wall, self.ticks = datetime(2026, 11, 26, 9, tzinfo=UTC), 1000.0

    def pass_(self, duration: timedelta) -> None:
        self.wall += duration
        self.ticks += duration.total_seconds()

    def leap(self, duration: timedelta) -> None:
        self.wall += duration


class Door:
    """One operator who signs in at a service."""

    def __init__(self, store: Store, times: Times) -> None:
        self.store, self.times, self.name = store, times, next(_names)
        with store.write() as tx:
            row = Operator(id=new_id(), username=self.name, name="Ann", role=Role.ADMIN)
            row.password_hash, row.misses, row.created_at = "", 0, tx.now
            tx.add(row)
        self.id = row.id
        self.restart()

    def restart(self) -> None:
        self.gate = SignInGate(self.store, lambda: self.times.ticks)

    def miss(self) -> bool:
        """Whether a wrong password was looked at."""
        try:
            operator = self.gate.enter(self.name)
        except SignInFailed:
            return False
        assert operator is not None
        self.gate.missed(operator.id)
        return True

    def wait_s(self) -> int:
        """Seconds that are still to be waited."""
        try:
            operator = self.gate.enter(self.name)
        except SignInFailed as refused:
            found = re.search(r"Try again in (\d+) seconds\.", str(refused))
            assert found
            return int(found[1])
        assert operator is not None
        self.gate.passed(operator.id)
        return 0


@pytest.fixture(scope="module")
def times() -> Times:
    return Times()


@pytest.fixture(scope="module")
def store(databases: Databases, times: Times) -> Iterator[Store]:
    made = Store(connect(databases.migrated()), clock=lambda: times.wall)
    yield made
    made.close()


@pytest.fixture
def door(store: Store, times: Times) -> Door:
    return Door(store, times)


def test_AC1_guesses_in_parallel_are_counted_before_any_is_verified(door: Door) -> None:
    with ThreadPoolExecutor(8) as threads:
        looked_at = sum(threads.map(lambda _: door.miss(), range(40)))
    assert looked_at == FREE_MISSES
    with door.store.read() as tx:
        told = select(Audit.action).where(Audit.object_id == door.id)
        assert list(tx.scalars(told)) == ["operator.sign_in_missed"] * FREE_MISSES


def test_AC1_nobody_waits_for_the_misses_of_another_name(door: Door, times: Times) -> None:
    while door.miss():
        pass
    assert Door(door.store, times).wait_s() == 0
    assert door.gate.enter("nobody of this name") is None


def test_AC1_the_right_password_forgets_the_misses(door: Door) -> None:
    for _ in range(FREE_MISSES - 1):
        assert door.miss()
    assert door.wait_s() == 0
    for _ in range(FREE_MISSES - 1):
        assert door.miss()


def test_AC1_a_clock_set_forward_opens_nothing(door: Door, times: Times) -> None:
    while door.miss():
        pass
    times.leap(timedelta(days=40))
    assert door.wait_s() > 0
    times.pass_(MAX_DELAY)
    assert door.wait_s() == 0


@pytest.mark.parametrize("restarted", [False, True])
def test_AC15_a_clock_that_was_ahead_locks_nobody_out(
    door: Door, times: Times, restarted: bool
) -> None:
    times.leap(timedelta(days=400))
    while door.miss():
        pass
    times.leap(timedelta(days=-400))
    if restarted:
        door.restart()
    assert 0 < door.wait_s() <= MAX_DELAY.total_seconds()
    times.pass_(MAX_DELAY)
    assert door.wait_s() == 0


def test_AC1_a_restart_forgets_no_miss(door: Door, times: Times) -> None:
    while door.miss():
        pass
    door.restart()
    assert door.wait_s() > 0
    times.pass_(MAX_DELAY)
    assert door.miss(), "after the delay there is one more try"
    assert not door.miss(), "and then a longer delay"
