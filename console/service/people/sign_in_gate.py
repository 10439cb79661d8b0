"""Wrong passwords: how often somebody may guess, and how long they wait in between. AC1, AC15."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from console.domain.errors import SignInFailed
from console.domain.language import tr
from console.domain.operators import sign_in_delay
from console.store.database import Store
from console.store.schema import Operator, UnknownName
from console.store.unit_of_work import Tx

MOST_REMEMBERED = 10_000
"""Delays that are held in memory; those that are over go first."""
Counted = Operator | UnknownName


class SignInGate:
    """Counts every try as a miss before its password is verified. Thread-safe.

    So guesses in parallel count one after the other, and all but the first few wait. How long is
    told by a clock that only runs forward: a wrong clock neither opens the gate nor locks anybody
    out. After a restart the misses are read again, and the whole delay is waited for at most.

    Names that nobody has are counted, and wait, as those of operators do: neither an answer nor its
    time says who is an operator.
    """

    def __init__(self, store: Store, tick: Callable[[], float] = time.monotonic) -> None:
        """tick: seconds from any beginning, never backward."""
        self._store, self._tick = store, tick
        self._lock = threading.Lock()
        self._opens: dict[str, float] = {}
        """Mark of the name -> when the next try may come, by `tick`."""

    def enter(self, username: str) -> Operator | None:
        """The active operator of this name; this try counts as a miss until `passed`.

        Raises SignInFailed during the delay that follows several misses.
        """
        name = username.strip()
        active = select(Operator).where(Operator.username == name, Operator.active)
        with self._store.write() as tx:
            mark = tx.vault.mark_site("user name", name.encode())
            operator, unknown = tx.scalar(active), tx.get(UnknownName, mark)
            counted = operator or unknown or _added(tx, mark)
            self._check(mark, counted, tx)
            counted.misses, counted.missed_at = counted.misses + 1, tx.now
            self._close(mark, sign_in_delay(counted.misses))
        return operator

    def passed(self, operator_id: str) -> None:
        """The password was right: the misses are forgotten."""
        with self._store.write(operator_id) as tx:
            row = tx.get_one(Operator, operator_id)
            row.misses, row.missed_at = 0, None

    def excused(self, username: str, operator_id: str) -> None:
        """The password was right and something else is still to come: this try is no miss.

        Earlier misses stay, so guesses at that something wait as guesses at a password do.
        """
        with self._store.write(operator_id) as tx:
            row = tx.get_one(Operator, operator_id)
            row.misses = max(row.misses - 1, 0)
            mark = tx.vault.mark_site("user name", username.strip().encode())
        self._close(mark, timedelta())

    def missed(self, username: str) -> None:
        """The password was wrong: the audit says so of an operator.

        Of another name nothing is said, as strangers must not fill the log; it takes as long.
        """
        name = username.strip()
        with self._store.write() as tx:
            operator = tx.scalar(select(Operator).where(Operator.username == name, Operator.active))
            if operator is not None:
                tx.actor = operator.id
                tx.audit("operator.sign_in_missed", operator.id)
                return
            row = tx.get(UnknownName, tx.vault.mark_site("user name", name.encode()))
            if row is not None:
                row.missed_at = tx.now

    def _check(self, mark: str, counted: Counted, tx: Tx) -> None:
        if not counted.misses:  # nobody waits for what another password was guessed at
            return
        with self._lock:
            opens = self._opens.get(mark)
        if opens is None:  # the service was started anew since the last miss, or it is long ago
            missed_at = counted.missed_at or tx.now
            delay = sign_in_delay(counted.misses)
            opens = self._close(mark, min(missed_at + delay - tx.now, delay))
        wait = opens - self._tick()
        if wait > 0:
            raise SignInFailed(
                tr(
                    "Too many failed attempts. Try again in {seconds} seconds.",
                    seconds=int(wait) + 1,
                )
            )

    def _close(self, mark: str, delay: timedelta) -> float:
        """Until when, by `tick`."""
        now = self._tick()
        opens = now + delay.total_seconds()
        with self._lock:
            if len(self._opens) >= MOST_REMEMBERED:
                self._opens = {one: until for one, until in self._opens.items() if until > now}
            self._opens[mark] = opens
        return opens


def _added(tx: Tx, mark: str) -> UnknownName:
    row = UnknownName(mark=mark, misses=0, missed_at=tx.now)
    tx.add(row)
    return row
