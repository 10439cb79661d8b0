"""The login log, by page, and counted by the hour."""

from datetime import timedelta

from sqlalchemy import func, or_, select

from console.api import logins as api
from console.domain.logins import DIRECTIONS, method_name
from console.service.operations.dispatch import Call, handles
from console.service.operations.paging import after, checked_limit, contains, encode_cursor
from console.store.schema import Employee, Login, Terminal

MAX_HOURS = 24 * 31


@handles(api.list_logins)
def list_logins(call: Call, request: api.ListLogins) -> api.LoginPage:
    query = select(Login, Employee, Terminal).join(Terminal, Terminal.id == Login.terminal_id)
    query = query.outerjoin(Employee, Employee.id == Login.employee_id)
    for word in request.search.split()[:8]:
        pattern = contains(word)
        columns = (Employee.sort_name, func.lower(Login.pin), func.lower(Terminal.name))
        query = query.where(or_(*(column.like(pattern, escape="\\") for column in columns)))
    limit = checked_limit(request.limit)
    with call.service.store.read() as session:
        if request.cursor:
            query = query.where(after(request.cursor, Login.at, Login.id, True))
        rows = list(session.execute(query.order_by(Login.at.desc(), Login.id.desc()).limit(limit)).tuples())
    cursor = encode_cursor(rows[-1][0].at, rows[-1][0].id) if len(rows) == limit else ""
    return api.LoginPage([_struct(*row) for row in rows], cursor)


def _struct(row: Login, employee: Employee | None, terminal: Terminal) -> api.Login:
    name = f"{employee.first_name} {employee.last_name}".strip() if employee else ""
    direction = DIRECTIONS.get(row.direction, str(row.direction))
    corrected = row.at - timedelta(seconds=row.clock_offset_s) if row.clock_offset_s is not None else None
    return api.Login(
        row.id, row.at, row.local_time, name, row.pin, terminal.name, method_name(row.verify), direction, row.remark, corrected
    )


@handles(api.hourly_logins)
def hourly_logins(call: Call, request: api.HourlyLogins) -> api.HourlyCounts:
    hours = max(1, min(request.hours, MAX_HOURS))
    known, unknown = [0] * hours, [0] * hours
    with call.service.store.read() as session:
        query = select(Login.at, Login.employee_id).where(Login.at >= request.since, Login.at < request.since + timedelta(hours=hours))
        for at, employee_id in session.execute(query):
            (known if employee_id else unknown)[int((at - request.since).total_seconds() // 3600)] += 1
    return api.HourlyCounts(known, unknown)
