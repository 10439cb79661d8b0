"""Changes of departments: who would go to which terminals then, and how they are made.

Rules follow a rename. What a move or a merge changes of who goes where is shown and confirmed.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from console.domain.access_rules import AccessMap, AccessRule, RuleKind, ShutOut, shut_out
from console.domain.departments import after_change, check_change, checked_path
from console.domain.errors import Conflict, NotFound
from console.domain.language import tr
from console.store.queries.access_rules import access_map, claimants, taken_off
from console.store.queries.departments import (
    change_department,
    is_used,
    longest_within,
    plant,
    uproot,
    within,
)
from console.store.queries.placements import DEMAND, unsettle_terminals
from console.store.schema import Department, Employee
from console.store.unit_of_work import ReadTx, Tx

SUBJECT = "access_rules"
"""What is announced."""


@dataclass(frozen=True)
class DepartmentEffect:
    """What a change does.

    losing, getting: people and terminals; held: terminal id -> how many of those it loses it holds;
    marked: terminals whose rules change.
    """

    merges: bool
    people: int
    losing: list[ShutOut]
    getting: list[ShutOut]
    held: Counter[str]
    marked: set[str]

    @property
    def concerned(self) -> int:
        """How many losses and gains there are, over all terminals."""
        gained = sum(len(one.terminal_ids) * len(one.employee_ids) for one in self.getting)
        return self.held.total() + gained


def effect_of(tx: ReadTx, path: str, becomes: str) -> DepartmentEffect:
    """What a change would do. Raises Invalid, NotFound, Conflict."""
    new = checked_path(becomes)
    longest = longest_within(tx, path)
    if not longest:
        raise NotFound(tr("This department does not exist any more."))
    check_change(path, new, longest)
    before = access_map(tx)
    after = _renamed(before, path, new)
    people = [
        (one, replace(one, department=after_change(one.department, path, new)))
        for one in claimants(tx)
    ]
    losing = shut_out(before, after, before.zones, people)
    getting = shut_out(after, before, before.zones, [(then, one) for one, then in people])
    inside = select(func.count()).where(within(Employee.department, path))
    return DepartmentEffect(
        merges=new != path and tx.get(Department, new) is not None,
        people=tx.scalar(inside) or 0,
        losing=losing,
        getting=getting,
        held=taken_off(tx, losing),
        marked={one for one in before.zones if before.on(one) != after.on(one)},
    )


def _renamed(access: AccessMap, old: str, new: str) -> AccessMap:
    """The same rules once the department has its new path."""

    def rule_then(rule: AccessRule) -> AccessRule:
        if rule.kind is not RuleKind.DEPARTMENT:
            return rule
        return AccessRule(rule.kind, after_change(rule.names, old, new))

    return replace(
        access,
        scopes={
            scope_id: frozenset(rule_then(rule) for rule in rules)
            for scope_id, rules in access.scopes.items()
        },
    )


def change(tx: Tx, path: str, becomes: str, confirmed: int) -> None:
    """Renames, moves or merges. Raises Invalid, NotFound, Conflict."""
    effect = effect_of(tx, path, becomes)
    if effect.concerned != confirmed:
        raise Conflict(
            tr(
                "Who goes to which terminal changes otherwise than was shown. Nothing was changed. "
                "Look at who it is, and confirm again."
            )
        )
    new = checked_path(becomes)
    change_department(tx, path, new)
    if effect.marked:
        unsettle_terminals(tx, effect.marked)
    tx.audit("department.changed", "", before=path, after=new, merged=effect.merges)
    _announce(tx)


def add(tx: Tx, path: str) -> None:
    """Adds a department. Raises Invalid, Conflict."""
    wanted = checked_path(path)
    check_change("", wanted, 0)
    if tx.get(Department, wanted) is not None:
        raise Conflict(tr("There is a department of this name already."))
    plant(tx, [wanted])
    tx.audit("department.added", "", path=wanted)
    _announce(tx)


def remove(tx: Tx, path: str) -> None:
    """Removes a department that nobody is in and no rule names. Raises Conflict."""
    if is_used(tx, path):
        raise Conflict(
            tr(
                "People are in this department or below it, or rules name it. "
                "Merge it into another one instead."
            )
        )
    uproot(tx, path)
    tx.audit("department.deleted", "", path=path)
    _announce(tx)


def _announce(tx: Tx) -> None:
    tx.demand(DEMAND)
    tx.changed("employees")
    tx.changed(SUBJECT)


def by_terminal(rows: Iterable[ShutOut]) -> dict[str, list[str]]:
    """Terminal id -> the ids of the people concerned there."""
    found: dict[str, list[str]] = {}
    for one in rows:
        for terminal_id in one.terminal_ids:
            found.setdefault(terminal_id, []).extend(one.employee_ids)
    return found
