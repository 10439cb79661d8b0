"""A consistent copy of the database while others write to it, and a database made of such a copy.

The wrapped keys of people are taken out: they go to a file of their own, which is kept for a
shorter time than the rest.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from console.domain.backups import BackupProblem
from console.domain.language import msgid
from console.store.schema import PersonKey

PAGES = 4000
"""Copied in one go: 16 MB."""
PAUSE_S = 0.05
DATABASE = {"sqlite": "database.db", "postgresql": "database.dump"}
"""The copy's name in an archive."""
READ_KEYS = "SELECT employee_id, wrapped, kek_version FROM person_key"
Tick = Callable[[], None]


class WrappedKey(msgspec.Struct, frozen=True, array_like=True):
    """A row of `person_key`."""

    employee_id: str
    wrapped: bytes
    kek_version: int


def copy_database(engine: sa.Engine, target: Path, tick: Tick) -> list[WrappedKey]:
    """Copies the database as it is at this moment, without people's keys, which are returned.

    tick: called again and again; may raise to stop. Raises BackupProblem.
    """
    if engine.dialect.name == "sqlite":
        return _copy_sqlite(Path(engine.url.database or ""), target, tick)
    return _dump_postgres(engine, target, tick)


def _copy_sqlite(file: Path, target: Path, tick: Tick) -> list[WrappedKey]:
    """Reads one snapshot; in WAL mode that makes no writer wait."""
    with closing(sqlite3.connect(file, isolation_level=None)) as source:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            copy.execute("PRAGMA synchronous=OFF")
            source.execute("BEGIN")
            source.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            source.backup(copy, pages=PAGES, progress=lambda *_: tick(), sleep=0)
            source.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("PRAGMA secure_delete=ON")
            keys = copy.execute(READ_KEYS).fetchall()
            copy.execute("DELETE FROM person_key")
            tick()
            check_sqlite(copy)
    return [WrappedKey(*key) for key in keys]


def check_sqlite(database: sqlite3.Connection) -> None:
    """Raises BackupProblem where a page of the database is damaged. AC20."""
    try:
        (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise BackupProblem(
            msgid(
                "The database is damaged ({found}). Keep the backups that there are, and restore "
                "the newest one that was made before."
            ).format(
                found=found,
            )
        )


def _dump_postgres(engine: sa.Engine, target: Path, tick: Tick) -> list[WrappedKey]:
    """The dump and the keys come from one snapshot."""
    once = engine.execution_options(isolation_level="REPEATABLE READ")
    with once.connect() as connection:
        snapshot = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        keys = connection.execute(sa.text(READ_KEYS)).all()
        _run_postgres(
            engine,
            "pg_dump",
            tick,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--exclude-table-data=person_key",
            f"--snapshot={snapshot}",
            f"--file={target}",
        )
    return [WrappedKey(one, bytes(wrapped), version) for one, wrapped, version in keys]


def restore_postgres(engine: sa.Engine, dump: Path, tick: Tick) -> None:
    """Fills an empty database in one transaction. Raises BackupProblem."""
    _run_postgres(
        engine,
        "pg_restore",
        tick,
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        str(dump),
    )


def _run_postgres(engine: sa.Engine, program: str, tick: Tick, *options: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupProblem(
            msgid(
                "{program} is missing. Install PostgreSQL's client programs on this computer, "
                "of the server's version or newer."
            ).format(
                program=program,
            )
        )
    arguments, environment = _connection_of(engine)
    process = subprocess.Popen(
        [path, *arguments, *options],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        while True:
            try:
                _, said = process.communicate(timeout=PAUSE_S)
                break
            except subprocess.TimeoutExpired:
                tick()
    except BaseException:
        process.kill()
        process.communicate()
        raise
    if process.returncode:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        raise BackupProblem(
            msgid("{program} failed: {reason}").format(
                program=program,
                reason=lines[-1] if lines else process.returncode,
            )
        )


def _connection_of(engine: sa.Engine) -> tuple[list[str], dict[str, str]]:
    """Options and environment; other programs can read the options, so no password is in them."""
    from psycopg.conninfo import make_conninfo  # not needed for SQLite

    known: dict[str, Any] = dict(
        engine.url.translate_connect_args(username="user", database="dbname")
    )
    known |= dict(engine.url.query)
    password = known.pop("password", None)
    environment = {"PGPASSWORD": str(password)} if password else {}
    return [f"--dbname={make_conninfo(**known)}"], environment


def put_keys(engine: sa.Engine, keys: list[WrappedKey]) -> None:
    """Writes people's keys back into a database that was restored without them."""
    if not keys:
        return
    rows = [msgspec.structs.asdict(key) for key in keys]
    with engine.begin() as connection:
        connection.execute(sa.insert(PersonKey), rows)
