"""The whole log of a terminal that was asked for it, and when that counts as answered. TE5."""

from sqlalchemy import func, select

from console.service.terminals.log_book import Reading, cover
from console.service.terminals.set_aside import LOG_TABLES
from console.store.schema import Login, Quarantine, Terminal
from console.store.unit_of_work import ReadTx, Tx

_COUNTS = ("logs", "transactioncount")
"""Under which names terminals that dial in tell how many logins they hold."""


def close_by_count(tx: Tx, row: Terminal) -> None:
    """For firmware that cannot be queried, and was told to send everything once more.

    Its log is here when as many of its logins are here as it says that it holds.
    """
    told = [str(row.info.get(name, "")) for name in _COUNTS]
    says = max((int(one) for one in told if one.isdigit() and len(one) < 9), default=0)
    have = logins_here(tx, row.id)
    if 0 < says <= have:
        cover(tx, row, "log", Reading(says=says, received=have))
        row.log_wanted = False


def logins_here(tx: ReadTx, terminal_id: str) -> int:
    """How many logins of a terminal are stored, or set aside because they could not be read."""
    stored = select(func.count()).where(Login.terminal_id == terminal_id)
    unread = select(func.count()).where(
        Quarantine.terminal_id == terminal_id, Quarantine.table.in_(LOG_TABLES)
    )
    return (tx.scalar(stored) or 0) + (tx.scalar(unread) or 0)
