"""The audit trail: append-only, each entry chained to the one before by SHA-256."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from console.store.columns import Base, json_text
from console.store.schema import Audit, Setting

GENESIS = "0" * 64
READ_AT_ONCE = 1000
_TABLE = Base.metadata.tables[Audit.__tablename__]
"""Without objects: these cost more than all the rest of an entry."""
ANCHOR = "audit_anchor"
"""The setting with number and hash of the last entry that was deleted by its age."""


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def digest(row: Any, prev: str) -> str:
    """The hash of an entry. row: with the columns of `Audit`; prev: the hash of the one before."""
    at = row.at.isoformat(timespec="microseconds")
    entry = [row.seq, at, row.actor, row.action, row.object_id, row.detail, prev]
    return hashlib.sha256(_canonical(entry).encode()).hexdigest()


class Entries:
    """The new entries of one transaction. They are chained as they come and written together.

    Nobody else may write meanwhile: the end of the chain is read once.
    """

    def __init__(self, session: Session, at: datetime, actor: str) -> None:
        self._session, self._at, self._actor = session, at.astimezone(UTC), actor
        self._end: tuple[int, str] | None = None
        self._unwritten: list[_Entry] = []

    def add(self, action: str, object_id: str, detail: dict[str, Any]) -> None:
        """Adds an entry. detail: JSON values; no names, no email addresses, no tokens."""
        seq, prev = self._end or self._stored_end()
        detail = json.loads(json_text(detail)) if detail else {}  # as it will be read
        entry = _Entry(seq + 1, self._at, self._actor, action, object_id, detail, prev)
        self._end = entry.seq, digest(entry, prev)
        self._unwritten.append(entry._replace(hash=self._end[1]))

    def write(self) -> None:
        """Inserts what was added since, in one statement."""
        if self._unwritten:
            rows = [entry._asdict() for entry in self._unwritten]
            self._unwritten = []
            self._session.execute(insert(_TABLE), rows)

    def _stored_end(self) -> tuple[int, str]:
        newest = select(Audit.seq, Audit.hash).order_by(Audit.seq.desc()).limit(1)
        row = self._session.execute(newest).first()
        return (row.seq, row.hash) if row is not None else (0, GENESIS)


class _Entry(NamedTuple):
    """The columns of `Audit`."""

    seq: int
    at: datetime
    actor: str
    action: str
    object_id: str
    detail: dict[str, Any]
    prev_hash: str
    hash: str = ""


def cut(session: Session, before: datetime) -> int:
    """Deletes the entries up to a moment, but never the newest, and returns how many.

    The hash of the last one is kept, so that the rest of the chain can still be verified.
    """
    newest = session.scalar(select(func.max(Audit.seq))) or 0
    old = select(Audit).where(Audit.at <= before, Audit.seq < newest)
    last = session.scalars(old.order_by(Audit.seq.desc()).limit(1)).first()
    if last is None:
        return 0
    session.merge(Setting(key=ANCHOR, value={"seq": last.seq, "hash": last.hash}))
    gone = session.scalar(select(func.count()).where(Audit.seq <= last.seq)) or 0
    session.execute(delete(Audit).where(Audit.seq <= last.seq))
    return gone


def verify(session: Session) -> int | None:
    """The seq of the first entry that does not fit the chain, or None when all fit."""
    return check_chain(entries(session), anchor(session)).broken_at


@dataclass(frozen=True)
class Anchor:
    """The last entry that was deleted by its age; the chain goes on from it."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True)
class Checked:
    """count: the entries that fit; broken_at: the seq of the first that does not."""

    count: int
    broken_at: int | None = None


def anchor(session: Session) -> Anchor:
    """From where the chain is checked."""
    row = session.get(Setting, ANCHOR)
    return Anchor() if row is None else Anchor(row.value["seq"], row.value["hash"])


def entries(session: Session) -> Iterator[Any]:
    """All entries in their order, read in portions."""
    columns = select(
        Audit.seq,
        Audit.at,
        Audit.actor,
        Audit.action,
        Audit.object_id,
        Audit.detail,
        Audit.prev_hash,
        Audit.hash,
    )
    yield from session.execute(
        columns.order_by(Audit.seq).execution_options(yield_per=READ_AT_ONCE)
    )


def check_chain(rows: Iterable[Any], start: Anchor) -> Checked:
    """Compares each entry with its hash and with the one before. rows: as `entries` yields them."""
    count, seq, prev = 0, start.seq, start.hash
    for row in rows:
        if row.seq != seq + 1 or row.prev_hash != prev or row.hash != digest(row, prev):
            return Checked(count, row.seq)
        count, seq, prev = count + 1, row.seq, row.hash
    return Checked(count)
