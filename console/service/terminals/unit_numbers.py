"""Numbers of people on terminals that cannot hold theirs, because it has letters or is too long.

Such a person gets a number that only this terminal knows, never a cut one. P8.
"""

from collections.abc import Iterable

from sqlalchemy import func, select

from bridge.terminals.push.access.facts import facts_of
from console.domain.access_rules import Claimant, Rules, admission
from console.domain.errors import Conflict
from console.domain.language import tr
from console.service.portions import in_batches
from console.service.terminals.push_dialects import can_hold
from console.store.database import Store
from console.store.queries.access_rules import access_map, groups_of
from console.store.queries.fingers import has_basis
from console.store.schema import Employee, Enrolment, FingerBlob, InventoryEntry, PinMap, Terminal
from console.store.unit_of_work import ReadTx, Tx

LONGEST = 9
"""Digits of such a number; the first is a 9, so that it is unlike the numbers that people have."""


def number_on(tx: ReadTx, row: Terminal, employee: Employee) -> str | None:
    """The number by which a terminal knows an employee; None if it needs one of its own first."""
    query = select(PinMap.pin).where(
        PinMap.terminal_id == row.id, PinMap.employee_id == employee.id
    )
    mapped = tx.scalar(query)
    if mapped is not None:
        return mapped
    return employee.number if can_hold(row, employee.number) else None


def give_number(tx: Tx, row: Terminal, employee: Employee) -> str:
    """The number by which a terminal knows an employee, a new one if need be. Raises Conflict."""
    known = number_on(tx, row, employee)
    if known is not None:
        return known
    pin = _free_number(tx, row)
    tx.add(PinMap(terminal_id=row.id, pin=pin, employee_id=employee.id))
    tx.audit("terminal.number_given", row.id)
    tx.changed("terminals", row.id)
    tx.flush()
    return pin


def give_numbers(tx: Tx, places: Iterable[tuple[str, str]]) -> int:
    """Gives numbers, as long as a terminal has any. places: (terminal id, employee id).

    Returns how many were given.
    """
    given, full = 0, set()
    for terminal_id, employee_id in places:
        if terminal_id in full:
            continue
        try:
            give_number(tx, tx.get_one(Terminal, terminal_id), tx.get_one(Employee, employee_id))
            given += 1
        except Conflict:
            full.add(terminal_id)
    return given


def _free_number(tx: ReadTx, row: Terminal) -> str:
    digits = min(LONGEST, facts_of(row.info).pin_width)
    first, last = 9 * 10 ** (digits - 1), 10**digits - 1
    ours = PinMap.terminal_id == row.id, PinMap.pin.like("9" + "_" * (digits - 1))
    newest = tx.scalar(select(func.max(PinMap.pin)).where(*ours))
    number = int(newest) if newest is not None else first
    while number < last:
        number += 1
        if not _is_taken(tx, row, str(number)):
            return str(number)
    raise Conflict(
        tr("{name} has no numbers left for people whose number it cannot hold.", name=row.name)
    )


def _is_taken(tx: ReadTx, row: Terminal, pin: str) -> bool:
    held = select(InventoryEntry.pin).where(
        InventoryEntry.terminal_id == row.id, InventoryEntry.pin == pin
    )
    somebody = select(Employee.id).where(Employee.number == pin)
    return tx.scalar(held) is not None or tx.scalar(somebody) is not None


class UnitNumbers:
    """Gives numbers before a plan is made, which adds people whom nothing else brings there.

    Blocking: called from threads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def give_all(self, terminal_id: str) -> None:
        """Gives a number to everybody who belongs on a terminal that cannot hold theirs."""
        with self._store.read() as tx:
            row = tx.get_one(Terminal, terminal_id)
            everybody = _enrolled(tx, access_map(tx).on(terminal_id))
            lacking = [one for one, number in everybody if not can_hold(row, number)]
        for some in in_batches(lacking):
            with self._store.write() as tx:
                row = tx.get_one(Terminal, terminal_id)
                for employee in tx.scalars(select(Employee).where(Employee.id.in_(some))):
                    give_number(tx, row, employee)


def _enrolled(tx: ReadTx, rules: Rules) -> list[tuple[str, str]]:
    """(id, number) of the people who are enrolled by face or finger, and whom the rules take."""
    faces = select(Enrolment.employee_id).where(Enrolment.live)
    fingers = select(FingerBlob.employee_id).where(FingerBlob.removed_at.is_(None), has_basis())
    groups = groups_of(tx)
    query = select(Employee.id, Employee.number, Employee.department).where(
        Employee.in_force, Employee.id.in_(faces) | Employee.id.in_(fingers)
    )
    return [
        (employee_id, number)
        for employee_id, number, department in tx.execute(query)
        if admission(Claimant(employee_id, department, groups[employee_id]), rules).allowed
    ]
