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
from console.store.queries.lifetimes import forget_oldest_names
from console.store.schema import Audit, Operator, UnknownName
from console.store.vault import Vault
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
        self.gate.missed(self.name)
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
    made = Store(connect(databases.migrated()), Vault(bytes(32)), clock=lambda: times.wall)
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


def answers(gate: SignInGate, name: str, tries: int) -> list[str]:
    """What is said to wrong passwords, one after the other."""
    said = []
    for _ in range(tries):
        try:
            gate.enter(name)
        except SignInFailed as refused:
            said.append(str(refused))
        else:
            gate.missed(name)
            said.append("wrong")
    return said


@pytest.mark.parametrize("restarted", [False, True])
def test_AC1_a_name_that_nobody_has_is_answered_as_one_that_somebody_has(
    door: Door, restarted: bool
) -> None:
    nobody = next(_names)
    answers(door.gate, door.name, FREE_MISSES - 1)
    answers(door.gate, nobody, FREE_MISSES - 1)
    if restarted:
        door.restart()
    known, unknown = (answers(door.gate, name, 3) for name in (door.name, nobody))
    assert known == unknown
    assert known[-1].startswith("Too many failed attempts")


def test_AC1_a_name_that_nobody_has_costs_the_database_the_same(door: Door) -> None:
    """Otherwise the time of an answer says who is an operator."""
    commits = []
    for name in (door.name, next(_names)):
        before = door.store.commits_of_this_thread()
        answers(door.gate, name, 2)
        commits.append(door.store.commits_of_this_thread() - before)
    assert commits == [4, 4]


def test_AC1_an_operator_who_may_not_sign_in_is_nobody(door: Door) -> None:
    with door.store.write() as tx:
        tx.get_one(Operator, door.id).active = False
    answers(door.gate, door.name, FREE_MISSES + 1)
    with door.store.read() as tx:
        assert tx.get_one(Operator, door.id).misses == 0
        assert tx.scalar(select(Audit.seq).where(Audit.object_id == door.id)) is None


def test_AC1_strangers_cannot_fill_the_database_with_names(
    door: Door, times: Times, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.store.queries.lifetimes.UNKNOWN_NAMES_KEPT", 3)
    monkeypatch.setattr("console.service.people.sign_in_gate.MOST_REMEMBERED", 3)
    for _ in range(5):
        times.pass_(timedelta(seconds=1))
        answers(door.gate, next(_names), 1)
    with door.store.write() as tx:
        forget_oldest_names(tx)
        newest = select(UnknownName).order_by(UnknownName.missed_at)
        kept = list(tx.scalars(newest))
    assert len(kept) == 3
    assert kept[-1].missed_at == times.wall
    assert len(door.gate._opens) <= 3
