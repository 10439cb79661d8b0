"""Deletes what was kept for as long as its kind is kept, and reports it. EN2."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from console.domain.fingers import FingerPosition
from console.domain.invitations import IN_FORCE, Event, advance
from console.domain.retention import Kept
from console.service.portions import hurry
from console.service.settings import keep_setting, kept_for, load_settings
from console.store import audit
from console.store.database import Store
from console.store.queries.aged_logins import remove_logins
from console.store.queries.enrolments import advance_invitation
from console.store.queries.placements import ask_again, faces_must_go
from console.store.queries.retention import DUE
from console.store.schema import (
    Consent,
    Enrolment,
    EnrolmentPicture,
    Finger,
    FingerBlob,
    IdPhoto,
    Invitation,
    Outbox,
    Photo,
    PortalSession,
    Receipt,
    Setting,
)
from console.store.unit_of_work import ReadTx, Tx

REPORT = "retention_report"
EVERY = timedelta(hours=1)
"""Drafts are kept for 24 hours; looking costs a few indexed queries."""
BATCH = 200
"""Rows of one transaction."""
ELSEWHERE = frozenset({Kept.LINES})
"""Deleted by what keeps them (`terminals/set_aside.py`)."""


class RetentionReport(msgspec.Struct, frozen=True, kw_only=True):
    """The last pass. removed: kind -> how much, of what was due."""

    at: datetime
    removed: dict[str, int]


def last_report(tx: ReadTx) -> RetentionReport | None:
    """What the last pass deleted; None before the first."""
    row = tx.get(Setting, REPORT)
    return None if row is None else msgspec.convert(row.value, RetentionReport)


def count_due(tx: ReadTx, kept: Mapping[Kept, int]) -> dict[Kept, int]:
    """How much of each kind is older than that: what a pass with these days would delete."""
    found = {}
    for kind, due in DUE.items():
        query = select(func.count()).select_from(due(_before(tx.now, kept[kind])).subquery())
        found[kind] = tx.scalar(query) or 0
    return found


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


class Retention:
    """Blocking; doing it twice changes nothing."""

    def __init__(
        self,
        store: Store,
        *,
        forget_face: Callable[[str], object],
        forget_finger: Callable[[str, FingerPosition], object],
        give_way: Callable[[], None] = hurry,
    ) -> None:
        """forget_face, forget_finger: of the workers' memory, after a commit.

        give_way: waits while somebody waits for an answer.
        """
        self._store, self._give_way = store, give_way
        self._forget_face, self._forget_finger = forget_face, forget_finger

    def run_when_due(self) -> None:
        """A pass, unless the last one was a short while ago."""
        with self._store.read() as tx:
            report = last_report(tx)
            if report is not None and tx.now - report.at < EVERY:
                return
        self.run()

    def run(self) -> RetentionReport:
        """One pass over all kinds. Each batch is audited with its number."""
        with self._store.read() as tx:
            kept = kept_for(load_settings(tx))
        removed = {
            kind.value: count
            for kind in DUE
            if kind not in ELSEWHERE and (count := self._remove_old(kind, kept[kind]))
        }
        with self._store.write() as tx:
            report = RetentionReport(at=tx.now, removed=removed)
            keep_setting(tx, REPORT, report)
            if removed:
                tx.audit("retention.pass", removed=removed)
        if removed:
            self._store.empty_journal()
        return report

    def _remove_old(self, kind: Kept, days: int) -> int:
        total = 0
        while True:
            with self._store.write() as tx:
                count = self._remove_some(tx, kind, _before(tx.now, days))
            total += count
            self._give_way()
            if count < BATCH or kind is Kept.AUDIT:
                return total

    def _remove_some(self, tx: Tx, kind: Kept, before: datetime) -> int:
        if kind is Kept.AUDIT:
            return audit.cut(tx.session, before)
        ids = list(tx.scalars(DUE[kind](before).limit(BATCH)))
        if ids and kind in (Kept.LEFT, Kept.UNUSED):
            self._destroy_biometrics(tx, ids)
        elif ids:
            _REMOVE[kind](tx, ids)
        return len(ids)

    def _destroy_biometrics(self, tx: Tx, employee_ids: Sequence[str]) -> None:
        """Templates, fingers and photos of these people; terminals and kiosks lose them next."""
        mine = Finger.employee_id.in_(employee_ids)
        for owner, position in tx.execute(select(Finger.employee_id, Finger.position).where(mine)):
            tx.after_commit(partial(self._forget_finger, owner, FingerPosition(position)))
        tx.execute(delete(Finger).where(mine))
        gone = {"template": b"", "identity": "", "removed_at": tx.now}
        blobs = FingerBlob.employee_id.in_(employee_ids), FingerBlob.removed_at.is_(None)
        tx.execute(update(FingerBlob).where(*blobs).values(gone))
        for pictures in (Photo, IdPhoto):
            tx.execute(delete(pictures).where(pictures.employee_id.in_(employee_ids)))
        enrolments = select(Enrolment.id).where(Enrolment.employee_id.in_(employee_ids))
        _empty_templates(tx, list(tx.scalars(enrolments)))
        for invitation in tx.scalars(
            select(Invitation).where(
                Invitation.employee_id.in_(employee_ids), Invitation.status.in_(IN_FORCE)
            )
        ):
            invitation.status = advance(invitation.status, Event.SUPERSEDE)
            invitation.changed_at = tx.now
        tx.flush()
        for employee_id in employee_ids:
            faces_must_go(tx, employee_id)
            ask_again(tx, employee_id)
            tx.after_commit(partial(self._forget_face, employee_id))
            tx.changed("employees", employee_id)
            tx.changed("fingers", employee_id)
        tx.changed("enrolments")
        tx.changed("invitations")


def _delete_photos(tx: Tx, ids: Sequence[str]) -> None:
    tx.execute(delete(Photo).where(Photo.id.in_(ids)))
    tx.changed("photos")


def _give_up_waiting(tx: Tx, ids: Sequence[str]) -> None:
    for invitation in tx.scalars(select(Invitation).where(Invitation.id.in_(ids))):
        advance_invitation(tx, invitation, Event.REVOKE)
        tx.changed("review", invitation.id)
    tx.execute(delete(Photo).where(Photo.invitation_id.in_(ids)))
    tx.changed("invitations")


def _empty_templates(tx: Tx, ids: Sequence[str]) -> None:
    """The rows stay without a template: terminals are known to hold them."""
    tx.execute(delete(EnrolmentPicture).where(EnrolmentPicture.enrolment_id.in_(ids)))
    gone = {"live": False, "template": b"", "version": "", "model": ""}
    tx.execute(update(Enrolment).where(Enrolment.id.in_(ids)).values(gone))
    tx.changed("faces")


def _delete_links(tx: Tx, ids: Sequence[str]) -> None:
    given = update(Consent).where(Consent.invitation_id.in_(ids))
    tx.execute(given.values(invitation_id=None))
    for table in (Outbox, PortalSession, Photo):
        tx.execute(delete(table).where(table.invitation_id.in_(ids)))
    tx.execute(delete(Invitation).where(Invitation.id.in_(ids)))
    tx.changed("invitations")


def _delete_logins(tx: Tx, ids: Sequence[int]) -> None:
    remove_logins(tx, ids)
    tx.changed("logins")


def _delete_emails(tx: Tx, ids: Sequence[str]) -> None:
    tx.execute(delete(Outbox).where(Outbox.id.in_(ids)))


def _delete_receipts(tx: Tx, ids: Sequence[str]) -> None:
    tx.execute(delete(Receipt).where(Receipt.id.in_(ids)))


_REMOVE: dict[Kept, Callable[[Tx, Sequence[Any]], None]] = {
    Kept.DRAFTS: _delete_photos,
    Kept.WAITING: _give_up_waiting,
    Kept.REJECTED: _delete_photos,
    Kept.APPROVED: _delete_photos,
    Kept.SUPERSEDED: _empty_templates,
    Kept.LINKS: _delete_links,
    Kept.EMAILS: _delete_emails,
    Kept.LOGINS: _delete_logins,
    Kept.TERMINAL_RECORDS: _delete_receipts,
}
