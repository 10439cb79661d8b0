"""Durable jobs on DBOS Transact. Rows are the truth: a job gets a row's id, reads the row, and ends when its state has moved on.

A job's id is `<kind>:<row id>:<attempt>`, so asking twice starts it once. The reconciler starts what a crash left out: rows
whose state demands a job that nobody runs. DBOS's own tables may be lost at any time; nothing but ids stands in them.
"""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.orm import Session

from console.store.database import Store, after_commit

log = structlog.get_logger()
RECONCILE_S = 2.0
"""How often rows are looked through for work; the queries are indexed and mostly empty."""
MAX_JOB_ATTEMPTS = 5
"""A job that raised this often is given up; its row then says so."""
POLL_S = 0.5
FORGET_AT_ONCE = 500
FINISHED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@dataclass(frozen=True)
class Demand:
    """A row that demands a job. partition: jobs of one partition run one after the other."""

    row_id: str
    attempt: int
    partition: str = ""


@dataclass(frozen=True)
class JobKind:
    """run: does the work for a row id; pending: rows that demand it now; retry: counts a failed attempt on the row
    (given_up: nobody will try again); queue: empty starts at once, else by the queue's limits."""

    run: Callable[[str], None]
    pending: Callable[[Session], list[Demand]]
    retry: Callable[[Session, str, bool], None]
    queue: str = ""


class Jobs:
    """Starts, repeats and reconciles jobs. One per process, as DBOS is."""

    def __init__(self, store: Store, database_url: str, emails_per_minute: int) -> None:
        self._store = store
        self._kinds: Mapping[str, JobKind] = {}
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._reconciler = threading.Thread(
            target=self._reconcile_forever, name="reconciler", daemon=True
        )
        self._emails_per_minute = emails_per_minute
        self._active = 0
        self._active_lock = threading.Lock()
        DBOS(
            config=DBOSConfig(
                name="muster",
                system_database_url=database_url,
                application_version="1",
                executor_id="service",
                log_level="ERROR",
            )
        )

    def launch(self, kinds: Mapping[str, JobKind]) -> None:
        """Recovers what was running, then reconciles again and again."""
        self._kinds = kinds
        _current[os.getpid()] = self
        DBOS.launch()
        DBOS.register_queue(
            "mail",
            limiter={"limit": self._emails_per_minute, "period": 60.0},
            worker_concurrency=4,
            polling_interval_sec=POLL_S,
        )
        DBOS.register_queue("terminal", partition_concurrency=1, polling_interval_sec=POLL_S)
        self._reconciler.start()

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._reconciler.is_alive():
            self._reconciler.join(timeout=5)
        DBOS.destroy()

    def demand(
        self, session: Session, kind: str, row_id: str, attempt: int, partition: str = ""
    ) -> None:
        """Starts the job once the session's transaction is durable."""
        after_commit(session, lambda: self._start(kind, Demand(row_id, attempt, partition)))

    def running(self) -> int:
        return self._active

    def forget(self, completed_before: datetime) -> int:
        """Deletes the records of jobs that ended before; their rows know all that matters."""
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

    def _start(self, kind: str, demand: Demand) -> None:
        if self._stop.is_set():
            return
        queue = self._kinds[kind].queue
        with SetWorkflowID(f"{kind}:{demand.row_id}:{demand.attempt}"):
            if not queue:
                DBOS.start_workflow(_job, kind, demand.row_id)
            elif demand.partition:
                with SetEnqueueOptions(queue_partition_key=demand.partition):
                    DBOS.enqueue_workflow(queue, _job, kind, demand.row_id)
            else:
                DBOS.enqueue_workflow(queue, _job, kind, demand.row_id)

    def run(self, kind: str, row_id: str) -> None:
        with self._active_lock:
            self._active += 1
        try:
            self._kinds[kind].run(row_id)
        except Exception as error:
            log.exception("job_failed", kind=kind, row=row_id, error=type(error).__name__)
            raise
        finally:
            with self._active_lock:
                self._active -= 1

    def reconcile(self) -> int:
        """Starts the jobs that rows demand and nobody runs; counts an attempt for those that ended without effect."""
        started = 0
        for kind, declared in self._kinds.items():
            with self._store.read() as session:
                demands = declared.pending(session)
            for demand in demands:
                status = DBOS.get_workflow_status(f"{kind}:{demand.row_id}:{demand.attempt}")
                if status is None:
                    self._start(kind, demand)
                    started += 1
                elif status.status in FINISHED:
                    self._count_failure(kind, demand)
        return started

    def _count_failure(self, kind: str, demand: Demand) -> None:
        """The attempt ended, the row has not moved: the next attempt, or none any more."""
        with self._store.write() as session:
            if demand in self._kinds[kind].pending(session):
                self._kinds[kind].retry(session, demand.row_id, demand.attempt >= MAX_JOB_ATTEMPTS)

    def _reconcile_forever(self) -> None:
        while not self._stop.is_set():
            try:
                self.reconcile()
            except (
                Exception
            ) as error:  # the next round tries again; a dead reconciler would lose work
                log.exception("reconcile_failed", error=type(error).__name__)
            self._wake.wait(RECONCILE_S)
            self._wake.clear()


_current: dict[int, Jobs] = {}


@DBOS.step(name="muster.step")
def _step(kind: str, row_id: str) -> None:
    _current[os.getpid()].run(kind, row_id)


@DBOS.workflow(name="muster.job")
def _job(kind: str, row_id: str) -> None:
    _step(kind, row_id)
