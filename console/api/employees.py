"""Employees: list, edit, import, export."""

import msgspec

from console.api.operation import ADMIN, ANYONE, ById, Nothing, operation
from console.domain.invitations import Status


class Employee(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `status` is that of the newest invitation, `status_text` says it in words."""

    id: str
    number: str
    first_name: str
    last_name: str
    email: str
    department: str
    active: bool
    status: Status | None = None
    status_text: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class ListEmployees(msgspec.Struct, frozen=True, kw_only=True):
    """One page. sort: name, number, department or email; cursor: that of the page before, empty for the first."""

    search: str = ""
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    limit: int = 100


class EmployeePage(msgspec.Struct, frozen=True, kw_only=True):
    """total: rows that fit the search, given with the first page only (else -1); cursor: empty on the last page."""

    rows: list[Employee]
    cursor: str
    total: int


class SaveEmployee(msgspec.Struct, frozen=True, kw_only=True):
    """id empty: a new employee."""

    id: str
    number: str
    first_name: str
    last_name: str
    email: str
    department: str
    active: bool = True


class ImportEmployees(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a CSV file. apply: false shows what would happen, true does it (rows with errors are left out)."""

    csv: str
    apply: bool


class ImportLine(msgspec.Struct, frozen=True, kw_only=True):
    line: int
    number: str
    name: str
    effect: str
    error: str


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    lines: list[ImportLine]
    new: int
    changed: int
    failed: int
    applied: bool


class CsvFile(msgspec.Struct, frozen=True, kw_only=True):
    csv: str
    rows: int


list_employees = operation("employees.list", ListEmployees, EmployeePage, ANYONE)
get_employee = operation("employees.get", ById, Employee, ANYONE)
save_employee = operation("employees.save", SaveEmployee, Employee, ADMIN)
import_employees = operation("employees.import", ImportEmployees, ImportReport, ADMIN)
export_employees = operation("employees.export", Nothing, CsvFile, ADMIN)
