"""Terminals: which there are, which are approved, what they hold and what they can do."""

from datetime import datetime

import msgspec

from console.api.operation import ANYONE, DESK, ById, Nothing, operation
from console.domain.terminals import Dialect, TerminalStatus


class TerminalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal as the list shows it.

    confirmed, expected: faces that it has confirmed, and those it should have; problem: the newest
    one, in words; out_of_sync: people whose record on it differs, as of the last reading;
    takes_faces: faces are sent to it; enrols: it can enrol fingers on request.
    """

    id: str
    serial: str
    name: str
    status: TerminalStatus
    online: bool
    address: str
    last_seen: datetime
    firmware: str
    confirmed: int
    expected: int
    problem: str
    dialect: Dialect
    group: str
    people: int
    records: int
    out_of_sync: int
    takes_faces: bool
    clock_offset_s: float | None
    enrols: bool


class Terminals(msgspec.Struct, frozen=True, kw_only=True):
    """All terminals."""

    rows: list[TerminalRow]


class ApproveTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """Approves a terminal that dialled in."""

    id: str
    name: str
    utc_offset_min: int = 0
    group: str = ""


class DialTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """Adds a terminal that this site dials.

    key: its comm key, 0 to 6 digits; transport: auto, tcp or udp.
    """

    name: str
    host: str
    port: int = 4370
    key: str = ""
    transport: str = "auto"
    utc_offset_min: int = 0
    group: str = ""


class ChangeTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """The new data of a terminal.

    key: empty keeps the current one; host, port, transport: only for terminals that are dialled.
    """

    id: str
    name: str
    group: str
    utc_offset_min: int
    host: str = ""
    port: int = 4370
    key: str = ""
    transport: str = "auto"


class CapabilityRow(msgspec.Struct, frozen=True, kw_only=True):
    """One capability of a terminal.

    can: None if nobody has tried; evidence: when it was seen, and with which firmware.
    """

    name: str
    label: str
    can: bool | None
    evidence: str


class LogCoverageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A span of the log coverage. text: in words; bad: logins of this span may be missing."""

    start: datetime
    end: datetime
    text: str
    bad: bool


class ClockOffsetRow(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement of a terminal's clock. offset_s: positive if it is ahead."""

    at: datetime
    offset_s: float
    corrected: bool


class ReceiptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One confirmed change to a terminal."""

    at: datetime
    actor: str
    text: str


class TerminalDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one terminal. facts: pairs (label, value) for people to read."""

    terminal: TerminalRow
    port: int
    transport: str
    has_key: bool
    utc_offset_min: int
    facts: list[tuple[str, str]]
    capabilities: list[CapabilityRow]
    log_coverage: list[LogCoverageRow]
    clock_offsets: list[ClockOffsetRow]
    receipts: list[ReceiptRow]
    quarantined: int


list_terminals = operation("terminals.list", Nothing, Terminals, ANYONE)
get_terminal = operation("terminals.get", ById, TerminalDetail, ANYONE)
approve_terminal = operation("terminals.approve", ApproveTerminal, TerminalRow, DESK)
dial_terminal = operation("terminals.dial", DialTerminal, TerminalRow, DESK)
change_terminal = operation("terminals.change", ChangeTerminal, TerminalRow, DESK)
block_terminal = operation("terminals.block", ById, TerminalRow, DESK)
