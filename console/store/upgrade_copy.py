"""A copy of an SQLite database from before its upgrade: the way back to the version before.

It holds everything, people's keys too, so it lies beside the database and not for long.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from console.domain.backups import BackupProblem
from console.store.backup.database_copy import check_sqlite

DATABASE = "muster.db"
"""The database of a site, in its data folder."""
_NAME = "{stem}.before-{revision}.db"


def copies_beside(database: Path) -> list[Path]:
    """All copies from before upgrades of this database, also what a killed one left."""
    name = Path(_NAME.format(stem=database.stem, revision="*"))
    there = (
        *database.parent.glob(str(name)),
        *database.parent.glob(str(name.with_suffix(".part"))),
    )
    return sorted(there)


def keep_copy(database: Path, revision: str) -> Path:
    """Copies the database, as a whole and on disk, instead of earlier copies.

    revision: what it is upgraded to. Raises OSError, sqlite3.OperationalError, and
    BackupProblem where it is damaged; then nothing is left of the copy, and earlier ones stay.
    """
    kept = database.with_name(_NAME.format(stem=database.stem, revision=revision))
    unfinished = kept.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    try:
        _copy(database, unfinished)
        unfinished.replace(kept)
    except (OSError, sqlite3.Error, BackupProblem):
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    for earlier in copies_beside(database):
        if earlier != kept:
            earlier.unlink(missing_ok=True)
    return kept


def _copy(database: Path, target: Path) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(database)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # the check says what to do
            check_sqlite(source)
            raise
        check_sqlite(copy)
    with target.open("r+b") as file:
        os.fsync(file.fileno())
