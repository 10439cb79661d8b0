"""Logins of terminals that dial in that may be missing: asked for until they are counted.

P5, TE24. That no row came is no evidence. A gap closes when the terminal says how many logins it
holds of that time and as many are stored; until then it stays marked, and is asked for again.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bridge.terminals.errors import BridgeError, Incomplete, Uncounted, Unsupported
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.terminal import LOG_END, LOG_START, Capability, TerminalDevice
from console.domain.log_coverage import Span, gap_pause
from console.domain.zones import wall_time
from console.service.pools import Pool, Pools
from console.service.terminals.log_book import (
    COUNTED_LOG,
    PROBLEM_CHARS,
    Reading,
    close_whole_log,
    count_all_stored,
    count_stored,
    cover_span,
    fill_gap,
    forget_missed,
    note_missed,
    open_gaps,
    open_whole_log,
    want_whole_log,
)
from console.service.terminals.push_dialects import device_of
from console.service.terminals.registry import cannot, learn, served_by_serial, terminal_zone
from console.store.database import Store
from console.store.queries.aged_logins import removed_span
from console.store.schema import Terminal

log = structlog.get_logger()
BACKFILL_MARGIN = timedelta(minutes=2)
GAPS_AT_ONCE = 20
"""Gaps of one terminal that are asked for in one round."""
LOOK_AGAIN = timedelta(seconds=20)
LOOKS = 30
"""How often, and how many times, a whole log that arrives by itself is counted without a query."""
WHOLE = Span(LOG_START, LOG_END)
"""Stands for the whole log, whichever zone the terminal is in."""


@dataclass(frozen=True)
class Missing:
    """Logins that a terminal may hold and this site does not. gap: WHOLE for its whole log."""

    gap: Span
    row: Terminal
    zone: ZoneInfo

    @property
    def key(self) -> datetime:
        """Identifies the gap, which may still grow."""
        return self.gap.start

    def wall_span(self) -> tuple[datetime, datetime]:
        """The gap as the terminal's clock showed it."""
        return (LOG_START, LOG_END) if self.gap is WHOLE else wall_span(self.gap, self.zone)


@dataclass
class _Tries:
    """What was tried about one gap. stored: how many logins of it were here the last time."""

    number: int = 0
    next_at: datetime | None = None
    stored: int | None = None


@dataclass
class _Search:
    """The questions about one terminal's gaps.

    recovered: new logins since the round began. looks: how often its whole log is counted without a
    query while it arrives, because the terminal was told to send it.
    """

    tries: dict[datetime, _Tries] = field(default_factory=dict)
    running: bool = False
    recovered: int = 0
    looks: int = 0

    def of(self, missing: Missing) -> _Tries:
        """What was tried about this gap."""
        return self.tries.setdefault(missing.key, _Tries())


class LogGaps:
    """Asks terminals that dial in for what is missing. Lives on the service's loop."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        pools: Pools,
        queue_of: Callable[[str], CommandQueue],
    ) -> None:
        """queue_of: the questions to the terminal with this serial."""
        self._store, self._clock, self._pools, self._queue_of = store, clock, pools, queue_of
        self._searches: dict[str, _Search] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Cancels the questions that are under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def waiting(self) -> set[str]:
        """Serials of terminals that have gaps, or may have some."""
        return set(self._searches)

    def expect_all(self, serial: str) -> None:
        """A terminal was told to send its whole log: it waits, and gets time before a query."""
        self._searches.setdefault(serial, _Search()).looks = LOOKS

    def search(self, serial: str) -> None:
        """Looks for gaps of this terminal, and asks for those that are due."""
        search = self._searches.setdefault(serial, _Search())
        if not search.running:
            search.running, search.recovered = True, 0
            task = asyncio.create_task(self._run(serial, search))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def note_recovered(self, serial: str, fresh: int) -> None:
        """The terminal has sent logins that were not here."""
        if serial in self._searches:
            self._searches[serial].recovered += fresh

    async def _run(self, serial: str, search: _Search) -> None:
        try:
            found = await self._pools.run(Pool.TERMINAL, self._find, serial)
            if not found:
                del self._searches[serial]
                return
            keys = {missing.key for missing in found}
            search.tries = {key: one for key, one in search.tries.items() if key in keys}
            now = self._clock()
            due = [one for one in found if (search.of(one).next_at or now) <= now]
            for missing in due[:GAPS_AT_ONCE]:
                await self._ask(missing, search)
        except Exception as error:
            log.exception("gaps_failed", serial=serial, error=type(error).__name__)
        finally:
            search.running = False

    def _find(self, serial: str) -> list[Missing]:
        """What a served terminal may hold, its whole log first, then oldest first.

        A firmware that hands out no log is asked for no gap, only for the number of all its logins.
        """
        with self._store.read() as tx:
            row = served_by_serial(tx, serial)
            if row is None:
                return []
            zone = terminal_zone(tx, row)
            whole = [WHOLE] if row.log_wanted or open_whole_log(tx, row.id) else []
            spans = [] if cannot(row, Capability.READ_LOG) else open_gaps(tx, row.id)
            if (removed := removed_span(row.counts)) is not None:
                kept = [span for span in spans if span.end > removed.end]
                spans = [Span(max(span.start, removed.end), span.end) for span in kept]
            return [Missing(gap, row, zone) for gap in (*whole, *spans)]

    async def _ask(self, missing: Missing, search: _Search) -> None:
        """One question about one gap; whatever comes of it, the next one has its time."""
        tried, serial = search.of(missing), missing.row.serial
        tried.number += 1
        tried.next_at = self._clock() + gap_pause(tried.number)
        unit = device_of(missing.row, self._queue_of(serial))
        before = search.recovered
        try:
            reading = await self._read(unit, missing, search)
        except BridgeError as error:
            log.warning("backfill_failed", serial=serial, reason=error.reason)
            with suppress(Exception):  # the next try notes its own error
                await self._pools.run(Pool.TERMINAL, self._miss, missing, error)
            return
        recovered = search.recovered - before
        await self._pools.run(Pool.TERMINAL, self._fill, missing, reading, recovered)

    async def _read(self, unit: TerminalDevice, missing: Missing, search: _Search) -> Reading:
        """The evidence that all logins are here. Raises BridgeError if there is none."""
        says = await _count(unit, missing)
        stored = await self._pools.run(Pool.TERMINAL, self._stored, missing)
        if says is not None and stored >= says:
            return Reading(says=says, received=stored)
        if cannot(missing.row, Capability.READ_LOG) or self._arrives(missing, search, stored):
            raise Uncounted("logins") if says is None else Incomplete("records", says, stored)
        if missing.gap is WHOLE:
            found = await unit.log()
        else:
            found = await unit.log_between(*missing.wall_span(), says or 0)
        stored = await self._pools.run(Pool.TERMINAL, self._stored, missing)
        if not found.counted:
            return await self._compare_totals(unit, missing)
        if stored + len(found.quarantined) + found.other_events < found.says:
            raise Incomplete("records", found.says, stored)
        return Reading(says=found.says, received=found.received)

    def _arrives(self, missing: Missing, search: _Search, stored: int) -> bool:
        """Whether the whole log seems to arrive by itself; then it is soon counted again."""
        tried = search.of(missing)
        grows, tried.stored = stored != tried.stored, stored
        if missing.gap is not WHOLE or not grows or not search.looks:
            return False
        search.looks -= 1
        tried.number, tried.next_at = 0, self._clock() + LOOK_AGAIN
        return True

    async def _compare_totals(self, unit: TerminalDevice, missing: Missing) -> Reading:
        """Of a terminal that counts no part of its log: the same number on both sides."""
        try:
            says = await unit.count_logins()
        except Unsupported as error:
            raise Uncounted("logins") from error
        have = await self._pools.run(Pool.TERMINAL, self._all_stored, missing.row.id)
        if says != have:
            raise Incomplete("records", says, have)
        return Reading(says=says, received=have)

    def _stored(self, missing: Missing) -> int:
        with self._store.read() as tx:
            if missing.gap is WHOLE:
                return count_all_stored(tx, missing.row.id)
            return count_stored(tx, missing.row.id, missing.wall_span())

    def _all_stored(self, terminal_id: str) -> int:
        with self._store.read() as tx:
            return count_all_stored(tx, terminal_id)

    def _fill(self, missing: Missing, reading: Reading, recovered: int) -> None:
        known = Reading(says=reading.says, received=reading.received, recovered=recovered)
        with self._store.write() as tx:
            row = served_by_serial(tx, missing.row.serial)
            if row is None:
                return
            if missing.gap is not WHOLE:
                fill_gap(tx, row, missing.gap, known)
                return
            noted = open_whole_log(tx, row.id)
            end = noted.end if noted is not None else tx.now
            close_whole_log(tx, row.id)
            forget_missed(tx, row.id, end)
            cover_span(tx, row, COUNTED_LOG, Span(row.first_seen, end), known)
            row.log_wanted = False

    def _miss(self, missing: Missing, error: BridgeError) -> None:
        with self._store.write() as tx:
            row = served_by_serial(tx, missing.row.serial)
            if row is None:
                return
            if missing.gap is not WHOLE:
                note_missed(tx, row, missing.gap, str(error))
            elif (noted := open_whole_log(tx, row.id)) is not None:
                noted.problem = str(error)[:PROBLEM_CHARS]
                tx.changed("terminals", row.id)
            else:
                want_whole_log(tx, row, str(error))
            if isinstance(error, Unsupported):
                learn(tx, row, {Capability.READ_LOG: False})


async def _count(unit: TerminalDevice, missing: Missing) -> int | None:
    """How many logins the terminal says that it holds of this; None if it does not say."""
    with suppress(Unsupported):
        return await unit.count_between(*missing.wall_span())
    if missing.gap is WHOLE:
        with suppress(Unsupported):
            return await unit.count_logins()
    return None


def wall_span(gap: Span, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The gap with its margin in the terminal's own time; more of it where clocks are set back."""
    ends = gap.start - BACKFILL_MARGIN, gap.end + BACKFILL_MARGIN
    start, end = (wall_time(zone, moment) for moment in ends)
    return min(start, end - (ends[1] - ends[0])), max(end, start + (ends[1] - ends[0]))
