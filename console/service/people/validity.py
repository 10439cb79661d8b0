"""Days of employees: what somebody is now, and upkeep when a first or a last day has come."""

from collections.abc import Callable, Collection

from sqlalchemy import or_, select, update

from console.domain.validity import Standing, ValidDays, standing, validity
from console.domain.zones import zone_of
from console.service.portions import in_batches
from console.service.settings import site_zone
from console.store.database import Store
from console.store.queries.placements import unsettle
from console.store.schema import Employee
from console.store.unit_of_work import ReadTx

InForce = Callable[[bool, bool, ValidDays], bool]
"""Whether somebody is in force: active, may log in, and their days."""


def in_force_now(tx: ReadTx) -> InForce:
    """Says what `Employee.in_force` should say now, of many people: reads the zone only once."""
    zone = zone_of(site_zone(tx))

    def is_in_force(active: bool, may_log_in: bool, days: ValidDays) -> bool:
        return standing(active, may_log_in, validity(zone, days), tx.now) is Standing.IN_FORCE

    return is_in_force


class ValidityUpkeep:
    """Finds whose days began or ended, also while the service was off. Blocking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run_once(self) -> None:
        """Everybody who is due now, in short transactions."""
        with self._store.read() as tx:
            due = list(_due(tx))
        for some in in_batches(due):
            with self._store.write() as tx:
                again = _due(tx, some)  # somebody may have changed their days meanwhile
                for value in (True, False):
                    ids = [one for one, in_force in again.items() if in_force is value]
                    which = Employee.id.in_(ids)
                    tx.execute(update(Employee).where(which).values(in_force=value))
                unsettle(tx, again)
                for one in again:
                    tx.changed("employees", one)


def _due(tx: ReadTx, employee_ids: Collection[str] | None = None) -> dict[str, bool]:
    """Employee id -> what `in_force` must become, where it says something else."""
    query = select(
        Employee.id,
        Employee.active,
        Employee.may_log_in,
        Employee.valid_from,
        Employee.valid_until,
        Employee.in_force,
    )
    if employee_ids is not None:
        query = query.where(Employee.id.in_(employee_ids))
    else:
        limited = or_(Employee.valid_from.is_not(None), Employee.valid_until.is_not(None))
        query = query.where(limited)
    is_in_force, found = in_force_now(tx), {}
    for one, active, may_log_in, first, last, in_force in tx.execute(query):
        if is_in_force(active, may_log_in, ValidDays(first, last)) is not in_force:
            found[one] = not in_force
    return found
