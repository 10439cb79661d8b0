"""What a terminal needs first, and the next step towards it: the most pressing trouble alone."""

from enum import IntEnum

from console.api import terminals as api
from console.desktop.terminal_words import clock_text, clock_tone, is_nearly_full, storage_text
from console.domain.language import tr, tr_count
from console.domain.terminals import TerminalStatus


class Need(IntEnum):
    """What is wrong, in the order in which somebody should look at it."""

    CALLER = 0
    APPROVAL = 1
    CONNECTION = 2
    PEOPLE = 3
    CLOCK = 4
    STORAGE = 5
    LINES = 6
    OTHER = 7
    NOTHING = 8


def need_of(terminal: api.TerminalRow) -> Need:
    """The most pressing one. Nobody waits for a terminal without a network to answer."""
    if terminal.question:
        return Need.CALLER
    if terminal.status is TerminalStatus.PENDING:
        return Need.APPROVAL
    if terminal.status is TerminalStatus.APPROVED:
        has_network = terminal.dialect.dials_in or bool(terminal.address)
        if has_network and not terminal.online:
            return Need.CONNECTION
        if terminal.out_of_sync:
            return Need.PEOPLE
        if clock_tone(terminal.clock_offset_s):
            return Need.CLOCK
        if is_nearly_full(terminal):
            return Need.STORAGE
    if terminal.set_aside:
        return Need.LINES
    return Need.OTHER if terminal.problem else Need.NOTHING


def most_pressing(terminal: api.TerminalRow) -> tuple[Need, str]:
    """The place of a terminal in the list: what is wrong first, then by name."""
    return need_of(terminal), terminal.name.casefold()


def need_text(terminal: api.TerminalRow) -> str:
    """What is wrong in a sentence; empty where the detail tells it elsewhere."""
    match need_of(terminal):
        case Need.CONNECTION if terminal.last_seen is None:
            return tr("Not reached yet. Check the address, power and network of the terminal.")
        case Need.CONNECTION:
            return tr("Offline. Check the power and network of the terminal.")
        case Need.PEOPLE:
            return tr_count(
                "{count:,} person out of sync.",
                "{count:,} people out of sync.",
                terminal.out_of_sync,
            )
        case Need.CLOCK:
            return tr("Clock {state}.", state=clock_text(terminal.clock_offset_s))
        case Need.STORAGE:
            return tr("Storage {share} full.", share=storage_text(terminal))
    return ""
