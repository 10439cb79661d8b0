"""Regular work for enrolments: links expire, and people are asked about another text.

What is deleted when, `people/retention.py` does.
"""

from collections.abc import Callable

from console.service.enrolment.asking_again import AskingAgain
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.invitations import expire_links
from console.store.database import Store

BATCH = 200
"""Rows of one transaction."""


class EnrolmentUpkeep:
    """Runs once a minute. Blocking; doing it twice changes nothing."""

    def __init__(self, store: Store, gallery: FaceGallery, give_way: Callable[[], None]) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._asking_again = store, AskingAgain(store, gallery, give_way)

    def run_once(self) -> None:
        """Everything that is due now, in short transactions."""
        while self._expire() == BATCH:
            pass
        self._asking_again.run_once()

    def _expire(self) -> int:
        with self._store.write() as tx:
            return expire_links(tx, BATCH)
