"""The moments of terminals' logins, derived from the raw times, anew after a zone is corrected.

TE10. Several batches, each a short transaction; doing it twice changes nothing.
"""

import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from bridge.terminals.terminal import Progress, no_progress
from console.domain.logins import plausibility, remark_of
from console.domain.terminals import known_error
from console.domain.zones import moments, wall_time, zone_of
from console.service.portions import LOGINS_AT_ONCE, ROWS_AT_ONCE, hurry
from console.service.terminals.registry import zone_name
from console.store.database import Store
from console.store.schema import ClockOffset, Login, Terminal

READ_AT_ONCE = 2 * LOGINS_AT_ONCE
"""So that a whole report fits in what is read."""
Clock = tuple[list[datetime], list[float]]
"""When a terminal's clock was measured, and how far it was off from then on."""


def derived(zone: tzinfo, local_times: Sequence[str], received: datetime) -> list[dict[str, Any]]:
    """The columns of logins that follow from the zone, for the raw times of one report."""
    times = [datetime.fromisoformat(text) for text in local_times]
    return [
        {"at": one.at, "time_mark": one.mark, "remark": plausibility(one.at, received)}
        for one in moments(zone, times, received)
    ]


class LoginTimes:
    """Derives the moments of stored logins anew. Blocking: called from threads."""

    def __init__(self, store: Store, give_way: Callable[[], None] = hurry) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._give_way = store, give_way
        self._one_pass = threading.Lock()

    def run(self, progress: Progress = no_progress) -> int:
        """Derives what is due, of all terminals. Returns how many logins got another moment."""
        with self._one_pass:
            due = self._due()
            changed = 0
            for done, (terminal_id, zone) in enumerate(due.items()):
                progress(done, len(due))
                changed += self._derive(terminal_id, zone)
            return changed

    def _due(self) -> dict[str, str]:
        """Terminal id -> its zone, of terminals whose logins were derived by another one."""
        with self._store.read() as tx:
            zones = {row: zone_name(tx, row) for row in tx.scalars(select(Terminal))}
            return {row.id: zone for row, zone in zones.items() if row.times_zone != zone}

    def _derive(self, terminal_id: str, zone_name_: str) -> int:
        zone = zone_of(zone_name_)
        clock = self._derive_clock(terminal_id, zone)
        last, changed = 0, 0
        while rows := self._next_logins(terminal_id, last):
            last = rows[-1].id
            fresh = _changes(rows, zone, clock)
            if fresh:
                with self._store.write() as tx:
                    tx.session.execute(update(Login), fresh)
                    tx.changed("logins")
            changed += len(fresh)
            self._give_way()
        with self._store.write() as tx:
            row = tx.get_one(Terminal, terminal_id)
            if zone_name(tx, row) == zone_name_:
                row.times_zone = zone_name_
            tx.changed("terminals", terminal_id)
        return changed

    def _next_logins(self, terminal_id: str, last: int) -> list[Row[*tuple[Any, ...]]]:
        """Logins in the order in which they were stored, without a part of a report at the end."""
        columns = select(
            Login.id,
            Login.local_time,
            Login.received_at,
            Login.at,
            Login.time_mark,
            Login.remark,
            Login.clock_offset_s,
        )
        query = columns.where(Login.terminal_id == terminal_id, Login.id > last)
        with self._store.read() as tx:
            rows = list(tx.execute(query.order_by(Login.id).limit(READ_AT_ONCE)))
        newest = rows[-1].received_at if rows else None
        whole = [row for row in rows if row.received_at != newest]
        return whole if len(rows) == READ_AT_ONCE and whole else rows

    def _derive_clock(self, terminal_id: str, zone: tzinfo) -> Clock:
        """Corrects what is known of the terminal's clock, and returns it."""
        query = select(ClockOffset).where(ClockOffset.terminal_id == terminal_id)
        query = query.order_by(ClockOffset.id).limit(ROWS_AT_ONCE)
        clock: Clock = [], []
        last, more = 0, True
        while more:
            with self._store.write() as tx:
                history = list(tx.scalars(query.where(ClockOffset.id > last)))
                for row in history:
                    last = row.id
                    row.offset_s += _moved_s(row, zone)
                    clock[0].append(row.at)
                    clock[1].append(0.0 if row.corrected else row.offset_s)
                more = len(history) == ROWS_AT_ONCE
                if clock[1] and not more:
                    tx.get_one(Terminal, terminal_id).clock_offset_s = clock[1][-1]
        return clock


def _moved_s(row: ClockOffset, zone: tzinfo) -> float:
    """By how much a clock was off differently in this zone; zones differ by whole minutes."""
    shows = datetime.fromisoformat(row.shows)
    moved = (shows - wall_time(zone, row.at)).total_seconds() - row.offset_s
    return round(moved / 60) * 60.0


def _changes(
    rows: Sequence[Row[*tuple[Any, ...]]], zone: tzinfo, clock: Clock
) -> list[dict[str, Any]]:
    """The rows that get other values, as their columns."""
    changed = []
    for received, some in groupby(rows, lambda row: row.received_at):
        report = list(some)
        error = _error_at(clock, received)
        for row, times in zip(
            report, derived(zone, [one.local_time for one in report], received), strict=True
        ):
            remark = remark_of(times["remark"], row.remark)
            columns = {**times, "remark": remark, "clock_offset_s": error}
            if any(getattr(row, name) != value for name, value in columns.items()):
                changed.append({"id": row.id, **columns})
    return changed


def _error_at(clock: Clock, received: datetime) -> float | None:
    """The error of the clock that was known when a login came."""
    at, known = clock
    place = bisect_right(at, received)
    return known_error(known[place - 1]) if place else None
