"""Reports of many terminals at once: stored together, each once, answered when they are kept."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from bridge.terminals.push.records import UploadBatch
from bridge.terminals.terminal import Punch, Quarantined
from console.domain.terminals import TerminalStatus
from console.service.pools import Pools
from console.service.settings import fix_zone
from console.service.terminals import login_reports, report_queue
from console.service.terminals.log_book import LogBook
from console.service.terminals.login_reports import LoginReport, store_reports
from console.service.terminals.report_queue import Report, ReportQueue
from console.service.terminals.set_aside import SetAside
from console.store.database import Store, connect
from console.store.schema import Login, PinMap, Quarantine, Terminal
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import add_employee, add_terminal

VAULT = Vault(bytes(32))


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()), VAULT)
    with store.write() as tx:
        fix_zone(tx)
        for name in ("A", "B", "C"):
            add_terminal(tx, name)
    yield store
    store.close()


def serials(store: Store) -> list[str]:
    with store.read() as tx:
        return list(tx.scalars(select(Terminal.serial).order_by(Terminal.name)))


def at(*seconds: int, pin: str = "1") -> list[Punch]:
    return [Punch(pin, f"2026-07-15 08:00:{second:02}", 0, 1) for second in seconds]


def kept(store: Store) -> list[tuple[str, str]]:
    """The terminal and the second of each login, in the order of storing."""
    query = select(Terminal.name, Login.local_time).join(Terminal, Login.terminal_id == Terminal.id)
    with store.read() as tx:
        return [(name, time[-2:]) for name, time in tx.execute(query.order_by(Login.id))]


async def keep(store: Store, reports: list[Report]) -> list[Any]:
    """What each of the reports gets that come at the same moment; failures as exceptions."""
    pools = Pools()
    queue = ReportQueue(store, pools, LogBook(store, SetAside(store, VAULT)))
    try:
        found = await asyncio.gather(
            *(queue.keep(report) for report in reports), return_exceptions=True
        )
        await queue.close()
    finally:
        pools.close()
    return list(found)


def commits(store: Store) -> int:
    return store.commits_of(frozenset({"logins"}))


def test_reports_that_wait_are_committed_together(store: Store) -> None:
    a, b, c = serials(store)
    reports = [Report(serial, "ATTLOG", UploadBatch(punches=at(1, 2))) for serial in (a, b, c)]
    before = commits(store)
    assert asyncio.run(keep(store, reports)) == [2, 2, 2]
    assert commits(store) == before + 1
    assert len(kept(store)) == 6


def test_two_reports_of_one_terminal_stay_apart_and_in_their_order(store: Store) -> None:
    a, b, _ = serials(store)
    reports = [
        Report(a, "ATTLOG", UploadBatch(punches=at(3, 4))),
        Report(b, "ATTLOG", UploadBatch(punches=at(1))),
        Report(a, "ATTLOG", UploadBatch(punches=at(4, 2))),
    ]
    assert asyncio.run(keep(store, reports)) == [2, 1, 1]
    assert kept(store) == [("A", "03"), ("A", "04"), ("B", "01"), ("A", "02")]


def test_a_transaction_holds_no_more_than_it_should(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_queue, "LOGINS_AT_ONCE", 3)
    a, b, c = serials(store)
    before = commits(store)
    long = Report(a, "ATTLOG", UploadBatch(punches=at(1, 2, 3, 4)))
    short = [Report(serial, "ATTLOG", UploadBatch(punches=at(1))) for serial in (b, c)]
    assert asyncio.run(keep(store, [long, *short])) == [4, 1, 1]
    assert commits(store) == before + 2


def test_a_report_that_cannot_be_stored_takes_no_other_with_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, c = serials(store)

    def spoilt(tx: Any, found: Any) -> list[str]:
        if any(row["pin"] == "13" for rows in found for row in rows):
            raise OSError("this report cannot be stored")
        return []

    monkeypatch.setattr(login_reports, "_first_users", spoilt)
    batches = [UploadBatch(punches=at(1, pin=pin)) for pin in ("12", "13", "14")]
    reports = [
        Report(serial, "ATTLOG", one) for serial, one in zip((a, b, c), batches, strict=True)
    ]
    first, second, third = asyncio.run(keep(store, reports))
    assert isinstance(second, OSError)
    assert (first, third) == (1, 1)
    assert kept(store) == [("A", "01"), ("C", "01")]


def test_lines_that_cannot_be_set_aside_are_reported_again_and_the_others_count(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, _ = serials(store)

    def full(_self: LogBook, _id: str, _table: str, lines: list[Quarantined]) -> None:
        if lines:
            raise OSError("the disk is full")

    monkeypatch.setattr(LogBook, "set_aside", full)
    odd = UploadBatch(punches=at(1), quarantined=[Quarantined("?", "odd")])
    reports = [Report(a, "ATTLOG", odd), Report(b, "ATTLOG", UploadBatch(punches=at(1)))]
    first, second = asyncio.run(keep(store, reports))
    assert isinstance(first, OSError)
    assert second == 1


def test_TE14_a_report_of_a_terminal_that_is_not_served_any_more_is_not_acknowledged(
    store: Store,
) -> None:
    a, b, _ = serials(store)
    with store.write() as tx:
        row = tx.scalar(select(Terminal).where(Terminal.serial == a))
        assert row is not None
        row.status = TerminalStatus.BLOCKED
    reports = [Report(one, "ATTLOG", UploadBatch(punches=at(1))) for one in (a, b, "nobody")]
    assert asyncio.run(keep(store, reports)) == [None, 1, None]
    assert kept(store) == [("B", "01")]


def test_unread_lines_of_reports_that_are_stored_together_are_set_aside(store: Store) -> None:
    a, b, _ = serials(store)
    odd = Quarantined("odd line", "no time")
    reports = [
        Report(one, "ATTLOG", UploadBatch(punches=at(1), quarantined=[odd])) for one in (a, b)
    ]
    assert asyncio.run(keep(store, reports)) == [1, 1]
    with store.read() as tx:
        assert len(tx.scalars(select(Quarantine.id)).all()) == 2


def test_a_login_that_came_by_another_way_meanwhile_is_stored_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.read() as tx:
        gate = tx.scalars(select(Terminal.id).order_by(Terminal.name)).all()[0]
    looked_up = login_reports._first_users

    def overtaken(tx: Any, found: Any) -> list[str]:
        monkeypatch.setattr(login_reports, "_first_users", looked_up)
        assert store_reports(store, [LoginReport(gate, at(1))]) == [1]
        return looked_up(tx, found)

    monkeypatch.setattr(login_reports, "_first_users", overtaken)
    assert store_reports(store, [LoginReport(gate, at(1, 2))]) == [1]
    assert kept(store) == [("A", "01"), ("A", "02")]


def test_each_terminal_knows_people_by_its_own_numbers_also_together(store: Store) -> None:
    with store.write() as tx:
        ids = tx.scalars(select(Terminal.id).order_by(Terminal.name)).all()
        mei, ravi = add_employee(tx, "1"), add_employee(tx, "2")
        tx.add(PinMap(terminal_id=ids[1], pin="1", employee_id=ravi.id))
    assert store_reports(store, [LoginReport(one, at(1)) for one in ids]) == [1, 1, 1]
    with store.read() as tx:
        who = tx.scalars(select(Login.employee_id).order_by(Login.id)).all()
    assert who == [mei.id, ravi.id, mei.id]


def test_many_logins_cost_as_many_statements_as_few(store: Store) -> None:
    with store.read() as tx:
        ids = tx.scalars(select(Terminal.id).order_by(Terminal.name)).all()
    counts = []
    for start, reports in ((0, 1), (5, 3)):
        asked: list[str] = []
        listen = lambda *given, into=asked: into.append(given[2])  # noqa: E731
        sa.event.listen(store.engine, "before_cursor_execute", listen)
        store_reports(
            store, [LoginReport(one, at(*range(start, start + 5))) for one in ids[:reports]]
        )
        sa.event.remove(store.engine, "before_cursor_execute", listen)
        counts.append(len(asked))
    assert all(first == second for first, second in pairwise(counts)), counts
