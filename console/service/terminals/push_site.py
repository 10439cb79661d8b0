"""Terminals that dial in: which may connect, what they report, what they get.

Implements the push listener's `Site`. What a terminal reports is written on threads of its own
kind, in short transactions. A poll that says nothing new writes nothing: every few seconds the
polls of all terminals are noted together.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select

from bridge.terminals.errors import BridgeError, Unsupported
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.push.dialects import REGISTERED, forgets_its_stamp
from bridge.terminals.push.listener import Admission, Hello
from bridge.terminals.push.records import CommandResult, UploadBatch
from bridge.terminals.push.terminal import PushTerminal
from console.domain.log_coverage import JOIN_WITHIN
from console.domain.terminals import ONLINE_WITHIN, Dialect, TerminalStatus
from console.domain.zones import offset_min
from console.service.pools import Pool, Pools
from console.service.portions import in_batches
from console.service.terminals.log_book import (
    LogBook,
    cover_live,
    want_whole_log,
)
from console.service.terminals.log_gaps import STILL_SENDING, LogGaps
from console.service.terminals.push_dialects import (
    note_dialect,
    spoken_by,
    tells_of_faces,
    unserved,
)
from console.service.terminals.registry import (
    note_takes_faces,
    terminal_zone,
)
from console.store.columns import new_id
from console.store.database import Store
from console.store.schema import Terminal
from console.store.unit_of_work import ReadTx, Tx

log = structlog.get_logger()
POLL_S = 3
NOTE_EVERY_S = 20.0
"""How often polls are noted, well within the time after which a terminal counts as offline."""
NOTED_AT_ONCE = 200
MAX_PENDING = 50
"""Unknown serials in the pending list; more are rejected, so that nobody can flood it."""
MAX_INFO = 100
RETRY_GAP_AFTER = 2 * JOIN_WITHIN
"""How long a gap that could not be read waits for the next try."""
BACKFILL_MARGIN = timedelta(minutes=2)
LOG_STAMP = "muster_log_stamp"
"""In a terminal's info: its own mark of how far its log is stored here."""
TOLD = "muster_told_offset_min"
"""In a terminal's info: the minutes from UTC that it was told when it last shook hands."""
REJECTED = Admission(approved=False)


@dataclass
class _Seen:
    """A terminal as it was last noted.

    info: what it has reported of itself; polled: it has polled since; news: what it has reported
    since that is not in its row yet.
    """

    address: str
    admission: Admission
    info: dict[str, str] = field(default_factory=dict)
    polled: bool = False
    news: dict[str, str] = field(default_factory=dict)

    def knows(self, hello: Hello) -> bool:
        """Whether the call says nothing new but figures, such as how many logins are stored."""
        return (
            not hello.handshake
            and hello.address == self.address
            and hello.info.keys() <= self.info.keys()
        )

    def note(self, hello: Hello) -> None:
        """Keeps the new figures until polls are noted: each login changes one of them."""
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
        self, store: Store, clock: Callable[[], datetime], pools: Pools, log_book: LogBook
    ) -> None:
        self._store, self._clock, self._pools = store, clock, pools
        self._log_book = log_book
        self._seen: dict[str, _Seen] = {}
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
        self._seen.pop(serial, None)

    async def close(self) -> None:
        """Cancels the questions to terminals that are under way."""
        await self._gaps.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # which terminals may connect

    async def admit(self, hello: Hello) -> Admission:
        """Whether a terminal may connect. Only what is new about it is written at once."""
        seen = self._seen.get(hello.serial)
        if seen is not None and seen.knows(hello):
            seen.note(hello)
            return seen.admission
        admission = await self._pools.run(Pool.TERMINAL, self._note, hello)
        if admission is None:
            return REJECTED
        info = {**(seen.info if seen else {}), **hello.info}
        newest = dict(list(info.items())[-MAX_INFO:])
        next_admission = replace(admission, send_all=False)
        self._seen[hello.serial] = _Seen(hello.address, next_admission, newest)
        if admission.approved and admission.send_all:
            self._gaps.want(hello.serial)
        elif admission.approved:
            self._gaps.search(hello.serial)
        return admission

    def _note(self, hello: Hello) -> Admission | None:
        """Writes what is new; None for a terminal that is rejected."""
        with self._store.read() as tx:
            if _by_serial(tx, hello.serial) is None and _pending_list_is_full(tx):
                return None
        with self._store.write() as tx:
            row = _by_serial(tx, hello.serial) or _add_pending(tx, hello)
            if row.address != hello.address and row.dialect.dials_in:
                tx.audit("terminal.address_changed", row.id)
                row.address = hello.address
            if {**row.info, **hello.info} != row.info:
                row.info = {**row.info, **hello.info}
            note_dialect(tx, row)
            takes = tells_of_faces(row)
            if takes is not None:
                note_takes_faces(tx, row, takes=takes)
            _note_seen(tx, row)
            tx.changed("terminals", row.id)
            approved = _is_served(row)
            stamped = row.dialect is not Dialect.ACCESS  # its whole log is asked for: `LogGaps`
            send_all = approved and hello.handshake and row.log_wanted and stamped
            if send_all:
                row.log_wanted = False
                want_whole_log(tx, row, STILL_SENDING)
            if approved:
                cover_live(tx, [row])
            offset = offset_min(terminal_zone(tx, row), tx.now)
            if approved and (hello.handshake or row.dialect is Dialect.ACCESS):
                row.info = {**row.info, TOLD: offset}
            return Admission(
                approved,
                POLL_S,
                offset,
                send_all,
                spoken_by(row),
                registered=bool(row.info.get(REGISTERED)),
                log_stamp=str(row.info.get(LOG_STAMP, "0")) if forgets_its_stamp(row.info) else "",
            )

    # polls

    async def note_polls_forever(self) -> None:
        """Notes the polls of all terminals together. The supervisor keeps it running."""
        while True:
            await asyncio.sleep(NOTE_EVERY_S)
            await self.note_polls()

    async def note_polls(self) -> None:
        """Notes which terminals have polled since the last time."""
        polled = [serial for serial, seen in self._seen.items() if seen.polled]
        for serials in in_batches(polled, NOTED_AT_ONCE):
            news = {one: dict(self._seen[one].news) for one in serials if one in self._seen}
            noted = await self._pools.run(Pool.TERMINAL, self._note_polls, news)
            for serial, told in news.items():
                self._end_note(serial, told, noted.approved)
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

    def _end_note(self, serial: str, noted: dict[str, str], approved: set[str]) -> None:
        seen = self._seen.get(serial)
        if seen is None:
            return
        seen.polled = False
        seen.news = dict(seen.news.items() - noted.items())
        if seen.admission.approved != (serial in approved):
            self.forget(serial)

    def _note_polls(self, news: dict[str, dict[str, str]]) -> _Noted:
        """news: serial -> the figures that it has reported since the last time."""
        with self._store.write() as tx:
            rows = list(tx.scalars(select(Terminal).where(Terminal.serial.in_(news))))
            came_back = [row for row in rows if tx.now - row.last_seen > ONLINE_WITHIN]
            for row in rows:
                _note_seen(tx, row)
                if news[row.serial].items() - row.info.items():
                    row.info = {**row.info, **news[row.serial]}
                    tx.changed("terminals", row.id)
            approved = [row for row in rows if _is_served(row)]
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

    async def store_upload(self, serial: str, table: str, batch: UploadBatch) -> None:
        """Stores logins and unknown lines. Durable when it returns."""
        fresh = await self._pools.run(Pool.TERMINAL, self._store_upload, serial, table, batch)
        self._gaps.note_recovered(serial, fresh)
        seen = self._seen.get(serial)
        if seen is not None and batch.stamp and table.upper() == "ATTLOG":
            seen.note(Hello(serial, seen.address, {LOG_STAMP: batch.stamp}))
        self.queue(serial).add_rows(batch)
        if batch.quarantined:
            lines = len(batch.quarantined)
            log.warning("lines_quarantined", serial=serial, table=table[:32], lines=lines)

    def _store_upload(self, serial: str, table: str, batch: UploadBatch) -> int:
        """The number of logins that were new."""
        with self._store.read() as tx:
            row = _approved(tx, serial)
        if row is None:
            return 0
        fresh = self._log_book.store_punches(row.id, batch.punches)
        self._log_book.set_aside(row.id, table, batch.quarantined)
        return fresh


def _by_serial(tx: ReadTx, serial: str) -> Terminal | None:
    return tx.scalar(select(Terminal).where(Terminal.serial == serial))


def _approved(tx: ReadTx, serial: str) -> Terminal | None:
    row = _by_serial(tx, serial)
    return row if row is not None and row.status is TerminalStatus.APPROVED else None


def _is_served(row: Terminal) -> bool:
    """Whether a terminal is approved, and nothing about its settings stands in the way."""
    return row.status is TerminalStatus.APPROVED and not unserved(row)


def _is_misled(tx: ReadTx, row: Terminal) -> bool:
    """Whether it reckons with another offset from UTC than is in force now."""
    told = row.info.get(TOLD)
    return told is not None and told != offset_min(terminal_zone(tx, row), tx.now)


def _pending_list_is_full(tx: ReadTx) -> bool:
    query = select(func.count()).where(Terminal.status == TerminalStatus.PENDING)
    return (tx.scalar(query) or 0) >= MAX_PENDING


def _add_pending(tx: Tx, hello: Hello) -> Terminal:
    row = Terminal(
        id=new_id(),
        serial=hello.serial,
        name=hello.serial,
        status=TerminalStatus.PENDING,
        address=hello.address,
        info={},
        first_seen=tx.now,
        last_seen=tx.now,
        dialect=Dialect.PUSH,
    )
    tx.add(row)
    tx.flush()
    log.info("terminal_pending", terminal=row.id)
    return row


def _note_seen(tx: Tx, row: Terminal) -> None:
    row.last_seen = tx.now
    if not row.dialect.dials_in:
        row.info = {**row.info, "push_seen": tx.now.isoformat()}
