"""The job runner by itself: batches, pace, again after a failure, and never twice."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from console.demo.site import wait_until
from console.service.jobs import MAX_JOB_ATTEMPTS, Jobs, Pace, one_by_one
from console.store.database import Store, connect
from console.store.schema import Setting
from console.store.unit_of_work import Tx
from tests.conftest import Databases


class Rows:
    """Work on real rows: settings whose key begins with the kind's name.

    The value counts the attempts.
    """

    subjects: frozenset[str] = frozenset()

    def __init__(self, store: Store, name: str, pace: Pace) -> None:
        self.store, self.name, self.pace = store, name, pace
        self.runs: Counter[str] = Counter()
        self.given_up: list[str] = []
        self.fail: set[str] = set()
        self.batches: list[int] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self.gate = threading.Event()
        self.gate.set()

    def add(self, *names: str, demand: bool = True) -> None:
        with self.store.write() as tx:
            for name in names:
                tx.add(Setting(key=f"{self.name}.{name}", value={"attempt": 1}))
            if demand:
                tx.demand(self.name)

    def left(self) -> int:
        with self.store.read() as tx:
            return len(list(tx.execute(self.pending())))

    def pending(self) -> sa.Select[str, int]:
        attempt = Setting.value["attempt"].as_integer()
        return sa.select(Setting.key, attempt).where(Setting.key.like(f"{self.name}.%"))

    def run(self, row_ids: Sequence[str]) -> None:
        self.batches.append(len(row_ids))
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self.gate.wait(20)
        one_by_one(self.name, self._run_one, row_ids)
        with self._lock:
            self._at_once -= 1

    def _run_one(self, key: str) -> None:
        with self._lock:
            self.runs[key.partition(".")[2]] += 1
        if key.partition(".")[2] in self.fail:
            raise RuntimeError(key)
        with self.store.write() as tx:
            tx.delete(tx.get_one(Setting, key))

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        row = tx.get_one(Setting, row_id)
        row.value = {"attempt": row.value["attempt"] + 1}
        if given_up:
            self.given_up.append(row_id.partition(".")[2])
            tx.delete(row)


@pytest.fixture
def setup(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Jobs, Rows, Rows, Rows]]:
    """(jobs, rows one at a time, rows in batches of 50, rows of which 3 a minute are allowed)."""
    monkeypatch.setattr("console.service.jobs.RECONCILE_S", 0.2)
    store = Store(connect(databases.migrated()))
    single = Rows(store, "single", Pace())
    many = Rows(store, "many", Pace(batch=50, parallel=2))
    slow = Rows(store, "slow", Pace(batch=10, per_minute=3))
    jobs = Jobs(store, databases.fresh())
    jobs.launch({"single": single, "many": many, "slow": slow})
    yield jobs, single, many, slow
    jobs.close()
    store.close()


def test_a_row_is_done_once_and_only_after_the_commit(setup) -> None:
    _, rows, _, _ = setup
    with rows.store.write() as tx:
        tx.add(Setting(key="single.one", value={"attempt": 1}))
        tx.demand("single")
        tx.demand("single")
        assert rows.runs["one"] == 0
    wait_until(lambda: rows.left() == 0)
    rows.add("two")
    wait_until(lambda: rows.left() == 0)
    assert rows.runs == {"one": 1, "two": 1}


def test_a_transaction_that_fails_starts_nothing(setup) -> None:
    _, rows, _, _ = setup
    with pytest.raises(RuntimeError), rows.store.write() as tx:
        tx.add(Setting(key="single.never", value={"attempt": 1}))
        tx.demand("single")
        raise RuntimeError
    rows.add("later")
    wait_until(lambda: rows.runs["later"] == 1)
    assert rows.runs["never"] == 0


def test_a_row_that_nobody_asked_for_is_found(setup) -> None:
    _, rows, many, _ = setup
    rows.add("forgotten", demand=False)
    many.add("forgotten too", demand=False)
    wait_until(lambda: rows.left() == many.left() == 0)
    assert rows.runs["forgotten"] == many.runs["forgotten too"] == 1


def test_a_job_that_fails_is_tried_again_and_given_up_in_the_end(setup) -> None:
    _, _, rows, _ = setup
    rows.fail.add("bad")
    rows.add("bad", *(f"good{number}" for number in range(20)))
    wait_until(lambda: rows.left() == 0)
    assert rows.given_up == ["bad"]
    assert rows.runs["bad"] == MAX_JOB_ATTEMPTS
    assert rows.runs["good7"] == 1, "a row that fails hinders no other of its batch"


def test_a_row_that_never_moves_neither_runs_in_circles_nor_starves_others(setup) -> None:
    """A kind that counts no attempts would otherwise be started again and again without a pause."""
    _, rows, _, _ = setup
    rows.retry = lambda tx, row_id, given_up: None
    rows.fail.add("stuck")
    rows.add("stuck")
    wait_until(lambda: rows.runs["stuck"] >= 3)
    rows.add("other")
    wait_until(lambda: rows.runs["other"] == 1)
    assert rows.runs["stuck"] < 50


def test_rows_are_done_in_batches_and_as_many_at_once_as_the_pace_says(setup) -> None:
    _, single, many, _ = setup
    many.gate.clear()
    many.add(*(f"n{number}" for number in range(220)))
    wait_until(lambda: many.most_at_once == 2)
    many.gate.set()
    single.add("a", "b", "c")
    wait_until(lambda: many.left() == single.left() == 0)
    assert max(many.batches) == 50
    assert many.most_at_once == 2
    assert single.most_at_once == 1
    assert set(many.runs.values()) == {1}


def test_h3_a_transaction_with_three_thousand_rows_waits_for_none_of_them(setup) -> None:
    """H3: the request only wakes the dispatcher, and records no job for each row."""
    _, _, rows, _ = setup
    rows.gate.clear()
    rows.add(*(f"n{number}" for number in range(3000)))
    assert not rows.runs
    rows.gate.set()
    wait_until(lambda: rows.left() == 0)
    assert set(rows.runs.values()) == {1}


def test_no_more_rows_a_minute_than_allowed(setup) -> None:
    _, single, _, slow = setup
    slow.add(*(f"n{number}" for number in range(5)))
    wait_until(lambda: sum(slow.runs.values()) == 3)
    single.add("other")
    wait_until(lambda: single.left() == 0)
    assert sum(slow.runs.values()) == 3
    assert slow.left() == 2


def test_records_of_old_jobs_are_forgotten_and_young_ones_kept(setup) -> None:
    jobs, rows, _, _ = setup
    rows.add("x")
    wait_until(lambda: rows.left() == 0 and jobs.running() == 0)
    assert jobs.forget(datetime.now(UTC) - timedelta(days=7)) == 0
    deadline = time.monotonic() + 10
    while not jobs.forget(datetime.now(UTC) + timedelta(minutes=1)):
        assert time.monotonic() < deadline, "the record of the ended job was not found"
    assert jobs.forget(datetime.now(UTC) + timedelta(minutes=1)) == 0
