"""Terminals that dial in: which of the two push dialects each speaks, and what follows from it."""

from collections.abc import Callable

from bridge.terminals.push import terminal as attendance
from bridge.terminals.push.access.facts import facts_of
from bridge.terminals.push.access.terminal import AccessTerminal
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.push.dialects import PushDialect, recognise
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import TerminalDevice
from console.domain.terminals import Dialect
from console.store.queries.placements import retry_now, unsettle_terminal
from console.store.schema import Terminal
from console.store.unit_of_work import Tx

PROBLEM_CHARS = 300
DIALECTS = {PushDialect.ATTENDANCE: Dialect.PUSH, PushDialect.ACCESS: Dialect.ACCESS}
_PUSH_DIALECTS = {stored: spoken for spoken, stored in DIALECTS.items()}


def note_dialect(tx: Tx, row: Terminal) -> None:
    """Stores which dialect a terminal speaks by all that it has said, and why it is not served."""
    if not row.dialect.dials_in:
        return
    found = recognise(row.info)
    row.contact_problem = found.problem[:PROBLEM_CHARS]
    if row.dialect is DIALECTS[found.dialect]:
        return
    row.dialect, row.capabilities = DIALECTS[found.dialect], {}
    tx.audit("terminal.dialect_changed", row.id)
    unsettle_terminal(tx, row)  # it may take other things, under other numbers
    retry_now(tx, row.id)


def spoken_by(row: Terminal) -> PushDialect:
    """The dialect of a terminal, as the listener answers it."""
    return _PUSH_DIALECTS.get(row.dialect, PushDialect.ATTENDANCE)


def unserved(row: Terminal) -> str:
    """Why nobody can serve this terminal as it is set now, and what to change; or ""."""
    return recognise(row.info).problem if row.dialect.dials_in else ""


def dialect_evidence(row: Terminal) -> str:
    """What shows the dialect of a terminal."""
    return recognise(row.info).evidence


def tells_of_faces(row: Terminal) -> bool | None:
    """Whether a terminal takes faces by what it has said of itself; None if it did not say."""
    if row.dialect is Dialect.ACCESS:
        return facts_of(row.info).takes_faces
    return attendance.takes_face_photos(row.info)


def numbers_of(row: Terminal) -> Callable[[str], bool]:
    """Says whether the terminal can know somebody by a number."""
    return facts_of(row.info).holds if row.dialect is Dialect.ACCESS else _any_number


def _any_number(_number: str) -> bool:
    return True


def can_hold(row: Terminal, number: str) -> bool:
    """Whether a terminal can know somebody by this number."""
    return numbers_of(row)(number)


def device_of(row: Terminal, queue: CommandQueue) -> TerminalDevice:
    """A terminal that dials in, as callers ask it."""
    info = {key: str(value) for key, value in row.info.items()}
    if row.dialect is Dialect.ACCESS:
        return AccessTerminal(row.serial, queue, info)
    return PushTerminal(row.serial, queue, info, row.encoding)
