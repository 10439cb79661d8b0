"""Logins from somebody who may not be the terminal: kept aside, marked, until it is decided. TE16.

They lie with the lines that nobody could read, sealed and bounded like those. What does not fit is
refused, so that the sender keeps it.
"""

from collections.abc import Callable, Iterator

import msgspec
from sqlalchemy import ColumnElement, delete, func, select, update

from bridge.terminals.push.records import UploadBatch
from bridge.terminals.terminal import Punch, Quarantined
from console.domain.language import msgid
from console.domain.set_aside import share
from console.domain.terminals import SERVED, TerminalStatus
from console.service.portions import ROWS_AT_ONCE, hurry
from console.service.terminals.log_book import LogBook
from console.service.terminals.registry import terminal_by_serial
from console.service.terminals.set_aside import SetAside, open_line
from console.store.database import Store
from console.store.schema import Quarantine, Terminal

HELD = "held"
"""The table of logins that are kept aside; no reading of lines again takes it for another."""
HELD_UNREAD = "held unread"
"""The same for lines that could not be read either."""
RELEASED = "ATTLOG"
"""Where unread lines go once their sender is accepted: they are read again from there."""
_HELD_REASON = msgid("Sent from {address}, which nobody has accepted.")


def held_reason(address: str) -> str:
    """Why the lines of this sender are aside, in English: it is kept."""
    return _HELD_REASON.format(address=address)


class HeldLines:
    """Keeps such logins, and hands them to the log book later. Blocking: called from threads."""

    def __init__(
        self,
        store: Store,
        set_aside: SetAside,
        log_book: LogBook,
        give_way: Callable[[], None] = hurry,
    ) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._set_aside, self._log_book = store, set_aside, log_book
        self._give_way = give_way

    def keep(self, serial: str, address: str, batch: UploadBatch) -> bool:
        """Keeps the logins of one report; False if they do not fit into half of the room."""
        reason = held_reason(address)
        punches = [Quarantined(_written(punch), reason) for punch in batch.punches]
        unread = [Quarantined(line.raw, reason) for line in batch.quarantined]
        with self._store.read() as tx:
            row = terminal_by_serial(tx, serial)
            if row is None:
                return False
            theirs = select(func.count()).where(Quarantine.terminal_id == row.id)
            there = select(func.count()).where(Terminal.status != TerminalStatus.PENDING)
            room = share(tx.scalar(there) or 0) // 2 - (tx.scalar(theirs) or 0)
        if len(punches) + len(unread) > room:
            return False
        self._set_aside.store(row.id, HELD, punches)
        self._set_aside.store(row.id, HELD_UNREAD, unread)
        return True

    def release_accepted(self) -> int:
        """Logins of senders who were accepted count. Returns how many of them were new."""
        with self._store.read() as tx:
            query = select(Quarantine.terminal_id, Quarantine.reason).distinct()
            held = set(tx.execute(query.where(Quarantine.table.in_((HELD, HELD_UNREAD)))).all())
            theirs = Terminal.id.in_([terminal_id for terminal_id, _ in held])
            served = tx.scalars(select(Terminal).where(theirs, Terminal.status.in_(SERVED)))
            accepted = [
                row.id
                for row in served
                if (row.id, held_reason(row.address)) in held and row.address not in row.callers
            ]
        return sum(self._release(terminal_id) for terminal_id in accepted)

    def _release(self, terminal_id: str) -> int:
        with self._store.read() as tx:
            reason = held_reason(tx.get_one(Terminal, terminal_id).address)
        theirs = Quarantine.terminal_id == terminal_id, Quarantine.reason == reason
        fresh = 0
        for ids, punches in self._held(*theirs):
            fresh += self._log_book.store_punches(terminal_id, punches)
            with self._store.write() as tx:
                tx.execute(delete(Quarantine).where(Quarantine.id.in_(ids)))
                tx.changed("terminals", terminal_id)
            self._give_way()
        with self._store.write() as tx:
            unread = *theirs, Quarantine.table == HELD_UNREAD
            tx.execute(update(Quarantine).where(*unread).values(table=RELEASED))
        return fresh

    def _held(self, *which: ColumnElement[bool]) -> Iterator[tuple[list[int], list[Punch]]]:
        held = select(Quarantine).where(Quarantine.table == HELD, *which)
        while True:
            with self._store.read() as tx:
                rows = list(tx.scalars(held.order_by(Quarantine.id).limit(ROWS_AT_ONCE)))
                lines = [open_line(tx.vault, row) for row in rows]
            if not lines:
                return
            yield [line.id for line in lines], [_read(line.raw) for line in lines]


def _written(punch: Punch) -> str:
    return msgspec.json.encode(punch).decode()


def _read(raw: bytes) -> Punch:
    return msgspec.json.decode(raw, type=Punch)
