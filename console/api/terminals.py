"""Terminals: which there are, which are approved, what they hold and what they can do."""

from datetime import datetime

import msgspec

from console.api.operation import ANYONE, DESK, ById, Nothing, operation
from console.domain.terminals import Dialect, TerminalStatus
from console.domain.today import Concern


class TerminalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal as the list shows it.

    confirmed, expected: faces that it has confirmed, and those it should have; problem: the newest
    one, in words; access_zone: the zone whose rules it shares, empty for none; out_of_sync: people
    whose record on it differs, as of the last reading; takes_faces: faces are sent to it; enrols:
    it can enrol fingers on request; set_aside: lines of it that could not be read; percent_full:
    of the fullest of its stores, None if it has not said how much fits in.

    biometric: faces or fingers may go to it, so an administrator lets it in; asked_by, asked_note:
    who has prepared it and asks for its approval, and why; question: who calls in its name and
    differs, in words; may_hold: people here whom it may hold, faces_held: with a face, held_as_of:
    the newest evidence of that; last_seen: None if it was never reached; concerns: the lines of the
    first page that count it.
    """

    id: str
    serial: str
    name: str
    status: TerminalStatus
    online: bool
    address: str
    last_seen: datetime | None
    firmware: str
    confirmed: int
    expected: int
    problem: str
    dialect: Dialect
    access_zone: str
    people: int
    records: int
    out_of_sync: int
    takes_faces: bool
    clock_offset_s: float | None
    enrols: bool
    set_aside: int
    biometric: bool
    asked_by: str
    asked_note: str
    question: str
    may_hold: int
    faces_held: int
    held_as_of: datetime | None
    percent_full: int | None = None
    concerns: list[Concern] = []


class Terminals(msgspec.Struct, frozen=True, kw_only=True):
    """All terminals."""

    rows: list[TerminalRow]


class ApproveTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """Approves a terminal that dialled in. zone: of its clock, empty for the site's."""

    id: str
    name: str
    zone: str = ""


class DialTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """Adds a terminal that this site dials.

    key: its comm key, 0 to 6 digits; transport: auto, tcp or udp; zone: of its clock, empty for the
    site's; encoding: of its names, or auto. serial: as its label says; with it a terminal that does
    not answer is added too, and no other one is taken for it.
    """

    name: str
    host: str
    port: int = 4370
    serial: str = ""
    key: str = ""
    transport: str = "auto"
    zone: str = ""
    encoding: str = "auto"


class ChangeTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """The new data of a terminal.

    key: empty keeps the current one; host, port, transport: only for terminals that are dialled;
    zone, encoding: as for a new one.
    """

    id: str
    name: str
    zone: str
    encoding: str
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


class CallerRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who calls in the name of a terminal. text: what differs from the one approved."""

    address: str
    since: datetime
    text: str


class TerminalDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one terminal.

    zone: empty for the site's; site_zone: that one; facts: pairs (label, value) for people to read;
    lines_dropped: set-aside lines that were deleted, by their age or number; callers: about whom an
    operator has to decide.
    """

    terminal: TerminalRow
    port: int
    transport: str
    has_key: bool
    zone: str
    site_zone: str
    encoding: str
    encoding_seen: str
    facts: list[tuple[str, str]]
    capabilities: list[CapabilityRow]
    log_coverage: list[LogCoverageRow]
    clock_offsets: list[ClockOffsetRow]
    receipts: list[ReceiptRow]
    lines_dropped: int
    callers: list[CallerRow]


class ZoneNames(msgspec.Struct, frozen=True, kw_only=True):
    """The time zones that can be chosen, and the one of the site."""

    site: str
    names: list[str]


class NameReading(msgspec.Struct, frozen=True, kw_only=True):
    """Names of a terminal as one encoding reads them. fits: they look like names."""

    encoding: str
    label: str
    names: list[str]
    fits: bool


class NameReadings(msgspec.Struct, frozen=True, kw_only=True):
    """The names that a terminal was seen to hold, in every encoding that can read them.

    labels: (encoding, label) of all that can be chosen; rows: empty if all names are plain ASCII.
    """

    labels: list[tuple[str, str]]
    rows: list[NameReading]


class ListSetAside(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a page of set-aside lines, newest first. cursor: as for the login log."""

    terminal_id: str
    cursor: str = ""
    limit: int = 100


class SetAsideRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line that could not be read. text: made safe to show, without biometric data."""

    id: int
    received_at: datetime
    table: str
    reason: str
    text: str


class SetAsidePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page. cursor: for the next page, empty on the last one."""

    rows: list[SetAsideRow]
    cursor: str


list_terminals = operation("terminals.list", Nothing, Terminals, ANYONE)
get_terminal = operation("terminals.get", ById, TerminalDetail, ANYONE)
approve_terminal = operation("terminals.approve", ApproveTerminal, TerminalRow, DESK)
dial_terminal = operation("terminals.dial", DialTerminal, TerminalRow, DESK)
change_terminal = operation("terminals.change", ChangeTerminal, TerminalRow, DESK)
zone_names = operation("terminals.zones", Nothing, ZoneNames, ANYONE)
name_readings = operation("terminals.names", ById, NameReadings, DESK)
list_set_aside = operation("terminals.set_aside", ListSetAside, SetAsidePage, DESK)
