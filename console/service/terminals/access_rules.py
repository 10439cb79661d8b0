"""Changes of rules, zones and groups: whom each would take off terminals, and how it is made.

A change only writes its own rows and marks whom it concerns; `placements.py` does the rest.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import delete, insert, select, update

from console.api import access_rules as api
from console.domain.access_rules import (
    MOST_MEMBERS,
    AccessMap,
    AccessRule,
    Claimant,
    RuleKind,
    Rules,
    ShutOut,
    check_confirmed,
    checked_name,
    checked_rules,
    shut_out,
)
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.language import tr
from console.service.portions import in_batches
from console.store.columns import new_id
from console.store.queries.access_rules import access_map, claimants, taken_off
from console.store.queries.placements import unsettle, unsettle_terminals
from console.store.schema import (
    AccessRuleRow,
    AccessZone,
    Employee,
    EmployeeGroup,
    GroupMember,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx

Row = TypeVar("Row", Terminal, AccessZone, EmployeeGroup)
SUBJECT = "access_rules"
"""What is announced of groups and zones."""
NEW = "new"
"""Stands for the id of a zone that does not exist yet."""


@dataclass(frozen=True)
class Effect:
    """What a change does. marked: terminals to decide again; people: employees to decide again."""

    shut: list[ShutOut]
    marked: set[str] = field(default_factory=set)
    people: list[str] = field(default_factory=list)


def effect_of(tx: ReadTx, change: api.AccessChange) -> Effect:
    """What a change would do. Raises Invalid, NotFound."""
    match change:
        case api.SaveTerminalRules():
            return _of_terminal(tx, change)
        case api.SaveZone():
            return _of_zone(tx, change)
        case api.SaveGroup():
            return _of_group(tx, change)


@dataclass(frozen=True)
class Counted:
    """Whom a change shuts out, and how many terminals would lose of them: it takes long to count.

    It is counted before the transaction that makes the change, which counts again only if whom it
    shuts out is not the same any more.
    """

    shut: list[ShutOut]
    removals: Counter[str]


def count(tx: ReadTx, change: api.AccessChange) -> Counted:
    """Whom a change would take off, by terminal. Raises Invalid, NotFound."""
    shut = effect_of(tx, change).shut
    return Counted(shut, taken_off(tx, shut))


def apply(tx: Tx, change: api.AccessChange, confirmed: int, counted: Counted) -> str:
    """Makes a change. Returns its object's id. Raises Invalid, NotFound, Conflict."""
    effect = effect_of(tx, change)
    same = effect.shut == counted.shut
    removals = (counted.removals if same else taken_off(tx, effect.shut)).total()
    check_confirmed(removals, confirmed)
    match change:
        case api.SaveTerminalRules():
            object_id, rules = change.terminal_id, len(change.rules)
            zone_id = change.zone_id or None
            mine = Terminal.id == object_id
            tx.execute(update(Terminal).where(mine).values(access_zone_id=zone_id))
            _write_rules(tx, object_id, rules_of(change.rules))
            tx.audit("access.terminal", object_id, rules=rules, removals=removals)
        case api.SaveZone():
            object_id, rules = _write_zone(tx, change), len(change.rules)
            _write_rules(tx, object_id, rules_of(change.rules))
            detail = {"rules": rules, "terminals": len(change.terminal_ids)}
            tx.audit("access.zone", object_id, removals=removals, **detail)
        case api.SaveGroup():
            object_id = _write_group(tx, change)
            detail = {"added": len(change.add), "removed": len(change.remove)}
            tx.audit("access.group", object_id, removals=removals, **detail)
    if effect.marked:
        unsettle_terminals(tx, effect.marked)
    for some in in_batches(effect.people):
        unsettle(tx, some)
    tx.changed(SUBJECT, object_id)
    return object_id


def delete_zone(tx: Tx, zone_id: str) -> None:
    """Deletes a zone and its rules. Raises NotFound, and Conflict while it has terminals."""
    zone = _found(tx, AccessZone, zone_id)
    inside = select(Terminal.id).where(Terminal.access_zone_id == zone_id)
    if tx.scalar(inside.limit(1)) is not None:
        raise Conflict(tr("Take the terminals out of this zone first."))
    _write_rules(tx, zone_id, frozenset())
    tx.delete(zone)
    tx.audit("access.zone_deleted", zone_id)
    tx.changed(SUBJECT, zone_id)


def delete_group(tx: Tx, group_id: str) -> None:
    """Deletes a group. Raises NotFound, and Conflict while rules name it.

    Without its last rule, a terminal would take everybody: nobody should find that out at the door.
    """
    group = _found(tx, EmployeeGroup, group_id)
    named = AccessRuleRow.kind == RuleKind.GROUP, AccessRuleRow.names == group_id
    if tx.scalar(select(AccessRuleRow.scope_id).where(*named).limit(1)) is not None:
        raise Conflict(tr("Rules name this group. Take it out of them first."))
    tx.execute(delete(GroupMember).where(GroupMember.group_id == group_id))
    tx.delete(group)
    tx.audit("access.group_deleted", group_id)
    tx.changed(SUBJECT, group_id)


def rules_of(rules: Iterable[api.Rule]) -> Rules:
    """The rules of a request as the domain knows them. Raises Invalid."""
    return checked_rules([AccessRule(rule.kind, rule.names) for rule in rules])


# what a change would do


def _of_terminal(tx: ReadTx, change: api.SaveTerminalRules) -> Effect:
    _found(tx, Terminal, change.terminal_id)
    if change.zone_id:
        _found(tx, AccessZone, change.zone_id)
    rules = _known_rules(tx, change.rules)
    before = access_map(tx)
    after = before.with_rules(change.terminal_id, rules)
    return _of_rules(tx, before, after.in_zone(change.terminal_id, change.zone_id))


def _of_zone(tx: ReadTx, change: api.SaveZone) -> Effect:
    checked_name(change.name)
    if change.id:
        _found(tx, AccessZone, change.id)
    _check_known(tx, Terminal, change.terminal_ids, "terminal_ids")
    rules = _known_rules(tx, change.rules)
    before, zone_id = access_map(tx), change.id or NEW
    after = before.with_rules(zone_id, rules).with_zone(zone_id, change.terminal_ids)
    return _of_rules(tx, before, after)


def _of_rules(tx: ReadTx, before: AccessMap, after: AccessMap) -> Effect:
    marked = {one for one in before.zones if before.on(one) != after.on(one)}
    everybody = [(one, one) for one in claimants(tx)]
    return Effect(shut_out(before, after, marked, everybody), marked)


def _of_group(tx: ReadTx, change: api.SaveGroup) -> Effect:
    checked_name(change.name)
    if change.id:
        _found(tx, EmployeeGroup, change.id)
    if set(change.add) & set(change.remove):
        raise Invalid("add", tr("Nobody can join and leave a group at once."))
    _check_known(tx, Employee, [*change.add, *change.remove], "add")
    access = access_map(tx)
    terminals = access.naming_group(change.id)
    if not terminals:
        return Effect([])
    leaving = set(change.remove)
    people = [(one, _without(one, change.id)) for one in claimants(tx) if one.id in leaving]
    shut = shut_out(access, access, terminals, people)
    return Effect(shut, people=[*change.add, *change.remove])


def _without(person: Claimant, group_id: str) -> Claimant:
    return Claimant(person.id, person.department, person.groups - {group_id})


def _known_rules(tx: ReadTx, rules: Sequence[api.Rule]) -> Rules:
    """Raises Invalid for a group or an employee that does not exist."""
    checked = rules_of(rules)
    groups = [rule.names for rule in checked if rule.kind is RuleKind.GROUP]
    people = {rule.names for rule in checked if rule.kind in (RuleKind.PERSON, RuleKind.NEVER)}
    _check_known(tx, EmployeeGroup, groups, "rules")
    _check_known(tx, Employee, people, "rules")
    return checked


def _check_known(
    tx: ReadTx,
    kind: type[Terminal | Employee | EmployeeGroup],
    ids: Collection[str],
    field_name: str,
) -> None:
    """Raises Invalid for too many ids, and for one that does not exist (any more)."""
    if len(ids) > MOST_MEMBERS:
        raise Invalid(field_name, tr("At most {most:,} at once.", most=MOST_MEMBERS))
    for some in in_batches(set(ids)):
        known = set(tx.scalars(select(kind.id).where(kind.id.in_(some))))
        if known != set(some):
            raise Invalid(field_name, tr("One of them does not exist any more. Choose again."))


def _found(tx: ReadTx, kind: type[Row], row_id: str) -> Row:
    row = tx.get(kind, row_id)
    if row is None:
        raise NotFound(tr("It does not exist any more."))
    return row


# rows


def _write_rules(tx: Tx, scope_id: str, rules: Rules) -> None:
    tx.execute(delete(AccessRuleRow).where(AccessRuleRow.scope_id == scope_id))
    rows = [{"scope_id": scope_id, "kind": one.kind, "names": one.names} for one in rules]
    tx.add_many(AccessRuleRow, rows)


def _write_zone(tx: Tx, change: api.SaveZone) -> str:
    name = _free_name(tx, AccessZone, change.id, change.name)
    zone_id = change.id or new_id()
    if change.id:
        tx.execute(update(AccessZone).where(AccessZone.id == zone_id).values(name=name))
    else:
        tx.execute(insert(AccessZone).values(id=zone_id, name=name))
    inside = Terminal.access_zone_id == zone_id
    tx.execute(update(Terminal).where(inside).values(access_zone_id=None))
    chosen = Terminal.id.in_(change.terminal_ids)
    tx.execute(update(Terminal).where(chosen).values(access_zone_id=zone_id))
    return zone_id


def _write_group(tx: Tx, change: api.SaveGroup) -> str:
    name = _free_name(tx, EmployeeGroup, change.id, change.name)
    group_id = change.id or new_id()
    if change.id:
        tx.execute(update(EmployeeGroup).where(EmployeeGroup.id == group_id).values(name=name))
    else:
        tx.execute(insert(EmployeeGroup).values(id=group_id, name=name))
    for some in in_batches([*change.add, *change.remove]):
        mine = GroupMember.group_id == group_id, GroupMember.employee_id.in_(some)
        tx.execute(delete(GroupMember).where(*mine))
    members = [{"group_id": group_id, "employee_id": one} for one in dict.fromkeys(change.add)]
    tx.add_many(GroupMember, members)
    return group_id


def _free_name(tx: ReadTx, kind: type[AccessZone | EmployeeGroup], own_id: str, wanted: str) -> str:
    """The name as it is stored. Raises Invalid, also for one that is taken."""
    name = checked_name(wanted)
    if tx.scalar(select(kind.id).where(kind.name == name, kind.id != own_id)) is not None:
        raise Invalid("name", tr("Another one has the name “{name}”.", name=name))
    return name
