"""Moves what was committed from SQLite's journal into its file, on a thread of its own.

SQLite would do it inside the commit that makes the journal too long; whoever writes then waits for
half a second, and everybody behind it as well.
"""

import sqlite3
import threading
from contextlib import AbstractContextManager

import sqlalchemy as sa
import structlog

log = structlog.get_logger()
EVERY_S = 1.0
PASSIVE = "PRAGMA wal_checkpoint(PASSIVE)"
"""Does what can be done without making anybody wait."""
TRUNCATE = "PRAGMA wal_checkpoint(TRUNCATE)"
"""Empties the journal, of which nothing that was deleted is to be left."""
PATIENCE_MS = 200
"""How long writers wait while somebody still reads what was before."""


class Checkpoints:
    """Works from the first commit until it is closed. For SQLite alone."""

    def __init__(self, engine: sa.Engine, turn: AbstractContextManager[None]) -> None:
        """turn: what writers hold while they write."""
        self._engine, self._turn = engine, turn
        self._committed, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._starting = threading.Lock()

    def note_commit(self) -> None:
        """There is something to move. From any thread."""
        self._committed.set()
        with self._starting:
            if self._thread.ident is None and not self._closed.is_set():
                self._thread.start()

    def close(self) -> None:
        """Stops; the last connection to close moves the rest."""
        with self._starting:
            self._closed.set()
        self._committed.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._await_commit():
            try:
                self.move()
            except (sqlite3.Error, sa.exc.SQLAlchemyError) as error:
                # the journal grows until the next time; without this thread it would for good
                log.warning("checkpoint_failed", error=str(error))

    def _await_commit(self) -> bool:
        """Whether there is something to move; False once this is closed."""
        self._closed.wait(EVERY_S)
        self._committed.wait()
        self._committed.clear()
        return not self._closed.is_set()

    def move(self) -> None:
        """Nearly everything beside the writers, the small rest between two of them.

        Only a journal that was moved as a whole is begun again; else it would grow for good.
        """
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute(PASSIVE).close()
            with self._turn:
                connection.cursor().execute(PASSIVE).close()
        finally:
            connection.close()

    def empty(self) -> bool:
        """Empties the journal as a whole. False while somebody still reads what was before."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(PASSIVE)
            with self._turn:
                (patience_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
                cursor.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
                (busy, _, _) = cursor.execute(TRUNCATE).fetchone()
                cursor.execute(f"PRAGMA busy_timeout={patience_ms}")
            return not busy
        finally:
            connection.close()
