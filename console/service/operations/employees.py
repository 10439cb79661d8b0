"""Employees: list, edit, import, export."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import load_only

from console.api import employee_lists as lists
from console.api import employees as api
from console.api.operation import ById, Nothing, Started
from console.domain.employee_lists import EXPORTED, exported_cells, values_of, write_csv
from console.domain.employees import EmployeeFields
from console.domain.errors import Conflict, Invalid
from console.domain.language import msgid, tr
from console.domain.operators import SEE_EMAIL
from console.domain.validity import ValidDays
from console.service.enrolment.consent import has_agreed, withdraw_consent
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.id_photos import set_id_photo
from console.service.enrolment.opting_out import opt_in, opt_out
from console.service.operations.concerns import Concerned
from console.service.operations.dispatch import Call, handles
from console.service.operations.employee_rows import employee_row, employee_rows
from console.service.operations.employee_search import fit, searched
from console.service.operations.paging import after, checked_limit, encode_cursor
from console.service.operations.which_employees import narrowed
from console.service.people.badges import set_badge
from console.service.people.employees import (
    fields_of,
    find_employee,
    save_employee,
)
from console.service.people.imports import ListImport
from console.service.people.list_files import write_workbook
from console.service.people.undo_import import ImportHistory
from console.service.pools import Pool
from console.service.tasks import Tasks
from console.store.queries.id_photos import remove_id_photo
from console.store.queries.people import full_name
from console.store.schema import Employee
from console.store.unit_of_work import ReadTx

_SORTS: dict[str, Any] = {
    "name": Employee.sort_name,
    "number": Employee.number,
    "department": Employee.department,
    "email": Employee.email,
}


_SHOWN = load_only(
    Employee.number,
    Employee.first_name,
    Employee.last_name,
    Employee.email,
    Employee.department,
    Employee.active,
    Employee.may_log_in,
    Employee.valid_from,
    Employee.valid_until,
    Employee.sort_name,
    Employee.settled,
    raiseload=True,
)
"""What a page shows; to read every column of every row takes twice as long."""


FIT = "fit"
IMPORTING = msgid("Importing employees")
READING = msgid("Reading a list of employees")


def _total(tx: ReadTx, query: Select[Employee], shown: int, limit: int) -> int:
    """How many the query finds, of which the first page shows so many."""
    if shown < limit:  # all: to look for them once more costs as much again
        return shown
    return tx.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0


class EmployeeOperations:
    """What operators do with employees."""

    def __init__(
        self,
        importer: ListImport,
        history: ImportHistory,
        tasks: Tasks,
        gallery: FaceGallery,
        concerned: Concerned,
    ) -> None:
        self._importer, self._history, self._tasks = importer, history, tasks
        self._gallery, self._concerned = gallery, concerned

    @handles(api.list_employees, Pool.READ)
    def list_page(self, call: Call, request: api.ListEmployees) -> api.EmployeePage:
        """One page. Raises Invalid for an unknown column, or a concern of another list."""
        if request.sort == FIT:
            return self._best(call, request)
        column = _SORTS.get(request.sort)
        sees_email = call.operator.role in SEE_EMAIL
        if column is None or (request.sort == "email" and not sees_email):
            raise Invalid("sort", tr("Employees cannot be sorted by {sort}.", sort=request.sort))
        limit = checked_limit(request.limit)
        with call.read() as tx:
            query = self._narrowed(tx, request, by_email=sees_email)
            found = query
            if request.cursor:
                query = query.where(
                    after(request.cursor, column, Employee.id, descending=request.descending)
                )
            order = (
                (column.desc(), Employee.id.desc()) if request.descending else (column, Employee.id)
            )
            rows = list(tx.scalars(query.options(_SHOWN).order_by(*order).limit(limit)))
            total = -1 if request.cursor else _total(tx, found, len(rows), limit)
            cursor = (
                encode_cursor(getattr(rows[-1], column.key), rows[-1].id)
                if len(rows) == limit
                else ""
            )
            return api.EmployeePage(
                rows=employee_rows(tx, rows, call.operator.role), cursor=cursor, total=total
            )

    def _narrowed(
        self, tx: ReadTx, which: api.WhichEmployees, *, by_email: bool = True
    ) -> Select[Employee]:
        return narrowed(
            tx,
            select(Employee),
            which,
            model=self._gallery.model,
            concerned=self._concerned,
            by_email=by_email,
        )

    def _best(self, call: Call, request: api.ListEmployees) -> api.EmployeePage:
        """Those who fit the search best."""
        role = call.operator.role
        query = searched(select(Employee), request.search, by_email=role in SEE_EMAIL)
        order = fit(request.search), Employee.sort_name, Employee.id
        limit = checked_limit(request.limit)
        with call.read() as tx:
            best = query.options(_SHOWN).order_by(*order).limit(limit)
            rows = employee_rows(tx, list(tx.scalars(best)), role)
            total = _total(tx, query, len(rows), limit)
        return api.EmployeePage(rows=rows, cursor="", total=total)

    @handles(api.list_ids, Pool.READ)
    def list_ids(self, call: Call, request: api.WhichEmployees) -> api.EmployeeIds:
        """All whom the list shows, in no order. Raises Invalid for a concern of another list."""
        with call.read() as tx:
            found = self._narrowed(tx, request).with_only_columns(Employee.id)
            return api.EmployeeIds(ids=list(tx.scalars(found)))

    @handles(api.get_employee, Pool.READ)
    def get(self, call: Call, request: ById) -> api.EmployeeRow:
        """One employee. Raises NotFound."""
        with call.read() as tx:
            return employee_row(tx, find_employee(tx, request.id), call.operator.role)

    @handles(api.save_employee, Pool.WRITE)
    def save(self, call: Call, request: api.SaveEmployee) -> api.EmployeeRow:
        """Adds or changes one. Raises Invalid, NotFound, Conflict."""
        fields = EmployeeFields(
            request.number,
            request.first_name,
            request.last_name,
            request.email,
            request.department,
            active=request.active,
            may_log_in=request.may_log_in,
        )
        days = ValidDays(request.valid_from, request.valid_until)
        with call.write() as tx:
            return employee_row(tx, save_employee(tx, request.id, fields, days), call.operator.role)

    @handles(api.withdraw_face, Pool.WRITE)
    def withdraw_face(self, call: Call, request: ById) -> api.EmployeeRow:
        """The person withdraws the consent to their face. Raises NotFound, Conflict."""
        with call.write() as tx:
            employee = find_employee(tx, request.id)
            if not has_agreed(tx, employee.id):
                raise Conflict(
                    tr(
                        "{person} has not agreed to the use of their face.",
                        person=full_name(employee),
                    )
                )
            withdraw_consent(tx, employee.id, self._gallery, channel="console")
            tx.flush()
            return employee_row(tx, employee, call.operator.role)

    @handles(api.opt_out, Pool.WRITE)
    def opt_out(self, call: Call, request: api.OptOut) -> api.EmployeeRow:
        """Puts somebody on the opt-out list, or takes them off. Raises NotFound."""
        with call.write() as tx:
            employee = find_employee(tx, request.employee_id)
            (opt_out if request.opted_out else opt_in)(tx, employee.id)
            tx.flush()
            return employee_row(tx, employee, call.operator.role)

    @handles(api.set_badge, Pool.WRITE)
    def set_badge(self, call: Call, request: api.SetBadge) -> api.EmployeeRow:
        """Gives somebody a badge, or takes it. Raises NotFound, Invalid, Conflict."""
        with call.write() as tx:
            employee = find_employee(tx, request.employee_id)
            set_badge(tx, employee, request.badge)
            tx.flush()
            return employee_row(tx, employee, call.operator.role)

    @handles(api.set_id_photo, Pool.WRITE)
    def set_id_photo(self, call: Call, request: api.SetIdPhoto) -> api.EmployeeRow:
        """Keeps an ID photo, or deletes it. Raises NotFound, Invalid, Conflict."""
        with call.write() as tx:
            employee = find_employee(tx, request.employee_id)
            if request.data:
                set_id_photo(tx, employee, request.data)
            else:
                remove_id_photo(tx, employee.id)
            tx.flush()
            return employee_row(tx, employee, call.operator.role)

    @handles(lists.look_at_list, Pool.DEVICE)
    def look_at_list(self, call: Call, request: lists.LookAtList) -> lists.ListLook:
        """What a file looks like, before it is imported. Raises Invalid."""
        return self._importer.look(request)

    @handles(lists.import_employees, Pool.WRITE)
    def start_import(self, call: Call, request: lists.ImportEmployees) -> Started:
        """Starts the task that reads a list."""
        body = self._importer.body(request, call.operator)
        title = IMPORTING if request.apply else READING
        return Started(task_id=self._tasks.start_blocking(title, body, by=call.operator.id))

    @handles(lists.list_imports, Pool.READ)
    def list_imports(self, call: Call, request: Nothing) -> lists.Imports:
        """The imports that can be undone."""
        return self._history.list()

    @handles(lists.undo_import, Pool.WRITE)
    def start_undo(self, call: Call, request: ById) -> Started:
        """Starts the task that undoes an import."""
        body = self._history.undo(request.id, call.operator.id)
        return Started(
            task_id=self._tasks.start_blocking(
                msgid("Undoing an import"), body, by=call.operator.id
            )
        )

    @handles(lists.export_employees, Pool.WRITE)
    def export(self, call: Call, request: lists.ExportEmployees) -> lists.EmployeesFile:
        """Those whom the list shows, as a file. Audited. Raises Invalid."""
        if request.kind not in ("csv", "xlsx"):
            raise Invalid("kind", tr("Employees can be exported as CSV or XLSX."))
        with call.read() as tx:
            query = self._narrowed(tx, request)
            found = list(tx.scalars(query.order_by(Employee.sort_name, Employee.id)))
        with call.write() as tx:
            tx.audit("employees.exported", rows=len(found))
        days = ((fields_of(row), ValidDays(row.valid_from, row.valid_until)) for row in found)
        people = [exported_cells(values_of(*one)) for one in days]
        cells: list[list[str]] = [[*EXPORTED], *people]
        if request.kind == "xlsx":
            data = write_workbook(cells, "Employees")
        else:
            data = write_csv(cells).encode("utf-8-sig")
        return lists.EmployeesFile(data=data, rows=len(found))
