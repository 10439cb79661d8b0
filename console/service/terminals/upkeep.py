"""What time brings about for terminals: they drift from what they should hold. H7."""

from sqlalchemy import select

from console.domain.terminals import TerminalStatus
from console.service.terminals.inventory import out_of_sync
from console.service.terminals.plans import Plans
from console.service.terminals.site_people import SitePeople
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
        for terminal_id, differs in self._changed_counts().items():
            self._write(terminal_id, differs)
        self._counted_at = commits

    def _changed_counts(self) -> dict[str, int]:
        """Terminal id -> how many people differ, where it is not what the row says."""
        query = select(Terminal).where(Terminal.status == TerminalStatus.APPROVED)
        with self._store.read() as tx:
            people = SitePeople(tx)
            counted = [(row, out_of_sync(tx, row, people)) for row in tx.scalars(query)]
        return {
            row.id: differs
            for row, differs in counted
            if differs is not None and row.counts.get("out_of_sync") != differs
        }

    def _write(self, terminal_id: str, differs: int) -> None:
        with self._store.write() as tx:
            row = tx.get(Terminal, terminal_id)
            if row is not None:
                row.counts = {**row.counts, "out_of_sync": differs}
                tx.changed("terminals", terminal_id)
