"""The audit trail: append-only, each entry chained to the one before by SHA-256."""

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, delete, func, insert, select
from sqlalchemy.orm import Session

from console.store.columns import Base, json_text
from console.store.schema import Audit, Setting

GENESIS = "0" * 64
READ_AT_ONCE = 1000
KNOWN_DETAILS = 1000
_TABLE = Base.metadata.tables[Audit.__tablename__]
"""Without objects: these cost more than all the rest of an entry."""
ANCHOR = "audit_anchor"
"""The setting with number and hash of the last entry that was deleted by its age."""


class Entry(NamedTuple):
    """What is hashed of an entry. detail: JSON, as it is stored."""

    seq: int
    at: datetime
    actor: str
    action: str
    object_id: str
    detail: str
    prev_hash: str


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@functools.lru_cache(maxsize=KNOWN_DETAILS)
def _canonical(detail: str) -> str:
    """The same JSON without spaces and with sorted keys; many entries have the same."""
    return _encode(json.loads(detail))


def digest(row: Any, prev: str) -> str:
    """The hash of an entry. row: as `entries` yields them; prev: the hash of the one before."""
    at = row.at.isoformat(timespec="microseconds")
    texts = ",".join(map(_encode, (at, row.actor, row.action, row.object_id)))
    entry = f"[{row.seq},{texts},{_canonical(row.detail)},{_encode(prev)}]"
    return hashlib.sha256(entry.encode()).hexdigest()


class Entries:
    """The new entries of one transaction. They are chained as they come and written together.

    Nobody else may write meanwhile: the end of the chain is read once.
    """

    def __init__(self, session: Session, at: datetime, actor: str) -> None:
        self._session, self._at, self._actor = session, at.astimezone(UTC), actor
        self._end: tuple[int, str] | None = None
        self._unwritten: list[dict[str, Any]] = []

    def add(self, action: str, object_id: str, detail: dict[str, Any]) -> None:
        """Adds an entry. detail: JSON values; no names, no email addresses, no tokens."""
        seq, prev = self._end or self._stored_end()
        kept = json_text(detail)
        entry = Entry(seq + 1, self._at, self._actor, action, object_id, kept, prev)
        self._end = entry.seq, digest(entry, prev)
        self._unwritten.append({**entry._asdict(), "detail": detail, "hash": self._end[1]})

    def write(self) -> None:
        """Inserts what was added since, in one statement."""
        if self._unwritten:
            rows, self._unwritten = self._unwritten, []
            self._session.execute(insert(_TABLE), rows)

    def _stored_end(self) -> tuple[int, str]:
        newest = select(Audit.seq, Audit.hash).order_by(Audit.seq.desc()).limit(1)
        row = self._session.execute(newest).first()
        return (row.seq, row.hash) if row is not None else (0, GENESIS)


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
    """All entries in their order, read in portions. Their detail is JSON, as it is stored."""
    columns = select(
        Audit.seq,
        Audit.at,
        Audit.actor,
        Audit.action,
        Audit.object_id,
        cast(Audit.detail, Text).label("detail"),
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
        if row.seq != seq + 1 or row.prev_hash != prev or not _is_sealed(row):
            return Checked(count, row.seq)
        count, seq, prev = count + 1, row.seq, row.hash
    return Checked(count)


def _is_sealed(row: Any) -> bool:
    try:
        return bool(row.hash == digest(row, row.prev_hash))
    except ValueError:  # somebody wrote something that is no JSON
        return False
