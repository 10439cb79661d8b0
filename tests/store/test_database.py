"""Schema, migrations and sessions, on SQLite and PostgreSQL alike."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from console.store import audit
from console.store.columns import Base, new_id
from console.store.database import Store, after_commit, changed, connect
from console.store.migrate import HEAD, alembic_config, current_revision, upgrade
from console.store.schema import Audit, Employee, Setting
from tests.conftest import Databases

NOW = datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def store(databases: Databases) -> Store:
    engine = connect(databases.fresh())
    upgrade(engine)
    return Store(engine)


def employee(number: str) -> Employee:
    return Employee(
        id=new_id(),
        number=number,
        first_name="A",
        last_name="B",
        email="",
        department="",
        active=True,
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
    with store.write() as session:
        row = employee("1")
        row.created_at = somewhere
        session.add(row)
    with store.read() as session:
        kept = session.scalars(sa.select(Employee)).one().created_at
    assert kept == somewhere
    assert kept.tzinfo is UTC


def test_a_time_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(sa.exc.StatementError), store.write() as session:
        row = employee("1")
        row.created_at = datetime(2026, 1, 1)
        session.add(row)


def test_changes_are_heard_after_the_commit_and_never_after_a_rollback(store: Store) -> None:
    heard: list[object] = []
    store.on_commit = heard.extend
    with store.write() as session:
        changed(session, "employees", "1")
        changed(session, "employees", "1")
        after_commit(session, lambda: heard.append("followed"))
        assert heard == []
    assert heard == [("employees", "1"), "followed"]
    with pytest.raises(RuntimeError), store.write() as session:
        changed(session, "employees", "2")
        after_commit(session, lambda: heard.append("never"))
        raise RuntimeError
    assert heard == [("employees", "1"), "followed"]


def test_writers_in_many_threads_lose_nothing(store: Store) -> None:
    with store.write() as session:
        session.add(Setting(key="n", value={"n": 0}))

    def count() -> None:
        for _ in range(20):
            with store.write() as session:
                row = session.scalars(
                    sa.select(Setting).where(Setting.key == "n").with_for_update()
                ).one()
                row.value = {"n": row.value["n"] + 1}

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        assert session.get_one(Setting, "n").value == {"n": 80}


def test_audit_chain_shows_an_altered_a_removed_and_a_moved_entry(store: Store) -> None:
    with store.write() as session:
        for number in range(5):
            audit.record(session, NOW, "someone", "act", str(number), count=number)
    with store.read() as session:
        assert audit.verify(session) is None
    with store.write() as session:
        session.get_one(Audit, 3).detail = {"count": 99}
    with store.read() as session:
        assert audit.verify(session) == 3
    with store.write() as session:
        session.get_one(Audit, 3).detail = {"count": 2}
        session.flush()
        assert audit.verify(session) is None
        session.delete(session.get_one(Audit, 2))
        session.flush()
        assert audit.verify(session) == 3
