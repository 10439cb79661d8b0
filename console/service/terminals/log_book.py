"""Logins as terminals report them: kept once each, and a ledger of the time for which this site has them all."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bridge.terminals.terminal import Punch
from console.domain.invitations import Event, Status, advance
from console.domain.log_coverage import JOIN_WITHIN, Span
from console.domain.logins import FACE_VERIFY, content_key, ordinals, plausibility
from console.domain.terminals import CLOCK_OFFSET_LIMIT_S
from console.service.tools import Service
from console.store.database import changed
from console.store.schema import (
    ClockOffset,
    Employee,
    Enrolment,
    Invitation,
    LogCoverage,
    Login,
    PinMap,
    Terminal,
)

BATCH = 4000
"""Logins of one transaction."""
LIVE = "live"
LEDGER = 200
"""Lines of a ledger that are searched for gaps; older ones have had their time."""
CLOCK_OFFSET_NOTED_S = 1.0
"""A clock that moved by less than this since it was last noted is not noted again."""


class Logbook:
    """Blocking: called from threads."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def take_all(self, terminal_id: str, punches: Iterable[Punch]) -> int:
        """Keeps a whole log, a batch a transaction. How many of them were new."""
        fresh = 0
        seen: Counter[tuple[str, str, int, int]] = Counter()
        rest = iter(punches)
        while batch := list(islice(rest, BATCH)):
            with self._service.store.write() as session:
                terminal = session.get_one(Terminal, terminal_id)
                fresh += self.take(session, terminal, batch, seen)
        return fresh

    def take(
        self,
        session: Session,
        terminal: Terminal,
        punches: Sequence[Punch],
        seen: "Counter[tuple[str, str, int, int]] | None" = None,
    ) -> int:
        """Keeps logins that are not kept yet; the number of those. seen: equal rows of the same log before these."""
        if not punches:
            return 0
        now = self._service.clock()
        counts = ordinals([(p.pin, p.local_time, p.status, p.verify) for p in punches], seen)
        keys = [
            content_key(terminal.serial, p.pin, p.local_time, p.status, p.verify, ordinal)
            for p, ordinal in zip(punches, counts, strict=True)
        ]
        kept = set(session.scalars(select(Login.content_key).where(Login.content_key.in_(keys))))
        people = people_by_pin(session, terminal.id, {punch.pin for punch in punches})
        rows = [
            _row(terminal, punch, key, people.get(punch.pin), now)
            for punch, key in zip(punches, keys, strict=True)
            if key not in kept
        ]
        if not rows:
            return 0
        insert = (
            postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        )
        session.execute(insert(Login).on_conflict_do_nothing(index_elements=["content_key"]), rows)
        changed(session, "logins")
        for employee_id in {
            row["employee_id"]
            for row in rows
            if row["employee_id"] and row["verify"] == FACE_VERIFY
        }:
            first_login(session, str(employee_id), now)
        return len({row["content_key"] for row in rows})

    def cover(
        self,
        session: Session,
        terminal: Terminal,
        source: str,
        says: int = 0,
        received: int = 0,
        recovered: int = 0,
    ) -> None:
        """The log is known up to now. Live time grows its span; everything else is a line of its own."""
        now = self._service.clock()
        last = last_covered(session, terminal.id)
        start = last.end if last else terminal.first_seen
        if source == LIVE:
            if last is not None and last.source == LIVE and now - last.end <= JOIN_WITHIN:
                last.end = now
                return
            start = now if last is None or now - last.end > JOIN_WITHIN else last.end
        session.add(
            LogCoverage(
                terminal_id=terminal.id,
                start=start,
                end=now,
                source=source,
                says=says,
                received=received,
                recovered=recovered,
            )
        )
        changed(session, "terminals", terminal.id)

    def fill(
        self,
        session: Session,
        terminal: Terminal,
        gap: Span,
        says: int,
        received: int,
        recovered: int,
    ) -> None:
        """A gap that was read back."""
        row = LogCoverage(
            terminal_id=terminal.id,
            start=gap.start,
            end=gap.end,
            source="gap",
            says=says,
            received=received,
            recovered=recovered,
        )
        session.add(row)
        changed(session, "terminals", terminal.id)

    def miss(self, session: Session, terminal: Terminal, gap: Span, problem: str) -> None:
        """A gap that could not be read back; it is told once and stays a gap."""
        told = select(LogCoverage).where(
            LogCoverage.terminal_id == terminal.id,
            LogCoverage.problem != "",
            LogCoverage.start == gap.start,
        )
        row = session.scalars(told).first()
        if row is None:
            row = LogCoverage(
                terminal_id=terminal.id,
                start=gap.start,
                end=gap.end,
                source="gap",
                problem=problem[:300],
            )
            session.add(row)
        row.end, row.problem = gap.end, problem[:300]
        changed(session, "terminals", terminal.id)

    def note_clock(
        self, session: Session, terminal: Terminal, offset_s: float, corrected: bool = False
    ) -> None:
        """A measured clock. Kept in the ledger of clock offsets when it moved."""
        before = terminal.clock_offset_s
        terminal.clock_offset_s = 0.0 if corrected else offset_s
        if corrected or before is None or abs(offset_s - before) >= CLOCK_OFFSET_NOTED_S:
            session.add(
                ClockOffset(
                    terminal_id=terminal.id,
                    at=self._service.clock(),
                    offset_s=offset_s,
                    corrected=corrected,
                )
            )
            changed(session, "terminals", terminal.id)


def first_login(session: Session, employee_id: str, now: datetime) -> None:
    """The enrolment is in use from the first login by face on."""
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


def covered(session: Session, terminal_id: str) -> list[Span]:
    """The spans that are known, oldest first; of a long ledger the newest."""
    query = select(LogCoverage.start, LogCoverage.end).where(
        LogCoverage.terminal_id == terminal_id, LogCoverage.problem == ""
    )
    return sorted(
        Span(start, end)
        for start, end in session.execute(
            query.order_by(LogCoverage.end.desc()).limit(LEDGER)
        ).tuples()
    )


def last_covered(session: Session, terminal_id: str) -> LogCoverage | None:
    """The newest span that is known."""
    query = (
        select(LogCoverage)
        .where(LogCoverage.terminal_id == terminal_id, LogCoverage.problem == "")
        .order_by(LogCoverage.end.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def people_by_pin(session: Session, terminal_id: str, pins: set[str]) -> dict[str, str]:
    """Employee ids by the number that this terminal knows them by."""
    own = select(Employee.number, Employee.id).where(Employee.number.in_(pins))
    mapped = select(PinMap.pin, PinMap.employee_id).where(
        PinMap.terminal_id == terminal_id, PinMap.pin.in_(pins)
    )
    return {
        **dict(session.execute(own).tuples().all()),
        **dict(session.execute(mapped).tuples().all()),
    }


def _row(
    terminal: Terminal, punch: Punch, key: str, employee_id: str | None, now: datetime
) -> dict[str, object]:
    zone = timezone(timedelta(minutes=terminal.utc_offset_min))
    at = (
        datetime.strptime(punch.local_time, "%Y-%m-%d %H:%M:%S")
        .replace(tzinfo=zone)
        .astimezone(UTC)
    )
    offset = terminal.clock_offset_s
    return {
        "terminal_id": terminal.id,
        "employee_id": employee_id,
        "pin": punch.pin,
        "at": at,
        "local_time": punch.local_time,
        "verify": punch.verify,
        "direction": punch.status,
        "remark": plausibility(at, now),
        "content_key": key,
        "received_at": now,
        "clock_offset_s": offset
        if offset is not None and abs(offset) > CLOCK_OFFSET_LIMIT_S
        else None,
    }
