"""Regular work for terminals: counts who is out of sync, deletes old plans. H7."""

from collections.abc import Callable

from sqlalchemy import select

from console.domain.terminals import TerminalStatus
from console.service.portions import hurry, in_turns
from console.service.terminals.inventory import out_of_sync
from console.service.terminals.plans import Plans
from console.service.terminals.site_people import SitePeople
from console.store.database import Store
from console.store.schema import Terminal

SUBJECTS = frozenset({"employees", "invitations", "enrolments", "fingers", "terminals"})
"""Only a change of one of these can change how many people are out of sync."""


class TerminalUpkeep:
    """Deletes old plans, and counts how many people are out of sync on each terminal.

    Blocking; one pass at a time.
    """

    def __init__(self, store: Store, plans: Plans, give_way: Callable[[], None] = hurry) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._plans, self._give_way = store, plans, give_way
        self._counted_at = -1

    def run_once(self) -> None:
        """One pass. It counts in reads, and writes a count by itself and only where it changed."""
        self._plans.forget_old()
        commits = self._store.commits_of(SUBJECTS)
        if commits == self._counted_at:
            return
        for terminal_id, differs in self._changed_counts().items():
            self._write(terminal_id, differs)
            self._give_way()
        self._counted_at = commits

    def _changed_counts(self) -> dict[str, int]:
        """Terminal id -> how many people are out of sync, where the row has another number."""
        query = select(Terminal).where(Terminal.status == TerminalStatus.APPROVED)
        with self._store.read() as tx:
            people = SitePeople(tx, self._give_way)
            terminals = in_turns(tx.scalars(query).all(), 1, self._give_way)
            counted = [(row, out_of_sync(tx, row, people)) for row in terminals]
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
