"""Regular work for enrolments: links expire.

What is deleted when, `people/retention.py` does.
"""

from console.service.enrolment.invitations import expire_links
from console.store.database import Store

BATCH = 200
"""Rows of one transaction."""


class EnrolmentUpkeep:
    """Runs once a minute. Blocking; doing it twice changes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run_once(self) -> None:
        """Everything that is due now, in short transactions."""
        while self._expire() == BATCH:
            pass

    def _expire(self) -> int:
        with self._store.write() as tx:
            return expire_links(tx, BATCH)
