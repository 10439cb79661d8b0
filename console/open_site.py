"""A site's database, opened by a command beside the service or without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from console.key_holder import key_holder
from console.store.database import Store, connect, sqlite_url
from console.store.keys import KeyMissing, load_keys
from console.store.migrate import HEAD, current_revision
from console.store.vault import Vault


class NoSite(Exception):
    """There is no site that the command could work on; the message says why."""


@contextmanager
def open_site(
    data: Path, database: str = "", *, key_file: bool = False, kek: bytes | None = None
) -> Iterator[Store]:
    """The store of the site in this folder. kek: instead of the key that this computer has.

    Raises NoSite; also for what goes wrong with the database meanwhile.
    """
    file = data / "muster.db"
    if not database and not file.is_file():
        raise NoSite(f"There is no site in {data}.")
    engine = connect(database or sqlite_url(file))
    try:
        found = current_revision(engine)
        if found != HEAD:
            raise NoSite(
                f"The database is at revision {found or 'none'}, and this version of Muster works "
                f"on {HEAD}. Start the service once, which brings it there."
            )
        if kek is None:
            kek = load_keys(key_holder(data, "site", key_file), data_exists=True)
        yield Store(engine, Vault(kek))
    except KeyMissing as problem:
        raise NoSite(str(problem)) from problem
    except sa.exc.DBAPIError as problem:
        raise NoSite(f"The database cannot be used: {problem.orig}") from problem
    finally:
        engine.dispose()
