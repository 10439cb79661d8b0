"""Engine and transactions: SQLite in WAL mode with one writer at a time, or PostgreSQL."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from console.store.checkpoints import Checkpoints
from console.store.columns import json_text
from console.store.fair_lock import FairLock
from console.store.unit_of_work import SYSTEM, Commit, ReadTx, Tx
from console.store.vault import Vault
from console.waiting import inside_transaction, is_inside_transaction

log = structlog.get_logger()
CONNECTIONS = 24
"""Connections kept open, one for each thread that reads or writes at a time."""
BUSY_TIMEOUT_MS = 10_000
AUTOCHECKPOINT_PAGES = 50_000
"""200 MB: `Checkpoints` comes long before; this is for a process that writes and has none."""
WRITER = 0x6D757374
"""PostgreSQL's advisory lock that a writing transaction holds ("must" in ASCII)."""


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{path.as_posix()}"


def connect(url: str) -> sa.Engine:
    """An engine for the URL; plain `postgresql://` means psycopg 3."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    # hide_parameters: an error that reaches the log must not name the person of the row
    engine = sa.create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        hide_parameters=True,
        json_serializer=json_text,
    )
    if engine.dialect.name == "sqlite":
        # One statement for many rows: the driver lets other threads run after each statement.
        engine.dialect.use_insertmanyvalues_wo_returning = True
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = (
            None  # the driver's own BEGIN would come too late and be deferred
        )
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "secure_delete=ON",
            f"wal_autocheckpoint={AUTOCHECKPOINT_PAGES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("muster_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class WriteRefused(RuntimeError):
    """A thread that must not wait asked to write. This is a defect of the caller."""


class Store:
    """The database. It blocks, so it is called from worker threads, never from the event loop's.

    There is one writer at a time, on both databases. Rules that look at several rows ("all
    terminals have confirmed", "nobody has decided yet") therefore need no lock of their own.
    Writing transactions are short and are served in order; readers never wait for them.
    """

    def __init__(
        self,
        engine: sa.Engine,
        vault: Vault | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.engine = engine
        self._vault = vault
        self.clock = clock
        self._writer = engine.execution_options(muster_write=True)
        self.turn: AbstractContextManager[None] = nullcontext()
        self._checkpoints: Checkpoints | None = None
        if engine.dialect.name == "sqlite":
            self.turn = FairLock()
            self._checkpoints = Checkpoints(engine, self.turn)
        self._subscribers: list[Callable[[Commit], None]] = []
        self._commits: Counter[str] = Counter()
        self._thread = threading.local()
        self.observe_write: Callable[[float], None] = lambda _seconds: None
        """Is told how long each writing transaction took, in seconds, without its wait."""

    def subscribe(self, hear: Callable[[Commit], None]) -> None:
        """Calls `hear` with what each transaction announces, once it is durable."""
        self._subscribers.append(hear)

    def commits_of(self, subjects: frozenset[str]) -> int:
        """How often this process has changed one of these subjects."""
        return sum(self._commits[subject] for subject in subjects)

    def commits_of_this_thread(self) -> int:
        """How many transactions the calling thread has committed."""
        return getattr(self._thread, "commits", 0)

    def refuse_writes_on_this_thread(self) -> None:
        """From now on `write` raises WriteRefused on the calling thread."""
        self._thread.refuses = True

    @contextmanager
    def checked_writes(self, check: Callable[[ReadTx], object]) -> Iterator[None]:
        """Inside, every transaction of the calling thread begins with `check`.

        What it raises ends the transaction. So what was true when somebody was let in is true when
        they write.
        """
        self._thread.check = check
        try:
            yield
        finally:
            self._thread.check = None

    @contextmanager
    def read(self) -> Iterator[ReadTx]:
        """A view of what is committed. It delays nobody."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield ReadTx(session, self._vault, self.clock())

    @contextmanager
    def write(self, actor: str = SYSTEM, now: datetime | None = None) -> Iterator[Tx]:
        """One transaction: committed at the end of the block, rolled back by an exception.

        Raises WriteRefused on threads that must not wait. What follows the commit never raises.
        """
        if getattr(self._thread, "refuses", False):
            raise WriteRefused(f"no writes on the thread {threading.current_thread().name}")
        if is_inside_transaction():
            raise WriteRefused("a transaction inside a transaction")
        with self.turn, inside_transaction():
            began = time.monotonic()
            with Session(self._writer, expire_on_commit=False) as session:
                if self._writer.dialect.name == "postgresql":
                    session.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER)))
                    began = time.monotonic()
                tx = Tx(session, self._vault, now or self.clock(), actor)
                check = getattr(self._thread, "check", None)
                if check is not None:
                    check(tx)
                yield tx
                commit, followers = tx.commit()
            self._commits.update({subject for subject, _ in commit.changes})
            self._thread.commits = self.commits_of_this_thread() + 1
            self.observe_write(time.monotonic() - began)
        if self._checkpoints is not None:
            self._checkpoints.note_commit()
        for hear in self._subscribers:
            _guarded(lambda hear=hear: hear(commit))  # type: ignore[misc]
        for follow in followers:
            _guarded(follow)

    def empty_journal(self) -> bool:
        """Leaves nothing of what was deleted in SQLite's journal; False if it has to wait.

        PostgreSQL keeps deleted rows until its own VACUUM, and its journal by its own settings.
        """
        return self._checkpoints is None or self._checkpoints.empty()

    def close(self) -> None:
        """Closes all connections."""
        if self._checkpoints is not None:
            self._checkpoints.close()
        self.engine.dispose()


def _guarded(follow: Callable[[], object]) -> None:
    """Runs a step after the commit. The commit stands, so a failure is only logged."""
    try:
        follow()
    except Exception as error:
        log.exception("after_commit_failed", error=type(error).__name__)
