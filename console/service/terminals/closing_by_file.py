"""Terminals without a network that are emptied: a file of their people shows it, or nothing. TE14.

People are deleted at such a terminal by hand. It counts as empty when it wrote a file later than
that was asked for, and the file shows nobody whom this site knows as one of its own. When it was
written, only the date of the file tells: an operator has confirmed it, and the receipt says so.
"""

from datetime import UTC, datetime

from sqlalchemy import func, select

from console.domain.language import msgid, tr
from console.domain.placements import PlacementState
from console.domain.terminal_life import Act, after
from console.domain.terminals import CLOSING
from console.service.terminals.closing import still_there
from console.service.terminals.inventory import Inventories, Inventory
from console.service.terminals.registry import note_receipt
from console.service.terminals.usb_words import some
from console.store.database import Store
from console.store.queries.placements import must_go
from console.store.schema import Audit, Placement, Terminal
from console.store.unit_of_work import ReadTx

ASKED = ("terminal.empty_asked", "terminal.retire_asked")
SHOWN = msgid("It shows nobody of this site, so the terminal counts as empty.")
TOO_OLD = msgid(
    "It was written before the terminal was to be emptied, or does not say when, so it does not "
    "show that the terminal is empty."
)
NOT_DECIDED = msgid(
    "Who must go from the terminal is not decided yet. Let it write its people once more, and "
    "read that file."
)


class FileClosing:
    """Reads files of terminals without a network. Blocking."""

    def __init__(self, store: Store, inventories: Inventories) -> None:
        self._store, self._inventories = store, inventories

    def read(self, terminal_id: str, found: Inventory, written_at: datetime | None) -> str:
        """Notes who is in a file. What it shows of a terminal that is emptied, else ""."""
        with self._store.read() as tx:
            decided = tx.get_one(Terminal, terminal_id).unsettled == 0
        self._inventories.record_file(terminal_id, found, written_at)
        with self._store.read() as tx:
            row = tx.get_one(Terminal, terminal_id)
            if row.status not in CLOSING:
                return ""
            still = still_there(tx, terminal_id, found)
            recent = written_at is not None and written_at > _asked_at(tx, terminal_id)
        if still:
            return self._go_on(terminal_id, found, still)
        if not recent:
            return tr(TOO_OLD)
        concluded = decided and self._conclude(terminal_id, found, written_at)
        return tr(SHOWN if concluded else NOT_DECIDED)

    def _go_on(self, terminal_id: str, found: Inventory, still: dict[str, str]) -> str:
        with self._store.write() as tx:
            must_go(tx, terminal_id, still)
        names = {person.pin: person.name for person in found.people}
        people = [f"{pin} {names[pin]}" for pin in sorted(still.values())]
        return tr(
            "Delete at the terminal, and let it write its people again: {people}.",
            people=some(people),
        )

    def _conclude(self, terminal_id: str, found: Inventory, written_at: datetime | None) -> bool:
        with self._store.write() as tx:
            row = tx.get_one(Terminal, terminal_id)
            left = select(Placement.employee_id).where(
                Placement.terminal_id == terminal_id, Placement.state != PlacementState.CONFIRMED
            )
            if row.status not in CLOSING or tx.scalar(left.limit(1)) is not None:
                return False
            row.status = after(row.status, Act.SHOWN_EMPTY)
            row.follows = False
            shown = {"unknown_people": len(found.people), **by_date(written_at)}
            note_receipt(tx, terminal_id, "emptied_by_file", shown)
            return True


def by_date(written_at: datetime | None) -> dict[str, object]:
    """For a receipt: when a file was written, and by what that is known."""
    if written_at is None:
        return {}
    return {"by_the_date_of_the_file": f"{written_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"}


def _asked_at(tx: ReadTx, terminal_id: str) -> datetime:
    asked = select(func.max(Audit.at)).where(
        Audit.object_id == terminal_id, Audit.action.in_(ASKED)
    )
    return tx.scalar(asked) or tx.now
