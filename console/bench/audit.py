"""The audit log at a million entries: pages of it by every filter, and how fast it is verified."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from console.api import audit as api
from console.domain.audit_words import ACTS
from console.domain.operators import Role
from console.service.operations.audit_search import count, page_of, search_for
from console.service.operations.paging import encode_cursor
from console.service.portions import in_batches
from console.store import audit
from console.store.columns import json_text, new_id
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import Audit, Employee, Operator

ENTRIES, PEOPLE, OPERATORS = 1_000_000, 5000, 20
AT_ONCE, PAGE, ASKED = 10_000, 100, 200
START = datetime(2020, 1, 1, tzinfo=UTC)
SEED = 5


def measure(_data: Path | None) -> dict[str, Any]:
    """Fills a database and asks it."""
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(sqlite_url(Path(folder) / "audit.db"))
        upgrade(engine)
        store = Store(engine)
        operators, people = _names(store)
        began = time.perf_counter()
        _fill(store, operators, people)
        figures: dict[str, Any] = {"entries": ENTRIES, "fill_s": _since(began)}
        figures |= _pages(store, operators)
        began = time.perf_counter()
        with store.read() as tx:
            assert audit.verify(tx.session) is None
        figures["verify_rows_per_s"] = round(ENTRIES / (time.perf_counter() - began))
        store.close()
    return figures


def _names(store: Store) -> tuple[list[str], list[str]]:
    operators, people = [new_id() for _ in range(OPERATORS)], [new_id() for _ in range(PEOPLE)]
    with store.write() as tx:
        plain = {"active": True, "created_at": tx.now}
        person = {"email": "", "department": "", "in_force": True, "updated_at": tx.now, **plain}
        tx.add_many(
            Employee,
            [
                {
                    "id": row_id,
                    "number": str(10_000 + number),
                    "first_name": "Person",
                    "last_name": str(number),
                    "sort_name": f"{number} person",
                    **person,
                }
                for number, row_id in enumerate(people)
            ],
        )
        for number, row_id in enumerate(operators):
            name = f"operator {number}"
            row = Operator(id=row_id, username=name, name=name, role=Role.ADMIN, **plain)
            row.password_hash = ""
            tx.add(row)
    return operators, people


def _fill(store: Store, operators: Sequence[str], people: Sequence[str]) -> None:
    """Most entries are by a few operators and of a few acts, as on a real site."""
    with store.engine.begin() as connection:
        for batch in in_batches(_entries(operators, people), AT_ONCE):
            connection.execute(sa.insert(Audit), batch)


def _entries(operators: Sequence[str], people: Sequence[str]) -> Iterator[dict[str, Any]]:
    chance = random.Random(SEED)  # noqa: S311 - the same entries each time
    acts, prev = list(ACTS), audit.GENESIS
    for seq in range(1, ENTRIES + 1):
        detail = {"rows": seq}
        row = audit.Entry(
            seq=seq,
            at=START + timedelta(seconds=200 * seq),
            actor=operators[int(OPERATORS * chance.random() ** 3)],
            action=acts[int(len(acts) * chance.random() ** 3)],
            object_id=chance.choice(people),
            detail=json_text(detail),
            prev_hash=prev,
        )
        prev = audit.digest(row, prev)
        yield {**row._asdict(), "detail": detail, "hash": prev}


def _pages(store: Store, operators: Sequence[str]) -> dict[str, Any]:
    acts, last = list(ACTS), START + timedelta(seconds=200 * ENTRIES)
    middle = START + (last - START) / 2
    filters = {
        "all": api.AuditFilter(),
        "time": api.AuditFilter(since=middle - timedelta(days=30), until=middle),
        "operator": api.AuditFilter(operator=operators[0]),
        "rare_operator": api.AuditFilter(operator=operators[-1]),
        "act": api.AuditFilter(act=acts[0]),
        "operator_and_act": api.AuditFilter(operator=operators[0], act=acts[0]),
        "rare_operator_and_act": api.AuditFilter(operator=operators[-1], act=acts[-1]),
        "person": api.AuditFilter(about="10042"),
        "people": api.AuditFilter(about="1004"),
        "operator_and_person": api.AuditFilter(operator=operators[0], about="10042"),
    }
    figures = {}
    for name, wanted in filters.items():
        took, counted = _asked(store, wanted)
        figures[f"{name}_p99_ms"] = took
        figures[f"{name}_found"] = counted
    return figures


def _asked(store: Store, wanted: api.AuditFilter) -> tuple[float, int]:
    """Of pages at random depths, in ms; the first one includes the count, as the console asks."""
    chance = random.Random(SEED)  # noqa: S311 - the same pages each time
    took: list[float] = []
    for number in range(ASKED):
        at = START + timedelta(seconds=200 * chance.randrange(ENTRIES))
        began = time.perf_counter()
        with store.read() as tx:
            search = search_for(tx, wanted)
            assert search is not None
            page_of(tx, search, encode_cursor(at, 0) if number else "", PAGE)
            if not number:
                counted = count(tx, search)
        took.append(1000 * (time.perf_counter() - began))
    return round(sorted(took)[int(0.99 * ASKED)], 1), counted


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 1)
