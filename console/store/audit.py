"""The audit trail: append-only, each entry chained to the one before by SHA-256."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from console.store.schema import Audit, Setting

GENESIS = "0" * 64
ANCHOR = "audit_anchor"
"""The setting with number and hash of the last entry that was deleted by its age."""


def _digest(
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    object_id: str,
    detail: dict[str, Any],
    prev: str,
) -> str:
    entry = [seq, at.isoformat(timespec="microseconds"), actor, action, object_id, detail, prev]
    return hashlib.sha256(
        json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def record(
    session: Session, at: datetime, actor: str, action: str, object_id: str = "", **detail: Any
) -> None:
    """Adds an entry inside the caller's transaction.

    detail: JSON values; no names, no email addresses, no tokens.
    """
    last = session.scalars(
        select(Audit).order_by(Audit.seq.desc()).limit(1).with_for_update()
    ).first()
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    digest = _digest(seq, at, actor, action, object_id, detail, prev)
    session.add(
        Audit(
            seq=seq,
            at=at,
            actor=actor,
            action=action,
            object_id=object_id,
            detail=detail,
            prev_hash=prev,
            hash=digest,
        )
    )
    session.flush()


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
    anchor = session.get(Setting, ANCHOR)
    expected_seq, prev = 1, GENESIS
    if anchor is not None:
        expected_seq, prev = anchor.value["seq"] + 1, anchor.value["hash"]
    for row in session.scalars(select(Audit).order_by(Audit.seq)):
        digest = _digest(row.seq, row.at, row.actor, row.action, row.object_id, row.detail, prev)
        if row.seq != expected_seq or row.prev_hash != prev or row.hash != digest:
            return row.seq
        expected_seq, prev = row.seq + 1, row.hash
    return None
