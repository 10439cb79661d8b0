"""Departments in the database: planted on sight, renamed, merged and removed with their rules."""

from itertools import count

import pytest

from console.domain.access_rules import RuleKind
from console.store.database import Store
from console.store.queries import departments
from console.store.schema import AccessRuleRow, Department, Employee
from tests.store.made import add_employee

_names = count(1)


@pytest.fixture
def top() -> str:
    """The name of a department of this test alone."""
    return f"Plant {next(_names)}"


def tree(store: Store, top: str) -> list[tuple[str, int]]:
    with store.read() as tx:
        return [row for row in departments.all_departments(tx) if row[0].startswith(top)]


def employ(store: Store, *paths: str) -> list[str]:
    ids = []
    with store.write() as tx:
        for path in paths:
            row = add_employee(tx)
            row.department = path
            ids.append(row.id)
        departments.plant(tx, paths)
    return ids


def test_PE4_a_department_brings_those_above_it(shared_store: Store, top: str) -> None:
    employ(shared_store, f"{top} > B > C", f"{top} > a", "")
    expected = [(top, 0), (f"{top} > a", 1), (f"{top} > B", 0), (f"{top} > B > C", 1)]
    assert tree(shared_store, top) == expected


def test_PE4_a_rename_takes_people_rules_and_those_below_along(
    shared_store: Store, top: str
) -> None:
    old, other, near = f"{top} > Old", f"{top} > Other", f"{top} > Older"
    ids = employ(shared_store, old, f"{old} > Sub", other, near)
    with shared_store.write() as tx:
        for names in (f"{old} > Sub", other, near):
            rule = AccessRuleRow(scope_id=top, kind=RuleKind.DEPARTMENT, names=names)
            tx.add(rule)
        tx.flush()
        assert departments.longest_within(tx, old) == len(f"{old} > Sub")
        assert departments.longest_within(tx, "nowhere") == 0
        departments.change_department(tx, old, other)
    with shared_store.read() as tx:
        found = [tx.get_one(Employee, one) for one in ids]
        assert [row.department for row in found] == [other, f"{other} > Sub", other, near]
        assert [row.settled for row in found] == [False, False, True, True]
        rules = tx.session.query(AccessRuleRow).where(AccessRuleRow.scope_id == top)
        assert {rule.names for rule in rules} == {other, f"{other} > Sub", near}
        assert tx.get(Department, old) is None
    assert tree(shared_store, top) == [
        (top, 0),
        (near, 1),
        (other, 2),
        (f"{other} > Sub", 1),
    ]


def test_PE4_two_rules_that_say_the_same_become_one(shared_store: Store, top: str) -> None:
    employ(shared_store, f"{top} > A", f"{top} > B")
    with shared_store.write() as tx:
        for names in (f"{top} > A", f"{top} > B"):
            tx.add(AccessRuleRow(scope_id=top, kind=RuleKind.DEPARTMENT, names=names))
        tx.flush()
        departments.change_department(tx, f"{top} > A", f"{top} > B")
        rules = tx.session.query(AccessRuleRow).where(AccessRuleRow.scope_id == top)
        assert [rule.names for rule in rules] == [f"{top} > B"]


def test_PE4_a_department_is_used_by_people_and_by_rules(shared_store: Store, top: str) -> None:
    employ(shared_store, f"{top} > A")
    with shared_store.write() as tx:
        departments.plant(tx, [f"{top} > B", f"{top} > C"])
        tx.add(AccessRuleRow(scope_id=top, kind=RuleKind.DEPARTMENT, names=f"{top} > B"))
        tx.flush()
        used = [departments.is_used(tx, f"{top} > {name}") for name in "ABC"]
        assert used == [True, True, False]
        departments.uproot(tx, f"{top} > C")
    assert tree(shared_store, top) == [(top, 0), (f"{top} > A", 1), (f"{top} > B", 0)]
