"""Which logins a filter of the log means, as conditions that an index answers, or the time.

Of millions of logins, one condition at most chooses the index: the rarest. The others are asked
of one login after the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from console.api import logins as api
from console.api.operation import Moment
from console.domain.errors import Invalid
from console.domain.language import tr
from console.domain.login_events import LoginOutcome, Reason
from console.domain.logins import VERIFY_OF, LoginMethod, LoginResult
from console.service.operations.login_search import searched
from console.service.operations.paging import decode_cursor, encode_cursor
from console.store.queries.departments import all_departments, within
from console.store.schema import NOT_LET_IN, Employee, Kiosk, Login, Terminal
from console.store.unit_of_work import ReadTx

FIRST_SPAN = timedelta(days=30)
"""So much time is looked through at once where few logins fit; then three times as much."""
MOST_TIMES = 60
"""One hour of each week of a year, and some more."""
BEHIND_ALL = 2**31 - 1
"""An id behind those of all logins of a moment: the largest that PostgreSQL has for them."""


def conditions(tx: ReadTx, search: str, wanted: api.LoginFilter) -> list[ColumnElement[bool]]:
    """Conditions for the logins that have the words and fit the filter, but for since and until."""
    found = searched(tx, search)
    rare = wanted.result in (LoginResult.REFUSED, LoginResult.ABANDONED)
    if rare or wanted.reason is not Reason.NONE:
        found.append(NOT_LET_IN)
    if wanted.reason is not Reason.NONE:
        found.append(Login.reason == wanted.reason)
        rare = True
    if wanted.result is not None:
        found.append(_result(wanted.result))
    if wanted.place:
        found.append(_place(tx, wanted.place, by_index=not rare))
    if wanted.department:
        people = select(Employee.id).where(within(Employee.department, wanted.department))
        found.append(func.coalesce(Login.employee_id, "").in_(people))
    if wanted.method is not None:
        found.append(_method(wanted.method))
    if wanted.during:
        found.append(_during(wanted.during))
    return found


def _during(times: Sequence[tuple[datetime, datetime]]) -> ColumnElement[bool]:
    if len(times) > MOST_TIMES:
        raise Invalid("during", tr("These are too many times. Choose fewer."))
    return or_(*(and_(Login.at >= since, Login.at < until) for since, until in times))


def _result(result: LoginResult) -> ColumnElement[bool]:
    if result is LoginResult.UNKNOWN:
        return and_(Login.employee_id.is_(None), Login.outcome == LoginOutcome.ACCEPTED)
    return Login.outcome == LoginOutcome(result)


def _place(tx: ReadTx, place: str, *, by_index: bool) -> ColumnElement[bool]:
    if by_index:  # of one column: with two, all logins of both would be sorted for each page
        known = tx.scalar(select(Terminal.id).where(Terminal.id == place))
        return (Login.kiosk_id if known is None else Login.terminal_id) == place
    return func.coalesce(Login.terminal_id, Login.kiosk_id, "") == place


def _method(method: LoginMethod) -> ColumnElement[bool]:
    """Kiosks name all that was used; terminals have a code for it."""
    at_terminal = and_(Login.kiosk_id.is_(None), Login.verify.in_(VERIFY_OF[method]))
    return or_(at_terminal, Login.method.contains(method.value))


def newest_by_method(tx: ReadTx, method: LoginMethod, until: datetime) -> datetime | None:
    """When somebody last logged in so up to that moment, as indexes know it; None for never."""
    codes = [(Login.kiosk_id.is_(None), Login.verify == code) for code in VERIFY_OF[method]]
    names = [
        (Login.kiosk_id.is_not(None), Login.method == name)
        for name in _methods_at_kiosks(tx)
        if method in name
    ]
    newest = (
        tx.scalar(select(func.max(Login.at)).where(*which, Login.at <= until))
        for which in (*codes, *names)
    )
    return max((moment for moment in newest if moment is not None), default=None)


def _methods_at_kiosks(tx: ReadTx) -> Iterator[str]:
    """The few that there are, one look at the index for each."""
    query = select(func.min(Login.method)).where(Login.kiosk_id.is_not(None))
    name = tx.scalar(query)
    while name is not None:
        yield name
        name = tx.scalar(query.where(Login.method > name))


@dataclass
class Reach:
    """The time that is looked through at once, from the newest login to the oldest.

    cursor: behind the last row that was read; "" before the first and behind the last; top: no
    later login is left to be read.
    """

    cursor: str
    top: datetime
    floor: datetime
    oldest: datetime
    span: timedelta = field(default=FIRST_SPAN)

    def skip_to(self, newest: datetime | None) -> bool:
        """No login after this moment fits; None: none at all. False if nothing is left to read."""
        if newest is None or newest < self.oldest:
            self.cursor, self.floor = "", self.oldest
            return False
        if newest <= self.floor:
            self.cursor, self.top = encode_cursor(newest, BEHIND_ALL), newest
            self.floor = newest - self.span
        return True

    def go_on(self) -> None:
        """All logins down to the floor were read: further down next."""
        if self.floor < self.oldest:
            self.cursor = ""
            return
        self.cursor, self.top = encode_cursor(self.floor, BEHIND_ALL), self.floor
        self.span *= 3
        self.floor -= self.span


def reach(tx: ReadTx, cursor: str, wanted: api.LoginFilter) -> Reach | None:
    """Where reading begins; None if there is nothing to be read. Raises Invalid."""
    newest = tx.scalar(select(func.max(Login.at)))
    oldest = tx.scalar(select(func.min(Login.at)))
    if newest is None or oldest is None:
        return None
    if wanted.until is not None:
        newest = min(newest, wanted.until)
    if wanted.since is not None:
        oldest = max(oldest, wanted.since)
    if cursor:
        newest = min(newest, decode_cursor(cursor, Moment, int)[0])
    return Reach(cursor, newest, newest - FIRST_SPAN, oldest)


def choices(tx: ReadTx) -> api.LoginChoices:
    """What a filter can name. A place without a name has none to choose it by."""
    terminals = tx.execute(select(Terminal.id, Terminal.name)).all()
    kiosks = tx.execute(select(Kiosk.id, Kiosk.name)).all()
    places = [
        api.LoginPlace(id=row_id, name=name) for row_id, name in (*terminals, *kiosks) if name
    ]
    return api.LoginChoices(
        places=sorted(places, key=lambda one: one.name.casefold()),
        departments=[path for path, _people in all_departments(tx)],
    )
