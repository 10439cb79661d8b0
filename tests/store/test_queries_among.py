"""Many values in one condition: found by the index, whatever is in them."""

import pytest
import sqlalchemy as sa

from console.store.database import Store
from console.store.queries.among import among
from console.store.schema import Login, Setting
from tests.store.statements import Statements

ODD = ("plain", "it's", 'a "quoted" \\ text', "Zoë, 王", "[1, 2]", "", "null")


def test_each_value_is_found_as_it_is(shared_store: Store) -> None:
    with shared_store.write() as tx:
        for text in ODD:
            tx.add(Setting(key=f"among {text}", value={}))
        tx.flush()
        for text in ODD:
            found = tx.scalars(sa.select(Setting.key).where(among(tx, Setting.key, [text])))
            assert list(found) == []
        wanted = [f"among {text}" for text in ODD]
        some = sa.select(Setting.key).where(among(tx, Setting.key, wanted[1:]))
        assert set(tx.scalars(some)) == set(wanted[1:])


def test_no_values_are_nobody(shared_store: Store) -> None:
    with shared_store.read() as seen:
        assert seen.scalars(sa.select(Setting.key).where(among(seen, Setting.key, []))).all() == []


def test_the_statement_is_the_same_for_any_number_of_values(shared_store: Store) -> None:
    with Statements(shared_store, "setting") as said, shared_store.read() as seen:
        for count in (0, 1, 100):
            wanted = among(seen, Setting.key, map(str, range(count)))
            seen.scalars(sa.select(Setting.key).where(wanted)).all()
    assert len(said) == 3
    assert len(set(said)) == 1


def test_the_index_of_the_column_answers(shared_store: Store) -> None:
    if shared_store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which so small a table does not have")
    with shared_store.read() as seen:
        query = sa.select(Login.id).where(among(seen, Login.content_key, ["a", "b"]))
        text = query.compile(shared_store.engine, compile_kwargs={"literal_binds": True})
        plan = seen.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
        details = " | ".join(row[-1] for row in plan)
    assert "login USING COVERING INDEX sqlite_autoindex_login_1 (content_key=?)" in details
