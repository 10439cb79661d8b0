"""Wrong passwords: how often somebody may guess, and how long they wait in between. AC1, AC15."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from console.domain.errors import SignInFailed
from console.domain.operators import sign_in_delay
from console.store.database import Store
from console.store.schema import Operator
from console.store.unit_of_work import Tx


class SignInGate:
    """Counts every try as a miss before its password is verified. Thread-safe.

    So guesses in parallel count one after the other, and all but the first few wait. How long is
    told by a clock that only runs forward: a wrong clock neither opens the gate nor locks anybody
    out. After a restart the misses are read again, and the whole delay is waited for at most.
    """

    def __init__(self, store: Store, tick: Callable[[], float] = time.monotonic) -> None:
        """tick: seconds from any beginning, never backward."""
        self._store, self._tick = store, tick
        self._lock = threading.Lock()
        self._opens: dict[str, float] = {}
        """Operator id -> when the next try may come, by `tick`."""

    def enter(self, username: str) -> Operator | None:
        """The active operator of this name; this try counts as a miss until `passed`.

        Raises SignInFailed during the delay that follows several misses.
        """
        active = select(Operator).where(Operator.username == username.strip(), Operator.active)
        with self._store.read() as tx:
            if tx.scalar(active) is None:
                return None
        with self._store.write() as tx:
            operator = tx.scalar(active)
            if operator is not None:
                self._check(operator, tx)
                operator.misses, operator.missed_at = operator.misses + 1, tx.now
                self._close(operator.id, sign_in_delay(operator.misses))
            return operator

    def passed(self, operator_id: str) -> None:
        """The password was right: the misses are forgotten."""
        with self._store.write(operator_id) as tx:
            row = tx.get_one(Operator, operator_id)
            row.misses, row.missed_at = 0, None
        with self._lock:
            self._opens.pop(operator_id, None)

    def missed(self, operator_id: str) -> None:
        """The password was wrong: the audit says so."""
        with self._store.write(operator_id) as tx:
            tx.audit("operator.sign_in_missed", operator_id)

    def _check(self, operator: Operator, tx: Tx) -> None:
        if not operator.misses:  # nobody waits for what another password was guessed at
            return
        with self._lock:
            known = operator.id in self._opens
        if not known:  # the service was started anew since the last miss
            missed_at = operator.missed_at or tx.now
            delay = sign_in_delay(operator.misses)
            left = missed_at + delay - tx.now if operator.misses else timedelta()
            self._close(operator.id, min(left, delay))
        with self._lock:
            wait = self._opens[operator.id] - self._tick()
        if wait > 0:
            raise SignInFailed(f"Too many misses. Try again in {int(wait) + 1} seconds.")

    def _close(self, operator_id: str, delay: timedelta) -> None:
        with self._lock:
            self._opens[operator_id] = self._tick() + delay.total_seconds()
