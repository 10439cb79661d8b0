"""Employees: kept, changed, and imported from elsewhere in short transactions."""

from typing import Any

from sqlalchemy import select, update

from console.api import employees as api
from console.api.tasks import TaskResult
from console.domain.employees import (
    EmployeeFields,
    ImportPreview,
    ImportRow,
    checked_employee,
    parse_csv,
    preview_import,
)
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import IN_FORCE
from console.domain.validity import ValidDays, check_days
from console.service.people.validity import is_in_force
from console.service.portions import in_batches, in_turns
from console.service.tasks import BlockingBody, RunningTask
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.placements import DEMAND
from console.store.schema import Employee, Invitation
from console.store.unit_of_work import ReadTx, Tx

IMPORT_BATCH = 200
"""Rows of one transaction of an import, so that nobody waits long for a turn."""
ROWS_IN_TURN = 200
"""Rows of a file that are read before whoever waits for an answer comes first."""


def fields_of(row: Employee) -> EmployeeFields:
    """What a person typed about an employee."""
    return EmployeeFields(
        row.number, row.first_name, row.last_name, row.email, row.department, active=row.active
    )


def find_employee(tx: ReadTx, employee_id: str) -> Employee:
    """Raises NotFound."""
    row = tx.get(Employee, employee_id)
    if row is None:
        raise NotFound("This employee does not exist any more.")
    return row


def save_employee(tx: Tx, employee_id: str, fields: EmployeeFields, days: ValidDays) -> Employee:
    """Adds an employee (empty id) or changes one. Raises Invalid, NotFound, Conflict."""
    fields = checked_employee(fields)
    check_days(days)
    in_force = is_in_force(tx, fields.active, days)
    taken = tx.scalars(select(Employee).where(Employee.number == fields.number)).first()
    if taken is not None and taken.id != employee_id:
        owner = f"{taken.first_name} {taken.last_name}"
        raise Invalid("number", f"Number {fields.number} belongs to {owner} already.")
    if employee_id:
        row = find_employee(tx, employee_id)
        if row.number != fields.number and _has_enrolment(tx, row):
            raise Conflict(
                "Terminals know this person by the present number. "
                "Enrol again under the new number instead."
            )
    else:
        row = Employee(id=new_id(), created_at=tx.now, active=fields.active)
        tx.add(row)
    row.settled = False
    tx.demand(DEMAND)
    for name, value in _columns(fields).items():
        setattr(row, name, value)
    row.valid_from, row.valid_until = days.first, days.last
    row.in_force = in_force
    row.updated_at = tx.now
    tx.flush()
    tx.changed("employees", row.id)
    tx.audit("employee.saved", row.id)
    return row


def _has_enrolment(tx: ReadTx, row: Employee) -> bool:
    query = select(Invitation.id).where(
        Invitation.employee_id == row.id, Invitation.status.in_(IN_FORCE)
    )
    return tx.scalar(query.limit(1)) is not None


def _columns(fields: EmployeeFields) -> dict[str, str | bool]:
    return {
        "number": fields.number,
        "first_name": fields.first_name,
        "last_name": fields.last_name,
        "email": fields.email,
        "department": fields.department,
        "active": fields.active,
        "sort_name": f"{fields.last_name} {fields.first_name}".strip().lower(),
    }


class EmployeeImport:
    """Reads a list of employees: shows what it would do, or does it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def body(self, csv: str, apply: bool, actor: str) -> BlockingBody:
        """The task. Raises Invalid when the file as a whole cannot be read."""

        def run(task: RunningTask) -> TaskResult:
            task.say("Reading the file")
            rows = list(in_turns(parse_csv(csv), ROWS_IN_TURN, task.give_way))
            known = self._known()
            preview = preview_import(rows, [fields for _, fields in known.values()])
            report = _report(preview, known, apply, task)
            if apply:
                self._apply(task, preview, known, actor)
            return TaskResult(text=_summary(preview), imported=report)

        return run

    def _known(self) -> dict[str, tuple[str, EmployeeFields]]:
        """Number -> (id, fields) of everybody, without loading whole rows."""
        query = select(
            Employee.id,
            Employee.number,
            Employee.first_name,
            Employee.last_name,
            Employee.email,
            Employee.department,
            Employee.active,
        )
        with self._store.read() as tx:
            return {
                number: (row_id, EmployeeFields(number, first, last, email, place, active=active))
                for row_id, number, first, last, email, place, active in tx.execute(query)
            }

    def _apply(
        self,
        task: RunningTask,
        preview: ImportPreview,
        known: dict[str, tuple[str, EmployeeFields]],
        actor: str,
    ) -> None:
        good = [row.fields for row in preview.rows if row.fields is not None]
        to_write = [one for one in good if one.number not in known or known[one.number][1] != one]
        task.say("Writing")
        done = 0
        try:
            for batch in in_batches(to_write, IMPORT_BATCH):
                self._write(batch, actor)
                done += len(batch)
                task.give_way()
                task.progress(done, len(to_write))
        finally:
            with self._store.write(actor) as tx:
                tx.audit(
                    "employees.imported",
                    new=preview.new,
                    changed=preview.changed,
                    failed=preview.failed,
                    written=done,
                )

    def _write(
        self,
        batch: list[EmployeeFields],
        actor: str,
    ) -> None:
        """One transaction. Employees who were added in the meantime are changed instead."""
        with self._store.write(actor) as tx:
            numbers = [fields.number for fields in batch]
            columns = Employee.number, Employee.id, Employee.valid_from, Employee.valid_until
            found = tx.execute(select(*columns).where(Employee.number.in_(numbers)))
            there = {number: (row_id, ValidDays(*days)) for number, row_id, *days in found}
            fresh = [fields for fields in batch if fields.number not in there]
            if fresh:
                made = {"created_at": tx.now, "updated_at": tx.now}
                rows = [
                    {"id": new_id(), **_columns(fields), "in_force": fields.active, **made}
                    for fields in fresh
                ]
                tx.add_many(Employee, rows)
            changes = [
                _change(tx, fields, *there[fields.number])
                for fields in batch
                if fields.number in there
            ]
            if changes:
                tx.execute(update(Employee), changes)
            tx.demand(DEMAND)
            tx.changed("employees")


def _change(tx: Tx, fields: EmployeeFields, row_id: str, days: ValidDays) -> dict[str, Any]:
    """The columns of an employee who is there already. A file says nothing of their days."""
    same = {"id": row_id, "updated_at": tx.now, "settled": False}
    return {**_columns(fields), **same, "in_force": is_in_force(tx, fields.active, days)}


def _report(
    preview: ImportPreview,
    known: dict[str, tuple[str, EmployeeFields]],
    applied: bool,
    task: RunningTask,
) -> api.ImportReport:
    rows = in_turns(preview.rows, ROWS_IN_TURN, task.give_way)
    return api.ImportReport(
        lines=[_line(row, known) for row in rows],
        new=preview.new,
        changed=preview.changed,
        failed=preview.failed,
        applied=applied,
    )


def _line(row: ImportRow, known: dict[str, tuple[str, EmployeeFields]]) -> api.ImportLine:
    if row.fields is None:
        return api.ImportLine(line=row.line, number="", name="", effect="error", error=row.error)
    before = known.get(row.fields.number)
    effect = "new" if before is None else "same" if before[1] == row.fields else "changed"
    name = f"{row.fields.first_name} {row.fields.last_name}".strip()
    return api.ImportLine(
        line=row.line, number=row.fields.number, name=name, effect=effect, error=row.error
    )


def _summary(preview: ImportPreview) -> str:
    return f"{preview.new:,} new, {preview.changed:,} changed, {preview.failed:,} with errors."
