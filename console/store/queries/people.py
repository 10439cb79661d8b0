"""What several subjects ask about employees."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from console.domain.operators import Role
from console.store.queries.among import among
from console.store.schema import Employee, Operator, PinMap
from console.store.unit_of_work import ReadTx


def full_name(employee: Employee) -> str:
    """First and last name, as terminals and lists show it."""
    return join_name(employee.first_name, employee.last_name)


def join_name(first: str, last: str) -> str:
    """A full name of its parts, of which one may be empty."""
    return f"{first} {last}".strip()


def people_by_pin(tx: ReadTx, terminal_id: str, pins: set[str]) -> dict[str, str]:
    """Employee ids by the number under which this terminal knows them."""
    return people_by_pins(tx, {terminal_id: pins})[terminal_id]


def people_by_pins(tx: ReadTx, pins: Mapping[str, set[str]]) -> dict[str, dict[str, str]]:
    """The same for several terminals, by their ids. pins: terminal id -> the numbers asked for."""
    every = set().union(*pins.values())
    numbers = select(Employee.number, Employee.id).where(among(tx, Employee.number, every))
    own = dict(tx.execute(numbers).all())
    maps = select(PinMap.terminal_id, PinMap.pin, PinMap.employee_id).where(
        PinMap.terminal_id.in_(pins), among(tx, PinMap.pin, every)
    )
    mapped: dict[str, dict[str, str]] = {terminal_id: {} for terminal_id in pins}
    for terminal_id, pin, employee_id in tx.execute(maps):
        mapped[terminal_id][pin] = employee_id
    return {
        terminal_id: {
            pin: who for pin in asked if (who := mapped[terminal_id].get(pin) or own.get(pin))
        }
        for terminal_id, asked in pins.items()
    }


def merged_into(tx: ReadTx, employee_ids: Collection[str]) -> dict[str, str]:
    """Employee id -> who that is by now, of those of these whose rows were merged into another."""
    query = select(Employee.id, Employee.merged_into).where(
        among(tx, Employee.id, employee_ids), Employee.merged_into.is_not(None)
    )
    return {one: other for one, other in tx.execute(query) if other is not None}


def count_admins(tx: ReadTx) -> int:
    """How many administrators can sign in."""
    query = select(func.count()).where(Operator.role == Role.ADMIN, Operator.active)
    return tx.scalar(query) or 0
