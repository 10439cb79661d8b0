"""Departments: those there are, and what a change of one writes."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, func, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from console.domain.access_rules import RuleKind
from console.domain.departments import BETWEEN, after_change, is_within, lineage
from console.store.schema import AccessRuleRow, Department, Employee
from console.store.unit_of_work import ReadTx, Tx

PATHS_AT_ONCE = 500
"""Paths of one query; databases bound the parameters of a statement."""


def plant(tx: Tx, paths: Iterable[str]) -> None:
    """Adds these departments and those above them, as far as they are not there."""
    wanted = sorted({above for path in paths for above in lineage(path)})
    for start in range(0, len(wanted), PATHS_AT_ONCE):
        some = wanted[start : start + PATHS_AT_ONCE]
        there = set(tx.scalars(select(Department.path).where(Department.path.in_(some))))
        tx.add_many(Department, [{"path": path} for path in some if path not in there])


def all_departments(tx: ReadTx) -> list[tuple[str, int]]:
    """(path, people in it alone), each below the one above it."""
    counts = select(Employee.department, func.count()).group_by(Employee.department)
    people = dict(tx.execute(counts).all())
    paths = tx.scalars(select(Department.path))
    return [(path, people.get(path, 0)) for path in sorted(paths, key=_order)]


def _order(path: str) -> list[str]:
    return [name.casefold() for name in path.split(BETWEEN)]


def within(column: InstrumentedAttribute[str], top: str) -> ColumnElement[bool]:
    """Rows of the department or of one below it."""
    start = top + BETWEEN
    return or_(column == top, func.substr(column, 1, len(start)) == start)


def longest_within(tx: ReadTx, top: str) -> int:
    """Characters of the longest path of it and those below; 0 if there is no such department."""
    found = select(func.max(func.length(Department.path))).where(within(Department.path, top))
    return tx.scalar(found) or 0


def change_department(tx: Tx, old: str, new: str) -> None:
    """Employees, rules and departments within `old` are within `new` from now on."""
    paths = list(tx.scalars(select(Department.path).where(within(Department.path, old))))
    tx.execute(delete(Department).where(within(Department.path, old)))
    plant(tx, [after_change(path, old, new) for path in paths])
    moved = literal(new) + func.substr(Employee.department, len(old) + 1)
    mine = update(Employee).where(within(Employee.department, old))
    tx.execute(mine.values(department=moved, updated_at=tx.now, settled=False))
    _change_rules(tx, old, new)


def _change_rules(tx: Tx, old: str, new: str) -> None:
    """Two rules that say the same then become one."""
    named = AccessRuleRow.kind == RuleKind.DEPARTMENT
    rules = select(AccessRuleRow.scope_id, AccessRuleRow.names).where(named)
    there = {(scope_id, names) for scope_id, names in tx.execute(rules)}
    tx.execute(delete(AccessRuleRow).where(named, within(AccessRuleRow.names, old)))
    kept = {rule for rule in there if not is_within(rule[1], old)}
    become = {(scope_id, after_change(names, old, new)) for scope_id, names in there - kept}
    rows = [
        {"scope_id": scope_id, "kind": RuleKind.DEPARTMENT, "names": names}
        for scope_id, names in sorted(become - kept)
    ]
    tx.add_many(AccessRuleRow, rows)


def is_used(tx: ReadTx, top: str) -> bool:
    """Whether somebody is in it or below it, or a rule names one of these."""
    people = select(Employee.id).where(within(Employee.department, top)).limit(1)
    rules = select(AccessRuleRow.names).where(
        AccessRuleRow.kind == RuleKind.DEPARTMENT, within(AccessRuleRow.names, top)
    )
    return tx.scalar(people) is not None or tx.scalar(rules.limit(1)) is not None


def uproot(tx: Tx, top: str) -> None:
    """Removes a department with those below it."""
    tx.execute(delete(Department).where(within(Department.path, top)))
