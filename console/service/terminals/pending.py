"""Terminals that wait for approval: what strangers may make the service keep. TE15.

A terminal that dials in can always announce itself. The list is bounded, and so is the part of it
that one address can fill; whoever was silent for longest makes room.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, select

from bridge.terminals.push.listener import Hello
from console.domain.terminal_identity import merged_facts
from console.domain.terminal_life import Act, after
from console.domain.terminals import Dialect, TerminalStatus
from console.store.columns import new_id
from console.store.schema import Terminal
from console.store.unit_of_work import ReadTx, Tx

log = structlog.get_logger()
MOST_PENDING, MOST_FROM_ONE_ADDRESS = 1_000, 400
"""A roll-out has hundreds of terminals, and behind a gateway they share one address."""
NOTED_EVERY = timedelta(days=1)
"""How often the audit trail says that a waiting terminal calls from another address."""
NOTED = "muster_address_noted"
"""In a terminal's info: when the audit trail last said so."""
_MAY_GO = (
    Terminal.status == TerminalStatus.PENDING,
    Terminal.approved_at.is_(None),
    Terminal.asked_by == "",
)
"""Nobody has prepared it, and nothing refers to it."""


def add_pending(tx: Tx, hello: Hello) -> Terminal:
    """A row for a terminal that nobody knows; others make room for it."""
    _make_room(tx, MOST_FROM_ONE_ADDRESS, Terminal.address == hello.address)
    _make_room(tx, MOST_PENDING)
    row = Terminal(
        id=new_id(),
        serial=hello.serial,
        name=hello.serial,
        status=TerminalStatus.PENDING,
        address=hello.address,
        info={},
        first_seen=tx.now,
        last_seen=tx.now,
        dialect=Dialect.PUSH,
    )
    tx.add(row)
    tx.flush()
    log.info("terminal_pending", terminal=row.id)
    return row


def _make_room(tx: Tx, most: int, *which: ColumnElement[bool]) -> None:
    if _count(tx, *which) < most:
        return
    oldest = select(Terminal).where(*_MAY_GO, *which).order_by(Terminal.last_seen).limit(1)
    row = tx.scalar(oldest)
    if row is not None:
        delete_pending(tx, row)


def _count(tx: ReadTx, *which: ColumnElement[bool]) -> int:
    return tx.scalar(select(func.count()).select_from(Terminal).where(*_MAY_GO, *which)) or 0


def delete_pending(tx: Tx, row: Terminal) -> None:
    """Forgets a terminal that nobody has approved yet."""
    tx.session.delete(row)
    tx.flush()
    tx.changed("terminals", row.id)


def come_back(tx: Tx, row: Terminal) -> None:
    """A terminal that was removed from the list dials in again: it waits for approval anew."""
    row.status = after(row.status, Act.DIAL_IN)
    row.callers, row.asked_by, row.asked_note = {}, "", ""
    tx.audit("terminal.came_back", row.id)


def note_call(tx: Tx, row: Terminal, hello: Hello) -> None:
    """What a waiting terminal tells of itself, and where it calls from."""
    if row.address != hello.address:
        row.address = hello.address
        if _is_worth_a_note(row, tx.now):
            row.info = {**row.info, NOTED: tx.now.isoformat()}
            tx.audit("terminal.address_changed", row.id)
    row.info = merged_facts(row.info, hello.info)


def _is_worth_a_note(row: Terminal, now: datetime) -> bool:
    noted = row.info.get(NOTED)
    return noted is None or now - datetime.fromisoformat(noted) >= NOTED_EVERY
