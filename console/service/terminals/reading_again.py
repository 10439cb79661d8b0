"""Reads set-aside lines again: after an update, after a change of a setting, and on request. TE7.

An update means that the service starts, and at its start all lines are read again.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import delete, select

from bridge.terminals.errors import ProtocolError
from bridge.terminals.push.records import parse_upload
from bridge.terminals.terminal import Progress, Punch, no_progress
from bridge.terminals.zk.attendance import parse_attendance
from console.domain.language import tr, tr_count
from console.domain.set_aside import LINE_BYTES
from console.service.portions import ROWS_AT_ONCE, hurry
from console.service.terminals.log_book import LogBook
from console.service.terminals.set_aside import LOG, Line, count_lines, open_line
from console.store.database import Store
from console.store.schema import Quarantine, Terminal


@dataclass
class ReadAgain:
    """What came of it. lines: that could be read now; logins: that were new among them."""

    lines: int = 0
    logins: int = 0

    def text(self) -> str:
        """In words."""
        if not self.lines:
            return tr("None of the lines could be read.")
        return tr_count(
            "{count:,} line could be read; new logins: {logins:,}.",
            "{count:,} lines could be read; new logins: {logins:,}.",
            self.lines,
            logins=self.logins,
        )


@dataclass
class _Some:
    """A part of the lines: the ids of those that can be read, and the logins in them."""

    last: int
    ids: list[int] = field(default_factory=list)
    punches: list[Punch] = field(default_factory=list)


class SetAsideReader:
    """Reads set-aside lines again. Blocking: called from threads."""

    def __init__(
        self, store: Store, log_book: LogBook, give_way: Callable[[], None] = hurry
    ) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._log_book, self._give_way = store, log_book, give_way
        self._lock = threading.Lock()
        self._due: set[str] = set()
        self._all_due = True

    def want(self, terminal_id: str = "") -> None:
        """The lines of this terminal, or of all, are due. From any thread."""
        with self._lock:
            self._due.add(terminal_id)
            self._all_due = self._all_due or not terminal_id

    def run_due(self, progress: Progress = no_progress) -> ReadAgain:
        """Reads what is due."""
        with self._lock:
            due, all_due = self._due - {""}, self._all_due
            self._due, self._all_due = set(), False
        with self._store.read() as tx:
            wanted = tx.scalars(select(Terminal.id)).all() if all_due else sorted(due)
            counted = count_lines(tx, wanted)
        found = ReadAgain()
        for terminal_id in counted:
            one = self.read_again(terminal_id, progress)
            found.lines, found.logins = found.lines + one.lines, found.logins + one.logins
        return found

    def read_again(self, terminal_id: str, progress: Progress = no_progress) -> ReadAgain:
        """Reads the lines of one terminal. A login that is known already is not stored twice."""
        with self._store.read() as tx:
            total = count_lines(tx, [terminal_id]).get(terminal_id, 0)
        found, done, last = ReadAgain(), 0, 0
        while some := self._next(terminal_id, last):
            last, done = some.last, done + ROWS_AT_ONCE
            found.logins += self._log_book.store_punches(terminal_id, some.punches)
            found.lines += len(some.ids)
            if some.ids:
                with self._store.write() as tx:
                    tx.execute(delete(Quarantine).where(Quarantine.id.in_(some.ids)))
                    tx.changed("terminals", terminal_id)
            self._give_way()
            progress(min(done, total), total)
        return found

    def _next(self, terminal_id: str, last: int) -> _Some | None:
        query = select(Quarantine).where(
            Quarantine.terminal_id == terminal_id, Quarantine.id > last
        )
        with self._store.read() as tx:
            rows = list(tx.scalars(query.order_by(Quarantine.id).limit(ROWS_AT_ONCE)))
            lines = [open_line(tx.vault, row) for row in rows]
        if not lines:
            return None
        some = _Some(lines[-1].id)
        for line in lines:
            punches = read_line(line)
            if punches is not None:
                some.ids.append(line.id)
                some.punches += punches
        return some


def read_line(line: Line) -> list[Punch] | None:
    """The logins in a line; None if it still cannot be read, or was cut when it was set aside.

    Of other kinds of lines nothing is stored, so that they are only not set aside any more.
    """
    if len(line.raw) >= LINE_BYTES:
        return None
    if line.table == LOG:
        return _read_record(line.raw)
    with suppress(ProtocolError):
        batch = parse_upload(line.table, line.raw)
        if not batch.quarantined:
            return batch.punches
    return None


def _read_record(raw: bytes) -> list[Punch] | None:
    """A record of a log that was read as a whole, kept as hex digits."""
    with suppress(ProtocolError, ValueError):
        found = parse_attendance(memoryview(bytes.fromhex(raw.decode("ascii"))), (1, 1))
        if len(found) == 1 and not found.quarantined:
            return list(found)
    return None
