"""Terminals, what belongs on them, and what they were seen to hold."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from console.domain.placements import PlacementState
from console.domain.terminals import Dialect, TerminalStatus
from console.store.columns import Base, EnumText, id_column, reference


class Terminal(Base):
    """A unit on the network.

    port, transport, key_sealed (the comm key): only for units that we dial; counts: what it last
    said it holds; capabilities: name -> {can, at, firmware}, the evidence; clock_offset_s: as last
    measured, positive if it is ahead; log_wanted: it is to send its whole log once more;
    takes_faces: False once it has said that it does not; follows: its people were planned once;
    unsettled: grows with each change that matters to what it should hold, 0 once that was seen to;
    access_zone_id: the zone whose rules it shares; last_seen: None if it was never reached.

    zone: its time zone, empty for the site's; times_zone: the zone by which the moments of all its
    stored logins were derived; encoding: of its names, or auto; encoding_seen: what auto found,
    empty for nothing certain; names_sealed: some of its names as bytes, to judge that by;
    lines_dropped: how many set-aside lines were deleted, by their age or number.

    approved_at: when it was first approved; asked_by, asked_note: the operator who has prepared it
    and asks for its approval; callers: address -> who calls in its name from there, and is not
    known to be this terminal (`service.terminals.callers`).
    """

    __tablename__ = "terminal"
    id: Mapped[str] = id_column()
    serial: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    status: Mapped[TerminalStatus] = mapped_column(EnumText(TerminalStatus), index=True)
    address: Mapped[str] = mapped_column(String(64))
    info: Mapped[dict[str, Any]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime | None]
    dialect: Mapped[Dialect] = mapped_column(EnumText(Dialect), default=Dialect.PUSH)
    port: Mapped[int] = mapped_column(default=0)
    transport: Mapped[str] = mapped_column(String(8), default="auto")
    key_sealed: Mapped[bytes | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    capabilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    contact_problem: Mapped[str] = mapped_column(String(300), default="")
    clock_offset_s: Mapped[float | None]
    log_wanted: Mapped[bool] = mapped_column(default=True)
    takes_faces: Mapped[bool] = mapped_column(default=True)
    follows: Mapped[bool] = mapped_column(default=False)
    unsettled: Mapped[int] = mapped_column(default=0, index=True)
    access_zone_id: Mapped[str | None] = reference("access_zone.id")
    zone: Mapped[str] = mapped_column(String(64), default="")
    times_zone: Mapped[str] = mapped_column(String(64), default="")
    encoding: Mapped[str] = mapped_column(String(16), default="auto")
    encoding_seen: Mapped[str] = mapped_column(String(16), default="utf-8")
    names_sealed: Mapped[bytes | None]
    lines_dropped: Mapped[int] = mapped_column(default=0)
    approved_at: Mapped[datetime | None]
    asked_by: Mapped[str] = mapped_column(String(80), default="")
    asked_note: Mapped[str] = mapped_column(String(300), default="")
    callers: Mapped[dict[str, Any]] = mapped_column(default=dict)


class InventoryEntry(Base):
    """A person on a terminal, as last read. digest: see `bridge.terminals.plan`."""

    __tablename__ = "terminal_inventory"
    terminal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("terminal.id"), primary_key=True
    )
    pin: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(16))
    seen_at: Mapped[datetime]


class Placement(Base):
    """A person and a terminal: what it should hold of them, and what it has shown.

    pin: the number that it knows them by; belongs: False for somebody who must not be on it;
    face_id: the face that belongs on it; face_held: the face that it has shown; content: the
    digest of number, name and fingers that belong on it, or, of somebody who must go, that belonged
    there and were brought ("" if nothing was); run_at: when it is asked next;
    confirmed_at: when it last held exactly this, or had shown that the person is gone, or when a
    plan decided that the person with this number there is this one.
    """

    __tablename__ = "placement"
    terminal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("terminal.id"), primary_key=True
    )
    employee_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("employee.id"), primary_key=True
    )
    pin: Mapped[str] = mapped_column(String(32))
    belongs: Mapped[bool]
    face_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("enrolment.id"), index=True)
    face_held: Mapped[str | None] = mapped_column(String(32))
    content: Mapped[str] = mapped_column(String(16), default="")
    state: Mapped[PlacementState] = mapped_column(EnumText(PlacementState))
    since: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=1)
    run_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(300), default="")
    confirmed_at: Mapped[datetime | None]
    __table_args__ = (
        Index(None, "state", "run_at"),
        Index(None, "employee_id", "belongs", "state"),
    )


class PinMap(Base):
    """On this terminal the person has another number than here."""

    __tablename__ = "pin_map"
    terminal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("terminal.id"), primary_key=True
    )
    pin: Mapped[str] = mapped_column(String(32), primary_key=True)
    employee_id: Mapped[str] = reference("employee.id")


class Receipt(Base):
    """A confirmed change to a terminal."""

    __tablename__ = "receipt"
    id: Mapped[str] = id_column()
    terminal_id: Mapped[str] = reference("terminal.id")
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(24))
    detail: Mapped[dict[str, Any]]


class LogCoverage(Base):
    """A span of a terminal's log that this site has.

    says, received: how many logins the unit announced, and how many arrived; recovered: logins
    that only this reading brought, after a gap.
    """

    __tablename__ = "log_coverage"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    start: Mapped[datetime]
    end: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(16))
    says: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    recovered: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(300), default="")
    __table_args__ = (Index(None, "terminal_id", "end"),)


class ClockOffset(Base):
    """One measurement of a terminal's clock. shows: what it showed; corrected: it was then set."""

    __tablename__ = "clock_offset"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    at: Mapped[datetime]
    shows: Mapped[str] = mapped_column(String(19))
    offset_s: Mapped[float]
    corrected: Mapped[bool] = mapped_column(default=False)


class Quarantine(Base):
    """A record from a terminal that could not be understood.

    key: identifies it on its terminal without telling what it holds; sealed: its bytes, sealed
    with the site's key; raw: its text in clear, only of rows from before revision 0012, until the
    service has sealed it.
    """

    __tablename__ = "quarantine"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    table: Mapped[str] = mapped_column(String(32))
    key: Mapped[str | None] = mapped_column(String(32))
    sealed: Mapped[bytes | None]
    raw: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (UniqueConstraint("terminal_id", "key"),)
