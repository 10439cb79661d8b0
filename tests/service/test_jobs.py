"""The job runner by itself: once per attempt, after the commit, again after a failure, one at a time per terminal."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from console.demo.site import wait_until
from console.service.jobs import MAX_JOB_ATTEMPTS, Demand, JobKind, Jobs
from console.store.database import Store, connect
from console.store.migrate import upgrade
from tests.conftest import Databases


class Rows:
    """Rows that demand work, kept in memory; the runner and its tables are real."""

    def __init__(self) -> None:
        self.waiting: dict[str, Demand] = {}
        self.runs: Counter[str] = Counter()
        self.given_up: list[str] = []
        self.fail: set[str] = set()
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def add(self, name: str, partition: str = "") -> Demand:
        self.waiting[name] = Demand(name, 1, partition)
        return self.waiting[name]

    def run(self, name: str) -> None:
        with self._lock:
            self.runs[name] += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.05)
        with self._lock:
            self.at_once -= 1
        if name in self.fail:
            raise RuntimeError(name)
        self.waiting.pop(name, None)

    def pending(self, _session: Session) -> list[Demand]:
        return list(self.waiting.values())

    def retry(self, _session: Session, name: str, given_up: bool) -> None:
        demand = self.waiting[name]
        self.waiting[name] = Demand(name, demand.attempt + 1, demand.partition)
        if given_up:
            self.given_up.append(name)
            del self.waiting[name]


@pytest.fixture
def setup(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Store, Jobs, Rows, Rows]]:
    monkeypatch.setattr("console.service.jobs.RECONCILE_S", 0.2)
    engine = connect(databases.fresh())
    upgrade(engine)
    store, plain, terminal = Store(engine), Rows(), Rows()
    jobs = Jobs(store, databases.fresh(), emails_per_minute=600)
    jobs.launch(
        {
            "plain": JobKind(plain.run, plain.pending, plain.retry),
            "terminal": JobKind(terminal.run, terminal.pending, terminal.retry, queue="terminal"),
        }
    )
    yield store, jobs, plain, terminal
    jobs.close()
    store.close()


def test_a_job_asked_for_twice_runs_once_and_only_after_the_commit(setup) -> None:
    store, jobs, rows, _ = setup
    rows.add("one")
    with store.write() as session:
        jobs.demand(session, "plain", "one", 1)
        jobs.demand(session, "plain", "one", 1)
        assert rows.runs["one"] == 0
    wait_until(lambda: "one" not in rows.waiting)
    time.sleep(0.5)
    assert rows.runs["one"] == 1


def test_a_transaction_that_fails_starts_nothing(setup) -> None:
    store, jobs, rows, _ = setup
    with pytest.raises(RuntimeError), store.write() as session:
        jobs.demand(session, "plain", "never", 1)
        raise RuntimeError
    time.sleep(0.3)
    assert rows.runs["never"] == 0


def test_a_row_that_nobody_asked_for_is_found(setup) -> None:
    _, _, rows, terminal = setup
    rows.add("forgotten")
    terminal.add("forgotten too", "unit")
    wait_until(lambda: not rows.waiting and not terminal.waiting)
    assert rows.runs["forgotten"] == terminal.runs["forgotten too"] == 1


def test_a_job_that_fails_is_tried_again_and_given_up_in_the_end(setup) -> None:
    _, _, rows, _ = setup
    rows.fail.add("bad")
    rows.add("bad")
    wait_until(lambda: rows.given_up == ["bad"])
    assert rows.runs["bad"] == MAX_JOB_ATTEMPTS


def test_one_job_at_a_time_per_terminal_while_others_proceed(setup) -> None:
    store, jobs, _, rows = setup
    with store.write() as session:
        for number in range(6):
            rows.add(f"a{number}", "A")
            jobs.demand(session, "terminal", f"a{number}", 1, "A")
    wait_until(lambda: not rows.waiting)
    assert rows.most_at_once == 1
    assert set(rows.runs.values()) == {1}


def test_records_of_old_jobs_are_forgotten_and_young_ones_kept(setup) -> None:
    store, jobs, rows, _ = setup
    rows.add("x")
    with store.write() as session:
        jobs.demand(session, "plain", "x", 1)
    wait_until(lambda: not rows.waiting)
    time.sleep(0.3)
    assert jobs.forget(datetime.now(UTC) - timedelta(days=7)) == 0
    assert jobs.forget(datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert jobs.forget(datetime.now(UTC) + timedelta(minutes=1)) == 0
