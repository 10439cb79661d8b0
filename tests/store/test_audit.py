"""AC10: the audit log stays one chain, however many entries a transaction adds, whoever writes."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path

import pytest
import sqlalchemy as sa

from console.store import audit
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import Audit, Setting
from tests.conftest import Databases
from tests.store.statements import Statements

ACT = "settings.saved"


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    """A database of this test alone: it counts all entries."""
    made = Store(connect(databases.migrated()))
    yield made
    made.close()


def chain(store: Store) -> audit.Checked:
    with store.read() as tx:
        return audit.check_chain(audit.entries(tx.session), audit.anchor(tx.session))


def length(store: Store) -> int:
    checked = chain(store)
    assert checked.broken_at is None
    return checked.count


def test_AC10_a_hundred_entries_of_a_transaction_cost_one_question_and_one_insert(
    store: Store,
) -> None:
    with Statements(store, "audit") as said, store.write() as tx:
        for number in range(100):
            tx.audit(ACT, str(number))
    assert [text.split()[0] for text in said] == ["SELECT", "INSERT"]
    assert length(store) == 100


def test_AC10_whatever_reads_in_a_transaction_sees_its_entries_up_to_then(store: Store) -> None:
    mine = sa.select(Audit.object_id).where(Audit.action == ACT).order_by(Audit.seq)
    with store.write() as tx:
        tx.audit(ACT, "1")
        tx.add(Setting(key="between", value={}))
        tx.audit(ACT, "2")
        assert list(tx.scalars(mine)) == ["1", "2"]
        tx.audit(ACT, "3")
        assert tx.get_one(Audit, 3).object_id == "3"
        tx.audit(ACT, "4")
        assert list(tx.session.scalars(mine)) == ["1", "2", "3", "4"]
    assert length(store) == 4


def test_AC10_what_is_rolled_back_leaves_no_hole_in_the_chain(store: Store) -> None:
    with store.write() as tx:
        tx.audit(ACT, "1")
    with pytest.raises(RuntimeError), store.write() as tx:
        tx.audit(ACT, "gone")
        raise RuntimeError
    with store.write() as tx:
        tx.audit(ACT, "2")
    assert length(store) == 2


def test_AC10_writers_side_by_side_make_one_chain(store: Store) -> None:
    def write(writer: int) -> None:
        for _ in range(10):
            with store.write(f"writer {writer}") as tx:
                for number in range(3):
                    tx.audit(ACT, str(number))

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert length(store) == 4 * 10 * 3
    with store.read() as tx:
        actors = tx.scalars(sa.select(Audit.actor).order_by(Audit.seq)).all()
    assert all(len(set(actors[first : first + 3])) == 1 for first in range(0, 120, 3))


def test_AC10_the_chain_goes_on_from_the_entry_that_was_kept_when_the_old_ones_went(
    store: Store,
) -> None:
    with store.write() as tx:
        tx.audit(ACT, "1")
        tx.audit(ACT, "2")
        later = tx.now + timedelta(days=1)
    with store.write(now=later) as tx:
        tx.audit(ACT, "3")
        assert audit.cut(tx.session, later - timedelta(hours=1)) == 2
        tx.audit(ACT, "4")
    assert length(store) == 2


def test_AC10_an_entry_whose_detail_cannot_be_read_is_the_one_that_is_named(tmp_path: Path) -> None:
    """Only SQLite keeps what is no JSON."""
    store = Store(connect(sqlite_url(tmp_path / "muster.db")))
    upgrade(store.engine)
    with store.write() as tx:
        for number in range(3):
            tx.audit(ACT, str(number))
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit SET detail = '{' WHERE seq = 2"))
    assert chain(store) == audit.Checked(1, 2)
    store.close()


class Kind(StrEnum):
    ONE = "one"


def test_AC10_what_a_database_gives_back_otherwise_is_hashed_as_it_gives_it_back(
    store: Store,
) -> None:
    moment = datetime(2026, 3, 2, 8, tzinfo=timezone(timedelta(hours=2)))
    with store.write(now=moment) as tx:
        tx.audit(ACT, said="a\0b", counts={10: 1, 9: 2}, pair=(1, 2.5), kind=Kind.ONE)
    assert length(store) == 1
    with store.read() as tx:
        kept = tx.get_one(Audit, 1).detail
    assert kept == {
        "said": "a\ufffdb",
        "counts": {"10": 1, "9": 2},
        "pair": [1, 2.5],
        "kind": "one",
    }
