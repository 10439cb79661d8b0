"""Before every upgrade of the schema the database is copied; without a copy nothing is changed."""

import resource
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from console.domain.backups import BackupProblem
from console.store.database import connect, sqlite_url
from console.store.migrate import HEAD, CannotCopy, current_revision, upgrade
from console.store.upgrade_copy import copies_beside, keep_copy
from tests.store.kept import rows as kept
from tests.store.kept.make import FOLDER

BEFORE = max(name for name in kept.REVISIONS if name < HEAD)


def old_database(folder: Path) -> Path:
    return Path(shutil.copy(FOLDER / f"{BEFORE}.db", folder / "muster.db"))


def upgrade_file(file: Path) -> None:
    engine = connect(sqlite_url(file))
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def revision_of(file: Path) -> str:
    engine = connect(sqlite_url(file))
    try:
        return current_revision(engine)
    finally:
        engine.dispose()


def test_the_version_before_opens_the_copy_with_all_that_there_was(tmp_path: Path) -> None:
    file = old_database(tmp_path)
    with closing(sqlite3.connect(file)) as held_open:  # so that rows lie in the log beside it
        held_open.execute("PRAGMA journal_mode=WAL")
        held_open.execute("CREATE TABLE left_by_somebody (said TEXT)")
        held_open.execute("INSERT INTO left_by_somebody VALUES ('just now')")
        held_open.commit()
        upgrade_file(file)
    (copy,) = copies_beside(file)
    assert copy.name == f"muster.before-{HEAD}.db"
    assert (revision_of(file), revision_of(copy)) == (HEAD, BEFORE)
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("SELECT said FROM left_by_somebody").fetchall() == [("just now",)]
    assert not list(tmp_path.glob("*.part"))


def test_a_new_site_and_one_that_is_up_to_date_are_not_copied(tmp_path: Path) -> None:
    file = tmp_path / "muster.db"
    for _ in range(2):
        upgrade_file(file)
    assert copies_beside(file) == []


def test_only_the_newest_copy_is_kept(tmp_path: Path) -> None:
    file = old_database(tmp_path)
    keep_copy(file, "0008")
    (tmp_path / "muster.before-0007.part").write_bytes(b"of one that was killed")
    upgrade_file(file)
    assert [one.name for one in copies_beside(file)] == [f"muster.before-{HEAD}.db"]


def test_without_space_for_a_copy_nothing_is_changed(tmp_path: Path) -> None:
    file = old_database(tmp_path)
    earlier = keep_copy(file, "0008")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(CannotCopy, match="as much space again as the database"):
            upgrade_file(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert revision_of(file) == BEFORE
    assert copies_beside(file) == [earlier]
    assert not list(tmp_path.glob("*.part"))


def test_a_damaged_database_is_not_upgraded(tmp_path: Path) -> None:
    file = old_database(tmp_path)
    content = bytearray(file.read_bytes())
    with closing(sqlite3.connect(file)) as opened:
        (root,) = opened.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'employee'"
        ).fetchone()
        (size,) = opened.execute("PRAGMA page_size").fetchone()
    content[(root - 1) * size : (root - 1) * size + 64] = b"\xff" * 64
    file.write_bytes(content)
    with pytest.raises(CannotCopy, match="damaged"):
        upgrade_file(file)
    assert copies_beside(file) == []
    assert revision_of(file) == BEFORE


def test_what_is_no_database_any_more_is_refused_and_earlier_copies_stay(tmp_path: Path) -> None:
    file = old_database(tmp_path)
    earlier = keep_copy(file, "0008")
    file.write_bytes(b"overwritten by something else".ljust(file.stat().st_size, b"\0"))
    with pytest.raises(BackupProblem, match="damaged"):
        keep_copy(file, HEAD)
    assert copies_beside(file) == [earlier]
