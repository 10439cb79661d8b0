"""The audit trail: append-only, each entry chained to the one before by SHA-256."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.store.schema import Audit

GENESIS = "0" * 64


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


def verify(session: Session) -> int | None:
    """The seq of the first entry that does not fit the chain, or None when all fit."""
    expected_seq, prev = 1, GENESIS
    for row in session.scalars(select(Audit).order_by(Audit.seq)):
        digest = _digest(row.seq, row.at, row.actor, row.action, row.object_id, row.detail, prev)
        if row.seq != expected_seq or row.prev_hash != prev or row.hash != digest:
            return row.seq
        expected_seq, prev = row.seq + 1, row.hash
    return None
