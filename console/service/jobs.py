"""Durable jobs on DBOS Transact. A job gets row ids, reads the rows, and changes their state.

A dispatcher looks for rows that need work and gives them, several at a time, to durable workflows.
A request that makes such rows only wakes the dispatcher, so no request waits for a job to be
recorded. Jobs that were running when the service died run again at its next start. Rows are the
truth: DBOS's own tables hold only ids, and may be lost at any time.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Select

from console.store.database import Store
from console.store.unit_of_work import Commit, Tx

log = structlog.get_logger()
RECONCILE_S = 2.0
"""How often rows are checked for work. The queries are indexed and mostly find nothing."""
MAX_JOB_ATTEMPTS = 5
"""A job that raised this often is given up; its row then says so."""
REST = 9.0
"""The pause after a query for work, as a multiple of its duration.

A query that is slow at a large site then takes a tenth of the time at most.
"""
FORGET_AT_ONCE = 500
FINISHED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@dataclass(frozen=True)
class Demand:
    """A row that wants a job, and which attempt at it this is."""

    row_id: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast jobs of one kind run.

    batch: rows of one workflow; parallel: workflows at a time; per_minute: rows per minute, 0 for
    no limit; look_s: seconds between two looks for rows that nobody announced, at least
    RECONCILE_S.
    """

    batch: int = 1
    parallel: int = 1
    per_minute: int = 0
    look_s: float = 0.0


class JobKind(Protocol):
    """One kind of durable work."""

    pace: Pace
    subjects: frozenset[str]
    """Changes of these subjects may have made work."""

    def pending(self) -> Select[str, int]:
        """The query of rows that want the job now: (row id, attempt)."""

    def run(self, row_ids: Sequence[str]) -> None:
        """Does the work of these rows. A row that fails stays pending and delays no other."""

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """Counts a failed attempt on the row. given_up: nobody will try again."""


def one_by_one(kind: str, run_one: Callable[[str], None], row_ids: Sequence[str]) -> None:
    """Runs each row by itself. An error is logged, and the row stays pending."""
    for row_id in row_ids:
        try:
            run_one(row_id)
        except Exception as error:
            log.exception("job_failed", kind=kind, row=row_id, error=type(error).__name__)


class _Lane:
    """What is under way of one kind."""

    def __init__(self, kind: JobKind) -> None:
        self.kind = kind
        self.under_way: dict[str, str] = {}
        """Row id -> the batch that does it."""
        self.batches: set[str] = set()
        self.failed: set[str] = set()
        """Rows whose last run failed: others come first, so that they can not be starved."""
        self.rests_until = 0.0
        self.look_due = 0.0


class Jobs:
    """Finds rows that need work, starts it, and retries what failed. One per process, like DBOS."""

    def __init__(self, store: Store, database_url: str) -> None:
        self._store = store
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._demanded: set[str] = set()
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._dispatcher = threading.Thread(target=self._dispatch_forever, name="jobs", daemon=True)
        store.subscribe(self.hear)
        DBOS(
            config=DBOSConfig(
                name="muster",
                system_database_url=database_url,
                application_version="1",
                executor_id="service",
                log_level="ERROR",
            )
        )

    def launch(self, kinds: dict[str, JobKind]) -> None:
        """Resumes work that was interrupted, then starts new work until closed."""
        self._lanes = {name: _Lane(kind) for name, kind in kinds.items()}
        _current[os.getpid()] = self
        DBOS.launch()
        self._dispatcher.start()

    def close(self) -> None:
        """Starts nothing more and ends DBOS. Rows that are left stay pending."""
        self._stop.set()
        self._wake.set()
        if self._dispatcher.is_alive():
            self._dispatcher.join(timeout=5)
        DBOS.destroy()

    def hear(self, commit: Commit) -> None:
        """Called after each commit: starts the kinds of work that it made."""
        subjects = {subject for subject, _ in commit.changes}
        touched = {name for name, lane in self._lanes.items() if lane.kind.subjects & subjects}
        self._demand(commit.demands & self._lanes.keys() | touched)

    def _demand(self, kinds: frozenset[str]) -> None:
        if kinds:
            with self._lock:
                self._demanded |= kinds
            self._wake.set()

    def running(self) -> int:
        """How many rows are under way."""
        return sum(len(lane.under_way) for lane in self._lanes.values())

    def failing(self, kind: str) -> set[str]:
        """The rows of this kind that failed in their last run, and are tried again."""
        with self._lock:
            return set(self._lanes[kind].failed) if kind in self._lanes else set()

    def forget(self, completed_before: datetime) -> int:
        """Deletes the records of workflows that ended before; rows know all that matters."""
        old = DBOS.list_workflows(
            status=list(FINISHED),
            completed_before=completed_before.isoformat(),
            limit=FORGET_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([record.workflow_id for record in old])
        return len(old)

    # the dispatcher's thread

    def _dispatch_forever(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                kinds, self._demanded = self._demanded, set()
            now = time.monotonic()
            kinds |= {name for name, lane in self._lanes.items() if lane.look_due <= now}
            for kind in kinds:
                self._start_due(kind)
            self._wake.wait(self._pause())
            self._wake.clear()

    def _start_due(self, name: str) -> None:
        """Starts the due rows of one kind. A kind that pauses stays demanded."""
        lane, began = self._lanes[name], time.monotonic()
        if began < lane.rests_until:
            with self._lock:
                self._demanded.add(name)
            return
        try:
            self._dispatch(name)
        except Exception as error:  # a dead dispatcher would lose work: the next round tries again
            log.exception("dispatch_failed", kind=name, error=type(error).__name__)
        now = time.monotonic()
        lane.rests_until = now + REST * (now - began)
        lane.look_due = max(lane.rests_until, now + max(RECONCILE_S, lane.kind.pace.look_s))

    def _pause(self) -> float:
        """Seconds until the next round, if nothing is demanded in the meantime."""
        due = [lane.look_due for lane in self._lanes.values()]
        with self._lock:
            resting = [self._lanes[name].rests_until for name in self._demanded]
        return max(0.0, min([*due, *resting], default=RECONCILE_S) - time.monotonic())

    def _dispatch(self, name: str) -> None:
        """Starts as many batches as the pace allows."""
        lane = self._lanes[name]
        pace = lane.kind.pace
        with self._lock:
            free, busy = pace.parallel - len(lane.batches), set(lane.under_way)
            failed = set(lane.failed)
        if free <= 0:
            return
        most = len(busy | failed) + free * pace.batch
        with self._store.read() as tx:
            pending = [row_id for row_id, _ in tx.execute(lane.kind.pending().limit(most))]
        if len(pending) < most:  # all were seen: what is not among them has ended
            with self._lock:
                lane.failed.intersection_update(pending)
        found = [row_id for row_id in pending if row_id not in busy]
        found.sort(key=failed.__contains__)
        for _ in range(free):
            batch = self._allowed(name, found[: pace.batch])
            found = found[pace.batch :]
            if not batch or self._stop.is_set():
                return
            self._start(name, batch)

    def _allowed(self, name: str, row_ids: list[str]) -> list[str]:
        """As many of the rows as the limit a minute admits."""
        limit = self._lanes[name].kind.pace.per_minute
        if not limit:
            return row_ids
        item = RateLimitItemPerMinute(limit)
        return [row_id for row_id in row_ids if self._limiter.hit(item, name)]

    def _start(self, name: str, row_ids: list[str]) -> None:
        batch_id, lane = f"{name}:{uuid.uuid4().hex}", self._lanes[name]
        with self._lock:
            lane.batches.add(batch_id)
            lane.under_way.update(dict.fromkeys(row_ids, batch_id))
            lane.failed.difference_update(row_ids)
        try:
            with SetWorkflowID(batch_id):
                DBOS.start_workflow(_job, name, row_ids)
        except BaseException:
            self._end(lane, batch_id)
            raise

    # DBOS's threads

    def run(self, batch_id: str, name: str, row_ids: list[str]) -> None:
        """Runs one batch. Rows that another batch has under way are skipped."""
        lane = self._lanes[name]
        with self._lock:
            lane.batches.add(batch_id)
            mine = [one for one in row_ids if lane.under_way.setdefault(one, batch_id) == batch_id]
        failed = True
        try:
            before = self._still_pending(lane, mine)
            lane.kind.run([demand.row_id for demand in before])
            failed = self._count_failures(lane, before)
        finally:
            self._end(lane, batch_id)
            if failed:  # what failed waits a little, so that it can not run in circles
                lane.look_due = min(lane.look_due, time.monotonic() + RECONCILE_S)
            else:
                self._demand(frozenset({name}))

    def _still_pending(self, lane: _Lane, row_ids: list[str]) -> list[Demand]:
        query = lane.kind.pending()
        query = query.where(query.selected_columns[0].in_(row_ids))
        with self._store.read() as tx:
            found = {row_id: Demand(row_id, attempt) for row_id, attempt in tx.execute(query)}
        return [found[row_id] for row_id in row_ids if row_id in found]

    def _count_failures(self, lane: _Lane, before: list[Demand]) -> bool:
        """Whether rows have not moved: they get the next attempt, or none any more."""
        after = set(self._still_pending(lane, [demand.row_id for demand in before]))
        stuck = [demand for demand in before if demand in after]
        if not stuck:
            return False
        with self._lock:
            lane.failed.update(demand.row_id for demand in stuck)
        with self._store.write() as tx:
            for demand in stuck:
                lane.kind.retry(tx, demand.row_id, demand.attempt >= MAX_JOB_ATTEMPTS)
        return True

    def _end(self, lane: _Lane, batch_id: str) -> None:
        with self._lock:
            lane.batches.discard(batch_id)
            lane.under_way = {row: own for row, own in lane.under_way.items() if own != batch_id}


_current: dict[int, Jobs] = {}


@DBOS.step(name="muster.step")
def _step(batch_id: str, kind: str, row_ids: list[str]) -> None:
    _current[os.getpid()].run(batch_id, kind, row_ids)


@DBOS.workflow(name="muster.job")
def _job(kind: str, row_ids: list[str]) -> None:
    batch_id = DBOS.workflow_id
    assert batch_id is not None
    _step(batch_id, kind, row_ids)
