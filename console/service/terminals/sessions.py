"""Each terminal as a `TerminalDevice`; a watch on each dialled one: log, clock and logins."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from bridge.terminals.errors import (
    ODD_ANSWERS,
    BridgeError,
    NoAnswer,
    ProtocolError,
    Refused,
    Unreachable,
    Unsupported,
    WrongUnit,
)
from bridge.terminals.push.listener import Hello
from bridge.terminals.push.records import SERIAL
from bridge.terminals.terminal import Counts, Punch, TerminalDevice
from bridge.terminals.zk.session import Address, Deadlines
from bridge.terminals.zk.terminal import ZkTerminal, connected
from console.domain.errors import Conflict, NotFound
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr
from console.domain.terminal_identity import merged_facts
from console.domain.terminals import NO_NETWORK, SERVED, Dialect, is_heard_of
from console.service.pools import Pool, Pools
from console.service.terminals.callers import STOPPED, is_the_terminal
from console.service.terminals.log_book import (
    PROBLEM_CHARS,
    ClockReading,
    LogBook,
    cover_live,
    note_clock,
)
from console.service.terminals.push_dialects import device_of
from console.service.terminals.push_site import PushSite
from console.service.terminals.registry import (
    address_of,
    approved_terminal,
    learn,
    served_terminal,
    terminal_zone,
)
from console.store import schema
from console.store.database import Store
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from console.waiting import refuse_inside_transaction

log = structlog.get_logger()
UPDATE_WATCHES_S = 2.0
"""How often the list of terminals to watch is read."""
DIAL_EVERY_S = 0.2
"""After a restart the terminals are dialled one after the other: each has much to report."""
RECHECK_S = 45.0
"""A watched unit is asked for its counts and its clock this often.

It is well inside the time after which a terminal counts as offline.
"""
BACK_OFF_S = (2.0, 5.0, 15.0, 30.0, 60.0)
SESSION_DEADLINES = Deadlines(wait=20.0)
MAX_OPTIONS = 64
IF_IT_IS_OFF = msgid(
    "If it is only off, enter the serial number on its label, and it is added as it is."
)
T = TypeVar("T")


@dataclass(frozen=True)
class Dialled:
    """An approved terminal and the address where it is dialled."""

    row: schema.Terminal
    address: Address


@dataclass(frozen=True)
class Identity:
    """Who stands at an address. reached: it has told its serial number itself."""

    serial: str
    reached: bool


@dataclass(frozen=True)
class Contact:
    """What one contact showed; None for what could not be read.

    log_known: the log is here, as whole as the unit counts it; problem: the first odd answer.
    """

    counts: Counts | None
    reading: ClockReading | None
    log_known: bool
    problem: str


class TerminalSessions:
    """Sessions with terminals. It lives on the service's loop."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        pools: Pools,
        push_site: PushSite,
        log_book: LogBook,
    ) -> None:
        self._store, self._vault, self._clock, self._pools = store, vault, clock, pools
        self._push_site, self._log_book = push_site, log_book
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Sessions run on this loop."""
        self._loop = loop

    # the watch

    async def watch_forever(self) -> None:
        """Watches every approved terminal that is dialled. The supervisor keeps it running."""
        try:
            while True:
                try:
                    await self._update_watches()
                except Exception as error:  # the watches go on; the next round tries again
                    log.exception("update_watches_failed", error=type(error).__name__)
                await asyncio.sleep(UPDATE_WATCHES_S)
        finally:
            for watch in self._watches.values():
                watch.cancel()
            await asyncio.gather(*self._watches.values(), return_exceptions=True)
            self._watches.clear()

    async def _update_watches(self) -> None:
        wanted = await self._pools.run(Pool.TERMINAL, self._dialled)
        for terminal_id, watch in list(self._watches.items()):
            if terminal_id not in wanted or watch.done():
                del self._watches[terminal_id]
                watch.cancel()
        fresh = [one for one in wanted - set(self._watches) if not self._lock(one).locked()]
        for turn, terminal_id in enumerate(fresh):
            begun = asyncio.create_task(self._watch(terminal_id, turn * DIAL_EVERY_S))
            self._watches[terminal_id] = begun

    def _dialled(self) -> set[str]:
        query = select(schema.Terminal.id).where(
            schema.Terminal.dialect == Dialect.ZK,
            schema.Terminal.status.in_(SERVED),
            schema.Terminal.address != "",
        )
        with self._store.read() as tx:
            return set(tx.scalars(query))

    async def _watch(self, terminal_id: str, after_s: float) -> None:
        """Keeps a session with one terminal, whatever fails, until it is not approved any more."""
        await asyncio.sleep(after_s)
        failures = 0

        def begin_anew() -> None:
            nonlocal failures
            failures = 0

        while True:
            try:
                await self._watch_once(terminal_id, begin_anew)
            except (NotFound, Conflict):
                return
            except Exception as error:  # a database error, or a defect of ours
                log.exception("watch_failed", terminal=terminal_id, error=type(error).__name__)
            await asyncio.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
            failures += 1

    async def _watch_once(self, terminal_id: str, on_contact: Callable[[], None]) -> None:
        """One session, until it breaks. What the terminal does wrong is noted."""
        try:
            to = await self._pools.run(Pool.TERMINAL, self.find_dialled, terminal_id)
            async with self._connected(to) as unit:
                await self._meet(to.row, unit)
                while True:
                    await self._contact(terminal_id, unit)
                    on_contact()
                    await self._listen(terminal_id, unit)
        except BridgeError as error:
            problem = f"{error} {error.remedy}"[:PROBLEM_CHARS]
            await self._pools.run(Pool.TERMINAL, self._note_problem, terminal_id, problem)

    async def _listen(self, terminal_id: str, unit: TerminalDevice) -> None:
        """Stores logins as they happen, for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(RECHECK_S):
                try:
                    async for punches in unit.live_punches():
                        if punches:
                            await self._pools.run(
                                Pool.TERMINAL, self._store_live, terminal_id, list(punches)
                            )
                except (Refused, Unsupported):
                    await asyncio.sleep(RECHECK_S)

    async def _contact(self, terminal_id: str, unit: TerminalDevice) -> None:
        """Each question stands alone: an odd answer to one leaves the others. TE23."""
        odd: list[BridgeError] = []
        counts = await _known(unit.counts(), odd)
        row = await self._pools.run(Pool.TERMINAL, self._served, terminal_id)
        reading = await _known(self.read_clock(unit), odd)
        known = counts is not None
        if counts is not None and (
            row.log_wanted or counts.records != int(row.counts.get("read", -1))
        ):
            found = await _known(unit.log(), odd)
            if found is not None:
                await self._pools.run(Pool.TERMINAL, self._log_book.store_log, terminal_id, found)
            known = found is not None and found.counted
            counts = await _known(unit.counts(), odd)
        problem = f"{odd[0]} {odd[0].remedy}"[:PROBLEM_CHARS] if odd else ""
        contact = Contact(counts, reading, log_known=known, problem=problem)
        await self._pools.run(Pool.TERMINAL, self._note_contact, terminal_id, contact)

    def _store_live(self, terminal_id: str, punches: list[Punch]) -> None:
        fresh = self._log_book.store_punches(terminal_id, punches)
        if not fresh:
            return
        with self._store.write() as tx:
            row = tx.get_one(schema.Terminal, terminal_id)
            row.counts = {**row.counts, "read": int(row.counts.get("read", 0)) + fresh}
            row.last_seen = tx.now

    async def read_clock(self, unit: TerminalDevice) -> ClockReading:
        """What the unit's clock shows now. Raises BridgeError."""
        shows = await unit.clock()
        return ClockReading(self._clock(), shows)

    def _note_contact(self, terminal_id: str, contact: Contact) -> None:
        """Only a log that is known to be whole up to now counts as watched. TE24."""
        with self._store.write() as tx:
            row = tx.get_one(schema.Terminal, terminal_id)
            had, row.contact_problem = row.contact_problem, contact.problem
            was_offline = had != contact.problem or not is_heard_of(row.last_seen, tx.now)
            held = {**row.counts, **_counts(contact.counts)}
            if was_offline or held != row.counts:
                tx.changed("terminals", terminal_id)
            row.counts, row.last_seen = held, tx.now
            if contact.reading is not None:
                note_clock(tx, row, contact.reading)
            if contact.log_known:
                cover_live(tx, [row])

    def note_there(self, terminal_id: str) -> None:
        """It has just answered something. Blocking."""
        with self._store.write() as tx:
            tx.get_one(schema.Terminal, terminal_id).last_seen = tx.now

    def _note_problem(self, terminal_id: str, problem: str) -> None:
        with self._store.read() as tx:
            row = tx.get(schema.Terminal, terminal_id)
        if row is None or row.contact_problem == problem:
            return
        with self._store.write() as tx:
            row = tx.get(schema.Terminal, terminal_id)
            if row is not None:
                row.contact_problem = problem
                tx.changed("terminals", terminal_id)

    # sessions

    def find(self, terminal_id: str) -> schema.Terminal:
        """An approved terminal. Raises NotFound, Conflict. Blocking."""
        with self._store.read() as tx:
            return approved_terminal(tx, terminal_id)

    def zone(self, terminal_id: str) -> ZoneInfo:
        """The time zone of an approved terminal. Raises NotFound, Conflict. Blocking."""
        with self._store.read() as tx:
            return terminal_zone(tx, approved_terminal(tx, terminal_id))

    def _served(self, terminal_id: str) -> schema.Terminal:
        with self._store.read() as tx:
            return served_terminal(tx, terminal_id)

    def find_dialled(self, terminal_id: str) -> Dialled:
        """A served terminal with its address. Raises NotFound, Conflict. Blocking."""
        row = self._served(terminal_id)
        if not (row.dialect.dials_in or row.address):
            raise Conflict(tr(NO_NETWORK))
        return Dialled(row, address_of(self._vault, row))

    def _lock(self, terminal_id: str) -> asyncio.Lock:
        return self._locks.setdefault(terminal_id, asyncio.Lock())

    @asynccontextmanager
    async def reserve(self, terminal_id: str) -> AsyncIterator[Dialled]:
        """Reserves a terminal for the caller; its watch ends. Raises NotFound, Conflict."""
        await self._pools.run(Pool.TERMINAL, self._served, terminal_id)
        async with self._lock(terminal_id):
            await self._end_watch(terminal_id)
            yield await self._pools.run(Pool.TERMINAL, self.find_dialled, terminal_id)

    @asynccontextmanager
    async def session(self, terminal_id: str) -> AsyncIterator[TerminalDevice]:
        """A session with a terminal of any dialect. Raises BridgeError, NotFound, Conflict."""
        async with self.reserve(terminal_id) as to:
            row = to.row
            if row.dialect.dials_in:
                unit = device_of(row, self._push_site.queue(row.serial))
                await self._meet(row, unit)
                yield unit
                return
            async with self._connected(to) as dialled:
                await self._meet(row, dialled)
                yield dialled

    def _connected(self, to: Dialled) -> AbstractAsyncContextManager[ZkTerminal]:
        return connected(to.address, to.row.serial, SESSION_DEADLINES, encoding=to.row.encoding)

    async def _meet(self, row: schema.Terminal, unit: TerminalDevice) -> None:
        """Compares what a unit is with what was approved, before anything else is asked of it.

        What it can do is read again if its firmware changed. Raises Conflict for another unit.
        """
        told = await unit.facts()
        if row.capabilities and told.items() <= row.info.items():
            return
        if not await self._pools.run(Pool.TERMINAL, self._is_the_terminal, row, told):
            raise Conflict(STOPPED)
        updated = "firmware" in told and told["firmware"] != row.info.get("firmware")
        if updated or not row.capabilities:
            await self.refresh(row.id, unit)

    def _is_the_terminal(self, row: schema.Terminal, told: dict[str, str]) -> bool:
        with self._store.write() as tx:
            known = tx.get_one(schema.Terminal, row.id)
            if not is_the_terminal(tx, known, Hello(row.serial, row.address, told)):
                return False
            known.info = merged_facts(known.info, told)
            return True

    async def _end_watch(self, terminal_id: str) -> None:
        watch = self._watches.pop(terminal_id, None)
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    def forget(self, terminal_id: str, serial: str) -> None:
        """Its settings or its status changed: its watch starts again. From any thread."""
        self._push_site.forget(serial)
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._end_watch(terminal_id), self._loop)

    def begin_anew(self, tx: Tx, row: schema.Terminal) -> None:
        """The same once the transaction is committed."""
        terminal_id, serial = row.id, row.serial
        tx.after_commit(lambda: self.forget(terminal_id, serial))

    async def refresh(self, terminal_id: str, unit: TerminalDevice) -> None:
        """Reads the identity, the counts and the capabilities of the unit.

        Raises Conflict for a unit that is not as it was approved.
        """
        info, found = await unit.info(), await unit.capabilities()
        counts = await _known(unit.counts(), [])
        facts = {
            "devicename": info.name,
            "firmware": info.firmware,
            "platform": info.platform,
            "algorithm": info.algorithm,
        }
        options = {
            key.lower()[:40]: value[:200] for key, value in list(info.options.items())[:MAX_OPTIONS]
        }
        reported = {**options, **{key: value for key, value in facts.items() if value}}

        def note() -> bool:
            with self._store.write() as tx:
                row = tx.get_one(schema.Terminal, terminal_id)
                if not is_the_terminal(tx, row, Hello(row.serial, row.address, reported)):
                    return False
                row.info = merged_facts(row.info, reported)
                row.counts = {**row.counts, **_counts(counts)}
                learn(tx, row, found)
                return True

        if not await self._pools.run(Pool.TERMINAL, note):
            raise Conflict(STOPPED)

    # from threads

    def identify(self, address: Address, printed: str = "") -> Identity:
        """Who stands at this address. Raises Conflict in words.

        printed: the serial number on its label. With it, a terminal that does not answer is taken
        as it says, and another one that answers is refused. Blocking, from any thread but the
        loop's own, where it would wait for itself.
        """
        loop = self._loop
        assert loop is not None, "bind comes first"
        refuse_inside_transaction("a question to a terminal")
        _refuse_on_a_loop()
        try:
            found = asyncio.run_coroutine_threadsafe(self._identify(address), loop).result()
            if printed and found != printed:
                raise WrongUnit(printed, found)
        except (Unreachable, NoAnswer) as error:
            if printed:
                return Identity(printed, reached=False)
            raise Conflict(
                paragraph(said(str(error)), said(error.remedy), tr(IF_IT_IS_OFF))
            ) from error
        except BridgeError as error:
            raise Conflict(paragraph(said(str(error)), said(error.remedy))) from error
        return Identity(found, reached=True)

    async def _identify(self, address: Address) -> str:
        async with connected(address, "", SESSION_DEADLINES) as unit:
            serial = (await unit.serial_number())[:64]
        if not SERIAL.fullmatch(serial):
            raise ProtocolError(msgid("The terminal tells no usable serial number."))
        return serial


def _refuse_on_a_loop() -> None:
    """A thread that runs a loop must not wait for one. Raises RuntimeError."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("a blocking call on the event loop's own thread")


def _counts(counts: Counts | None) -> dict[str, int]:
    """What the unit counts; nothing, if that is not known."""
    return {name: getattr(counts, name) for name in Counts.__slots__} if counts else {}


async def _known(asked: Awaitable[T], odd: list[BridgeError]) -> T | None:
    """The answer to one question; None if it is odd, and what is odd about it is noted."""
    try:
        return await asked
    except ODD_ANSWERS as error:
        odd.append(error)
        return None
