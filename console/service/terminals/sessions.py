"""All terminals as `Terminal`s, and a watch on each that we dial: its log, its clock, its logins as they happen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.terminals.errors import BridgeError, ProtocolError, Refused, Unsupported
from bridge.terminals.push.records import SERIAL
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import Capability, Counts, Log, Punch, Terminal
from bridge.terminals.zk.session import Address, Deadlines, Transport
from bridge.terminals.zk.terminal import ZkTerminal, connected
from console.domain.errors import Conflict, NotFound
from console.domain.terminals import Dialect, TerminalStatus
from console.service.terminals.log_book import LIVE, Logbook
from console.service.terminals.push_site import TerminalLinks
from console.service.tools import Service
from console.store import schema
from console.store.database import changed

log = structlog.get_logger()
LOOK_S = 2.0
"""How often the list of terminals to watch is looked at."""
RECHECK_S = 45.0
"""A watched unit is asked for its counts and its clock this often; well inside the time after which it counts as offline."""
BACK_OFF_S = (2.0, 5.0, 15.0, 30.0, 60.0)
WORK_DEADLINES = Deadlines(wait=20.0)


def local_now(service: Service, utc_offset_min: int) -> datetime:
    """What a terminal's clock should show."""
    return (service.clock() + timedelta(minutes=utc_offset_min)).replace(tzinfo=None)


def address_of(service: Service, row: schema.Terminal) -> Address:
    """Where we dial it, with its comm key."""
    key = (
        int(service.vault.open_site(f"terminal {row.id}", row.key_sealed)) if row.key_sealed else 0
    )
    return Address(row.address, row.port, key, Transport(row.transport))


def learn(
    session: Session, row: schema.Terminal, found: dict[Capability, bool], now: datetime
) -> None:
    """Evidence of what a unit can do. N16."""
    firmware = str(row.info.get("firmware", row.info.get("fwversion", "")))
    evidence = {
        name.value: {"can": can, "at": now.isoformat(), "firmware": firmware}
        for name, can in found.items()
    }
    row.capabilities = {**row.capabilities, **evidence}
    changed(session, "terminals", row.id)


def known_capabilities(row: schema.Terminal) -> dict[Capability, bool]:
    return {
        name: bool(row.capabilities[name.value]["can"])
        for name in Capability
        if name.value in row.capabilities
    }


class Units:
    """Lives on the service's loop."""

    def __init__(self, service: Service, links: TerminalLinks, logbook: Logbook) -> None:
        self._service, self._links, self._logbook = service, links, logbook
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._talks: dict[str, asyncio.Lock] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Watches every approved terminal that we dial, until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_S)
        finally:
            for watch in self._watches.values():
                watch.cancel()
            await asyncio.gather(*self._watches.values(), return_exceptions=True)

    async def _look(self) -> None:
        wanted = set(await asyncio.to_thread(self._dialled))
        for terminal_id in set(self._watches) - wanted:
            self._watches.pop(terminal_id).cancel()
        for terminal_id in wanted - set(self._watches):
            if not self._talk_lock(terminal_id).locked():
                self._watches[terminal_id] = asyncio.create_task(self._watch(terminal_id))

    def _dialled(self) -> list[str]:
        with self._service.store.read() as session:
            query = select(schema.Terminal.id)
            return list(
                session.scalars(
                    query.where(
                        schema.Terminal.dialect == Dialect.ZK,
                        schema.Terminal.status == TerminalStatus.APPROVED,
                    )
                )
            )

    def _talk_lock(self, terminal_id: str) -> asyncio.Lock:
        return self._talks.setdefault(terminal_id, asyncio.Lock())

    def row(self, terminal_id: str) -> schema.Terminal:
        """Raises NotFound, Conflict. Blocking."""
        with self._service.store.read() as session:
            row = session.get(schema.Terminal, terminal_id)
        if row is None:
            raise NotFound("This terminal does not exist any more.")
        if row.status is not TerminalStatus.APPROVED:
            raise Conflict("Approve this terminal first.")
        return row

    @asynccontextmanager
    async def talk(self, terminal_id: str) -> AsyncIterator[Terminal]:
        """A conversation with the terminal; the watch steps aside meanwhile. Raises BridgeError, NotFound, Conflict."""
        row = await asyncio.to_thread(self.row, terminal_id)
        async with self._talk_lock(terminal_id):
            if row.dialect is Dialect.PUSH:
                terminal = PushTerminal(
                    row.serial,
                    self._links.box(row.serial),
                    {k: str(v) for k, v in row.info.items()},
                )
                await self._meet(row, terminal)
                yield terminal
                return
            await self._end_watch(terminal_id)
            async with connected(
                address_of(self._service, row), row.serial, WORK_DEADLINES
            ) as unit:
                await self._meet(row, unit)
                yield unit

    async def _meet(self, row: schema.Terminal, unit: Terminal) -> None:
        """What a unit is and can is known before anything is asked of it."""
        if not row.capabilities:
            await self.refresh(row.id, unit)

    async def _end_watch(self, terminal_id: str) -> None:
        watch = self._watches.pop(terminal_id, None)
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def forget(self, terminal_id: str) -> None:
        """Ends the watch; it starts anew within seconds."""
        await self._end_watch(terminal_id)

    def changed(self, terminal_id: str, serial: str) -> None:
        """Its settings or its standing changed. From any thread."""
        self._links.forget(serial)
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self.forget(terminal_id), self._loop)

    def identify(self, host: str, port: int, key: int, transport: Transport) -> str:
        """The serial number of whoever answers there. Blocking, from any thread but the loop's. Raises Conflict in words."""
        assert self._loop is not None
        try:
            return asyncio.run_coroutine_threadsafe(
                self._identify(Address(host, port, key, transport)), self._loop
            ).result()
        except BridgeError as error:
            raise Conflict(f"{error} {error.remedy}") from error

    async def _identify(self, address: Address) -> str:
        async with connected(address, "", WORK_DEADLINES) as unit:
            serial = (await unit.option("~SerialNumber"))[:64]
        if not SERIAL.fullmatch(serial):
            raise ProtocolError("The terminal tells no usable serial number.")
        return serial

    async def _watch(self, terminal_id: str) -> None:
        misses = 0
        while True:
            try:
                row = await asyncio.to_thread(self.row, terminal_id)
                async with connected(
                    address_of(self._service, row), row.serial, WORK_DEADLINES
                ) as unit:
                    while True:
                        await self._contact(terminal_id, unit)
                        misses = 0
                        await self._listen(terminal_id, unit)
            except BridgeError as error:
                await asyncio.to_thread(self._note_problem, terminal_id, f"{error} {error.remedy}")
            except (NotFound, Conflict):
                return
            except Exception as error:  # a defect of ours must not end the watch for good
                log.exception("watch_failed", terminal=terminal_id, error=type(error).__name__)
            await asyncio.sleep(BACK_OFF_S[min(misses, len(BACK_OFF_S) - 1)])
            misses += 1

    async def _listen(self, terminal_id: str, unit: ZkTerminal) -> None:
        """Takes logins as they happen, for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(RECHECK_S):
                try:
                    async for event in unit.live():
                        if event.punches:
                            await asyncio.to_thread(
                                self._take_live, terminal_id, list(event.punches)
                            )
                except (Refused, Unsupported):
                    await asyncio.sleep(RECHECK_S)

    async def _contact(self, terminal_id: str, unit: ZkTerminal) -> None:
        counts = await unit.counts()
        row = await asyncio.to_thread(self.row, terminal_id)
        offset = (await unit.clock() - local_now(self._service, row.utc_offset_min)).total_seconds()
        if not row.capabilities:
            await self.refresh(terminal_id, unit)
        if row.log_wanted or counts.records != int(row.counts.get("read", -1)):
            counts = await self.read_log(terminal_id, unit, row)
        await asyncio.to_thread(self._note_contact, terminal_id, counts, offset)

    async def refresh(self, terminal_id: str, unit: Terminal) -> None:
        """Asks the unit who it is, what it holds and what it can do."""
        info, counts, found = await unit.info(), await unit.counts(), await unit.capabilities()

        def note() -> None:
            with self._service.store.write() as session:
                row = session.get_one(schema.Terminal, terminal_id)
                facts = {
                    "devicename": info.name,
                    "firmware": info.firmware,
                    "platform": info.platform,
                    "algorithm": info.algorithm,
                }
                options = {
                    key.lower()[:40]: value[:200] for key, value in list(info.options.items())[:64]
                }
                row.info = {
                    **row.info,
                    **options,
                    **{key: value for key, value in facts.items() if value},
                }
                row.counts = {**row.counts, **_counts(counts)}
                learn(session, row, found, self._service.clock())

        await asyncio.to_thread(note)

    async def read_log(self, terminal_id: str, unit: ZkTerminal, row: schema.Terminal) -> Counts:
        """The whole log; the unit's counts afterwards. Raises Incomplete when rows are missing."""
        found = await unit.log()
        await asyncio.to_thread(self.keep_log, terminal_id, found)
        return await unit.counts()

    def keep_log(self, terminal_id: str, found: Log) -> int:
        """Keeps a log that was read; how many logins were new."""
        fresh = self._logbook.take_all(terminal_id, found.punches)
        with self._service.store.write() as session:
            row = session.get_one(schema.Terminal, terminal_id)
            self._logbook.cover(session, row, "log", found.says, found.received, fresh)
            row.log_wanted = False
            row.counts = {**row.counts, "read": found.received, "records": found.says}
            for bad in found.quarantined:
                session.add(
                    schema.Quarantine(
                        terminal_id=terminal_id,
                        table="log",
                        raw=bad.raw[:2000],
                        reason=bad.reason,
                        received_at=self._service.clock(),
                    )
                )
        return fresh

    def _take_live(self, terminal_id: str, punches: list[Punch]) -> None:
        with self._service.store.write() as session:
            row = session.get_one(schema.Terminal, terminal_id)
            fresh = self._logbook.take(session, row, punches)
            row.counts = {**row.counts, "read": int(row.counts.get("read", 0)) + fresh}
            row.last_seen = self._service.clock()

    def _note_contact(self, terminal_id: str, counts: Counts, offset_s: float) -> None:
        with self._service.store.write() as session:
            row = session.get_one(schema.Terminal, terminal_id)
            row.counts = {**row.counts, **_counts(counts)}
            row.last_seen = self._service.clock()
            row.contact_problem = ""
            self._logbook.note_clock(session, row, offset_s)
            self._logbook.cover(session, row, LIVE)
            changed(session, "terminals", terminal_id)

    def _note_problem(self, terminal_id: str, problem: str) -> None:
        with self._service.store.write() as session:
            row = session.get(schema.Terminal, terminal_id)
            if row is not None and row.contact_problem != problem[:300]:
                row.contact_problem = problem[:300]
                changed(session, "terminals", terminal_id)


def _counts(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in Counts.__slots__}
