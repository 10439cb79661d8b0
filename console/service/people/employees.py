"""Employees: kept and changed."""

from sqlalchemy import select

from console.domain.employees import (
    EmployeeFields,
    checked_employee,
)
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import IN_FORCE
from console.domain.language import msgid, tr
from console.domain.validity import ValidDays, check_days
from console.service.people.badges import check_number
from console.service.people.validity import in_force_now
from console.store.columns import new_id
from console.store.queries.departments import plant
from console.store.queries.erasure import is_being_erased, is_going
from console.store.queries.placements import DEMAND
from console.store.schema import Employee, Invitation
from console.store.unit_of_work import ReadTx, Tx

STILL_HELD = msgid(
    "The person with number {number} was erased, and some terminals may still store them. The "
    "number can be used again once all terminals have confirmed that they do not."
)


def fields_of(row: Employee) -> EmployeeFields:
    """What a person typed about an employee."""
    return EmployeeFields(
        row.number,
        row.first_name,
        row.last_name,
        row.email,
        row.department,
        active=row.active,
        may_log_in=row.may_log_in,
    )


def find_employee(tx: ReadTx, employee_id: str) -> Employee:
    """Raises NotFound."""
    row = tx.get(Employee, employee_id)
    if row is None or row.erased:
        raise NotFound(tr("This employee no longer exists."))
    if row.merged_into is not None:
        other = tx.get_one(Employee, row.merged_into)
        raise NotFound(tr("This employee was merged into number {number}.", number=other.number))
    if is_going(tx, employee_id):
        raise NotFound(tr("This employee is being erased."))
    return row


def save_employee(tx: Tx, employee_id: str, fields: EmployeeFields, days: ValidDays) -> Employee:
    """Adds an employee (empty id) or changes one. Raises Invalid, NotFound, Conflict."""
    fields = checked_employee(fields)
    check_days(days)
    in_force = in_force_now(tx)(fields.active, fields.may_log_in, days)
    taken = tx.scalars(select(Employee).where(Employee.number == fields.number)).first()
    if taken is not None and taken.id != employee_id:
        owner = f"{taken.first_name} {taken.last_name}"
        raise Invalid(
            "number",
            tr("Number {number} already belongs to {owner}.", number=fields.number, owner=owner),
        )
    if taken is None:
        check_number(tx, employee_id, fields.number)
    if taken is None and is_being_erased(tx, fields.number):
        raise Invalid("number", tr(STILL_HELD, number=fields.number))
    if employee_id:
        row = find_employee(tx, employee_id)
        if row.number != fields.number and _has_enrolment(tx, row):
            raise Conflict(
                tr(
                    "This number is stored on terminals and cannot be changed. "
                    "Enrol the person again under the new number instead."
                )
            )
    else:
        row = Employee(id=new_id(), created_at=tx.now, active=fields.active)
        tx.add(row)
    row.settled = False
    tx.demand(DEMAND)
    values = {**columns_of(fields), "valid_from": days.first, "valid_until": days.last}
    changed = [name for name in values if employee_id and getattr(row, name) != values[name]]
    for name, value in values.items():
        setattr(row, name, value)
    row.in_force = in_force
    row.updated_at = tx.now
    tx.flush()
    plant(tx, [row.department])
    tx.changed("employees", row.id)
    if employee_id:
        tx.audit("employee.saved", row.id, fields=changed)
    else:
        tx.audit("employee.saved", row.id, added=True)
    return row


def _has_enrolment(tx: ReadTx, row: Employee) -> bool:
    query = select(Invitation.id).where(
        Invitation.employee_id == row.id, Invitation.status.in_(IN_FORCE)
    )
    return tx.scalar(query.limit(1)) is not None


def columns_of(fields: EmployeeFields) -> dict[str, str | bool]:
    """The columns of an employee that somebody typed, and what they are sorted by."""
    return {
        "number": fields.number,
        "first_name": fields.first_name,
        "last_name": fields.last_name,
        "email": fields.email,
        "department": fields.department,
        "active": fields.active,
        "may_log_in": fields.may_log_in,
        "sort_name": f"{fields.last_name} {fields.first_name}".strip().lower(),
    }
