"""Employees: list, edit, import, export."""

from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from console.api import employees as api
from console.api.operation import ById, Nothing
from console.domain.employees import (
    EmployeeFields,
    checked_employee,
    parse_csv,
    preview_import,
    write_csv,
)
from console.domain.errors import Conflict, Invalid, NotFound
from console.service.operations.dispatch import Call, handles
from console.service.operations.paging import after, checked_limit, contains, encode_cursor
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.queries.statuses import status_texts
from console.store.schema import Employee, Invitation

_SORTS: dict[str, Any] = {
    "name": Employee.sort_name,
    "number": Employee.number,
    "department": Employee.department,
    "email": Employee.email,
}


@handles(api.list_employees)
def list_employees(call: Call, request: api.ListEmployees) -> api.EmployeePage:
    column = _SORTS.get(request.sort)
    if column is None:
        raise Invalid("sort", f"Employees cannot be sorted by {request.sort}.")
    query = _searched(select(Employee), request.search)
    limit = checked_limit(request.limit)
    with call.service.store.read() as session:
        total = (
            -1
            if request.cursor
            else session.scalar(select(func.count()).select_from(query.subquery())) or 0
        )
        if request.cursor:
            query = query.where(after(request.cursor, column, Employee.id, request.descending))
        order = (column.desc(), Employee.id.desc()) if request.descending else (column, Employee.id)
        rows = list(session.scalars(query.order_by(*order).limit(limit)))
        cursor = (
            encode_cursor(getattr(rows[-1], column.key), rows[-1].id) if len(rows) == limit else ""
        )
        return api.EmployeePage(rows=_structs(session, rows), cursor=cursor, total=total)


def _searched(query: Select[Employee], search: str) -> Select[Employee]:
    for word in search.split()[:8]:
        pattern = contains(word)
        columns = (
            Employee.sort_name,
            func.lower(Employee.number),
            func.lower(Employee.department),
            func.lower(Employee.email),
        )
        query = query.where(or_(*(column.like(pattern, escape="\\") for column in columns)))
    return query


def _structs(session: Session, rows: list[Employee]) -> list[api.Employee]:
    newest: dict[str, Invitation] = {}
    ids = [row.id for row in rows]
    for invitation in session.scalars(
        select(Invitation).where(Invitation.employee_id.in_(ids)).order_by(Invitation.created_at)
    ):
        newest[invitation.employee_id] = invitation
    texts = status_texts(session, list(newest.values()))
    return [_struct(row, newest.get(row.id), texts) for row in rows]


def _struct(row: Employee, invitation: Invitation | None, texts: dict[str, str]) -> api.Employee:
    status, text = (invitation.status, texts[invitation.id]) if invitation else (None, "")
    return api.Employee(
        id=row.id,
        number=row.number,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        department=row.department,
        active=row.active,
        status=status,
        status_text=text,
    )


@handles(api.get_employee)
def get_employee(call: Call, request: ById) -> api.Employee:
    with call.service.store.read() as session:
        row = session.get(Employee, request.id)
        if row is None:
            raise NotFound("This employee does not exist any more.")
        return _structs(session, [row])[0]


@handles(api.save_employee)
def save_employee(call: Call, request: api.SaveEmployee) -> api.Employee:
    fields = checked_employee(
        EmployeeFields(
            request.number,
            request.first_name,
            request.last_name,
            request.email,
            request.department,
            active=request.active,
        )
    )
    with call.service.store.write() as session:
        taken = session.scalars(select(Employee).where(Employee.number == fields.number)).first()
        if taken is not None and taken.id != request.id:
            raise Invalid(
                "number",
                f"Number {fields.number} belongs to {taken.first_name} {taken.last_name} already.",
            )
        row = session.get(Employee, request.id) if request.id else None
        if request.id and row is None:
            raise NotFound("This employee does not exist any more.")
        if row is not None and row.number != fields.number and _has_enrolment(session, row):
            raise Conflict(
                "Terminals know this person by the present number. Enrol again under the new number instead."
            )
        row = _write(session, row, fields, call)
        audit.record(session, call.now, call.operator.id, "employee.saved", row.id)
        return _structs(session, [row])[0]


def _has_enrolment(session: Session, row: Employee) -> bool:
    query = select(Invitation.id).where(
        Invitation.employee_id == row.id, Invitation.status.in_(("approved", "pushed", "in_use"))
    )
    return session.scalars(query.limit(1)).first() is not None


def _write(session: Session, row: Employee | None, fields: EmployeeFields, call: Call) -> Employee:
    if row is None:
        row = Employee(id=new_id(), created_at=call.now)
        session.add(row)
    row.number, row.first_name, row.last_name = fields.number, fields.first_name, fields.last_name
    row.email, row.department, row.active = fields.email, fields.department, fields.active
    row.sort_name = f"{fields.last_name} {fields.first_name}".strip().lower()
    row.updated_at = call.now
    session.flush()
    changed(session, "employees", row.id)
    return row


def fields_of(row: Employee) -> EmployeeFields:
    return EmployeeFields(
        row.number, row.first_name, row.last_name, row.email, row.department, active=row.active
    )


@handles(api.import_employees)
def import_employees(call: Call, request: api.ImportEmployees) -> api.ImportReport:
    rows = parse_csv(request.csv)
    with call.service.store.write() as session:
        known = {row.number: row for row in session.scalars(select(Employee))}
        preview = preview_import(rows, [fields_of(row) for row in known.values()])
        lines = []
        for row in preview.rows:
            present = known.get(row.fields.number) if row.fields else None
            effect = (
                "error"
                if row.fields is None
                else "new"
                if present is None
                else "same"
                if fields_of(present) == row.fields
                else "changed"
            )
            if request.apply and row.fields is not None and effect in ("new", "changed"):
                _write(session, present, row.fields, call)
            name = f"{row.fields.first_name} {row.fields.last_name}".strip() if row.fields else ""
            lines.append(
                api.ImportLine(
                    line=row.line,
                    number=row.fields.number if row.fields else "",
                    name=name,
                    effect=effect,
                    error=row.error,
                )
            )
        if request.apply:
            audit.record(
                session,
                call.now,
                call.operator.id,
                "employees.imported",
                new=preview.new,
                changed=preview.changed,
                failed=preview.failed,
            )
        return api.ImportReport(
            lines=lines,
            new=preview.new,
            changed=preview.changed,
            failed=preview.failed,
            applied=request.apply,
        )


@handles(api.export_employees)
def export_employees(call: Call, request: Nothing) -> api.CsvFile:
    with call.service.store.write() as session:
        rows = list(session.scalars(select(Employee).order_by(Employee.sort_name, Employee.id)))
        audit.record(session, call.now, call.operator.id, "employees.exported", rows=len(rows))
        return api.CsvFile(csv=write_csv(fields_of(row) for row in rows), rows=len(rows))
