"""Departments at a running site: rules follow a rename, and a question says who would go where."""

from collections.abc import Iterator

import pytest

from console.api import access_rules, departments, employees
from console.api import employee_lists as lists
from console.api.operation import ById, Nothing, ServiceError
from console.domain.access_rules import RuleKind
from console.domain.placements import PlacementState
from console.store.columns import new_id
from console.store.schema import Employee, Terminal
from tests.conftest import RunningSite
from tests.store.made import add_placement, add_terminal


class Plant:
    """A department with two lines below it, a person in each, and a gate for the first line."""

    def __init__(self, site: RunningSite) -> None:
        self.site, self.top = site, f"Plant {new_id()[-6:]}"
        self.lines = [f"{self.top} > Line {number}" for number in (1, 2)]
        self.people = [site.add_employee(department=line) for line in self.lines]
        with site.store().write() as tx:
            self.gate = add_terminal(tx, f"Gate of {self.top}").id

    def rule(self, department: str) -> None:
        rule = access_rules.Rule(kind=RuleKind.DEPARTMENT, names=department)
        change = access_rules.SaveTerminalRules(terminal_id=self.gate, zone_id="", rules=[rule])
        self.site.client.call(access_rules.apply_change, access_rules.ApplyChange(change=change))

    def hold(self, person: employees.EmployeeRow) -> None:
        """The gate has shown this person."""
        with self.site.store().write() as tx:
            row, gate = tx.get_one(Employee, person.id), tx.get_one(Terminal, self.gate)
            add_placement(tx, row, gate, PlacementState.CONFIRMED)

    def goes(self, person: employees.EmployeeRow) -> bool:
        found = self.site.client.call(access_rules.of_employee, ById(id=person.id))
        return next(row.allowed for row in found.destinations if row.terminal_id == self.gate)

    def preview(self, path: str, becomes: str) -> departments.DepartmentImpact:
        request = departments.ChangeDepartment(path=path, becomes=becomes)
        return self.site.client.call(departments.preview_change, request)

    def change(self, path: str, becomes: str, confirmed: int = 0) -> None:
        request = departments.ChangeDepartment(path=path, becomes=becomes, confirmed=confirmed)
        self.site.client.call(departments.apply_change, request)


@pytest.fixture
def plant(running: RunningSite) -> Iterator[Plant]:
    yield Plant(running)


def test_PE4_a_rename_changes_nothing_of_who_goes_where(plant: Plant) -> None:
    plant.rule(plant.lines[0])
    renamed = f"{plant.top} > Assembly"
    assert plant.preview(plant.lines[0], renamed).concerned == 0
    plant.change(plant.lines[0], renamed)
    assert plant.site.reload(plant.people[0]).department == renamed
    assert [plant.goes(person) for person in plant.people] == [True, False]


def test_PE4_a_department_above_that_is_renamed_takes_those_below_along(plant: Plant) -> None:
    plant.rule(plant.top)
    assert [plant.goes(person) for person in plant.people] == [True, True]
    plant.change(plant.top, f"{plant.top} new")
    assert plant.site.reload(plant.people[0]).department == f"{plant.top} new > Line 1"
    assert [plant.goes(person) for person in plant.people] == [True, True]


def test_PE4_a_move_says_who_loses_a_terminal_and_is_confirmed(plant: Plant) -> None:
    plant.rule(plant.top)
    plant.hold(plant.people[0])
    away = f"Elsewhere {plant.top}"
    impact = plant.preview(plant.lines[0], away)
    assert (impact.merges, impact.people, impact.concerned) == (False, 1, 1)
    (lost,) = impact.losing
    assert (lost.terminal, lost.names) == (f"Gate of {plant.top}", [plant.people[0].full_name])
    with pytest.raises(ServiceError, match="otherwise than was shown"):
        plant.change(plant.lines[0], away)
    assert plant.site.reload(plant.people[0]).department == plant.lines[0]
    plant.change(plant.lines[0], away, confirmed=1)
    assert [plant.goes(person) for person in plant.people] == [False, True]


def test_PE4_a_merge_says_who_gets_a_terminal(plant: Plant) -> None:
    plant.rule(plant.lines[0])
    impact = plant.preview(plant.lines[0], plant.lines[1])
    assert impact.merges
    assert [(row.people, row.names) for row in impact.getting] == [(1, [plant.people[1].full_name])]
    plant.change(plant.lines[0], plant.lines[1], confirmed=impact.concerned)
    assert [plant.goes(person) for person in plant.people] == [True, True]
    listed = plant.site.client.call(departments.list_departments, Nothing()).rows
    here = [(row.path, row.people) for row in listed if row.path.startswith(plant.top)]
    assert here == [(plant.top, 0), (plant.lines[1], 2)]


def test_PE4_departments_are_added_and_deleted_while_nobody_needs_them(plant: Plant) -> None:
    call = plant.site.client.call
    store = f"{plant.top}>Store"
    call(departments.add_department, departments.ByPath(path=store))
    with pytest.raises(ServiceError, match="of this name already"):
        call(departments.add_department, departments.ByPath(path=store))
    with pytest.raises(ServiceError, match="People are in this department"):
        call(departments.delete_department, departments.ByPath(path=plant.top))
    left = call(departments.delete_department, departments.ByPath(path=f"{plant.top} > Store"))
    assert f"{plant.top} > Store" not in [row.path for row in left.rows]
    with pytest.raises(ServiceError, match="does not exist any more"):
        plant.preview(f"{plant.top} > Store", "Another")


def test_PE4_an_import_makes_departments_on_sight(plant: Plant) -> None:
    path = f"{plant.top} > Office"
    number = str(700_000 + int(plant.people[0].number))
    data = f"number,last name,department\n{number},Tan,{plant.top}>Office\n".encode()
    request = lists.ImportEmployees(data=data, apply=True)
    plant.site.client.finish(plant.site.client.call(lists.import_employees, request))
    listed = plant.site.client.call(departments.list_departments, Nothing()).rows
    assert (path, 1) in [(row.path, row.people) for row in listed]
