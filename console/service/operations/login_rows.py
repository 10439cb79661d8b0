"""Logins as the log shows them: the rows of a search and a filter, page by page, newest first."""

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from console.api import logins as api
from console.domain import why
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr
from console.domain.logins import direction_name, kiosk_method_name, method_name
from console.domain.zones import TimeMark
from console.service.operations.login_filter import Reach, conditions, newest_by_method, reach
from console.service.operations.login_repeats import repeats_on_page
from console.service.operations.paging import after, encode_cursor
from console.store.schema import Employee, Kiosk, Login, Terminal
from console.store.unit_of_work import ReadTx

NEWEST_FIRST = Login.at.desc(), Login.id.desc()
READING_S = 0.5
"""So long one page is read at most: where few logins fit, the next page goes on from there."""
MARKS = {
    TimeMark.SURE: "",
    TimeMark.TWICE: msgid("This hour came twice; the first is taken."),
    TimeMark.MISSING: msgid("The clocks skipped this hour; the terminal's had not been set."),
}


def shown_logins() -> Select[*tuple[Any, ...]]:
    """Logins by the columns that `login_row` takes: a log is long, and objects are slow."""
    return (
        select(
            Login.id,
            Login.at,
            Login.local_time,
            Login.time_mark,
            Login.terminal_id,
            Login.kiosk_id,
            Login.pin,
            Login.verify,
            Login.direction,
            Login.outcome,
            Login.method,
            Login.reason,
            Login.stamp,
            Login.remark,
            Login.clock_offset_s,
            Login.path.is_not(None).label("explained"),
            Employee.first_name,
            Employee.last_name,
            Terminal.name.label("terminal"),
            Kiosk.name.label("kiosk"),
        )
        .select_from(Login)
        .outerjoin(Terminal, Terminal.id == Login.terminal_id)
        .outerjoin(Employee, Employee.id == Login.employee_id)
        .outerjoin(Kiosk, Kiosk.id == Login.kiosk_id)
    )


def login_row(row: Any, repeats: int = 0) -> api.LoginRow:
    """A login as the log shows it. row: of `shown_logins`."""
    name = f"{row.first_name or ''} {row.last_name or ''}".strip()
    at_terminal, at_kiosk = row.terminal_id is not None, row.kiosk_id is not None
    method = kiosk_method_name(row.method) if at_kiosk else method_name(row.verify)
    offset = row.clock_offset_s
    mark = MARKS[row.time_mark]
    return api.LoginRow(
        id=row.id,
        at=row.at,
        local_time=row.local_time,
        employee=name,
        number=row.pin,
        terminal=(row.terminal if at_terminal else row.kiosk) or "",
        method=method,
        direction=direction_name(row.direction) if at_terminal else "",
        remark=paragraph(said(row.remark), tr(mark)),
        corrected_at=row.at - timedelta(seconds=offset) if offset is not None else None,
        outcome=row.outcome,
        reason=tr(why.REASONS.get(row.reason, row.reason)),
        stamp=row.stamp,
        explained=row.explained,
        repeats=repeats,
    )


class LoginReading:
    """Reads the logins that fit, newest first.

    cursor: behind what was read; "" before the first page and behind the last one. reached: the
    moment down to which everything was read; None where there is nothing to be read.
    """

    def __init__(
        self,
        tx: ReadTx,
        search: str,
        wanted: api.LoginFilter,
        repeats: timedelta,
        newest_id: int | None = None,
    ) -> None:
        """repeats: within it they are folded; newest_id: later logins are left out."""
        self._tx, self._wanted, self._repeats = tx, wanted, repeats
        query = shown_logins().where(*conditions(tx, search, wanted), *_between(wanted))
        self._query = query if newest_id is None else query.where(Login.id <= newest_id)
        self.cursor = ""
        self.reached: datetime | None = None

    def page(self, cursor: str, limit: int) -> list[api.LoginRow]:
        """The next rows behind the cursor, at most `limit`. Raises Invalid for a bad cursor."""
        shown: list[api.LoginRow] = []
        end = time.monotonic() + READING_S
        found = reach(self._tx, cursor, self._wanted)
        while found is not None and len(shown) < limit:
            if not self._skip(found):
                break
            shown += self._read(found, limit - len(shown))
            if not found.cursor or time.monotonic() > end:
                break
        self.cursor = found.cursor if found is not None else ""
        return shown

    def _skip(self, found: Reach) -> bool:
        """Passes by what has no login that fits, where an index knows. False at the end of all."""
        if self._wanted.method is None:
            return True
        newest = newest_by_method(self._tx, self._wanted.method, found.top)
        if found.skip_to(newest):
            return True
        self.reached = found.floor
        return False

    def _read(self, found: Reach, limit: int) -> list[api.LoginRow]:
        """Those down to the floor, at most `limit` before repeats are folded."""
        behind = [after(found.cursor, Login.at, Login.id, True)] if found.cursor else []
        newest = self._query.where(Login.at > found.floor, *behind).order_by(*NEWEST_FIRST)
        rows = self._tx.execute(newest.limit(limit)).all()
        counts = repeats_on_page(self._tx, self._query, rows, self._repeats)
        if len(rows) == limit:
            self.reached = rows[-1].at
            found.cursor = encode_cursor(rows[-1].at, rows[-1].id)
        else:
            self.reached = found.floor
            found.go_on()
        return [login_row(row, counts[row.id]) for row in rows if row.id in counts]


def _between(wanted: api.LoginFilter) -> list[ColumnElement[bool]]:
    since = [Login.at >= wanted.since] if wanted.since is not None else []
    return since + ([Login.at < wanted.until] if wanted.until is not None else [])
