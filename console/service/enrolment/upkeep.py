"""Regular work for enrolments: links expire, and drafts and approved photos are deleted.

Each batch is a short transaction of its own, and doing it twice changes nothing.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, delete, select

from console.domain.invitations import UPLOADABLE, Status
from console.service.enrolment.invitations import expire_links
from console.store.database import Store
from console.store.schema import Enrolment, Invitation, Photo
from console.store.unit_of_work import Tx

BATCH = 200
"""Rows of one transaction."""
DRAFTS_KEPT = timedelta(hours=24)
PHOTOS_KEPT_AFTER_APPROVAL = timedelta(days=30)
"""What the consent text promises; the picture that terminals get is kept with the template."""


class EnrolmentUpkeep:
    """Runs once a minute. Blocking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run_once(self) -> None:
        """Everything that is due now."""
        self._in_batches(lambda tx: expire_links(tx, BATCH))
        self._in_batches(lambda tx: _delete_photos(tx, _old_drafts(tx)))
        self._in_batches(lambda tx: _delete_photos(tx, _old_approved(tx)))

    def _in_batches(self, run_batch: Callable[[Tx], int]) -> None:
        """Repeats `run_batch` until a batch is not full."""
        while True:
            with self._store.write() as tx:
                count = run_batch(tx)
            if count < BATCH:
                return


def _old_drafts(tx: Tx) -> Select[str]:
    """Photos of the open try that were not submitted."""
    not_submitted = Invitation.status.in_((*UPLOADABLE, Status.EXPIRED, Status.REVOKED))
    due: ColumnElement[bool] = Photo.created_at <= tx.now - DRAFTS_KEPT
    query = select(Photo.id).join(Invitation, Invitation.id == Photo.invitation_id)
    return query.where(due, Photo.try_no > Invitation.tries, not_submitted)


def _old_approved(tx: Tx) -> Select[str]:
    """Photos of submissions that were approved long ago."""
    query = select(Photo.id).join(Enrolment, Enrolment.invitation_id == Photo.invitation_id)
    return query.where(Enrolment.approved_at <= tx.now - PHOTOS_KEPT_AFTER_APPROVAL)


def _delete_photos(tx: Tx, due: Select[str]) -> int:
    """Deletes a batch with its pictures, which the database removes along with the rows."""
    found = list(tx.scalars(due.limit(BATCH)))
    if found:
        tx.execute(delete(Photo).where(Photo.id.in_(found)))
        tx.audit("retention.photos", count=len(found))
    return len(found)
