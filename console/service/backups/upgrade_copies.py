"""Copies from before upgrades are deleted after a while, or once they hold too much."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select

from console.store.database import Store
from console.store.schema import Consent, Erasure
from console.store.upgrade_copy import DATABASE, copies_beside

log = structlog.get_logger()
KEPT = timedelta(days=14)
"""Long enough to go back to the version before."""


class UpgradeCopies:
    """A step of the upkeep. Blocking."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store, self._database = store, data / DATABASE

    def delete_old(self) -> None:
        """Whoever is erased, or takes back a consent, is not to live on in a copy."""
        copies = copies_beside(self._database)
        if not copies:
            return
        with self._store.read() as tx:
            now = tx.now
            erased = tx.execute(select(func.max(Erasure.asked_at), func.max(Erasure.purged_at)))
            withdrawn = tx.scalar(select(func.max(Consent.withdrawn_at)))
            ended = [*erased.one(), withdrawn]
        for copy in copies:
            made = datetime.fromtimestamp(copy.stat().st_mtime, UTC)
            harmful = any(at is not None and at > made for at in ended)
            if harmful or not timedelta() <= now - made < KEPT:
                copy.unlink(missing_ok=True)
                log.info("upgrade_copy_deleted", copy=copy.name)
