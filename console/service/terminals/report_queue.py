"""Reports of terminals that dial in: those that wait are committed together.

A commit takes about as long for one login as for some hundred, and after an outage every terminal
reports at once. Each report is answered only after the commit that holds it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bridge.terminals.push.records import UploadBatch
from console.domain.terminals import SERVED
from console.service.pools import Pool, Pools
from console.service.portions import LOGINS_AT_ONCE
from console.service.terminals.admission import note_log_stamp
from console.service.terminals.log_book import LogBook
from console.service.terminals.login_reports import LoginReport, store_reports
from console.store.database import Store
from console.store.schema import Terminal

LOG_TABLE = "ATTLOG"
"""How the attendance dialect names the table of logins."""


@dataclass(frozen=True)
class Report:
    """What a terminal reported of one of its tables."""

    serial: str
    table: str
    batch: UploadBatch


@dataclass(frozen=True)
class _Waiting:
    report: Report
    fresh: asyncio.Future[int | None]


Outcome = int | None | Exception
"""How many logins were new; None if the terminal is not served; or what went wrong."""


class ReportQueue:
    """Stores reports in the order in which they came. Lives on the service's loop."""

    def __init__(self, store: Store, pools: Pools, log_book: LogBook) -> None:
        self._database, self._pools, self._log_book = store, pools, log_book
        self._waiting: deque[_Waiting] = deque()
        self._work: asyncio.Task[None] | None = None

    async def keep(self, report: Report) -> int | None:
        """Stores a report, and returns how many of its logins were new. Durable then.

        None: nothing was stored, as this site does not talk to the terminal any more.
        """
        waiting = _Waiting(report, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._store_waiting())
        return await waiting.fresh

    async def close(self) -> None:
        """Stores what waits."""
        if self._work is not None:
            await self._work

    async def _store_waiting(self) -> None:
        while self._waiting:
            together = self._next()
            for one, outcome in zip(together, await self._store(together), strict=True):
                _settle(one.fresh, outcome)

    async def _store(self, together: Sequence[_Waiting]) -> list[Outcome]:
        reports = [one.report for one in together]
        try:
            return await self._pools.run(Pool.TERMINAL, self._store_reports, reports)
        except Exception as error:  # nothing was stored: one of them may be the reason
            if len(together) == 1:
                return [error]
            return [outcome for one in together for outcome in await self._store([one])]

    def _next(self) -> list[_Waiting]:
        """The first that wait, one at least and one of each terminal at most.

        The order within a report tells which of two equal hours a login is of.
        """
        together: dict[str, _Waiting] = {}
        logins = 0
        while self._waiting:
            report = self._waiting[0].report
            logins += len(report.batch.punches)
            if together and (report.serial in together or logins > LOGINS_AT_ONCE):
                break
            together[report.serial] = self._waiting.popleft()
        return list(together.values())

    def _store_reports(self, reports: Sequence[Report]) -> list[Outcome]:
        """Raises what kept all logins from being stored."""
        serials = [report.serial for report in reports]
        with self._database.read() as tx:
            served = Terminal.serial.in_(serials), Terminal.status.in_(SERVED)
            rows = {row.serial: row for row in tx.scalars(select(Terminal).where(*served))}
        known = [(report, rows[report.serial]) for report in reports if report.serial in rows]
        fresh = self._store_logins([(row.id, report.batch) for report, row in known])
        outcomes: dict[str, Outcome] = {
            row.serial: self._store_rest(report, row, count)
            for (report, row), count in zip(known, fresh, strict=True)
        }
        return [outcomes.get(report.serial) for report in reports]

    def _store_rest(self, report: Report, row: Terminal, fresh: int) -> Outcome:
        try:
            self._log_book.set_aside(row.id, report.table, report.batch.quarantined)
            if report.table.upper() == LOG_TABLE:
                note_log_stamp(self._database, row, report.batch.stamp)
        except Exception as error:  # the logins are stored, and those of the other terminals
            return error
        return fresh

    def _store_logins(self, batches: Sequence[tuple[str, UploadBatch]]) -> list[int]:
        """batches: each with the id of its terminal. A long one stands alone."""
        if len(batches) == 1:
            terminal_id, batch = batches[0]
            return [self._log_book.store_punches(terminal_id, batch.punches)]
        reports = [LoginReport(terminal_id, batch.punches) for terminal_id, batch in batches]
        return store_reports(self._database, reports)


def _settle(fresh: "asyncio.Future[int | None]", outcome: Outcome) -> None:
    if fresh.done():
        return  # the terminal has hung up; it will report again
    if isinstance(outcome, Exception):
        fresh.set_exception(outcome)
    else:
        fresh.set_result(outcome)
