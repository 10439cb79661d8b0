"""Departments: shown as a tree, and changed; who would go where is shown first."""

from collections.abc import Collection, Iterable

from sqlalchemy import select

from console.api import departments as api
from console.api.access_rules import TakenOff
from console.api.operation import Nothing
from console.domain.access_rules import ShutOut
from console.service.operations.access_rules import NAMES_SHOWN
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.terminals import departments
from console.store.queries.access_rules import names_taken_off
from console.store.queries.departments import all_departments
from console.store.queries.people import join_name
from console.store.schema import Employee, Terminal
from console.store.unit_of_work import ReadTx


class DepartmentOperations:
    """What operators see and change of departments."""

    @handles(api.list_departments, Pool.READ)
    def list_all(self, call: Call, _request: Nothing) -> api.Departments:
        """All of them."""
        with call.read() as tx:
            return _departments(tx)

    @handles(api.add_department, Pool.WRITE)
    def add(self, call: Call, request: api.ByPath) -> api.Departments:
        """Adds one. Raises Invalid, Conflict."""
        with call.write() as tx:
            departments.add(tx, request.path)
            return _departments(tx)

    @handles(api.preview_change, Pool.READ)
    def preview(self, call: Call, request: api.ChangeDepartment) -> api.DepartmentImpact:
        """What a change would do; nothing is changed. Raises Invalid, NotFound, Conflict."""
        with call.read() as tx:
            effect = departments.effect_of(tx, request.path, request.becomes)
            lost = {
                terminal_id: _names_lost(tx, effect.losing, terminal_id)
                for terminal_id in effect.held
            }
            gained = departments.by_terminal(effect.getting)
            some = {one: _names(tx, ids[:NAMES_SHOWN]) for one, ids in gained.items()}
            return api.DepartmentImpact(
                merges=effect.merges,
                people=effect.people,
                concerned=effect.concerned,
                losing=_rows(tx, effect.held, lost),
                getting=_rows(tx, {one: len(ids) for one, ids in gained.items()}, some),
            )

    @handles(api.apply_change, Pool.WRITE)
    def apply(self, call: Call, request: api.ChangeDepartment) -> api.Departments:
        """Renames, moves or merges. Raises Invalid, NotFound, Conflict."""
        with call.write() as tx:
            departments.change(tx, request.path, request.becomes, request.confirmed)
            return _departments(tx)

    @handles(api.delete_department, Pool.WRITE)
    def delete(self, call: Call, request: api.ByPath) -> api.Departments:
        """Deletes one that is not used. Raises Conflict."""
        with call.write() as tx:
            departments.remove(tx, request.path)
            return _departments(tx)


def _departments(tx: ReadTx) -> api.Departments:
    rows = [api.DepartmentRow(path=path, people=people) for path, people in all_departments(tx)]
    return api.Departments(rows=rows)


def _names_lost(tx: ReadTx, losing: Iterable[ShutOut], terminal_id: str) -> list[str]:
    found = names_taken_off(tx, losing, terminal_id, NAMES_SHOWN)
    return [join_name(first, last) for first, last in found]


def _names(tx: ReadTx, employee_ids: Collection[str]) -> list[str]:
    query = select(Employee.first_name, Employee.last_name).where(Employee.id.in_(employee_ids))
    ordered = query.order_by(Employee.sort_name, Employee.id)
    return [join_name(first, last) for first, last in tx.execute(ordered)]


def _rows(tx: ReadTx, counts: dict[str, int], names: dict[str, list[str]]) -> list[TakenOff]:
    """By the names of the terminals."""
    query = select(Terminal.id, Terminal.name).where(Terminal.id.in_(counts))
    return [
        TakenOff(
            terminal_id=terminal_id,
            terminal=name,
            people=counts[terminal_id],
            names=names[terminal_id],
        )
        for terminal_id, name in tx.execute(query.order_by(Terminal.name, Terminal.id))
    ]
