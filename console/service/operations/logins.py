"""The login log, by page, and counted by the hour."""

import time
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import defer, load_only

from console.api import logins as api
from console.api.operation import Nothing
from console.domain import why
from console.domain.errors import NotFound
from console.domain.login_events import LoginOutcome, Reason, Stamp
from console.domain.logins import DIRECTIONS, fold, method_name
from console.domain.zones import TimeMark
from console.service.operations.dispatch import Call, handles
from console.service.operations.login_filter import Reach, choices, conditions, reach
from console.service.operations.login_repeats import repeats_on_page, seen, window
from console.service.operations.paging import after, checked_limit, encode_cursor
from console.service.pools import Pool
from console.store.schema import Employee, Kiosk, Login, Terminal
from console.store.unit_of_work import ReadTx

NEWEST_FIRST = Login.at.desc(), Login.id.desc()
MAX_HOURS = 24 * 31
READING_S = 0.5
"""So long one page is read at most: where few logins fit, the next page goes on from there."""
MARKS = {
    TimeMark.SURE: "",
    TimeMark.TWICE: "This hour came twice; the first is taken.",
    TimeMark.MISSING: "The clocks skipped this hour; the terminal's had not been set.",
}
TREND = timedelta(days=30)
TREND_LEAST = 3
"""Failed logins of one kind, from which on something is said about them."""


_SHOWN = (
    defer(Login.path, raiseload=True),
    load_only(Employee.first_name, Employee.last_name, raiseload=True),
    load_only(Terminal.name, raiseload=True),
    load_only(Kiosk.name, raiseload=True),
)
"""What a page of the log shows; the paths are long."""


class LoginOperations:
    """The log of logins, as the console reads it."""

    @handles(api.login_choices, Pool.READ)
    def choices(self, call: Call, _request: Nothing) -> api.LoginChoices:
        """What a filter of the log can name."""
        with call.read() as tx:
            return choices(tx)

    @handles(api.list_logins, Pool.READ)
    def list_logins(self, call: Call, request: api.ListLogins) -> api.LoginPage:
        """One page of the log, newest first. Raises Invalid for a bad cursor."""
        shown: list[api.LoginRow] = []
        limit, end = checked_limit(request.limit), time.monotonic() + READING_S
        with call.read() as tx:
            repeats = window(tx, request.repeat_s)
            found = reach(tx, request.cursor, request.filter)
            query = shown_logins().where(*conditions(tx, request.search, request.filter))
            query = query.where(*_between(request.filter))
            while found is not None and len(shown) < limit:
                wanted = limit - len(shown)
                newest = query.where(*_looked_through(found)).order_by(*NEWEST_FIRST)
                rows = list(tx.execute(newest.limit(wanted)))
                counts = repeats_on_page(tx, query, [row[0] for row in rows], repeats)
                shown += [login_row(*row, counts[row[0].id]) for row in rows if row[0].id in counts]
                if len(rows) == wanted:
                    found.cursor = encode_cursor(rows[-1][0].at, rows[-1][0].id)
                else:
                    found.go_on()
                if not found.cursor or time.monotonic() > end:
                    break
        cursor = found.cursor if found is not None else ""
        return api.LoginPage(rows=shown, cursor=cursor, repeat_s=repeats.seconds)

    @handles(api.why, Pool.READ)
    def explain(self, call: Call, request: api.AskWhy) -> api.Why:
        """Why a kiosk let somebody in or refused them. Raises NotFound."""
        with call.read() as tx:
            row = tx.get(Login, request.id)
            if row is None or row.path is None:
                raise NotFound(
                    "Nothing more is known about this login: only kiosks keep how they decided."
                )
            employee = tx.get(Employee, row.employee_id) if row.employee_id else None
            lines = why.explain(
                [(str(step["what"]), bool(step["ok"]), step["facts"]) for step in row.path]
            )
            helps = " ".join(part for part in (_trend(tx, row), why.what_helps(row.reason)) if part)
            summary = why.summary(row.outcome, row.reason, row.stamp)
            if row.as_of is not None and row.stamp != Stamp.NONE:
                summary += f" Status as of {row.as_of:%Y-%m-%d %H:%M} UTC."
            again = row.employee_id is not None and row.reason in (
                Reason.FINGER,
                Reason.FACE,
                Reason.NOT_ENROLLED,
            )
            steps = [
                api.WhyStep(ok=line.ok, title=line.title, detail=line.detail) for line in lines
            ]
            return api.Why(
                title=_title(row, employee),
                summary=summary,
                steps=steps,
                helps=helps,
                employee_id=row.employee_id or "",
                enrol_again=again,
            )

    @handles(api.hourly_logins, Pool.READ)
    def hourly_logins(self, call: Call, request: api.HourlyLogins) -> api.HourlyCounts:
        """Counts of logins by hour, at most MAX_HOURS of them."""
        hours = max(1, min(request.hours, MAX_HOURS))
        counts = api.HourlyCounts(accepted=[0] * hours, unknown=[0] * hours, refused=[0] * hours)
        with call.read() as tx:
            within = window(tx, request.repeat_s)
            until = request.since + timedelta(hours=hours)
            columns = (
                Login.id,
                Login.at,
                Login.employee_id,
                Login.outcome,
                Login.terminal_id,
                Login.pin,
            )
            query = select(*columns).where(Login.at >= request.since - within, Login.at < until)
            query = query.where(*conditions(tx, "", request.filter))
            rows = tx.execute(query.order_by(Login.at, Login.id)).all()
        for row, repeats in zip(rows, fold([seen(row) for row in rows], within), strict=True):
            if row.at >= request.since and (repeats is not None or not within):
                hour = int((row.at - request.since).total_seconds() // 3600)
                if row.outcome != LoginOutcome.ACCEPTED:
                    counts.refused[hour] += 1
                elif row.employee_id:
                    counts.accepted[hour] += 1
                else:
                    counts.unknown[hour] += 1
        return counts


def _between(wanted: api.LoginFilter) -> list[ColumnElement[bool]]:
    since = [Login.at >= wanted.since] if wanted.since is not None else []
    return since + ([Login.at < wanted.until] if wanted.until is not None else [])


def _looked_through(found: Reach) -> list[ColumnElement[bool]]:
    behind = [after(found.cursor, Login.at, Login.id, True)] if found.cursor else []
    return [Login.at > found.floor, *behind]


def shown_logins() -> Select[Login, bool, Employee | None, Terminal | None, Kiosk | None]:
    """Logins with all that `login_row` takes of them."""
    return (
        select(Login, Login.path.is_not(None), Employee, Terminal, Kiosk)
        .outerjoin(Terminal, Terminal.id == Login.terminal_id)
        .outerjoin(Employee, Employee.id == Login.employee_id)
        .outerjoin(Kiosk, Kiosk.id == Login.kiosk_id)
        .options(*_SHOWN)
    )


def login_row(
    row: Login,
    explained: bool,
    employee: Employee | None,
    terminal: Terminal | None,
    kiosk: Kiosk | None,
    repeats: int,
) -> api.LoginRow:
    """A login as the log shows it."""
    name = f"{employee.first_name} {employee.last_name}".strip() if employee else ""
    direction = DIRECTIONS.get(row.direction, str(row.direction)) if terminal else ""
    place = terminal.name if terminal else kiosk.name if kiosk else ""
    method = row.method.replace("+", " + ").capitalize() if kiosk else method_name(row.verify)
    corrected = (
        row.at - timedelta(seconds=row.clock_offset_s) if row.clock_offset_s is not None else None
    )
    return api.LoginRow(
        id=row.id,
        at=row.at,
        local_time=row.local_time,
        employee=name,
        number=row.pin,
        terminal=place,
        method=method,
        direction=direction,
        remark=" ".join(part for part in (row.remark, MARKS[row.time_mark]) if part),
        corrected_at=corrected,
        outcome=row.outcome,
        reason=why.REASONS.get(row.reason, row.reason),
        stamp=row.stamp,
        explained=explained,
        repeats=repeats,
    )


def _title(row: Login, employee: Employee | None) -> str:
    name = employee.first_name if employee else row.pin or "somebody"
    if row.outcome == LoginOutcome.REFUSED:
        return f"Why was {name} refused?"
    return (
        "A login that came to no end"
        if row.outcome == LoginOutcome.ABANDONED
        else f"How {name} came in"
    )


def _trend(tx: ReadTx, row: Login) -> str:
    """How often the same went wrong for this person lately."""
    if row.reason not in (Reason.FINGER, Reason.FACE) or row.employee_id is None:
        return ""
    kind = "finger" if row.reason == Reason.FINGER else "face"
    query = select(Login.reason).where(
        Login.employee_id == row.employee_id,
        Login.kiosk_id.is_not(None),
        Login.at >= row.at - TREND,
        Login.at <= row.at,
        Login.outcome != LoginOutcome.ABANDONED.value,
        Login.method.contains(kind),
    )
    reasons = tx.scalars(query).all()
    failed = sum(reason == row.reason for reason in reasons)
    return (
        f"The {kind} failed {failed} of {len(reasons)} times in 30 days."
        if failed >= TREND_LEAST
        else ""
    )
