"""Employees: list and edit."""

from datetime import date

import msgspec

from console.api.operation import ADMIN, ANYONE, ById, operation
from console.domain.invitations import Status
from console.domain.people_states import PeopleState
from console.domain.today import Concern
from console.domain.validity import Standing


class EmployeeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An employee as the list shows them.

    active, may_log_in: as an operator set them; valid_from, valid_until: first and last day, by the
    site's zone; standing: what that makes of them now; status: of the newest invitation, None
    without one; status_text: the same in words, or that the person belongs nowhere; still_on: how
    many terminals may still hold them, or their face, though it does not belong there; face_agreed:
    they have agreed to the use of their face.
    """

    id: str
    number: str
    first_name: str
    last_name: str
    email: str
    department: str
    active: bool
    may_log_in: bool = True
    valid_from: date | None = None
    valid_until: date | None = None
    standing: Standing = Standing.IN_FORCE
    status: Status | None = None
    status_text: str = ""
    still_on: int = 0
    face_agreed: bool = False

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


class WhichEmployees(msgspec.Struct, frozen=True, kw_only=True):
    """Which employees are meant: those for whom all of it holds.

    department: its path, with all below it, "" for any; state: None for any; re_enrol: only those
    of whom a new photo is advised; concern: only those whom this line of the first page counts.
    """

    search: str = ""
    department: str = ""
    state: PeopleState | None = None
    re_enrol: bool = False
    concern: Concern | None = None


class ListEmployees(WhichEmployees, frozen=True, kw_only=True):
    """Asks for one page.

    sort: name, number, department or email, or fit: who fits the search best, of whom there is but
    one page; cursor: from the page before, empty for the first.
    """

    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    limit: int = 100


class EmployeePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of employees.

    cursor: for the next page, empty on the last one. total: rows that fit the search; only the
    first page gives it, the others say -1.
    """

    rows: list[EmployeeRow]
    cursor: str
    total: int


class EmployeeIds(msgspec.Struct, frozen=True, kw_only=True):
    """Employees by their ids."""

    ids: list[str]


class SaveEmployee(msgspec.Struct, frozen=True, kw_only=True):
    """The new data of an employee. An empty id makes a new employee.

    valid_from, valid_until: first and last day, None for no limit.
    """

    id: str
    number: str
    first_name: str
    last_name: str
    email: str
    department: str
    active: bool = True
    may_log_in: bool = True
    valid_from: date | None = None
    valid_until: date | None = None


class OptOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody is on the opt-out list: nobody invites or reminds them."""

    employee_id: str
    opted_out: bool


class SetBadge(msgspec.Struct, frozen=True, kw_only=True):
    """Gives somebody the badge that says this; with an empty text they have none any more."""

    employee_id: str
    badge: str


class SetIdPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """A photo file of somebody, to compare their first enrolment with; empty: none any more."""

    employee_id: str
    data: bytes


list_employees = operation("employees.list", ListEmployees, EmployeePage, ANYONE)
list_ids = operation("employees.list_ids", WhichEmployees, EmployeeIds, ADMIN)
get_employee = operation("employees.get", ById, EmployeeRow, ANYONE)
save_employee = operation("employees.save", SaveEmployee, EmployeeRow, ADMIN)
opt_out = operation("employees.opt_out", OptOut, EmployeeRow, ADMIN)
set_id_photo = operation("employees.set_id_photo", SetIdPhoto, EmployeeRow, ADMIN)
set_badge = operation("employees.set_badge", SetBadge, EmployeeRow, ADMIN)
withdraw_face = operation("employees.withdraw_face", ById, EmployeeRow, ADMIN)
