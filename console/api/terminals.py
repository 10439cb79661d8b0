"""Terminals: which there are, which may talk to this site, what they hold and can do."""

from datetime import datetime

import msgspec

from console.api.operation import ANYONE, DESK, ById, Nothing, operation
from console.domain.terminals import Dialect, TerminalStatus


class Terminal(msgspec.Struct, frozen=True, kw_only=True):
    """confirmed, expected: faces that the terminal has confirmed, and those it should have; problem: the newest one, in words.

    out_of_sync: people whose record there differs from what it should be, as far as last seen; enrols: it enrols fingers on request.
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
    clock_offset_s: float | None
    enrols: bool


class Terminals(msgspec.Struct, frozen=True, kw_only=True):
    rows: list[Terminal]


class ApproveTerminal(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    utc_offset_min: int = 0
    group: str = ""


class DialTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal that this site is to dial. key: its comm key, 0 to 6 digits; transport: auto, tcp or udp."""

    name: str
    host: str
    port: int = 4370
    key: str = ""
    transport: str = "auto"
    utc_offset_min: int = 0
    group: str = ""


class ChangeTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """key: empty keeps the one there is; host, port and transport count only for terminals that are dialled."""

    id: str
    name: str
    group: str
    utc_offset_min: int
    host: str = ""
    port: int = 4370
    key: str = ""
    transport: str = "auto"


class CapabilityRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal can do, as far as is known. can: None = nobody has tried; evidence: when, with which firmware."""

    name: str
    label: str
    can: bool | None
    evidence: str


class LogCoverageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A span of the ledger. text: what happened, in words; bad: the span may miss logins."""

    start: datetime
    end: datetime
    text: str
    bad: bool


class ClockOffsetRow(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    offset_s: float
    corrected: bool


class ReceiptRow(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    actor: str
    text: str


class TerminalDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All there is to know of one terminal. facts: label and value, for people to read."""

    terminal: Terminal
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
approve_terminal = operation("terminals.approve", ApproveTerminal, Terminal, DESK)
dial_terminal = operation("terminals.dial", DialTerminal, Terminal, DESK)
change_terminal = operation("terminals.change", ChangeTerminal, Terminal, DESK)
block_terminal = operation("terminals.block", ById, Terminal, DESK)
