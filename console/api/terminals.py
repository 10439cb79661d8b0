"""Terminals: which there are, and which may talk to this site."""

from datetime import datetime

import msgspec

from console.api.operation import ANYONE, DESK, Nothing, operation
from console.domain.terminals import TerminalStatus


class Terminal(msgspec.Struct, frozen=True):
    """confirmed, expected: faces that the terminal has confirmed, and those it should have; problem: the newest one, in words."""

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


class Terminals(msgspec.Struct, frozen=True):
    rows: list[Terminal]


class ApproveTerminal(msgspec.Struct, frozen=True):
    id: str
    name: str
    utc_offset_min: int = 0


list_terminals = operation("terminals.list", Nothing, Terminals, ANYONE)
approve_terminal = operation("terminals.approve", ApproveTerminal, Terminal, DESK)
