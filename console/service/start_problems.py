"""Why the service cannot start, in words that say what to do. AC20."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
import structlog

from console.biometrics.refusals import ModelRefused
from console.private_folder import NotPrivate
from console.service.listeners.server import CannotListen
from console.store.vault import Unsealable

log = structlog.get_logger()
LOCKED_S = 1.0
OTHER_KEY = (
    "The key of this site does not open its data: it is the key of another site, or of the site "
    "before its data was replaced. Put the right key back; nothing was changed."
)
DAMAGED = (
    "The database of this site is damaged ({cause}). Keep the damaged file, put the newest copy of "
    "{file} from a backup in its place, and start again; nothing was changed."
)
UNREACHABLE = (
    "The database cannot be reached: {cause}. Check that it runs, and that --database and "
    "--jobs-database name it."
)
NOT_WRITABLE = (
    "{cause}. Muster must be able to write in its folder of data: check whose it is, and that its "
    "disk has space."
)
_DAMAGE = ("not a database", "malformed", "disk image", "unsupported file format")


def in_words(error: Exception, data_dir: Path) -> str:
    """What to tell the person who starts the service; "" for a defect of the service."""
    if isinstance(error, CannotListen | ModelRefused | NotPrivate):
        return str(error)
    if isinstance(error, Unsealable):
        return OTHER_KEY
    if isinstance(error, sa.exc.DBAPIError):
        cause = str(error.orig).strip().splitlines()[0]
        if not isinstance(error.orig, sqlite3.Error):
            return UNREACHABLE.format(cause=cause)
        if any(words in cause for words in _DAMAGE):
            return DAMAGED.format(cause=cause, file=data_dir / "muster.db")
        return NOT_WRITABLE.format(cause=cause)
    if isinstance(error, OSError):
        return NOT_WRITABLE.format(cause=error)
    return ""


def replace_damaged_jobs(file: Path) -> None:
    """Puts a damaged database of the job runner aside: the rows know all that matters."""
    if not file.is_file() or _is_sound(file):
        return
    aside = file.with_name(f"{file.stem}.damaged-{int(time.time())}{file.suffix}")
    for part in ("-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    file.rename(aside)
    log.warning("jobs_database_replaced", damaged=aside.name, remedy="none is needed")


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file, timeout=LOCKED_S)) as database:
            return bool(database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.OperationalError:  # it cannot be read now, which is no damage
        return True
    except sqlite3.DatabaseError:
        return False
