"""Rules of terminals and zones as the domain knows them, and whom a change of them takes off."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Exists, Select, func, select

from console.domain.access_rules import AccessMap, AccessRule, Claimant, ShutOut
from console.store.schema import (
    AccessRuleRow,
    Employee,
    GroupMember,
    InventoryEntry,
    PinMap,
    Placement,
    Terminal,
)
from console.store.unit_of_work import ReadTx

IDS_AT_ONCE = 1000
"""Ids of one query; databases bound the parameters of a statement."""


def access_map(tx: ReadTx) -> AccessMap:
    """All rules of the site."""
    scopes: dict[str, set[AccessRule]] = defaultdict(set)
    rules = select(AccessRuleRow.scope_id, AccessRuleRow.kind, AccessRuleRow.names)
    for scope_id, kind, names in tx.execute(rules):
        scopes[scope_id].add(AccessRule(kind, names))
    zones = select(Terminal.id, Terminal.access_zone_id)
    return AccessMap(
        {scope_id: frozenset(found) for scope_id, found in scopes.items()},
        {terminal_id: zone_id or "" for terminal_id, zone_id in tx.execute(zones)},
    )


def groups_of(
    tx: ReadTx, employee_ids: Collection[str] | None = None
) -> defaultdict[str, frozenset[str]]:
    """Employee id -> the groups that they are in, of these or of all."""
    query = select(GroupMember.employee_id, GroupMember.group_id)
    if employee_ids is not None:
        query = query.where(GroupMember.employee_id.in_(employee_ids))
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for employee_id, group_id in tx.execute(query):
        found[employee_id] |= {group_id}
    return found


def claimants(tx: ReadTx) -> list[Claimant]:
    """What rules can know of everybody who is in force."""
    groups = groups_of(tx)
    people = select(Employee.id, Employee.department).where(Employee.in_force)
    return [Claimant(one, department, groups[one]) for one, department in tx.execute(people)]


def claimant(tx: ReadTx, employee_id: str) -> Claimant:
    """The same of one employee, in force or not."""
    query = select(Employee.department).where(Employee.id == employee_id)
    return Claimant(employee_id, tx.scalar(query) or "", groups_of(tx, [employee_id])[employee_id])


def taken_off(tx: ReadTx, shut: Iterable[ShutOut]) -> Counter[str]:
    """Terminal id -> how many of those shut out it would lose.

    These belong on it now, or it was seen to hold somebody with their number.
    """
    found: Counter[str] = Counter()
    for one in shut:
        for start in range(0, len(one.employee_ids), IDS_AT_ONCE):
            some = one.employee_ids[start : start + IDS_AT_ONCE]
            for place in _held(one.terminal_ids, some):
                held = place.subquery()
                query = select(held.c.terminal_id, func.count()).group_by(held.c.terminal_id)
                found.update(dict(tx.execute(query).all()))
    return found


def names_taken_off(
    tx: ReadTx, shut: Iterable[ShutOut], terminal_id: str, most: int
) -> list[tuple[str, str]]:
    """(first name, last name) of some of those whom a terminal would lose."""
    found: list[tuple[str, str]] = []
    for one in shut:
        if terminal_id not in one.terminal_ids:
            continue
        for start in range(0, len(one.employee_ids), IDS_AT_ONCE):
            some = one.employee_ids[start : start + IDS_AT_ONCE]
            for place in _held([terminal_id], some):
                held = place.subquery()
                query = (
                    select(Employee.first_name, Employee.last_name)
                    .join(held, held.c.employee_id == Employee.id)
                    .order_by(Employee.sort_name, Employee.id)
                    .limit(most - len(found))
                )
                found += [(first, last) for first, last in tx.execute(query)]
                if len(found) == most:
                    return found
    return found


def _held(
    terminal_ids: list[str], employee_ids: list[str]
) -> tuple[Select[str, str], Select[str, str], Select[str, str]]:
    """(terminal id, employee id) by what is laid out, by the number here, and by one of its own.

    Nobody is in two of them.
    """
    laid_out = select(Placement.terminal_id, Placement.employee_id).where(
        Placement.terminal_id.in_(terminal_ids),
        Placement.employee_id.in_(employee_ids),
        Placement.belongs,
    )
    mapped = select(PinMap.pin).where(PinMap.terminal_id == InventoryEntry.terminal_id)
    own = (
        select(InventoryEntry.terminal_id, Employee.id.label("employee_id"))
        .join(Employee, Employee.number == InventoryEntry.pin)
        .where(
            InventoryEntry.terminal_id.in_(terminal_ids),
            Employee.id.in_(employee_ids),
            ~mapped.where(
                (PinMap.pin == InventoryEntry.pin) | (PinMap.employee_id == Employee.id)
            ).exists(),
            ~_placed(InventoryEntry.terminal_id, Employee.id),
        )
    )
    its_own = (
        select(InventoryEntry.terminal_id, PinMap.employee_id)
        .join(
            PinMap,
            (PinMap.terminal_id == InventoryEntry.terminal_id) & (PinMap.pin == InventoryEntry.pin),
        )
        .where(
            InventoryEntry.terminal_id.in_(terminal_ids),
            PinMap.employee_id.in_(employee_ids),
            ~_placed(InventoryEntry.terminal_id, PinMap.employee_id),
        )
    )
    return laid_out, own, its_own


def _placed(terminal_id: Any, employee_id: Any) -> Exists:
    """Whether there is a row for the two."""
    both = Placement.terminal_id == terminal_id, Placement.employee_id == employee_id
    return select(Placement.employee_id).where(*both).exists()
