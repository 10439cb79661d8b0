"""The numbers under which people logged in: millions of logins have few of them.

They are read once and kept in memory, so that a search need not go through the whole log.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select

from console.store.schema import Erasure, Login
from console.store.unit_of_work import ReadTx

AGAIN = 1000
"""Newest logins that are looked at once more: SQLite gives the id of a deleted last row away."""


class LoginNumbers:
    """The numbers in the log of one database.

    One that no login has any more may stay among them; after an erasure all are read anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[str, str] = {}
        self._newest_id = 0
        self._erased_at: datetime | None = None

    def containing(self, tx: ReadTx, text: str, most: int) -> Sequence[str]:
        """Numbers that have the text in them, whatever its case; at most so many."""
        wanted = text.lower()
        with self._lock:
            self._catch_up(tx)
            fitting = (number for number, low in self._numbers.items() if wanted in low)
            return list(islice(fitting, most))

    def _catch_up(self, tx: ReadTx) -> None:
        newest_id = tx.scalar(select(func.max(Login.id))) or 0
        erased_at = tx.scalar(select(func.max(Erasure.purged_at)))
        if newest_id < self._newest_id or erased_at != self._erased_at:
            self._numbers.clear()
            self._newest_id = 0
        newer = select(Login.pin).where(Login.id > self._newest_id - AGAIN)
        for number in tx.scalars(newer if self._newest_id else select(Login.pin).distinct()):
            if number not in self._numbers:
                self._numbers[number] = number.lower()
        self._newest_id, self._erased_at = newest_id, erased_at


_KNOWN: WeakKeyDictionary[Engine, LoginNumbers] = WeakKeyDictionary()
_KNOWN_LOCK = threading.Lock()


def login_numbers(tx: ReadTx) -> LoginNumbers:
    """Those of the database that is read."""
    engine = tx.session.get_bind().engine
    with _KNOWN_LOCK:
        return _KNOWN.setdefault(engine, LoginNumbers())
