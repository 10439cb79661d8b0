"""What time brings about for terminals: they drift from what they should hold. H7."""

from sqlalchemy import select

from console.domain.terminals import TerminalStatus
from console.service.terminals.inventory import out_of_sync
from console.service.terminals.plans import Plans
from console.store.database import Store
from console.store.schema import Terminal

SUBJECTS = frozenset({"employees", "invitations", "enrolments", "fingers", "terminals"})
"""Without a change of one of these, no terminal can differ by more or fewer people."""


class TerminalUpkeep:
    """Forgets old plans, and counts how many people differ on each terminal.

    Blocking; one pass at a time.
    """

    def __init__(self, store: Store, plans: Plans) -> None:
        self._store, self._plans = store, plans
        self._counted_at = -1

    def run_once(self) -> None:
        """One pass. It counts in reads, and writes a count by itself and only where it changed."""
        self._plans.forget_old()
        commits = self._store.commits_of(SUBJECTS)
        if commits == self._counted_at:
            return
        query = select(Terminal.id).where(Terminal.status == TerminalStatus.APPROVED)
        with self._store.read() as tx:
            terminal_ids = list(tx.scalars(query))
        for terminal_id in terminal_ids:
            self._count(terminal_id)
        self._counted_at = commits

    def _count(self, terminal_id: str) -> None:
        with self._store.read() as tx:
            row = tx.get(Terminal, terminal_id)
            differs = out_of_sync(tx, row) if row is not None else None
        if row is None or differs is None or row.counts.get("out_of_sync") == differs:
            return
        with self._store.write() as tx:
            row = tx.get(Terminal, terminal_id)
            if row is not None:
                row.counts = {**row.counts, "out_of_sync": differs}
                tx.changed("terminals", terminal_id)
