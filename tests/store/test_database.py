"""Schema, migrations and sessions, on SQLite and PostgreSQL alike."""

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from console.store import audit
from console.store.columns import Base, new_id
from console.store.database import Store, WriteRefused, connect, sqlite_url
from console.store.migrate import HEAD, alembic_config, current_revision, upgrade
from console.store.schema import Audit, Employee, Setting
from console.store.unit_of_work import Commit
from tests.conftest import Databases

NOW = datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()))
    yield store
    store.close()


def employee(number: str) -> Employee:
    return Employee(
        id=new_id(),
        number=number,
        first_name="A",
        last_name="B",
        email="",
        department="",
        active=True,
        in_force=True,
        sort_name="b a",
        created_at=NOW,
        updated_at=NOW,
    )


def test_migrations_make_exactly_the_schema_of_the_models(databases: Databases) -> None:
    engine = connect(databases.fresh())
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_revision_known_to_the_code_is_the_newest_script(databases: Databases) -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD
    engine = connect(databases.fresh())
    assert current_revision(engine) == ""
    upgrade(engine)
    upgrade(engine)
    assert current_revision(engine) == HEAD


def test_times_keep_their_moment_in_any_zone(store: Store) -> None:
    somewhere = NOW.astimezone(timezone(timedelta(hours=8)))
    with store.write() as tx:
        row = employee("1")
        row.created_at = somewhere
        tx.add(row)
    with store.read() as tx:
        kept = tx.scalars(sa.select(Employee)).one().created_at
    assert kept == somewhere
    assert kept.tzinfo is UTC


def test_a_time_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(sa.exc.StatementError), store.write() as tx:
        row = employee("1")
        row.created_at = datetime(2026, 1, 1)
        tx.add(row)


def test_changes_are_heard_after_the_commit_and_never_after_a_rollback(store: Store) -> None:
    heard: list[object] = []
    store.subscribe(heard.append)
    with store.write() as tx:
        tx.changed("employees", "1")
        tx.changed("employees", "1")
        tx.demand("email")
        tx.after_commit(lambda: heard.append("followed"))
        assert heard == []
    assert heard == [Commit((("employees", "1"),), frozenset({"email"})), "followed"]
    with pytest.raises(RuntimeError), store.write() as tx:
        tx.changed("employees", "2")
        tx.after_commit(lambda: heard.append("never"))
        raise RuntimeError
    assert len(heard) == 2


def test_h8_what_follows_a_commit_can_not_undo_it(store: Store) -> None:
    """H8: an error after the commit was told as "nothing was changed"."""
    followed: list[str] = []

    def fail(*_: object) -> None:
        raise RuntimeError("a worker died")

    store.subscribe(fail)
    with store.write() as tx:
        tx.add(Setting(key="kept", value={}))
        tx.after_commit(fail)
        tx.after_commit(lambda: followed.append("the next one runs"))
    with store.read() as seen:
        assert seen.get(Setting, "kept") is not None
    assert followed == ["the next one runs"]
    assert store.commits_of_this_thread() == 1


def test_h2_threads_that_must_not_wait_can_not_write(store: Store) -> None:
    """H2: the event loop's and the readers' threads are refused before they wait for a turn."""
    refused: list[BaseException] = []

    def reader() -> None:
        store.refuse_writes_on_this_thread()
        with store.read() as tx:
            tx.get(Setting, "any")
        try:
            with store.write():
                pass
        except WriteRefused as error:
            refused.append(error)

    thread = threading.Thread(target=reader)
    thread.start()
    thread.join()
    assert len(refused) == 1
    with store.write() as tx:
        tx.add(Setting(key="others may", value={}))


def test_a_transaction_inside_a_transaction_is_a_defect_and_no_deadlock(store: Store) -> None:
    with store.write(), pytest.raises(WriteRefused), store.write():
        pass
    with store.write() as tx:
        tx.add(Setting(key="still works", value={}))


def test_h4_a_writer_gets_its_turn_while_another_writes_batch_after_batch(store: Store) -> None:
    """A plain lock lets the thread that has just let go take it again, and starves the others."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL queues its advisory locks by itself")
    order: list[str] = []
    began, stop = threading.Event(), threading.Event()

    def import_batches() -> None:
        while not stop.is_set():
            with store.write():
                order.append("batch")
            began.set()

    def approve() -> None:
        began.wait()
        for _ in range(5):
            order.append("asks")
            with store.write():
                order.append("turn")
        stop.set()

    threads = [threading.Thread(target=work) for work in (import_batches, approve)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits = "".join({"batch": "b", "asks": "a", "turn": "t"}[one] for one in order)
    longest = max(len(part.partition("t")[0]) for part in waits.split("a")[1:])
    assert longest <= 2, f"waited for {longest} batches: {waits}"


@pytest.mark.windows
def test_writers_in_many_threads_lose_nothing(store: Store) -> None:
    with store.write() as tx:
        tx.add(Setting(key="n", value={"n": 0}))

    def count() -> None:
        for _ in range(20):
            with store.write() as tx:
                row = tx.scalars(
                    sa.select(Setting).where(Setting.key == "n").with_for_update()
                ).one()
                row.value = {"n": row.value["n"] + 1}

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as seen:
        assert seen.get_one(Setting, "n").value == {"n": 80}


def test_audit_chain_shows_an_altered_a_removed_and_a_moved_entry(store: Store) -> None:
    with store.write() as tx:
        for number in range(5):
            tx.audit("act", str(number), count=number)
    with store.read() as tx:
        assert audit.verify(tx.session) is None
    with store.write() as tx:
        tx.get_one(Audit, 3).detail = {"count": 99}
    with store.read() as tx:
        assert audit.verify(tx.session) == 3
    with store.write() as tx:
        tx.get_one(Audit, 3).detail = {"count": 2}
        tx.flush()
        assert audit.verify(tx.session) is None
        tx.delete(tx.get_one(Audit, 2))
        tx.flush()
        assert audit.verify(tx.session) == 3


def test_ids_sort_by_when_they_were_made_and_never_repeat() -> None:
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(one).version for one in ids} == {7}
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()


@pytest.mark.windows
def test_the_journal_is_moved_and_begun_anew_while_others_write(tmp_path: Path) -> None:
    """Else it grows for as long as the service runs, and every read becomes slower."""
    store = Store(connect(sqlite_url(tmp_path / "muster.db")))
    upgrade(store.engine)
    journal = tmp_path / "muster.db-wal"
    checkpoints = store._checkpoints
    assert checkpoints is not None
    checkpoints.close()  # else its thread may just be at it, and a second one gives way
    for number in range(50):
        with store.write() as tx:
            tx.add(Setting(key=f"big {number}", value={"text": "x" * 100_000}))
    before = journal.stat().st_size
    checkpoints.move()
    for number in range(10):
        with store.write() as tx:
            tx.add(Setting(key=f"more {number}", value={"text": "x" * 100_000}))
    assert journal.stat().st_size == before, "it was begun anew, so it did not grow"
    with store.read() as tx:
        assert len(list(tx.scalars(sa.select(Setting)))) == 60
    store.close()


@pytest.mark.windows
def test_sqlite_is_durable_holds_its_references_and_wipes_what_is_deleted(tmp_path: Path) -> None:
    engine = connect(sqlite_url(tmp_path / "muster.db"))
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "secure_delete": 1,
        "wal_autocheckpoint": 50_000,
    }
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in expected
        }
    assert found == expected
    engine.dispose()


def test_rows_stay_readable_after_their_transaction(store: Store) -> None:
    with store.write() as tx:
        row = employee("1")
        tx.add(row)
    assert row.number == "1"
    with store.read() as seen:
        kept = seen.scalars(sa.select(Employee)).one()
    assert kept.number == "1"


def test_the_length_of_each_write_is_told_and_of_those_alone_that_were_committed(
    store: Store,
) -> None:
    told: list[float] = []
    store.observe_write = told.append
    with store.write():
        pass
    with pytest.raises(RuntimeError), store.write():
        raise RuntimeError
    with store.read():
        pass
    assert len(told) == 1 and told[0] >= 0


def test_a_writer_that_fails_gives_its_turn_and_its_thread_free(store: Store) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError), store.write() as tx:
            tx.add(Setting(key="never", value={}))
            raise RuntimeError
    with store.write() as tx:
        assert tx.get(Setting, "never") is None


@pytest.mark.windows
def test_readers_do_not_wait_for_a_writer_and_see_nothing_of_it(store: Store) -> None:
    with store.write() as tx:
        tx.add(Setting(key="new", value={}))
        tx.flush()
        seen: list[Setting | None] = []

        def read() -> None:
            with store.read() as other:
                seen.append(other.get(Setting, "new"))

        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        assert seen == [None]


def test_an_entry_of_the_audit_trail_is_found_altered_in_any_of_its_fields(store: Store) -> None:
    with store.write("mei", NOW) as tx:
        tx.audit("act", "1", a=1, b=2)
        assert tx.get_one(Audit, 1).prev_hash == audit.GENESIS == "0" * 64
        assert len(tx.get_one(Audit, 1).hash) == 64
    changes = {
        "at": NOW + timedelta(microseconds=1),
        "actor": "ravi",
        "action": "other",
        "object_id": "2",
        "detail": {"a": 1},
        "prev_hash": "1" * 64,
        "hash": "0" * 64,
    }
    for name, value in changes.items():
        with pytest.raises(RuntimeError), store.write() as tx:
            setattr(tx.get_one(Audit, 1), name, value)
            tx.flush()
            assert audit.verify(tx.session) == 1, name
            raise RuntimeError
    with store.read() as seen:
        assert audit.verify(seen.session) is None


def test_the_order_of_details_in_an_audit_entry_does_not_matter(store: Store) -> None:
    """Databases may give them back in another one."""
    with store.write() as tx:
        tx.audit("act", "1", b=2, a=1)
        tx.get_one(Audit, 1).detail = {"a": 1, "b": 2}
        tx.flush()
        assert audit.verify(tx.session) is None


def test_a_write_holds_sqlite_from_its_first_look_and_a_read_does_not(tmp_path: Path) -> None:
    """What was looked at cannot change, through another process, before it is written upon."""
    path = tmp_path / "muster.db"
    store = Store(connect(sqlite_url(path)))
    upgrade(store.engine)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        with store.write() as tx:
            assert tx.get(Setting, "any") is None
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        with store.read() as seen:
            assert seen.get(Setting, "any") is None
            other.execute("BEGIN IMMEDIATE")
    store.close()


def test_U_0000_in_a_row_of_facts_hides_no_other_row(store: Store) -> None:
    """PostgreSQL keeps it in JSON, and then fails each query that looks inside."""
    said = {"a\0": "\0\0b", "text": "\\u0000", "odd": "\\\0"}
    with store.write() as tx:
        tx.add(Setting(key="facts", value=said))
    with store.read() as tx:
        texts = tx.session.scalars(sa.select(Setting.value["text"].as_string())).all()
        assert texts == ["\\u0000"]
        kept = tx.get_one(Setting, "facts").value
    assert kept == {"a\ufffd": "\ufffd\ufffdb", "text": "\\u0000", "odd": "\\\ufffd"}
