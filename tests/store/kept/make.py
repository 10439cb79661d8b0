"""Writes the kept databases: one SQLite file for every revision in `rows.py`.

    .venv/bin/python -m tests.store.kept.make

Run it once when a revision is released; the files of older revisions stay as they are, so that
they show a change of an old migration, too.
"""

import contextlib
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from console.store.database import connect, sqlite_url
from console.store.migrate import migrate_to
from tests.store.kept.revision import Rows
from tests.store.kept.rows import REVISIONS, rows_of

FOLDER = Path(__file__).parent


def fill(engine: sa.Engine, rows: Rows) -> None:
    """Write rows as they are into the tables that the database has, in the order of their keys."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name == "alembic_version":
                continue
            for row in rows[table.name]:
                assert row.keys() == set(table.columns.keys()), table.name
            connection.execute(table.insert(), rows[table.name])


def main() -> None:
    """Write the files that are missing."""
    for revision in REVISIONS:
        path = FOLDER / f"{revision}.db"
        if path.exists():
            continue
        engine = connect(sqlite_url(path))
        migrate_to(engine, revision)
        fill(engine, rows_of(revision))
        engine.dispose()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            for command in ("PRAGMA journal_mode=DELETE", "PRAGMA page_size=512", "VACUUM"):
                connection.execute(command)


if __name__ == "__main__":
    main()
