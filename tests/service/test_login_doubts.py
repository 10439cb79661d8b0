"""N12: an export tells of each terminal and kiosk of which times logins may be missing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from console.domain.log_coverage import Span
from console.domain.terminals import TerminalStatus
from console.service.operations.login_doubts import (
    ASKED_FOR,
    AWAY,
    BY_AGE,
    IS_GAP,
    NEVER_WATCHED,
    REMOVED_AWAY,
    Doubt,
    deleted_until,
    places,
)
from console.service.terminals import log_book
from console.service.terminals.log_book import COUNTED_LOG, GAP, LIVE, WHOLE_LOG
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.queries.aged_logins import remove_logins
from console.store.schema import Kiosk, LogCoverage, Terminal
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import NOW, add_terminal
from tests.store.test_erasure import add_login

DAY = timedelta(days=1)
START = NOW - 10 * DAY
ASKED = Span(START, NOW + DAY)
"""The time of the export. NOW is the present."""


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()), Vault(bytes(32)), clock=lambda: NOW)
    yield store
    store.close()


def add_gate(tx: Tx, **values: Any) -> Terminal:
    """A terminal that was first seen within the time of the export."""
    row = add_terminal(tx, "Gate")
    row.log_wanted, row.first_seen = False, NOW - 5 * DAY
    for name, value in values.items():
        setattr(row, name, value)
    return row


def add_span(tx: Tx, gate: Terminal, source: str, start: int, end: int, problem: str = "") -> None:
    """start, end: days before the present."""
    row = LogCoverage(
        terminal_id=gate.id, start=NOW - start * DAY, end=NOW - end * DAY, source=source
    )
    row.problem = problem
    tx.add(row)
    tx.flush()


def add_kiosk(tx: Tx, seen: timedelta, removed: timedelta | None = None) -> str:
    """seen, removed: how long ago."""
    name = new_id()
    tx.add(
        Kiosk(
            id=new_id(),
            name=name,
            last_seen=NOW - seen,
            removed_at=None if removed is None else NOW - removed,
            added_by="Mei",
            added_at=START,
        )
    )
    tx.flush()
    return name


def doubts(tx: Tx, name: str = "Gate") -> list[Doubt]:
    tx.flush()
    (place,) = [one for one in places(tx, ASKED) if one.name == name]
    return list(place.doubts)


def test_N12_a_terminal_that_was_watched_since_its_log_was_counted_misses_nothing(
    store: Store,
) -> None:
    with store.write() as tx:
        gate = add_gate(tx)
        add_span(tx, gate, COUNTED_LOG, 5, 4)
        add_span(tx, gate, LIVE, 4, 0)
        assert doubts(tx) == []


def test_N12_what_came_before_a_terminal_was_watched_may_be_missing(store: Store) -> None:
    with store.write() as tx:
        gate = add_gate(tx)
        add_span(tx, gate, LIVE, 5, 0)
        assert doubts(tx) == [Doubt(START, NOW - 5 * DAY, IS_GAP)]


def test_N12_a_served_terminal_that_was_never_watched_may_hold_logins_of_all_times(
    store: Store,
) -> None:
    with store.write() as tx:
        gate = add_gate(tx, log_wanted=True)
        assert doubts(tx) == [Doubt(START, NOW, NEVER_WATCHED)]
        gate.status = TerminalStatus.PENDING
        tx.flush()
        assert places(tx, ASKED) == [], "it was never let in"


def test_N12_a_whole_log_that_is_asked_for_is_missing_until_it_has_arrived(store: Store) -> None:
    with store.write() as tx:
        gate = add_gate(tx, log_wanted=True)
        add_span(tx, gate, COUNTED_LOG, 5, 4)
        add_span(tx, gate, LIVE, 4, 0)
        assert doubts(tx) == [Doubt(NOW - 5 * DAY, NOW, ASKED_FOR)]
        add_span(tx, gate, WHOLE_LOG, 5, 1)
        assert doubts(tx) == [Doubt(NOW - 5 * DAY, NOW - DAY, ASKED_FOR)]


def test_N12_every_gap_is_told_also_one_that_is_asked_for_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_book, "NEWEST_SPANS", 1)
    with store.write() as tx:
        gate = add_gate(tx)
        for span in ((COUNTED_LOG, 5, 4), (LIVE, 3, 2), (LIVE, 1, 0)):
            add_span(tx, gate, *span)
        assert doubts(tx) == [
            Doubt(NOW - 4 * DAY, NOW - 3 * DAY, IS_GAP),
            Doubt(NOW - 2 * DAY, NOW - DAY, IS_GAP),
        ]


def test_N12_a_gap_that_was_noted_and_has_grown_since_is_told_to_its_end(store: Store) -> None:
    with store.write() as tx:
        gate = add_gate(tx)
        add_span(tx, gate, COUNTED_LOG, 5, 4)
        add_span(tx, gate, GAP, 4, 2, "It does not answer.")
        assert doubts(tx) == [
            Doubt(NOW - 4 * DAY, NOW - 2 * DAY, "It does not answer."),
            Doubt(NOW - 2 * DAY, NOW, IS_GAP),
        ]


def test_N12_EN2_logins_that_were_deleted_by_their_age_are_not_said_to_be_here(
    store: Store,
) -> None:
    with store.write() as tx:
        gate, kiosk = add_gate(tx), add_kiosk(tx, timedelta())
        add_span(tx, gate, COUNTED_LOG, 5, 0)
        of_gate = add_login(tx, "1042", terminal_id=gate.id, at=NOW - 8 * DAY)
        of_kiosk = add_login(tx, "1042", at=NOW - 7 * DAY)
        remove_logins(tx, [of_gate.id, of_kiosk.id])
        assert doubts(tx) == [Doubt(START, NOW - 8 * DAY, BY_AGE)]
        assert doubts(tx, kiosk) == [Doubt(START, NOW - 7 * DAY, BY_AGE)]
        assert deleted_until(places(tx, ASKED)) == NOW - 7 * DAY
        later = places(tx, Span(NOW - DAY, NOW))
        assert deleted_until(later) is None
        assert not any(one.doubts for one in later)


def test_N12_a_kiosk_that_is_away_may_hold_logins_that_are_not_here(store: Store) -> None:
    with store.write() as tx:
        here, away = add_kiosk(tx, timedelta(seconds=20)), add_kiosk(tx, 2 * DAY)
        left, lost = add_kiosk(tx, 3 * DAY, 3 * DAY), add_kiosk(tx, 5 * DAY, 3 * DAY)
        assert doubts(tx, here) == doubts(tx, left) == []
        assert doubts(tx, away) == [Doubt(NOW - 2 * DAY, NOW, AWAY)]
        assert doubts(tx, lost) == [Doubt(NOW - 5 * DAY, NOW - 3 * DAY, REMOVED_AWAY)]
