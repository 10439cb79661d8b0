"""Which calls of terminals that dial in are answered, and how. Blocking: called from threads."""

from bridge.terminals.push.dialects import REGISTERED, forgets_its_stamp
from bridge.terminals.push.listener import Admission, Hello
from console.domain.terminal_identity import OWN_PREFIX, merged_facts
from console.domain.terminals import SERVED, Dialect, TerminalStatus
from console.domain.zones import offset_min
from console.service.terminals import callers, pending
from console.service.terminals.log_book import cover_live
from console.service.terminals.push_dialects import (
    note_dialect,
    spoken_by,
    tells_of_faces,
    unserved,
)
from console.service.terminals.registry import note_takes_faces, terminal_by_serial, terminal_zone
from console.store.database import Store
from console.store.schema import Terminal
from console.store.unit_of_work import Tx

POLL_S = 3
TOLD = f"{OWN_PREFIX}told_offset_min"
"""In a terminal's info: the minutes from UTC that it was told when it last shook hands."""
LOG_STAMP = f"{OWN_PREFIX}log_stamp"
"""In the info of an old firmware: its own mark of how far its log is stored here. TE32."""
PUSH_SEEN = "push_seen"
"""In the info of a terminal that is dialled: when somebody with its serial last dialled in."""


def is_served(row: Terminal) -> bool:
    """Whether this site talks to a terminal, and none of its settings stands in the way."""
    return row.status in SERVED and not unserved(row)


def decide(store: Store, hello: Hello) -> Admission:
    """Writes what is new about whoever calls, and says how the call is answered."""
    with store.write() as tx:
        row = terminal_by_serial(tx, hello.serial) or pending.add_pending(tx, hello)
        tx.changed("terminals", row.id)
        if not row.dialect.dials_in:
            # its logins are read where it is dialled; whoever dials in under its serial may lie
            row.info = {**row.info, PUSH_SEEN: tx.now.isoformat()}
            return Admission(approved=False)
        if row.status is TerminalStatus.REMOVED:
            pending.come_back(tx, row)
        if row.status is TerminalStatus.PENDING:
            pending.note_call(tx, row, hello)
        elif row.status not in SERVED:
            row.last_seen = tx.now
            return Admission(approved=False)
        elif not callers.is_the_terminal(tx, row, hello):
            return _held(tx, row, hello)
        else:
            row.info = merged_facts(row.info, hello.info)
        row.last_seen = tx.now
        return _admitted(tx, row, hello)


def _held(tx: Tx, row: Terminal, hello: Hello) -> Admission:
    """Somebody calls who may not be the terminal: they are told no data and asked for none."""
    refused = hello.address not in callers.open_questions(row)
    offset = offset_min(terminal_zone(tx, row), tx.now)
    return Admission(False, POLL_S, offset, dialect=spoken_by(row), held=not refused)


def _admitted(tx: Tx, row: Terminal, hello: Hello) -> Admission:
    note_dialect(tx, row)
    takes = tells_of_faces(row)
    if takes is not None:
        note_takes_faces(tx, row, takes=takes)
    offset = offset_min(terminal_zone(tx, row), tx.now)
    approved = is_served(row)
    stamped = row.dialect is not Dialect.ACCESS  # the whole log of these is only asked for
    if approved:
        cover_live(tx, [row])
        if hello.handshake or row.dialect is Dialect.ACCESS:
            row.info = {**row.info, TOLD: offset}
    return Admission(
        approved,
        POLL_S,
        offset,
        approved and row.log_wanted and stamped,
        spoken_by(row),
        registered=bool(row.info.get(REGISTERED)),
        log_stamp=str(row.info.get(LOG_STAMP, "0")) if forgets_its_stamp(row.info) else "",
    )


def note_log_stamp(store: Store, terminal: Terminal, stamp: str) -> None:
    """Notes how far the log of an old firmware is stored, which has to hear it again."""
    if not stamp or not forgets_its_stamp(terminal.info) or terminal.info.get(LOG_STAMP) == stamp:
        return
    with store.write() as tx:
        row = tx.get_one(Terminal, terminal.id)
        row.info = {**row.info, LOG_STAMP: stamp}
