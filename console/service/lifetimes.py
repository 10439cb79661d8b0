"""What has run out stays so, also when the clock of the computer is set back. AC15."""

from datetime import datetime, timedelta

import msgspec
import structlog

from console.service.settings import keep_setting
from console.store.database import Store
from console.store.queries.lifetimes import (
    end_all_that_runs_out,
    end_what_ran_out,
    forget_oldest_names,
)
from console.store.schema import Setting
from console.store.unit_of_work import ReadTx

log = structlog.get_logger()
SETTING = "clock"
TOLERANCE = timedelta(minutes=5)
"""Clocks that are kept right are moved by less."""


class _Clock(msgspec.Struct, frozen=True, kw_only=True):
    """newest: the latest moment that this site has seen."""

    newest: datetime


class Lifetimes:
    """A step of the upkeep, and of the start before anybody is answered. Blocking.

    Each minute it ends what has run out and keeps how late it is. A clock that is behind that was
    set back, or was ahead before: then everything ends that is good for a while, and time is told
    by the clock again as it is now. So a clock that is wrong, however much, locks nobody out who
    has a password of their own.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def run_once(self) -> None:
        """Ends what has run out, or everything after a clock was set back."""
        with self._store.write() as tx:
            newest = _newest(tx)
            behind = newest - tx.now if newest is not None else timedelta()
            if behind > TOLERANCE:
                end_all_that_runs_out(tx)
                tx.audit("clock.set_back", minutes=int(behind.total_seconds() / 60))
                log.warning("clock_set_back", minutes=int(behind.total_seconds() / 60))
            else:
                end_what_ran_out(tx)
            if newest is None or behind < timedelta() or behind > TOLERANCE:
                keep_setting(tx, SETTING, _Clock(newest=tx.now))
            forget_oldest_names(tx)


def _newest(tx: ReadTx) -> datetime | None:
    row = tx.get(Setting, SETTING)
    return None if row is None else msgspec.convert(row.value, _Clock).newest
