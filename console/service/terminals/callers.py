"""Who calls in the name of a terminal: the one that was approved, or somebody else. TE16.

The address, the dialect and the facts of an approved terminal stay as they were approved. Whoever
differs is noted beside them, gets no data, and waits until an operator accepts or refuses them.
"""

from typing import Any

import msgspec

from bridge.terminals.push.dialects import recognise
from bridge.terminals.push.listener import Hello
from console.domain.errors import Conflict
from console.domain.language import msgid, tr
from console.domain.terminal_identity import (
    Identity,
    differences,
    has_only_moved,
    merged_facts,
)
from console.domain.terminals import Dialect
from console.service.settings import load_settings
from console.service.terminals.push_dialects import DIALECTS, note_dialect
from console.store.queries.placements import retry_now, unsettle_terminal
from console.store.schema import Terminal
from console.store.unit_of_work import Tx

MOST_CALLERS = 5
"""Addresses that are noted at a time; a new one takes the place of the one silent for longest."""
STOPPED = msgid(
    "This terminal is not as it was approved. Accept or block it before anything is sent."
)


class UnknownCaller(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who calls in the name of a terminal.

    since, last: ISO times; why: what differs, in English; said: what they tell of themselves;
    refused: an operator does not want to be asked about them any more.
    """

    since: str
    last: str
    why: list[str]
    said: dict[str, Any]
    refused: bool = False


def unknown_callers(row: Terminal) -> dict[str, UnknownCaller]:
    """Address -> who calls from there."""
    return {
        address: msgspec.convert(caller, UnknownCaller) for address, caller in row.callers.items()
    }


def open_questions(row: Terminal) -> dict[str, UnknownCaller]:
    """The same, only those about whom an operator has to decide."""
    found = unknown_callers(row)
    return {address: caller for address, caller in found.items() if not caller.refused}


def is_the_terminal(tx: Tx, row: Terminal, hello: Hello) -> bool:
    """Whether it is the terminal that was approved who calls. Notes whoever else it is."""
    noted = unknown_callers(row).get(hello.address)
    said = merged_facts(noted.said if noted else {}, hello.info)
    here = hello.address == row.address
    known = Identity(address=row.address, dialect=_dialect_of(row.info), facts=row.info)
    shown = {**row.info, **said} if here and noted is None else said
    caller = Identity(address=hello.address, dialect=_dialect_of(shown), facts=said)
    why = differences(known, caller)
    if not why:
        return True
    if has_only_moved(known, caller, load_settings(tx).moving_subnets):
        _move(tx, row, hello.address)
        tx.audit("terminal.moved", row.id)
        return True
    _note(tx, row, hello.address, noted, why, said)
    return False


def _dialect_of(facts: dict[str, Any]) -> Dialect | None:
    found = recognise(facts)
    return DIALECTS[found.dialect] if found.evidence else None


def _move(tx: Tx, row: Terminal, address: str) -> None:
    row.address = address
    row.callers = {one: caller for one, caller in row.callers.items() if one != address}
    tx.changed("terminals", row.id)


def _note(
    tx: Tx,
    row: Terminal,
    address: str,
    noted: UnknownCaller | None,
    why: list[str],
    said: dict[str, Any],
) -> None:
    now = tx.now.isoformat()
    others = {one: caller for one, caller in row.callers.items() if one != address}
    if not others and noted is None:
        tx.audit("terminal.questioned", row.id)
    if len(others) >= MOST_CALLERS:
        del others[min(others, key=lambda one: str(others[one]["last"]))]
    caller = UnknownCaller(
        since=noted.since if noted else now,
        last=now,
        why=why,
        said=said,
        refused=noted.refused if noted else False,
    )
    row.callers = {**others, address: msgspec.to_builtins(caller)}
    if address == row.address:
        row.contact_problem = STOPPED
    if noted is None or noted.why != why:
        tx.changed("terminals", row.id)


def accept(tx: Tx, row: Terminal, address: str) -> None:
    """The caller is this terminal, as it is from now on. Raises Conflict if nobody asks."""
    caller = _asking(row, address)
    row.info = merged_facts(row.info, caller.said)
    row.contact_problem = ""
    _move(tx, row, address)
    note_dialect(tx, row)
    unsettle_terminal(tx, row)
    retry_now(tx, row.id)
    tx.audit("terminal.caller_accepted", row.id)


def refuse(tx: Tx, row: Terminal, address: str) -> None:
    """The caller is not this terminal. Nobody is asked again, and nothing of them is kept.

    Raises Conflict if nobody asks, and for the terminal's own address, which only a block ends.
    """
    caller = _asking(row, address)
    if address == row.address:
        raise Conflict(tr("This is the address of the terminal itself. Accept it, or block it."))
    refused = msgspec.structs.replace(caller, refused=True)
    row.callers = {**row.callers, address: msgspec.to_builtins(refused)}
    tx.audit("terminal.caller_refused", row.id)
    tx.changed("terminals", row.id)


def _asking(row: Terminal, address: str) -> UnknownCaller:
    caller = unknown_callers(row).get(address)
    if caller is None:
        raise Conflict(tr("Nobody calls from this address any more. Look at the terminal again."))
    return caller
