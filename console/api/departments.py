"""Departments: a tree that employees and the rules of terminals name by paths."""

import msgspec

from console.api.access_rules import TakenOff
from console.api.operation import ADMIN, ANYONE, Nothing, operation


class DepartmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A department. path: with those above it; people: in it alone."""

    path: str
    people: int


class Departments(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, each below the one above it."""

    rows: list[DepartmentRow]


class ByPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a department."""

    path: str


class ChangeDepartment(msgspec.Struct, frozen=True, kw_only=True):
    """Renames, moves or merges a department, with all below it.

    becomes: its new path; a department that has this path already takes in its people. confirmed:
    the people who were seen to lose terminals or to get some; another number is refused.
    """

    path: str
    becomes: str
    confirmed: int = 0


class DepartmentImpact(msgspec.Struct, frozen=True, kw_only=True):
    """Who would go where. merges: a department has the path already; concerned: to be confirmed."""

    merges: bool
    people: int
    concerned: int
    losing: list[TakenOff]
    getting: list[TakenOff]


list_departments = operation("departments.list", Nothing, Departments, ANYONE)
add_department = operation("departments.add", ByPath, Departments, ADMIN)
preview_change = operation("departments.preview", ChangeDepartment, DepartmentImpact, ADMIN)
apply_change = operation("departments.apply", ChangeDepartment, Departments, ADMIN)
delete_department = operation("departments.delete", ByPath, Departments, ADMIN)
