"""Terminals that dial in: who may talk, what they report, what they get. Implements the push listener's `Site`."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bridge.terminals.push.listener import Admission, Hello
from bridge.terminals.push.records import Batch, CommandResult
from bridge.terminals.terminal import Person, Punch
from console.domain.invitations import Event, Status, advance
from console.domain.logins import FACE_VERIFY, content_key, ordinals, plausibility
from console.domain.terminals import TerminalStatus
from console.service.core import Service
from console.service.provisioning import commands_for, take_device_error, take_result, take_user
from console.store import audit
from console.store.database import changed
from console.store.schema import Command, Employee, Enrolment, Invitation, Login, Quarantine, Terminal, new_id

log = structlog.get_logger()
T = TypeVar("T")
POLL_S = 3
SEEN_EVERY = timedelta(seconds=10)
"""How often "last seen" is written; polls come more often."""
MAX_PENDING = 50
"""Unknown serials kept in the pending list; more are turned away, so that nobody floods it."""


class TerminalLinks:
    """The service's side of the push dialect. Each call is one short transaction in a thread."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._seen: dict[str, tuple[datetime, TerminalStatus, int]] = {}

    async def admit(self, hello: Hello) -> Admission:
        now = self._service.clock()
        seen = self._seen.get(hello.serial)
        if seen is None or hello.info or now - seen[0] > SEEN_EVERY or seen[1] is not TerminalStatus.APPROVED:
            status, offset = await asyncio.to_thread(self._note, hello, now)
            self._seen[hello.serial] = seen = (now, status, offset)
        return Admission(seen[1] is TerminalStatus.APPROVED, POLL_S, seen[2])

    def _note(self, hello: Hello, now: datetime) -> tuple[TerminalStatus, int]:
        with self._service.store.write() as session:
            terminal = session.scalars(select(Terminal).where(Terminal.serial == hello.serial)).first()
            if terminal is None:
                pending = session.scalars(select(Terminal.id).where(Terminal.status == TerminalStatus.PENDING).limit(MAX_PENDING)).all()
                if len(pending) >= MAX_PENDING:
                    return TerminalStatus.BLOCKED, 0
                terminal = Terminal(
                    id=new_id(), serial=hello.serial, name=hello.serial, status=TerminalStatus.PENDING,
                    address=hello.address, info={}, first_seen=now, last_seen=now, utc_offset_min=0,
                )  # fmt: skip
                session.add(terminal)
                changed(session, "terminals", terminal.id)
                log.info("terminal_pending", terminal=terminal.id)
            if terminal.address != hello.address:
                audit.record(session, now, "muster", "terminal.address_changed", terminal.id)
                terminal.address = hello.address
            if hello.info and {**terminal.info, **hello.info} != terminal.info:
                terminal.info = {**terminal.info, **hello.info}
            if now - terminal.last_seen > SEEN_EVERY:
                changed(session, "terminals", terminal.id)
            terminal.last_seen = now
            return terminal.status, terminal.utc_offset_min

    async def commands(self, serial: str) -> list[str]:
        def work(session: Session, terminal: Terminal) -> list[str]:
            return commands_for(self._service, session, terminal)

        if not await asyncio.to_thread(self._has_commands, serial):
            return []
        return await asyncio.to_thread(self._with_terminal, serial, work, [])

    def _has_commands(self, serial: str) -> bool:
        with self._service.store.read() as session:
            query = select(Command.id).join(Terminal, Terminal.id == Command.terminal_id)
            query = query.where(Terminal.serial == serial, Command.state.in_(("queued", "sent"))).limit(1)
            return session.scalars(query).first() is not None

    async def results(self, serial: str, results: list[CommandResult]) -> None:
        def work(session: Session, terminal: Terminal) -> None:
            for result in results:
                take_result(self._service, session, terminal, result.command_id, result.code)

        await asyncio.to_thread(self._with_terminal, serial, work, None)

    async def take(self, serial: str, table: str, batch: Batch) -> None:
        def work(session: Session, terminal: Terminal) -> None:
            self._take_punches(session, terminal, batch.punches)
            self._take_users(session, terminal, batch.users)
            for error in batch.errors:
                take_device_error(self._service, session, terminal, error.code, error.command_id)
            for bad in batch.quarantined:
                session.add(
                    Quarantine(terminal_id=terminal.id, table=table[:32], raw=bad.raw, reason=bad.reason, received_at=self._service.clock())
                )

        await asyncio.to_thread(self._with_terminal, serial, work, None)
        if batch.quarantined:
            log.warning("lines_quarantined", serial=serial, table=table[:32], lines=len(batch.quarantined))

    def _with_terminal(self, serial: str, work: Callable[[Session, Terminal], T], otherwise: T) -> T:
        with self._service.store.write() as session:
            terminal = session.scalars(select(Terminal).where(Terminal.serial == serial)).first()
            if terminal is None or terminal.status is not TerminalStatus.APPROVED:
                return otherwise
            return work(session, terminal)

    def _take_users(self, session: Session, terminal: Terminal, users: list[Person]) -> None:
        for user in users:
            take_user(self._service, session, terminal, user.pin)

    def _take_punches(self, session: Session, terminal: Terminal, punches: list[Punch]) -> None:
        if not punches:
            return
        now = self._service.clock()
        zone = timezone(timedelta(minutes=terminal.utc_offset_min))
        numbers = {punch.pin for punch in punches}
        people = dict(session.execute(select(Employee.number, Employee.id).where(Employee.number.in_(numbers))).tuples().all())
        counts = ordinals([(p.pin, p.local_time, p.status, p.verify) for p in punches])
        rows = []
        for punch, ordinal in zip(punches, counts, strict=True):
            at = datetime.strptime(punch.local_time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)
            key = content_key(terminal.serial, punch.pin, punch.local_time, punch.status, punch.verify, ordinal)
            rows.append(
                {
                    "terminal_id": terminal.id, "employee_id": people.get(punch.pin), "pin": punch.pin, "at": at,
                    "local_time": punch.local_time, "verify": punch.verify, "direction": punch.status,
                    "remark": plausibility(at, now), "content_key": key, "received_at": now,
                }
            )  # fmt: skip
        insert = postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        session.execute(insert(Login).on_conflict_do_nothing(index_elements=["content_key"]), rows)
        changed(session, "logins")
        for employee_id in {row["employee_id"] for row in rows if row["employee_id"] and row["verify"] == FACE_VERIFY}:
            self._first_login(session, str(employee_id), now)

    def _first_login(self, session: Session, employee_id: str, now: datetime) -> None:
        query = (
            select(Invitation)
            .join(Enrolment, Enrolment.invitation_id == Invitation.id)
            .where(Enrolment.live, Enrolment.employee_id == employee_id)
        )
        invitation = session.scalars(query).first()
        if invitation is not None and invitation.status in (Status.APPROVED, Status.PUSHED):
            invitation.status = advance(invitation.status, Event.FIRST_LOGIN)
            invitation.changed_at = now
            changed(session, "invitations", invitation.id)
            changed(session, "employees", employee_id)
