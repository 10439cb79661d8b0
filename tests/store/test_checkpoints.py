"""The thread that moves SQLite's journal into its file."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.demo.site import wait_until
from console.store import checkpoints as module
from console.store.checkpoints import Checkpoints
from console.store.database import Store, connect, sqlite_url
from console.store.fair_lock import FairLock
from console.store.migrate import upgrade
from console.store.schema import Setting
from tests.conftest import Databases

MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.001)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables, and everything moved into its file."""
    path = tmp_path_factory.mktemp("migrated") / "muster.db"
    engine = connect(sqlite_url(path))
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def file(migrated: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(migrated, tmp_path / "muster.db"))


@pytest.fixture
def cramped(file: Path) -> Iterator[sa.Engine]:
    """An engine with a single connection, for which nobody waits long."""
    engine = sa.create_engine(sqlite_url(file), pool_size=1, max_overflow=0, pool_timeout=0.01)
    yield engine
    engine.dispose()


def alive() -> int:
    """How many of these threads there are."""
    return sum(one.name == "checkpoints" for one in threading.enumerate())


def has_grown(file: Path, size: int) -> bool:
    """Whether a megabyte came since it had this size; some of it went where there was room."""
    return file.stat().st_size > size + MEGABYTE // 2


def write_a_megabyte(engine: sa.Engine, key: str) -> None:
    with Session(engine) as session:
        session.add(Setting(key=key, value={"text": "x" * MEGABYTE}))
        session.commit()


def test_what_a_store_commits_is_moved_into_the_file_while_it_runs(file: Path) -> None:
    store = Store(connect(sqlite_url(file)))
    for number in range(3):
        before = file.stat().st_size
        with store.write() as tx:
            tx.add(Setting(key=str(number), value={"text": "x" * MEGABYTE}))
        wait_until(partial(has_grown, file, before))
    store.close()


def test_the_thread_begins_with_the_first_commit_and_ends_with_the_store(file: Path) -> None:
    before = alive()
    store = Store(connect(sqlite_url(file)))
    with store.read() as seen:
        seen.get(Setting, "any")
    assert alive() == before, "who only reads needs none"
    for key in ("a", "b"):
        with store.write() as tx:
            tx.add(Setting(key=key, value={}))
    assert alive() == before + 1
    store.close()
    assert alive() == before


def test_closing_ends_a_thread_that_has_nothing_to_do_and_none_begins_after_it(
    file: Path,
) -> None:
    engine = connect(sqlite_url(file))
    before = alive()
    never_used = Checkpoints(engine, FairLock())
    never_used.close()
    never_used.note_commit()
    assert alive() == before
    engine.dispose()


def test_a_failure_is_outlived_and_the_next_commit_moves_everything(
    file: Path, cramped: sa.Engine
) -> None:
    """Else the journal would grow for as long as the service runs."""
    empty = file.stat().st_size
    failed = threading.Event()
    checkpoints = Checkpoints(cramped, FairLock())
    move = checkpoints.move

    def move_and_tell() -> None:
        try:
            move()
        except Exception:
            failed.set()
            raise

    checkpoints.move = move_and_tell  # type: ignore[method-assign]  # the real one, observed
    writer = connect(sqlite_url(file))
    write_a_megabyte(writer, "big")
    with cramped.connect():
        checkpoints.note_commit()
        assert failed.wait(20), "no connection was free"
    assert file.stat().st_size == empty
    checkpoints.note_commit()
    wait_until(partial(has_grown, file, empty))
    checkpoints.close()
    writer.dispose()


def test_nearly_everything_is_moved_beside_the_writers_and_the_rest_in_a_turn(
    file: Path,
) -> None:
    engine = connect(sqlite_url(file))
    turn = FairLock()
    mover = threading.Thread(target=Checkpoints(engine, turn).move)
    empty = file.stat().st_size
    write_a_megabyte(engine, "before")
    with turn:
        mover.start()
        wait_until(partial(has_grown, file, empty))
        assert mover.is_alive(), "it waits for its turn"
        moved = file.stat().st_size
        write_a_megabyte(engine, "meanwhile")
    mover.join()
    assert has_grown(file, moved)
    engine.dispose()


def test_N7_an_emptied_journal_holds_nothing_of_what_was_deleted(file: Path) -> None:
    store = Store(connect(sqlite_url(file)))
    journal = file.with_name("muster.db-wal")
    with store.write() as tx:
        tx.add(Setting(key="secret", value={"name": "Quackenbush"}))
    with store.write() as tx:
        tx.delete(tx.get_one(Setting, "secret"))
    reading = Session(store.engine)
    reading.execute(sa.select(Setting)).all()
    with store.write() as tx:
        tx.add(Setting(key="next", value={}))
    assert not store.empty_journal(), "somebody still reads what was before"
    reading.close()
    wait_until(store.empty_journal)  # the thread that moves the journal may be at it
    assert journal.read_bytes() == b""
    assert b"Quackenbush" not in file.read_bytes()
    store.close()


def test_N7_another_database_keeps_its_own_journal(databases: Databases) -> None:
    store = Store(connect(databases.migrated()))
    assert store.empty_journal()
    store.close()
