"""What several subjects ask about employees."""

from sqlalchemy import select

from console.store.schema import Employee, PinMap
from console.store.unit_of_work import ReadTx

PINS_AT_ONCE = 1000
"""Numbers of one query; databases bound the parameters of a statement."""


def full_name(employee: Employee) -> str:
    """First and last name, as terminals and lists show it."""
    return join_name(employee.first_name, employee.last_name)


def join_name(first: str, last: str) -> str:
    """A full name of its parts, of which one may be empty."""
    return f"{first} {last}".strip()


def people_by_pin(tx: ReadTx, terminal_id: str, pins: set[str]) -> dict[str, str]:
    """Employee ids by the number under which this terminal knows them."""
    found: dict[str, str] = {}
    ordered = sorted(pins)
    for start in range(0, len(ordered), PINS_AT_ONCE):
        some = ordered[start : start + PINS_AT_ONCE]
        own = select(Employee.number, Employee.id).where(Employee.number.in_(some))
        mapped = select(PinMap.pin, PinMap.employee_id).where(
            PinMap.terminal_id == terminal_id, PinMap.pin.in_(some)
        )
        found |= dict(tx.execute(own).all())
        found |= dict(tx.execute(mapped).all())
    return found
