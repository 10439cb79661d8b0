"""What a terminal is, holds and needs, in words."""

from console.api import terminals as api
from console.desktop.words import local_text
from console.domain.language import labelled, paragraph, tr, tr_count
from console.domain.terminal_room import NEARLY_FULL_PERCENT
from console.domain.terminals import CLOCK_OFFSET_LIMIT_S, CLOSING, FORMER, TerminalStatus

CLOCK_CORRECT_S = 1.5
"""A clock that is off by less is called correct: the answer itself was under way for a while."""
_STATES = {
    TerminalStatus.BLOCKED: tr("Blocked"),
    TerminalStatus.EMPTYING: tr("Being emptied"),
    TerminalStatus.EMPTY: tr("Empty"),
    TerminalStatus.RETIRING: tr("Being retired"),
    TerminalStatus.RETIRED: tr("Retired"),
    TerminalStatus.REMOVED: tr("Removed"),
}
_MAY_HOLD = frozenset({TerminalStatus.BLOCKED, *FORMER})


def state_of(terminal: api.TerminalRow) -> tuple[str, str]:
    """Its state in words, and the tone of that."""
    if terminal.status is TerminalStatus.PENDING:
        return tr("Approval requested") if terminal.asked_by else tr("Awaiting approval"), "warn"
    if terminal.status is not TerminalStatus.APPROVED:
        return _STATES[terminal.status], "mut"
    if terminal.question:
        return tr("Unknown caller"), "bad"
    if not (terminal.dialect.dials_in or terminal.address):
        return tr("No network"), "mut"
    if terminal.last_seen is None:
        return tr("Not reached yet"), "warn"
    return (tr("Online"), "pass") if terminal.online else (tr("Offline"), "bad")


def faces_text(terminal: api.TerminalRow) -> str:
    """How many of the faces that it should have are confirmed."""
    if not terminal.takes_faces:
        return tr("Not supported")
    if not terminal.expected:
        return "0"
    return tr("{count:,} of {total:,}", count=terminal.confirmed, total=terminal.expected)


def people_text(terminal: api.TerminalRow) -> str:
    """How many people it holds, or how many of them differ."""
    if not terminal.out_of_sync:
        return f"{terminal.people:,}"
    return tr_count("{count:,} out of sync", "{count:,} out of sync", terminal.out_of_sync)


def storage_text(terminal: api.TerminalRow) -> str:
    """How full it is; empty where nothing is known."""
    return "" if terminal.percent_full is None else f"{terminal.percent_full} %"


def is_nearly_full(terminal: api.TerminalRow) -> bool:
    """Somebody should make room."""
    return terminal.percent_full is not None and terminal.percent_full >= NEARLY_FULL_PERCENT


def problem_text(terminal: api.TerminalRow) -> str:
    """All that somebody should look at, the most pressing first."""
    held = terminal.may_hold and terminal.status in _MAY_HOLD
    parts = (
        terminal.question,
        terminal.problem,
        tr("Prepared by {operator}", operator=terminal.asked_by) if terminal.asked_by else "",
        terminal.asked_note,
        labelled(tr("May still hold"), held_text(terminal)) if held else "",
        unreadable_text(terminal.set_aside) if terminal.set_aside else "",
    )
    return " · ".join(part for part in parts if part)


def unreadable_text(lines: int) -> str:
    """How many of its lines were set aside."""
    return tr_count("{count:,} unreadable line", "{count:,} unreadable lines", lines)


def way_text(detail: api.TerminalDetail) -> str:
    """How this site and the terminal meet."""
    terminal = detail.terminal
    if terminal.dialect.dials_in:
        return tr("Connects to Muster")
    if terminal.address:
        return tr("Muster connects to {address}:{port}", address=terminal.address, port=detail.port)
    if terminal.status in CLOSING:
        return tr("No network: delete its people at the terminal, then read a file of its people.")
    return tr("No network: its log and its people come on a USB stick.")


def clock_text(offset_s: float | None) -> str:
    """How far a clock is off."""
    if offset_s is None:
        return tr("not measured")
    if abs(offset_s) < CLOCK_CORRECT_S:
        return tr("correct")
    if offset_s > 0:
        return tr("{seconds:,} s ahead", seconds=round(offset_s))
    return tr("{seconds:,} s behind", seconds=round(-offset_s))


def clock_tone(offset_s: float | None) -> str:
    """A clock over the limit is out of sync."""
    return "warn" if offset_s is not None and abs(offset_s) > CLOCK_OFFSET_LIMIT_S else ""


def held_text(terminal: api.TerminalRow) -> str:
    """Whom a terminal may still hold, as far as this site knows."""
    parts = [tr_count("{count:,} person", "{count:,} people", terminal.may_hold)]
    if terminal.faces_held:
        faces = tr_count("{count:,} with a face", "{count:,} with a face", terminal.faces_held)
        parts.append(faces)
    if terminal.held_as_of:
        parts.append(tr("as of {time}", time=local_text(terminal.held_as_of)))
    return " · ".join(parts)


def added_text(terminal: api.TerminalRow) -> str:
    """What follows from its having been added."""
    if terminal.last_seen is not None:
        return tr("{terminal} was added and is now monitored.", terminal=terminal.name)
    return paragraph(
        tr("{terminal} was added.", terminal=terminal.name),
        tr("It does not answer yet. Muster keeps trying."),
    )
