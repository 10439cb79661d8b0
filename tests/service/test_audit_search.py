"""AC10: filters of the audit log, by the indexes, find exactly what looking through it finds."""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from console.api import audit as api
from console.domain.errors import Invalid
from console.service.operations.audit_names import Named
from console.service.operations.audit_search import count, oldest_first, page_of, search_for
from console.service.operations.paging import encode_cursor
from console.store.database import Store, connect
from console.store.schema import Audit, Employee
from console.store.unit_of_work import ReadTx
from tests.conftest import Databases
from tests.store.made import add_employee, add_terminal

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
ACTORS, ACTS = ("ann", "ben", "muster"), ("photo.viewed", "operator.signed_in", "settings.saved")


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator[tuple[Store, dict[str, str]]]:
    """A log of 400 entries, under a clock that leaps, and names -> ids of what they are about."""
    store = Store(connect(databases.migrated()))
    chance = random.Random(7)
    with store.write() as tx:
        people = [add_employee(tx, number) for number in ("4711", "4712")]
        gate = add_terminal(tx, "North gate")
        about = {"4711": people[0].id, "4712": people[1].id, "north": gate.id}
    for number in range(400):
        at = START + timedelta(minutes=number - 300 * (number % 37 == 5))
        at = at.replace(microsecond=0) if number % 3 else START  # many at the same moment
        with store.write(chance.choice(ACTORS), at) as tx:
            tx.audit(chance.choice(ACTS), chance.choice([*about.values(), ""]), number=number)
    yield store, about
    store.close()


def filters() -> list[api.AuditFilter]:
    times = (None, START + timedelta(minutes=50), START + timedelta(minutes=220))
    return [
        api.AuditFilter(operator=operator, act=act, about=about, since=since, until=until)
        for operator, act, about, since, until in itertools.product(
            ("", "ann"), ("", "photo.viewed"), ("", "4711", "471", "north"), times[:2], times[::2]
        )
    ]


def looked_through(
    tx: ReadTx, wanted: api.AuditFilter, about: dict[str, str]
) -> list[tuple[datetime, int]]:
    named = {row_id for name, row_id in about.items() if wanted.about in name}
    found = [
        (row.at, row.seq)
        for row in tx.scalars(sa.select(Audit))
        if wanted.operator in ("", row.actor)
        and wanted.act in ("", row.action)
        and (not wanted.about or row.object_id in named)
        and (wanted.since is None or row.at >= wanted.since)
        and (wanted.until is None or row.at < wanted.until)
    ]
    return sorted(found, reverse=True)


def test_every_filter_finds_what_looking_through_finds_on_pages_without_a_gap(
    filled: tuple[Store, dict[str, str]],
) -> None:
    store, about = filled
    with store.read() as tx:
        for wanted in filters():
            expected, search = looked_through(tx, wanted, about), search_for(tx, wanted)
            assert search is not None
            shown: list[tuple[datetime, int]] = []
            cursor = ""
            while True:
                rows = page_of(tx, search, cursor, 37)
                shown += [(row.at, row.seq) for row in rows]
                if len(rows) < 37:
                    break
                cursor = encode_cursor(rows[-1].at, rows[-1].seq)
            assert shown == expected, wanted
            assert count(tx, search) == len(expected)
            exported = [row.seq for row in oldest_first(tx, search)]
            assert exported == sorted(seq for _, seq in expected)


def test_more_than_can_be_counted_quickly_is_said_to_be_more(
    filled: tuple[Store, dict[str, str]],
) -> None:
    store, _ = filled
    with store.read() as tx:
        for wanted in (api.AuditFilter(operator="ann"), api.AuditFilter(about="471")):
            search = search_for(tx, wanted)
            assert search is not None
            assert count(tx, search, 10) == 11


def test_names_of_nobody_mean_no_entry_and_vague_ones_are_sent_back(
    filled: tuple[Store, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = filled
    with store.read() as tx:
        assert search_for(tx, api.AuditFilter(about="nobody")) is None
        monkeypatch.setattr(Named, "MOST", 1)
        with pytest.raises(Invalid, match="More than 1"):
            search_for(tx, api.AuditFilter(about="471"))
        assert tx.session.scalar(sa.select(sa.func.count()).select_from(Employee)) == 2


@pytest.mark.parametrize("depth", [0, 300])
def test_a_deep_page_is_read_from_where_it_begins(
    filled: tuple[Store, dict[str, str]], depth: int
) -> None:
    """Page 1,000 costs as much as page 1: the index begins at the cursor and sorts nothing."""
    store, _ = filled
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which so small a table does not have")
    with store.read() as tx:
        search = search_for(tx, api.AuditFilter())
        assert search is not None
        cursor = ""
        if depth:
            last = page_of(tx, search, "", depth)[-1]
            cursor = encode_cursor(last.at, last.seq)
        with Selects(store) as said:
            page_of(tx, search, cursor, 10)
        ((text, values),) = said
        plan = tx.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ((detail,),) = [(row[-1],) for row in plan]
        wanted = "(at<?)" if depth else "INDEX ix_audit_at_seq"
        assert wanted in detail and "TEMP B-TREE" not in detail


class Selects:
    """Collects the queries that are sent to the database."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine
        self._said: list[tuple[str, Any]] = []

    def __enter__(self) -> list[tuple[str, Any]]:
        sa.event.listen(self._engine, "before_cursor_execute", self._hear)
        return self._said

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._hear)

    def _hear(self, _connection: object, _cursor: object, text: str, values: Any, *_: Any) -> None:
        if text.startswith("SELECT"):
            self._said.append((text, values))
