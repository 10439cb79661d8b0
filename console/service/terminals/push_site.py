"""Terminals that dial in: who may talk, what they report, what they get. Implements the push listener's `Site`."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.terminals.errors import BridgeError
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.push.listener import Admission, Hello
from bridge.terminals.push.records import Batch, CommandResult
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import Person
from console.domain.log_coverage import JOIN_WITHIN, Span, gaps
from console.domain.terminals import Dialect, TerminalStatus
from console.service.terminals.log_book import LIVE, Logbook, covered
from console.service.terminals.provisioning import (
    commands_for,
    take_device_error,
    take_result,
    take_user,
)
from console.service.tools import Service
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Command, Quarantine, Terminal

log = structlog.get_logger()
T = TypeVar("T")
POLL_S = 3
SEEN_EVERY = timedelta(seconds=10)
"""How often "last seen" is written; polls come more often."""
MAX_PENDING = 50
"""Unknown serials kept in the pending list; more are turned away, so that nobody floods it."""
MAX_INFO = 100
ASK_AGAIN = 2 * JOIN_WITHIN
"""How long a gap that could not be read waits for the next try."""
BACKFILL_MARGIN = timedelta(minutes=2)


class TerminalLinks:
    """The service's side of the push dialect. Each call is one short transaction in a thread."""

    def __init__(self, service: Service, logbook: Logbook) -> None:
        self._service = service
        self._logbook = logbook
        self._seen: dict[str, tuple[datetime, Admission, dict[str, str]]] = {}
        self._boxes: dict[str, CommandQueue] = {}
        self._fresh: dict[str, int] = {}
        self._asked: dict[str, datetime] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def box(self, serial: str) -> CommandQueue:
        """The questions to this unit. Only for serials of approved terminals."""
        return self._boxes.setdefault(serial, CommandQueue())

    async def admit(self, hello: Hello) -> Admission:
        now = self._service.clock()
        seen = self._seen.get(hello.serial)
        news = seen is None or not hello.info.items() <= seen[2].items()
        if (
            seen is None
            or news
            or hello.handshake
            or now - seen[0] > SEEN_EVERY
            or not seen[1].approved
        ):
            admission, gap = await asyncio.to_thread(self._note, hello, now)
            told = {**(seen[2] if seen else {}), **hello.info}
            self._seen[hello.serial] = (now, admission, dict(list(told.items())[-MAX_INFO:]))
            if gap is not None and not admission.send_all:
                self._backfill(hello.serial, gap)
            return admission
        return seen[1]

    def _note(self, hello: Hello, now: datetime) -> tuple[Admission, Span | None]:
        """The admission, and the first span of this unit's log that is not known here."""
        with self._service.store.write() as session:
            terminal = session.scalars(
                select(Terminal).where(Terminal.serial == hello.serial)
            ).first()
            if terminal is None:
                terminal = self._new(session, hello, now)
                if terminal is None:
                    return Admission(approved=False), None
            if terminal.address != hello.address and terminal.dialect is Dialect.PUSH:
                audit.record(session, now, "muster", "terminal.address_changed", terminal.id)
                terminal.address = hello.address
            if hello.info and {**terminal.info, **hello.info} != terminal.info:
                terminal.info = {**terminal.info, **hello.info}
            if terminal.dialect is Dialect.ZK:
                terminal.info = {**terminal.info, "push_seen": now.isoformat()}
            if now - terminal.last_seen > SEEN_EVERY:
                changed(session, "terminals", terminal.id)
            terminal.last_seen = now
            approved = terminal.status is TerminalStatus.APPROVED
            send_all = approved and hello.handshake and terminal.log_wanted
            gap = self._cover(session, terminal, now, send_all) if approved else None
            return Admission(approved, POLL_S, terminal.utc_offset_min, send_all), gap

    def _cover(
        self, session: Session, terminal: Terminal, now: datetime, send_all: bool
    ) -> Span | None:
        if send_all:
            terminal.log_wanted = False
            self._logbook.cover(session, terminal, "all")
            return None
        self._logbook.cover(session, terminal, LIVE)
        known = covered(session, terminal.id)
        missing = gaps(known, known[0].start, now) if known else []
        return missing[0] if missing else None

    def _new(self, session: Session, hello: Hello, now: datetime) -> Terminal | None:
        pending = session.scalars(
            select(Terminal.id).where(Terminal.status == TerminalStatus.PENDING).limit(MAX_PENDING)
        ).all()
        if len(pending) >= MAX_PENDING:
            return None
        terminal = Terminal(
            id=new_id(),
            serial=hello.serial,
            name=hello.serial,
            status=TerminalStatus.PENDING,
            address=hello.address,
            info={},
            first_seen=now,
            last_seen=now,
            utc_offset_min=0,
            dialect=Dialect.PUSH,
        )
        session.add(terminal)
        changed(session, "terminals", terminal.id)
        log.info("terminal_pending", terminal=terminal.id)
        return terminal

    def _backfill(self, serial: str, gap: Span) -> None:
        """What the ledger misses is asked for, and again later: a gap ends only when it is filled, whatever crashes in between."""
        now = self._service.clock()
        if serial in self._fresh or (
            serial in self._asked and now - self._asked[serial] < ASK_AGAIN
        ):
            return
        self._fresh[serial], self._asked[serial] = 0, now
        task = asyncio.ensure_future(self._fill(serial, gap))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fill(self, serial: str, gap: Span) -> None:
        """Asks a unit that was away for the logins of that time. P5."""
        try:
            offset = await asyncio.to_thread(
                self._with_terminal, serial, lambda _, row: row.utc_offset_min, 0
            )
            zone = timezone(timedelta(minutes=offset))
            start = (gap.start - BACKFILL_MARGIN).astimezone(zone).replace(tzinfo=None)
            end = (gap.end + BACKFILL_MARGIN).astimezone(zone).replace(tzinfo=None)
            terminal = PushTerminal(serial, self.box(serial), {})
            says = await terminal.sum_of(start, end)
            found = await terminal.log_of(start, end, says or 0) if says != 0 else None
            received = found.received if found else 0
            fresh = self._fresh[serial]

            def note(session: Session, row: Terminal) -> None:
                self._logbook.fill(session, row, gap, says or received, received, fresh)

            await asyncio.to_thread(self._with_terminal, serial, note, None)
        except BridgeError as error:
            problem = str(error)
            with suppress(Exception):
                await asyncio.to_thread(
                    self._with_terminal,
                    serial,
                    lambda s, row: self._logbook.miss(s, row, gap, problem),
                    None,
                )
            log.warning("backfill_failed", serial=serial, reason=error.reason)
        finally:
            del self._fresh[serial]

    async def commands(self, serial: str) -> list[str]:
        def work(session: Session, terminal: Terminal) -> list[str]:
            return commands_for(self._service, session, terminal)

        lines = self.box(serial).fetch()
        if not await asyncio.to_thread(self._has_commands, serial):
            return lines
        return lines + await asyncio.to_thread(self._with_terminal, serial, work, [])

    def _has_commands(self, serial: str) -> bool:
        with self._service.store.read() as session:
            query = select(Command.id).join(Terminal, Terminal.id == Command.terminal_id)
            query = query.where(
                Terminal.serial == serial, Command.state.in_(("queued", "sent"))
            ).limit(1)
            return session.scalars(query).first() is not None

    async def results(self, serial: str, results: list[CommandResult]) -> None:
        def work(session: Session, terminal: Terminal) -> None:
            for result in theirs:
                take_result(self._service, session, terminal, result.command_id, result.code)

        box = self.box(serial)
        theirs = [result for result in results if not box.take_result(result)]
        if theirs:
            await asyncio.to_thread(self._with_terminal, serial, work, None)

    async def take(self, serial: str, table: str, batch: Batch) -> None:
        def work(session: Session, terminal: Terminal) -> int:
            fresh = self._logbook.take(session, terminal, batch.punches)
            self._take_users(session, terminal, batch.users)
            for error in batch.errors:
                take_device_error(self._service, session, terminal, error.code, error.command_id)
            for bad in batch.quarantined:
                session.add(
                    Quarantine(
                        terminal_id=terminal.id,
                        table=table[:32],
                        raw=bad.raw,
                        reason=bad.reason,
                        received_at=self._service.clock(),
                    )
                )
            return fresh

        fresh = await asyncio.to_thread(self._with_terminal, serial, work, 0)
        if serial in self._fresh:
            self._fresh[serial] += fresh
        self.box(serial).take_rows(batch)
        if batch.quarantined:
            log.warning(
                "lines_quarantined", serial=serial, table=table[:32], lines=len(batch.quarantined)
            )

    def _with_terminal(
        self, serial: str, work: Callable[[Session, Terminal], T], otherwise: T
    ) -> T:
        with self._service.store.write() as session:
            terminal = session.scalars(select(Terminal).where(Terminal.serial == serial)).first()
            if terminal is None or terminal.status is not TerminalStatus.APPROVED:
                return otherwise
            return work(session, terminal)

    def _take_users(self, session: Session, terminal: Terminal, users: list[Person]) -> None:
        for user in users:
            take_user(self._service, session, terminal, user.pin)

    def forget(self, serial: str) -> None:
        """Its standing changed: the next call is looked up again."""
        self._seen.pop(serial, None)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
