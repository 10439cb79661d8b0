"""What is known of the backups of a site: where they lie, and how the last tries went."""

from datetime import datetime
from pathlib import Path

import msgspec

from console.domain.backups import KEYS_KEPT
from console.store.schema import Setting
from console.store.unit_of_work import SYSTEM, ReadTx, Tx

SETTING = "backups"
FOLDER = "site-backups"
"""In the data folder: where backups lie until somebody names a better place."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A backup at one place. sha256: of its file, and of the one with people's keys.

    keys: the name of that one, empty once it was deleted; by, verified_by: the operator's id, or
    muster; problem: what the last verification found, in words.
    """

    made_at: datetime
    place: str
    name: str
    bytes: int
    sha256: str
    keys: str
    keys_sha256: str
    by: str
    verified_at: datetime
    verified_by: str = SYSTEM
    problem: str = ""

    @property
    def keys_until(self) -> datetime:
        """When the keys are deleted, once a newer backup was verified."""
        return self.made_at + KEYS_KEPT


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """A restore that was tried out: whether it went well, and what was found.

    restored: False if the backup was read back, but not loaded into a server of PostgreSQL.
    """

    at: datetime
    good: bool
    restored: bool = True
    report: list[str]


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """places: folders; empty for one in the data folder. problem: of the last try, in words."""

    scheduled: bool = True
    places: list[str] = []
    copies: list[Copy] = []
    tried_at: datetime | None = None
    problem: str = ""
    drill: Drill | None = None

    @property
    def newest(self) -> datetime | None:
        """When the newest backup was made that is whole as far as is known."""
        return max((copy.made_at for copy in self.copies if not copy.problem), default=None)

    def folders(self, data: Path) -> list[Path]:
        """Where backups go."""
        return [Path(place) for place in self.places] or [data / FOLDER]


def load_book(tx: ReadTx) -> Book:
    """What is known now."""
    row = tx.get(Setting, SETTING)
    return Book() if row is None else msgspec.convert(row.value, Book)


def save_book(tx: Tx, book: Book) -> None:
    """Replaces what is known."""
    tx.session.merge(Setting(key=SETTING, value=msgspec.to_builtins(book)))
    tx.changed("backups")
