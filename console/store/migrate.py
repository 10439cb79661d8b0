"""Brings the schema to the newest revision, or says why it cannot."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from console import __version__
from console.domain.backups import BackupProblem

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0032"
"""The newest revision. It stands here so that alembic, a third of a second, is loaded only when
there is something to migrate."""
MIGRATION = 0x6D696772
"""PostgreSQL's advisory lock that a migration holds ("migr" in ASCII)."""


class CannotUpgrade(Exception):
    """The database cannot be brought to the newest revision; the message says what to do."""


class DatabaseTooNew(CannotUpgrade):
    """A newer version of Muster has written this database."""


class CannotCopy(CannotUpgrade):
    """There is no copy to go back to, so nothing was changed."""


class MigrationFailed(CannotUpgrade):
    """A migration was rolled back; the database is as it was before."""


def alembic_config() -> "Config":
    """Alembic's configuration with the scripts of `migrations/`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def current_revision(engine: sa.Engine) -> str:
    """The revision that the database is at; empty for a new one."""
    if not sa.inspect(engine).has_table("alembic_version"):
        return ""
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or ""


def upgrade(engine: sa.Engine) -> None:
    """Run the missing migrations in one transaction.

    Raises CannotUpgrade, after which the database is as it was.
    """
    found = current_revision(engine)
    if found == HEAD:
        return
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    if found and found not in {script.revision for script in scripts}:
        raise DatabaseTooNew(
            f"A newer version of Muster has written this database (revision {found}; "
            f"Muster {__version__} knows revisions up to {HEAD}). Nothing was changed. "
            "Start that newer version, or restore a copy of the data from before its first start."
        )
    if found:
        _keep_copy(engine)
    try:
        migrate_to(engine, "head")
    except Exception as error:
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MigrationFailed(
            f"The database could not be brought from revision {found or 'none'} to {HEAD}: "
            f"{cause}. It is as it was before. Check that its disk has space and that its user "
            "may change tables, then start again; the previous version of Muster still opens it."
        ) from error


def _keep_copy(engine: sa.Engine) -> None:
    """Of SQLite; PostgreSQL's own tools are its administrator's."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    from console.store.upgrade_copy import keep_copy

    try:
        keep_copy(Path(engine.url.database), HEAD)
    except BackupProblem as problem:
        raise CannotCopy(f"{problem} Nothing was changed.") from problem
    except (OSError, sqlite3.OperationalError) as error:
        raise CannotCopy(
            "Before an upgrade Muster copies its database, and it cannot: "
            f"{error}. Nothing was changed. Check that the disk has as much space again as the "
            "database, then start again; the previous version of Muster still opens it."
        ) from error


def migrate_to(engine: sa.Engine, revision: str) -> None:
    """Run the migrations up to this revision in one transaction; let their errors through."""
    from alembic import command

    config = alembic_config()
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:  # batch migrations rebuild tables that others refer to
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION)))
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
        finally:
            if sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys=ON")
