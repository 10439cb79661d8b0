"""H12: databases of every earlier revision are upgraded; one that cannot be is left as it was."""

import functools
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from console.store.columns import Base
from console.store.database import connect, sqlite_url
from console.store.migrate import (
    HEAD,
    DatabaseTooNew,
    MigrationFailed,
    alembic_config,
    current_revision,
    migrate_to,
    upgrade,
)
from console.store.schema import Audit, ClockOffset, Photo, Terminal
from tests.conftest import Databases
from tests.store.kept import rows as kept
from tests.store.kept.make import FOLDER, fill

Open = Callable[[str], sa.Engine]


@pytest.fixture(scope="module")
def copy_kept(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """Copies the database of a revision: the kept file, or its rows on PostgreSQL; the URL."""
    folder, copies = tmp_path_factory.mktemp("kept"), itertools.count()

    @functools.cache
    def empty(revision: str) -> str:
        """On PostgreSQL: it is made out of the one before, as each step of it takes its time."""
        before = max((name for name in kept.REVISIONS if name < revision), default="")
        url = databases.copy(empty(before)) if before else databases.fresh()
        engine = connect(url)
        migrate_to(engine, revision)
        engine.dispose()  # PostgreSQL copies no open database
        return url

    @functools.cache
    def template(revision: str) -> str:
        url = databases.copy(empty(revision))
        engine = connect(url)
        fill(engine, kept.rows_of(revision))
        engine.dispose()
        return url

    def copied(revision: str) -> str:
        if databases.kind == "postgres":
            return databases.copy(template(revision))
        copy = folder / f"{next(copies)}.db"
        shutil.copy(FOLDER / f"{revision}.db", copy)
        return sqlite_url(copy)

    return copied


@pytest.fixture
def open_kept(copy_kept: Callable[[str], str]) -> Iterator[Open]:
    """Opens a copy of the database of a revision, for this test alone."""
    engines = []

    def opened(revision: str) -> sa.Engine:
        engines.append(connect(copy_kept(revision)))
        return engines[-1]

    yield opened
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="module")
def open_upgraded(copy_kept: Callable[[str], str]) -> Iterator[Open]:
    """Opens the upgraded database of a revision, for tests that change nothing."""
    engines: dict[str, sa.Engine] = {}

    def opened(revision: str) -> sa.Engine:
        if revision not in engines:
            engine = connect(copy_kept(revision))
            upgrade(engine)
            engines[revision] = engine
        return engines[revision]

    yield opened
    for engine in engines.values():
        engine.dispose()


def content(engine: sa.Engine) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, in the order of their keys."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(
                    sa.select(table).order_by(*table.primary_key.columns)
                ).mappings()
            ]
            for table in metadata.sorted_tables
        }


def plain(row: dict[str, object]) -> dict[str, object]:
    """Times without their zone, as SQLite has none."""
    return {
        name: value.replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def test_a_database_of_every_earlier_revision_is_kept() -> None:
    """Whoever adds a revision adds what it changed to rows.py, and a file by make.py."""
    assert {path.stem for path in FOLDER.glob("*.db")} == set(kept.REVISIONS)
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    assert {script.revision for script in scripts} == set(kept.REVISIONS)


@pytest.mark.parametrize("revision", kept.REVISIONS)
def test_a_kept_database_has_a_row_in_every_table(open_kept: Open, revision: str) -> None:
    found = content(open_kept(revision))
    assert found.pop("alembic_version") == [{"version_num": revision}]
    assert all(found.values())
    assert found.keys() == kept.rows_of(revision).keys()


@pytest.mark.parametrize("revision", kept.REVISIONS)
def test_every_row_of_a_kept_database_is_there_after_the_upgrade(
    open_upgraded: Open, revision: str
) -> None:
    engine = open_upgraded(revision)
    assert current_revision(engine) == HEAD
    expected = kept.rows_of(revision)
    for name, change in kept.REVISIONS.items():
        if name > revision:
            expected = kept.renamed(expected, change)
    for photo in expected["photo"]:
        if photo["vector"] is None:
            photo["model"] = ""  # it names the recogniser that made the vector
    found = content(engine)
    primary = {
        table: [column.name for column in Base.metadata.tables[table].primary_key]
        for table in expected
    }
    for table, rows in expected.items():
        assert len(found[table]) == len(rows), table
        # a column that came into the key later tells no two of these rows apart
        key = [name for name in primary[table] if rows and name in rows[0]]
        by_key = {tuple(row[name] for name in key): row for row in found[table]}
        for row in rows:
            after = plain(by_key[tuple(row[name] for name in key)])
            for column, value in plain(row).items():
                assert after[column] == value, (table, column)


@pytest.mark.parametrize("revision", kept.REVISIONS)
def test_the_upgraded_database_is_the_one_that_the_program_knows(
    open_upgraded: Open, revision: str
) -> None:
    engine = open_upgraded(revision)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    with Session(engine) as session:
        for mapper in Base.registry.mappers:
            session.scalars(sa.select(mapper.class_)).all()


@pytest.mark.parametrize(
    ("minutes", "status", "zone"),
    [
        (60, "approved", ""),
        (120, "approved", ""),
        (0, "approved", "Etc/UTC"),
        (-240, "approved", "Etc/GMT+4"),
        (480, "approved", "Etc/GMT-8"),
        (345, "approved", "Asia/Kathmandu"),
        (-210, "blocked", "America/St_Johns"),
        (17, "approved", ""),
        (0, "pending", ""),
    ],
)
def test_TE10_an_offset_becomes_the_zone_that_it_stood_for(
    open_kept: Open, monkeypatch: pytest.MonkeyPatch, minutes: int, status: str, zone: str
) -> None:
    """The site is in Berlin, and the terminal was seen from March to August."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    engine = open_kept("0010")
    seen = "2026-03-01 08:00:00+00:00", "2026-08-01 08:00:00+00:00"
    with engine.begin() as connection:
        first, last = (datetime.fromisoformat(text) for text in seen)
        terminal = sa.Table("terminal", sa.MetaData(), autoload_with=engine)
        connection.execute(
            terminal.update().values(
                utc_offset_min=minutes, status=status, first_seen=first, last_seen=last
            )
        )
    upgrade(engine)
    with Session(engine) as session:
        assert {row.zone for row in session.scalars(sa.select(Terminal))} == {zone}
        assert {row.times_zone for row in session.scalars(sa.select(Terminal))} == {""}
        (clock,) = session.scalars(sa.select(ClockOffset))
        shown = clock.at + timedelta(minutes=minutes, seconds=clock.offset_s)
        assert clock.shows == f"{shown:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize("revision", ["0001", "0022"])
def test_EN2_no_number_of_an_expression_is_left_in_verdicts_of_earlier_versions(
    open_kept: Open, revision: str
) -> None:
    """More of them than are read at once; a photo that nobody has screened has no verdict."""
    engine = open_kept(revision)
    limits = {"warn_above": 0.25}
    strained = {"gate": "expression", "outcome": "warn", "value": 0.7321, "limits": limits}
    turned = {"gate": "yaw", "outcome": "pass", "value": 3.0, "limits": {}}
    verdict = {"outcome": "warn", "quality": 0.9, "gates": [strained, turned]}
    with engine.begin() as connection:
        photo = sa.Table("photo", sa.MetaData(), autoload_with=engine)
        like = connection.execute(sa.select(photo).where(photo.c.slot == 1)).mappings().first()
        assert like is not None
        connection.execute(
            photo.insert(),
            [
                {**like, "id": f"{number:032}", "verdict": {**verdict, **more}}
                for number in range(600)
                for more in ({"values": {"expression": 0.7321, "yaw": 3.0}} if number else {},)
            ],
        )
    upgrade(engine)
    with Session(engine) as session:
        verdicts = [row.verdict for row in session.scalars(sa.select(Photo)) if row.verdict]
    with_gate = [one for one in verdicts if len(one["gates"]) == 2]
    assert len(with_gate) == 600
    assert "0.7321" not in json.dumps(verdicts)
    assert all(one["gates"] == [{**strained, "value": None}, turned] for one in with_gate)
    assert [one["values"] for one in with_gate].count({"yaw": 3.0}) == 599


def test_U_0000_in_facts_of_earlier_versions_hides_no_terminal(open_kept: Open) -> None:
    """PostgreSQL fails each query that looks inside; a text about U+0000 stays what it is."""
    engine = open_kept("0028")
    info = r'{"users": "3\u0000", "about": "\\u0000", "odd\u0000": [1.5, "\\\u0000"]}'
    with engine.begin() as connection:
        for table, column in (("terminal", "info"), ("audit", "detail")):
            value = f"CAST(:info AS {'json' if engine.dialect.name == 'postgresql' else 'text'})"
            change = sa.text(f"UPDATE {table} SET {column} = {value}")
            connection.execute(change, {"info": info})
    upgrade(engine)
    with Session(engine) as session:
        shown = session.scalars(sa.select(Terminal.info["users"].as_string())).all()
        kept = session.scalars(sa.select(Terminal.info)).all()
        details = session.scalars(sa.select(sa.cast(Audit.detail, sa.Text))).all()
    assert set(shown) == {"3\ufffd"}
    healed = {"users": "3\ufffd", "about": "\\u0000", "odd\ufffd": [1.5, "\\\ufffd"]}
    assert all(one == healed for one in kept)
    assert set(details) == {info}, "its hash was made with it"


@pytest.fixture
def broken_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrations that fail when all their work is done."""
    run = command.upgrade

    def upgrade_and_fail(config: Config, revision: str) -> None:
        run(config, revision)
        if revision == "head":
            raise OSError("no space left on device")

    monkeypatch.setattr(command, "upgrade", upgrade_and_fail)


@pytest.mark.parametrize("revision", ["0001", "0004", "0005"])
@pytest.mark.usefixtures("broken_migration")
def test_h12_a_failing_migration_leaves_the_database_as_it_was_and_says_so(
    open_kept: Open, revision: str
) -> None:
    engine = open_kept(revision)
    before = content(engine)
    with pytest.raises(MigrationFailed, match=r"no space left on device.*as it was before"):
        upgrade(engine)
    assert content(engine) == before
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.usefixtures("broken_migration")
def test_h12_a_new_database_stays_empty_when_its_first_migration_fails(
    databases: Databases,
) -> None:
    engine = connect(databases.fresh())
    with pytest.raises(MigrationFailed, match="from revision none"):
        upgrade(engine)
    assert sa.inspect(engine).get_table_names() == []


def make_newer(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")


def test_h12_a_database_of_a_newer_version_is_refused_untouched(databases: Databases) -> None:
    engine = connect(databases.migrated())
    make_newer(engine)
    before = content(engine)
    with pytest.raises(DatabaseTooNew, match="Start that newer version"):
        upgrade(engine)
    assert content(engine) == before


def test_h12_the_service_says_in_a_sentence_that_its_database_is_newer(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.migrated()
    engine = connect(url)
    make_newer(engine)
    engine.dispose()
    arguments = ["--key-file", "--portal-port", "0", "--push-port", "0"]
    arguments += ["--database", url, "--jobs-database", sqlite_url(tmp_path / "jobs.db")]
    done = subprocess.run(
        [sys.executable, "-m", "console.cli", "--data", str(tmp_path), "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("muster: A newer version of Muster has written this database")
    assert "Traceback" not in done.stderr + done.stdout
