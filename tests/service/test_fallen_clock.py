"""Logins of a terminal whose clock fell back are stored, and kept as long as others. TE10, EN2."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bridge.terminals.terminal import Punch
from console.service.settings import fix_zone
from console.service.terminals.log_book import count_all_stored
from console.service.terminals.login_reports import LoginReport, store_reports
from console.store.database import Store, connect
from console.store.queries.aged_logins import remove_logins
from console.store.schema import Login, Terminal
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import NOW, add_terminal

DAY = timedelta(days=1)
YEAR_S = 365 * DAY.total_seconds()
OLD = ["2024-01-08 08:00:00", "2024-06-03 08:00:00", "2024-12-02 08:00:00"]
POWER_LOST = "2000-01-01 00:07:00"


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()), Vault(bytes(32)), clock=lambda: NOW)
    yield store
    store.close()


@pytest.fixture
def gate(store: Store) -> str:
    """A terminal whose old logins were deleted here by their age."""
    with store.write() as tx:
        fix_zone(tx)
        row = add_terminal(tx, "Gate")
        row.zone = "Etc/GMT"
    assert report(store, row.id, *OLD) == len(OLD)
    with store.write() as tx:
        remove_logins(tx, list(tx.scalars(select(Login.id))))
    return row.id


def report(store: Store, terminal_id: str, *times: str) -> int:
    """What the terminal reports, as the clock shows it. Returns how many logins were new."""
    punches = [Punch(pin="1042", local_time=time, status=0, verify=1) for time in times]
    return sum(store_reports(store, [LoginReport(terminal_id, punches)]))


def test_EN2_a_log_that_is_sent_again_brings_back_nothing_that_was_deleted_by_its_age(
    store: Store, gate: str
) -> None:
    assert report(store, gate, *OLD) == 0
    with store.read() as tx:
        assert count_all_stored(tx, gate) == len(OLD)


def test_TE10_a_login_that_was_never_here_is_stored_whatever_its_time(
    store: Store, gate: str
) -> None:
    assert report(store, gate, POWER_LOST) == 1
    assert report(store, gate, POWER_LOST) == 0
    with store.read() as tx:
        assert tx.scalars(select(Login.local_time)).all() == [POWER_LOST]
        assert count_all_stored(tx, gate) == len(OLD) + 1


def test_TE10_a_clock_that_is_known_to_have_fallen_back_loses_no_login(
    store: Store, gate: str
) -> None:
    with store.write() as tx:
        tx.execute(update(Terminal).values(clock_offset_s=-2 * YEAR_S))
    assert report(store, gate, "2024-11-22 08:30:00") == 1
