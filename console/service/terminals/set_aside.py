"""Lines of terminals that could not be read: kept sealed, bounded, and deleted when they are old.

P3, TE22, AC9.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from bridge.terminals.terminal import Quarantined
from console.domain.set_aside import share, to_bytes
from console.domain.terminals import TerminalStatus
from console.service.portions import ROWS_AT_ONCE, hurry, in_batches
from console.service.settings import load_settings
from console.store.database import Store
from console.store.schema import Quarantine, Terminal
from console.store.site_seals import line_kind
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import Vault

LOG = "log"
"""The table of what terminals hand out when their whole log is read."""
LOG_TABLES = (LOG, "ATTLOG")
"""Tables whose lines are logins."""


@dataclass(frozen=True)
class Line:
    """A line that was set aside. raw: its bytes."""

    id: int
    table: str
    raw: bytes
    reason: str
    received_at: datetime


def count_lines(tx: ReadTx, terminal_ids: Sequence[str]) -> dict[str, int]:
    """Terminal id -> how many lines are set aside."""
    query = select(Quarantine.terminal_id, func.count()).group_by(Quarantine.terminal_id)
    return dict(tx.execute(query.where(Quarantine.terminal_id.in_(terminal_ids))).all())


def open_line(vault: Vault, row: Quarantine) -> Line:
    """The line with its bytes. Raises Unsealable."""
    raw = (
        to_bytes(row.raw or "")
        if row.sealed is None
        else vault.open_site(line_kind(row.terminal_id, row.key or ""), row.sealed)
    )
    return Line(row.id, row.table, raw, row.reason, row.received_at)


def _sealed(tx: Tx, row: dict[str, Any]) -> dict[str, Any]:
    sealed = tx.vault.seal_site(line_kind(row["terminal_id"], row["key"]), row["raw"])
    return {**row, "raw": None, "sealed": sealed, "received_at": tx.now}


class SetAside:
    """Keeps lines. Blocking: called from threads."""

    def __init__(self, store: Store, vault: Vault, give_way: Callable[[], None] = hurry) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._vault, self._give_way = store, vault, give_way

    def store(self, terminal_id: str, table: str, lines: Sequence[Quarantined]) -> None:
        """Keeps the newest lines of one report, each once, and makes room for them."""
        if not lines:
            return
        with self._store.read() as tx:
            room = _share(tx)
        for some in in_batches(self._rows(terminal_id, table[:32], lines[-room:])):
            with self._store.write() as tx:
                known = select(Quarantine.key).where(
                    Quarantine.terminal_id == terminal_id,
                    Quarantine.key.in_([row["key"] for row in some]),
                )
                stored = set(tx.scalars(known))
                fresh = [row for row in some if row["key"] not in stored]
                tx.add_many(Quarantine, [_sealed(tx, row) for row in fresh])
                tx.changed("terminals", terminal_id)
        if len(lines) > room:
            with self._store.write() as tx:
                tx.get_one(Terminal, terminal_id).lines_dropped += len(lines) - room
        self._trim(terminal_id, room)

    def _rows(
        self, terminal_id: str, table: str, lines: Sequence[Quarantined]
    ) -> Iterator[dict[str, Any]]:
        """Rows that are still to be sealed. Equal lines of a report are told apart."""
        seen: Counter[str] = Counter()
        for line in lines:
            raw = to_bytes(line.raw)
            key = self._key(terminal_id, table, raw, seen[line.raw])
            seen[line.raw] += 1
            yield {
                "terminal_id": terminal_id,
                "table": table,
                "key": key,
                "raw": raw,
                "reason": line.reason[:120],
            }

    def _key(self, terminal_id: str, table: str, raw: bytes, ordinal: int) -> str:
        return self._vault.mark_site(f"line {terminal_id} {table} {ordinal}", raw)

    # regular work

    def run_once(self) -> None:
        """Seals lines of before, and deletes those that are too old or too many."""
        while self._seal_some():
            self._give_way()
        with self._store.read() as tx:
            oldest = tx.now - timedelta(days=load_settings(tx).lines_kept_days)
            room, counted = _share(tx), _counted(tx)
            aged = list(
                tx.scalars(
                    select(Quarantine.terminal_id).where(Quarantine.received_at < oldest).distinct()
                )
            )
        for terminal_id in aged:
            self._delete(terminal_id, Quarantine.received_at < oldest)
        for terminal_id, count in counted.items():
            if count > room:
                self._trim(terminal_id, room)

    def _seal_some(self) -> bool:
        """Seals some lines that are in clear; whether there were any."""
        query = select(Quarantine).where(Quarantine.raw.is_not(None)).limit(ROWS_AT_ONCE)
        with self._store.write() as tx:
            rows = list(tx.scalars(query))
            for row in rows:
                raw = to_bytes(row.raw or "")
                row.key = self._key(row.terminal_id, row.table, raw, row.id)
                row.sealed = self._vault.seal_site(line_kind(row.terminal_id, row.key), raw)
                row.raw = None
        return bool(rows)

    def _trim(self, terminal_id: str, room: int) -> None:
        """Deletes the oldest lines of a terminal that has too many."""
        theirs = Quarantine.terminal_id == terminal_id
        newest = select(Quarantine.id).where(theirs).order_by(Quarantine.id.desc())
        with self._store.read() as tx:
            last = tx.scalar(newest.offset(room).limit(1))
        if last is not None:
            self._delete(terminal_id, Quarantine.id <= last)

    def _delete(self, terminal_id: str, due: ColumnElement[bool]) -> None:
        query = select(Quarantine.id).where(Quarantine.terminal_id == terminal_id, due)
        while True:
            with self._store.write() as tx:
                ids = list(tx.scalars(query.limit(ROWS_AT_ONCE)))
                _drop(tx, terminal_id, ids)
            self._give_way()
            if len(ids) < ROWS_AT_ONCE:
                return


def _drop(tx: Tx, terminal_id: str, ids: list[int]) -> None:
    if ids:
        tx.execute(delete(Quarantine).where(Quarantine.id.in_(ids)))
        tx.get_one(Terminal, terminal_id).lines_dropped += len(ids)
        tx.audit("retention.lines", terminal_id, count=len(ids))
        tx.changed("terminals", terminal_id)


def _share(tx: ReadTx) -> int:
    query = select(func.count()).where(Terminal.status != TerminalStatus.PENDING)
    return share(tx.scalar(query) or 0)


def _counted(tx: ReadTx) -> dict[str, int]:
    query = select(Quarantine.terminal_id, func.count()).group_by(Quarantine.terminal_id)
    return dict(tx.execute(query).all())
