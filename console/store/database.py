"""Engine and sessions: SQLite in WAL mode with one writer at a time, or PostgreSQL."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

BUSY_TIMEOUT_MS = 10_000
WRITER = 0x6D757374
"""PostgreSQL's advisory lock that a writing transaction holds ("must" in ASCII)."""
Change = tuple[str, str]
"""(subject, id) of something that changed, for the windows that show it."""


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path.as_posix()}"


def connect(url: str) -> sa.Engine:
    """An engine for the URL; plain `postgresql://` means psycopg 3."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
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
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("muster_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Store:
    """The database. Blocking; the service calls it from threads. `on_commit` hears of changes after they are durable.

    One writer at a time, on both databases: rules that look at several rows ("all terminals have confirmed", "nobody has
    decided yet") then hold without a lock of their own each. Transactions are short; readers are never held up.
    """

    def __init__(
        self, engine: sa.Engine, on_commit: Callable[[list[Change]], None] = lambda changes: None
    ) -> None:
        self.engine = engine
        self._writer = engine.execution_options(muster_write=True)
        self._write_lock = threading.RLock() if engine.dialect.name == "sqlite" else None
        self.on_commit = on_commit
        self._commits: Counter[str] = Counter()

    def commits_but(self, subjects: frozenset[str]) -> int:
        """How often this store has written what does not concern these subjects alone. Equal numbers: nothing else has changed, as far as
        this process wrote it."""
        return sum(count for subject, count in self._commits.items() if subject not in subjects)

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction; committed at the end of the block, rolled back by an exception."""
        with self._locked(), Session(self._writer, expire_on_commit=False) as session:
            if self._write_lock is None:
                session.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER)))
            yield session
            changes: list[Change] = session.info.pop("changes", [])
            followers: list[Callable[[], object]] = session.info.pop("followers", [])
            session.commit()
            self._commits.update({subject for subject, _ in changes} or {""})
        if changes:
            self.on_commit(list(dict.fromkeys(changes)))
        for follow in followers:
            follow()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._write_lock is None:
            yield
        else:
            with self._write_lock:
                yield

    def close(self) -> None:
        self.engine.dispose()


def changed(session: Session, subject: str, row_id: str = "") -> None:
    """Announces a change; heard after the commit."""
    session.info.setdefault("changes", []).append((subject, row_id))


def after_commit(session: Session, follow: Callable[[], object]) -> None:
    """Runs `follow` once the transaction is durable; not at all when it is rolled back."""
    session.info.setdefault("followers", []).append(follow)
