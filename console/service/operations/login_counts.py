"""How many logins a list of the log shows, by the hour, the reason or the place: part by part.

A part is a call of its own, and short: millions of logins are counted while others are answered.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from console.api import logins as api
from console.domain.errors import Invalid
from console.domain.language import tr
from console.domain.log_coverage import Span
from console.domain.login_events import LoginOutcome
from console.domain.logins import CountBy, LoginResult
from console.service.operations.dispatch import Call, handles
from console.service.operations.login_doubts import places
from console.service.operations.login_filter import conditions
from console.service.operations.login_repeats import seen, window
from console.service.pools import Pool
from console.store.schema import Login
from console.store.unit_of_work import ReadTx

LONGEST = timedelta(days=367)
COUNTING_S = 0.2
"""So long one part is counted, and what was begun by then; one slice at least."""
SLICE, FEW_ROWS = timedelta(hours=12), 5000
"""The time that is read at once at first; twice as much after a slice of few rows."""
AN_HOUR_S = 3600


class LoginCountOperations:
    """Counts for the charts beside the log, and what they may miss."""

    def __init__(self, give_way: Callable[[], None]) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._give_way = give_way

    @handles(api.count_logins, Pool.BULK)
    def count(self, call: Call, request: api.CountLogins) -> api.LoginCounts:
        """The next part of the counts. Raises Invalid."""
        self._give_way()
        with call.read() as tx:
            return count_part(tx, request)

    @handles(api.login_gaps, Pool.BULK)
    def gaps(self, call: Call, request: api.AskGaps) -> api.LoginGaps:
        """Of which times some logins may be missing. Raises Invalid."""
        if request.since > request.until:
            raise Invalid("until", tr("The end is before the beginning."))
        with call.read() as tx:
            found = places(tx, Span(request.since, request.until))
        rows = [
            api.LoginGap(
                place=place.name or place.serial,
                since=max(one.start, request.since),
                until=min(one.end, request.until),
                why=tr(one.why),
            )
            for place in found
            for one in sorted(place.doubts, key=lambda doubt: doubt.start)
        ]
        return api.LoginGaps(rows=rows)


def count_part(tx: ReadTx, request: api.CountLogins) -> api.LoginCounts:
    """Counts down from the cursor. Raises Invalid for one that is none, and for bad times."""
    since, end = _times(request)
    within = window(tx, request.repeat_s)
    fitting = conditions(tx, request.search, request.filter)
    key_of = _key(request)
    found: Counter[tuple[str, LoginResult]] = Counter()
    span, stop = SLICE, time.monotonic() + COUNTING_S
    while end > since:
        begin = max(since, end - span)
        rows = _read(tx, fitting, begin - within, end)
        found.update((key_of(row), _result(row)) for row in _no_repeats(rows, begin, within))
        span = span * 2 if len(rows) < FEW_ROWS else max(SLICE, span / 2)
        end = begin
        if time.monotonic() > stop:
            break
    return api.LoginCounts(
        counts=[
            api.LoginCount(
                key=key,
                accepted=found[key, LoginResult.ACCEPTED],
                unknown=found[key, LoginResult.UNKNOWN],
                refused=found[key, LoginResult.REFUSED],
            )
            for key in dict.fromkeys(key for key, _ in found)
        ],
        cursor=end.isoformat() if end > since else "",
        reached=end,
    )


def _times(request: api.CountLogins) -> tuple[datetime, datetime]:
    """From where to where is left to be counted."""
    since, until = request.filter.since, request.filter.until
    if since is None or until is None or until - since > LONGEST:
        raise Invalid("filter", tr("Choose a time of a year at most."))
    if not request.cursor:
        return since, until
    try:
        reached = datetime.fromisoformat(request.cursor)
    except ValueError:
        reached = None
    if reached is None or reached.tzinfo is None:
        raise Invalid("cursor", tr("The counts have no such place. Count again."))
    return since, min(until, reached)


def _read(
    tx: ReadTx, fitting: Sequence[ColumnElement[bool]], since: datetime, until: datetime
) -> Sequence[Any]:
    columns = (
        Login.id,
        Login.at,
        Login.employee_id,
        Login.outcome,
        Login.reason,
        Login.terminal_id,
        Login.kiosk_id,
        Login.pin,
    )
    query = select(*columns).where(Login.at >= since, Login.at < until, *fitting)
    return tx.execute(query.order_by(Login.at, Login.id)).all()


def _no_repeats(rows: Sequence[Any], begin: datetime, within: timedelta) -> list[Any]:
    """Those from `begin` on that are no repeats; a repeat is one of what came just before it."""
    if not within:
        return list(rows)
    newest: dict[tuple[str, str], datetime] = {}
    kept = []
    for row in rows:
        login = seen(row)
        before = newest.get(login.who)
        newest[login.who] = login.at
        if login.at >= begin and (before is None or login.at - before > within):
            kept.append(row)
    return kept


def _key(request: api.CountLogins) -> Callable[[Any], str]:
    """What a login is counted under."""
    if request.by is CountBy.REASON:
        return lambda row: str(row.reason)
    if request.by is CountBy.PLACE:
        return lambda row: str(row.terminal_id or row.kiosk_id or "")
    start = request.start
    return lambda row: str(int((row.at - start).total_seconds() // AN_HOUR_S))


def _result(row: Any) -> LoginResult:
    """Refused is also who gave up."""
    if row.outcome != LoginOutcome.ACCEPTED:
        return LoginResult.REFUSED
    return LoginResult.ACCEPTED if row.employee_id else LoginResult.UNKNOWN
