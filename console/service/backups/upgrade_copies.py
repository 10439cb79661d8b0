"""Copies from before upgrades are deleted after a while, or once they hold too much."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select

from console.store.database import Store
from console.store.schema import Audit, Consent, Erasure
from console.store.upgrade_copy import DATABASE, copies_beside

log = structlog.get_logger()
KEPT = timedelta(days=14)
"""Long enough to go back to the version before."""
DELETIONS = (
    "consent.withdrawn",
    "employee.merged",
    "finger.copies_deleted",
    "finger.deleted",
    "id_photo.removed",
    "photo.removed",
)
"""Acts that delete a finger, a photo or a face on purpose, not by its age."""


class UpgradeCopies:
    """A step of the upkeep. Blocking."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store, self._database = store, data / DATABASE

    def delete_old(self) -> None:
        """Nothing that somebody had deleted is to live on in a copy: not a person, not a finger."""
        copies = copies_beside(self._database)
        if not copies:
            return
        with self._store.read() as tx:
            now = tx.now
            erased = tx.execute(select(func.max(Erasure.asked_at), func.max(Erasure.purged_at)))
            withdrawn = tx.scalar(select(func.max(Consent.withdrawn_at)))
            deleted = select(func.max(Audit.at)).where(Audit.action.in_(DELETIONS))
            ended = [*erased.one(), withdrawn, tx.scalar(deleted)]
        for copy in copies:
            made = datetime.fromtimestamp(copy.stat().st_mtime, UTC)
            harmful = any(at is not None and at > made for at in ended)
            if harmful or not timedelta() <= now - made < KEPT:
                copy.unlink(missing_ok=True)
                log.info("upgrade_copy_deleted", copy=copy.name)
