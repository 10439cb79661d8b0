"""Terminals that dial in: which may connect, what they report, what they get.

Implements the push listener's `Site`. What a terminal reports is written on threads of its own
kind, in short transactions. A poll that says nothing new writes nothing: every few seconds the
polls of all terminals are noted together.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from bridge.terminals.errors import BridgeError, Unsupported
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.push.listener import Admission, Hello
from bridge.terminals.push.records import CommandResult, UploadBatch
from bridge.terminals.push.terminal import PushTerminal
from console.domain.terminal_identity import IDENTIFYING, merged_facts
from console.domain.terminals import Dialect, is_heard_of
from console.domain.zones import offset_min
from console.service.pools import Pool, Pools
from console.service.portions import in_batches
from console.service.terminals.admission import TOLD, decide, is_served
from console.service.terminals.held_lines import HeldLines
from console.service.terminals.log_book import LogBook, cover_live
from console.service.terminals.log_gaps import LogGaps
from console.service.terminals.registry import terminal_zone
from console.service.terminals.report_queue import Report, ReportQueue
from console.store.database import Store
from console.store.schema import Terminal
from console.store.unit_of_work import ReadTx

log = structlog.get_logger()
NOTE_EVERY_S = 20.0
"""How often polls are noted, well within the time after which a terminal counts as offline."""
NOTED_AT_ONCE = 200
MOST_SEEN = 4_000
"""Callers that are remembered at a time; strangers may call from anywhere in any name."""
HELD_NOTED_EVERY = timedelta(minutes=1)
"""How often it is noted that somebody calls who may not be the terminal."""
Caller = tuple[str, str]
"""(serial, address)."""


@dataclass
class _Seen:
    """A caller as it was last noted.

    info: what it has reported of itself; polled: it has polled since; news: what it has reported
    since that is not in its row yet.
    """

    admission: Admission
    noted_at: datetime
    info: dict[str, str] = field(default_factory=dict)
    polled: bool = False
    news: dict[str, str] = field(default_factory=dict)

    def knows(self, hello: Hello, now: datetime) -> bool:
        """Whether the call says nothing new but figures, such as how many logins are stored."""
        told = hello.info.items()
        same = all(self.info.get(key) == value for key, value in told if key in IDENTIFYING)
        fresh = not self.admission.held or now - self.noted_at < HELD_NOTED_EVERY
        return not hello.handshake and hello.info.keys() <= self.info.keys() and same and fresh

    def note(self, hello: Hello) -> None:
        """Keeps the new figures until polls are noted: each login changes one of them."""
        if not self.admission.held:
            self.polled = True
            self.news |= dict(hello.info.items() - self.info.items())
            self.info |= hello.info


@dataclass(frozen=True)
class _Noted:
    """Serials of polls that were noted. broken: their watch had a break."""

    approved: set[str]
    broken: set[str]
    misled: set[str]
    """The clocks were set forward or back since these terminals were told their offset."""
    asking: set[str]
    """The same of units of access control, which ask for the time again by themselves."""


class PushSite:
    """The service's side of the push dialect. Lives on the service's loop."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        pools: Pools,
        log_book: LogBook,
        held_lines: HeldLines,
    ) -> None:
        self._store, self._clock, self._pools = store, clock, pools
        self._reports, self._held_lines = ReportQueue(store, pools, log_book), held_lines
        self._seen: dict[Caller, _Seen] = {}
        self._queues: dict[str, CommandQueue] = {}
        self._gaps = LogGaps(store, clock, pools, self.queue)
        self._called: set[str] = set()
        """Serials that were asked to shake hands, and have not said that they cannot."""
        self._tasks: set[asyncio.Task[None]] = set()

    def queue(self, serial: str) -> CommandQueue:
        """The questions to this unit. Only for serials of approved terminals."""
        return self._queues.setdefault(serial, CommandQueue())

    def forget(self, serial: str) -> None:
        """Its status or settings changed: its next call reads the database. From any thread."""
        for caller in [one for one in self._seen.copy() if one[0] == serial]:
            self._seen.pop(caller, None)

    async def close(self) -> None:
        """Cancels the questions to terminals that are under way."""
        await self._reports.close()
        await self._gaps.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # which terminals may connect

    async def admit(self, hello: Hello) -> Admission:
        """Whether a terminal may connect. Only what is new about it is written at once."""
        caller, now = (hello.serial, hello.address), self._clock()
        seen = self._seen.get(caller)
        if seen is not None and seen.knows(hello, now):
            seen.note(hello)
            return seen.admission
        admission = await self._pools.run(Pool.TERMINAL, decide, self._store, hello)
        if not admission.held:
            self.forget(hello.serial)  # it may have moved here, and no other address is right now
        self._remember(caller, _Seen(admission, now, _newest(seen, hello)))
        if admission.send_all and hello.handshake:
            self._gaps.expect_all(hello.serial)
        elif admission.approved:
            self._gaps.search(hello.serial)
        return admission

    def _remember(self, caller: Caller, seen: _Seen) -> None:
        if len(self._seen) >= MOST_SEEN:
            self._seen = {one: old for one, old in self._seen.items() if old.admission.approved}
        self._seen[caller] = seen

    # polls

    async def note_polls_forever(self) -> None:
        """Notes the polls of all terminals together. The supervisor keeps it running."""
        while True:
            await asyncio.sleep(NOTE_EVERY_S)
            await self.note_polls()

    async def note_polls(self) -> None:
        """Notes which terminals have polled since the last time."""
        polled = [caller for caller, seen in self._seen.items() if seen.polled]
        for some in in_batches(polled, NOTED_AT_ONCE):
            news = {one: dict(self._seen[one].news) for one in some if one in self._seen}
            told_by = {serial: told for (serial, _), told in news.items()}
            noted = await self._pools.run(Pool.TERMINAL, self._note_polls, told_by)
            for caller, told in news.items():
                self._end_note(caller, told, noted.approved)
            for serial in sorted(noted.approved & (noted.broken | self._gaps.waiting)):
                self._gaps.search(serial)
            for serial in noted.asking:
                self.forget(serial)
            for serial in noted.misled - self._called:
                self._called.add(serial)
                self._start(self._call_again(serial))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call_again(self, serial: str) -> None:
        """Makes a terminal shake hands, which tells it its offset from UTC. TE10."""
        unit = PushTerminal(serial, self.queue(serial), {})
        try:
            await unit.set_clock(self._clock().replace(tzinfo=None))
        except Unsupported:
            return  # it learns it when it starts the next time
        except BridgeError as error:
            log.warning("offset_not_told", serial=serial, reason=error.reason)
        self._called.discard(serial)

    def _end_note(self, caller: Caller, noted: dict[str, str], approved: set[str]) -> None:
        seen = self._seen.get(caller)
        if seen is None:
            return
        seen.polled = False
        seen.news = dict(seen.news.items() - noted.items())
        if seen.admission.approved != (caller[0] in approved):
            self.forget(caller[0])

    def _note_polls(self, news: dict[str, dict[str, str]]) -> _Noted:
        """news: serial -> the figures that it has reported since the last time."""
        with self._store.write() as tx:
            rows = list(tx.scalars(select(Terminal).where(Terminal.serial.in_(news))))
            came_back = [row for row in rows if not is_heard_of(row.last_seen, tx.now)]
            for row in rows:
                row.last_seen = tx.now if row.dialect.dials_in else row.last_seen
                if news[row.serial].items() - row.info.items():
                    row.info = merged_facts(row.info, news[row.serial])
                    tx.changed("terminals", row.id)
            approved = [row for row in rows if row.dialect.dials_in and is_served(row)]
            broken = set(cover_live(tx, approved))
            misled = [row for row in approved if _is_misled(tx, row)]
            for row in came_back:
                tx.changed("terminals", row.id)
            return _Noted(
                {row.serial for row in approved},
                {row.serial for row in approved if row.id in broken},
                {row.serial for row in misled if row.dialect is not Dialect.ACCESS},
                {row.serial for row in misled if row.dialect is Dialect.ACCESS},
            )

    # what they get

    async def next_commands(self, serial: str) -> list[str]:
        """The next commands of whatever is under way with this terminal."""
        return self.queue(serial).fetch_lines()

    # what they report

    async def store_results(self, serial: str, results: list[CommandResult]) -> None:
        """Hands the results to whoever waits for them; an answer that nobody waits for is late."""
        queue = self.queue(serial)
        for result in results:
            queue.add_result(result)

    async def keep_aside(self, serial: str, address: str, batch: UploadBatch) -> bool:
        """Keeps what somebody reports who may not be the terminal. False if there is no room."""
        return await self._pools.run(Pool.TERMINAL, self._held_lines.keep, serial, address, batch)

    async def store_upload(self, serial: str, table: str, batch: UploadBatch) -> bool:
        """Stores logins and unknown lines. Durable when it returns True."""
        fresh = await self._reports.keep(Report(serial, table, batch))
        if fresh is None:
            return False
        self._gaps.note_recovered(serial, fresh)
        self.queue(serial).add_rows(batch)
        if batch.quarantined:
            lines = len(batch.quarantined)
            log.warning("lines_quarantined", serial=serial, table=table[:32], lines=lines)
        return True


def _is_misled(tx: ReadTx, row: Terminal) -> bool:
    """Whether it reckons with another offset from UTC than is in force now."""
    told = row.info.get(TOLD)
    return told is not None and told != offset_min(terminal_zone(tx, row), tx.now)


def _newest(seen: _Seen | None, hello: Hello) -> dict[str, str]:
    """What a caller has told so far, as far as its row can hold it."""
    known: dict[str, object] = dict(seen.info) if seen is not None else {}
    return {key: str(value) for key, value in merged_facts(known, hello.info).items()}
