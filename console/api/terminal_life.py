"""The life of a terminal: prepared, let in, emptied, retired, removed; who calls in its name."""

import msgspec

from console.api.operation import ADMIN, ANYONE, DESK, ById, Nothing, Started, operation
from console.api.terminals import TerminalRow, Terminals


class PrepareTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """Names a terminal that waits, and asks an administrator for its approval. note: why."""

    id: str
    name: str
    zone: str = ""
    note: str = ""


class ConfirmedAct(msgspec.Struct, frozen=True, kw_only=True):
    """An act that removes people from a terminal. confirm: its name, typed."""

    id: str
    confirm: str


class RemoveTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """Removes a terminal from the list.

    gone: empty where it has shown that it is empty; else its name, typed, because the device is
    gone.
    """

    id: str
    gone: str = ""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who calls in the name of a terminal, by their address."""

    id: str
    address: str


class SerialList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of serial numbers, one a line; as CSV with name and time zone after each."""

    text: str


class MatchedSerial(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal of the list that waits. name, zone: as the list says them."""

    id: str
    serial: str
    name: str
    zone: str
    problem: str


class SerialMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A list of serial numbers beside what waits.

    matched: may be approved, unless a problem stands beside it; known: are in the list of terminals
    already; missing: have not dialled in; unexpected: wait, but are not in the list; bad: lines
    that are no serial number, with the reason.
    """

    matched: list[MatchedSerial]
    known: list[str]
    missing: list[str]
    unexpected: list[str]
    bad: list[str]


class ApproveMany(msgspec.Struct, frozen=True, kw_only=True):
    """Approves the terminals of a list that wait. text: the same list."""

    text: str


prepare_terminal = operation("terminals.prepare", PrepareTerminal, TerminalRow, DESK)
dismiss_terminal = operation("terminals.dismiss", ById, Nothing, DESK)
block_terminal = operation("terminals.block", ById, TerminalRow, DESK)
empty_terminal = operation("terminals.empty", ConfirmedAct, TerminalRow, DESK)
retire_terminal = operation("terminals.retire", ConfirmedAct, TerminalRow, DESK)
bring_back_terminal = operation("terminals.bring_back", ById, TerminalRow, DESK)
remove_terminal = operation("terminals.remove", RemoveTerminal, Nothing, ADMIN)
former_terminals = operation("terminals.former", Nothing, Terminals, ANYONE)
accept_caller = operation("terminals.accept_caller", Caller, TerminalRow, DESK)
refuse_caller = operation("terminals.refuse_caller", Caller, TerminalRow, DESK)
match_serials = operation("terminals.match_serials", SerialList, SerialMatch, DESK)
approve_many = operation("terminals.approve_many", ApproveMany, Started, ADMIN)
