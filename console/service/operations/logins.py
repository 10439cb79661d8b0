"""The login log, by page, and why somebody was refused."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from console.api import logins as api
from console.api.operation import Nothing
from console.domain import why
from console.domain.errors import NotFound
from console.domain.language import paragraph, tr
from console.domain.login_events import LoginOutcome, Reason, Stamp
from console.service.operations.dispatch import Call, handles
from console.service.operations.login_filter import choices
from console.service.operations.login_repeats import window
from console.service.operations.login_rows import LoginReading
from console.service.operations.paging import checked_limit
from console.service.pools import Pool
from console.store.schema import Employee, Login
from console.store.unit_of_work import ReadTx

TREND = timedelta(days=30)
TREND_LEAST = 3
"""Failed logins of one kind, from which on something is said about them."""


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
        with call.read() as tx:
            repeats = window(tx, request.repeat_s)
            reading = LoginReading(tx, request.search, request.filter, repeats)
            rows = reading.page(request.cursor, checked_limit(request.limit))
        return api.LoginPage(rows=rows, cursor=reading.cursor, repeat_s=repeats.seconds)

    @handles(api.why, Pool.READ)
    def explain(self, call: Call, request: api.AskWhy) -> api.Why:
        """Why a kiosk let somebody in or refused them. Raises NotFound."""
        with call.read() as tx:
            row = tx.get(Login, request.id)
            if row is None or row.path is None:
                raise NotFound(
                    tr(
                        "Nothing more is known about this login. Only kiosks "
                        "record how they decided."
                    )
                )
            employee = tx.get(Employee, row.employee_id) if row.employee_id else None
            lines = why.explain(
                [(str(step["what"]), bool(step["ok"]), step["facts"]) for step in row.path]
            )
            helps = paragraph(_trend(tx, row), why.what_helps(row.reason))
            summary = why.summary(row.outcome, row.reason, row.stamp)
            if row.as_of is not None and row.stamp != Stamp.NONE:
                as_of = tr("Status as of {time} UTC.", time=f"{row.as_of:%Y-%m-%d %H:%M}")
                summary = paragraph(summary, as_of)
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


Tally = Iterator[tuple[int, str, int]]
"""(hour, name of the count, how many more)."""


def _title(row: Login, employee: Employee | None) -> str:
    name = employee.first_name if employee else row.pin or tr("somebody")
    if row.outcome == LoginOutcome.REFUSED:
        return tr("Why was {name} refused?", name=name)
    if row.outcome == LoginOutcome.ABANDONED:
        return tr("Incomplete login")
    return tr("How {name} was let in", name=name)


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
    if failed < TREND_LEAST:
        return ""
    if kind == "finger":
        return tr(
            "The finger failed {failed} of {tried} times in 30 days.",
            failed=failed,
            tried=len(reasons),
        )
    return tr(
        "The face failed {failed} of {tried} times in 30 days.", failed=failed, tried=len(reasons)
    )
