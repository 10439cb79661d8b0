"""Who may be on which terminal: shown from both sides, and changed."""

from collections.abc import Iterable

from sqlalchemy import func, select

from console.api import access_rules as api
from console.api.operation import ById, Nothing
from console.domain.access_rules import (
    NO_RULES,
    AccessMap,
    Admission,
    RuleKind,
    Rules,
    admission,
    takes_everybody,
)
from console.domain.errors import NotFound
from console.domain.language import labelled, msgid, tr
from console.domain.terminals import TerminalStatus
from console.service.operations.dispatch import Call, handles
from console.service.operations.paging import after, checked_limit, encode_cursor
from console.service.pools import Pool
from console.service.terminals import access_rules as rules
from console.service.terminals.registry import find_terminal
from console.store.queries.access_rules import access_map, claimant, claimants, names_taken_off
from console.store.queries.departments import all_departments
from console.store.queries.people import join_name
from console.store.schema import (
    AccessZone,
    Employee,
    EmployeeGroup,
    GroupMember,
    Terminal,
)
from console.store.unit_of_work import ReadTx

NAMES_SHOWN = 10
"""Names of people whom a change takes off one terminal."""
_EVERYBODY = msgid("Open to everybody")
_NOBODY = msgid("No rule includes them")
_KINDS = {
    RuleKind.DEPARTMENT: msgid("Department"),
    RuleKind.GROUP: msgid("Group"),
    RuleKind.PERSON: msgid("Person"),
    RuleKind.NEVER: msgid("Never"),
}


class AccessRuleOperations:
    """What operators see and change of rules, zones and groups."""

    @handles(api.overview, Pool.READ)
    def overview(self, call: Call, _request: Nothing) -> api.AccessOverview:
        """All zones and groups."""
        with call.read() as tx:
            access, words = access_map(tx), _Words(tx)
            return api.AccessOverview(
                zones=_zones(tx, access, words),
                groups=_groups(tx),
                departments=[path for path, _ in all_departments(tx)],
            )

    @handles(api.of_terminal, Pool.READ)
    def of_terminal(self, call: Call, request: ById) -> api.TerminalAccess:
        """Who belongs on a terminal. Raises NotFound."""
        with call.read() as tx:
            row = find_terminal(tx, request.id)
            access, words = access_map(tx), _Words(tx)
            zone_id = row.access_zone_id or ""
            zone = tx.get(AccessZone, zone_id)
            on = access.on(row.id)
            return api.TerminalAccess(
                zone_id=zone_id,
                zone=zone.name if zone else "",
                own=words.rules(access.scopes.get(row.id, NO_RULES)),
                of_zone=words.rules(access.scopes.get(zone_id, NO_RULES)),
                everybody=takes_everybody(on),
                people=sum(admission(one, on).allowed for one in claimants(tx)),
            )

    @handles(api.of_employee, Pool.READ)
    def of_employee(self, call: Call, request: ById) -> api.EmployeeAccess:
        """Where an employee goes, by the rules. Raises NotFound."""
        with call.read() as tx:
            if tx.get(Employee, request.id) is None:
                raise NotFound(tr("This employee no longer exists."))
            access, person, words = access_map(tx), claimant(tx, request.id), _Words(tx)
            approved = select(Terminal.id, Terminal.name).where(
                Terminal.status == TerminalStatus.APPROVED
            )
            destinations = []
            for terminal_id, name in tx.execute(approved.order_by(Terminal.name)):
                found = admission(person, access.on(terminal_id))
                destinations.append(
                    api.Destination(
                        terminal_id=terminal_id,
                        terminal=name,
                        allowed=found.allowed,
                        why=words.why(found),
                    )
                )
            return api.EmployeeAccess(group_ids=sorted(person.groups), destinations=destinations)

    @handles(api.list_members, Pool.READ)
    def members(self, call: Call, request: api.ListMembers) -> api.MemberPage:
        """The members of a group, by name. Raises Invalid for a bad cursor."""
        limit = checked_limit(request.limit)
        query = (
            select(Employee)
            .join(GroupMember, GroupMember.employee_id == Employee.id)
            .where(GroupMember.group_id == request.group_id)
        )
        if request.cursor:
            query = query.where(after(request.cursor, Employee.sort_name, Employee.id, False))
        with call.read() as tx:
            rows = list(tx.scalars(query.order_by(Employee.sort_name, Employee.id).limit(limit)))
        last = rows[-1] if len(rows) == limit else None
        return api.MemberPage(
            rows=[
                api.Member(
                    id=row.id, number=row.number, name=join_name(row.first_name, row.last_name)
                )
                for row in rows
            ],
            cursor=encode_cursor(last.sort_name, last.id) if last else "",
        )

    @handles(api.preview_change, Pool.READ)
    def preview(self, call: Call, request: api.PreviewChange) -> api.Impact:
        """Whom a change would take off terminals. Raises Invalid, NotFound."""
        with call.read() as tx:
            counted = rules.count(tx, request.change)
            lost = Terminal.id.in_(counted.removals)
            named = dict(tx.execute(select(Terminal.id, Terminal.name).where(lost)).all())
            rows = [
                api.TakenOff(
                    terminal_id=terminal_id,
                    terminal=named[terminal_id],
                    people=people,
                    names=[
                        join_name(first, last)
                        for first, last in names_taken_off(
                            tx, counted.shut, terminal_id, NAMES_SHOWN
                        )
                    ],
                )
                for terminal_id, people in counted.removals.items()
            ]
        by_name = sorted(rows, key=lambda row: (row.terminal, row.terminal_id))
        return api.Impact(removals=counted.removals.total(), terminals=by_name)

    @handles(api.apply_change, Pool.WRITE)
    def apply(self, call: Call, request: api.ApplyChange) -> api.Applied:
        """Makes a change. Raises Invalid, NotFound, Conflict."""
        with call.read() as reading:
            counted = rules.count(reading, request.change)
        with call.write() as tx:
            made = rules.apply(tx, request.change, request.confirmed, counted)
        return api.Applied(id=made)

    @handles(api.delete_zone, Pool.WRITE)
    def delete_zone(self, call: Call, request: ById) -> Nothing:
        """Deletes a zone without terminals. Raises NotFound, Conflict."""
        with call.write() as tx:
            rules.delete_zone(tx, request.id)
        return Nothing()

    @handles(api.delete_group, Pool.WRITE)
    def delete_group(self, call: Call, request: ById) -> Nothing:
        """Deletes a group that no rule names. Raises NotFound, Conflict."""
        with call.write() as tx:
            rules.delete_group(tx, request.id)
        return Nothing()


class _Words:
    """Rules in words, with the names of what they name."""

    def __init__(self, tx: ReadTx) -> None:
        self._tx = tx
        self._groups = dict(tx.execute(select(EmployeeGroup.id, EmployeeGroup.name)).all())

    def rules(self, found: Rules) -> list[api.Rule]:
        """As they are listed: by kind, then by what they name."""
        names = self._people({rule.names for rule in found})
        named = [(rule, self._named(rule.kind, rule.names, names)) for rule in found]
        made = [
            api.Rule(
                kind=rule.kind,
                names=rule.names,
                who=who,
                label=labelled(tr(_KINDS[rule.kind]), who),
            )
            for rule, who in named
        ]
        return sorted(made, key=lambda rule: (list(RuleKind).index(rule.kind), rule.label))

    def why(self, found: Admission) -> str:
        """Why somebody goes to a terminal, or does not."""
        if found.by is None:
            return tr(_EVERYBODY) if found.allowed else tr(_NOBODY)
        kind, names = found.by
        if kind is RuleKind.NEVER:
            return tr("Never on this terminal")
        if kind is RuleKind.PERSON:
            return tr("Named individually")
        return labelled(tr(_KINDS[kind]), self._named(kind, names, {}))

    def _named(self, kind: RuleKind, names: str, people: dict[str, str]) -> str:
        if kind is RuleKind.DEPARTMENT:
            return names
        known = self._groups if kind is RuleKind.GROUP else people
        return known.get(names) or tr("deleted")

    def _people(self, ids: Iterable[str]) -> dict[str, str]:
        query = select(Employee.id, Employee.first_name, Employee.last_name, Employee.number).where(
            Employee.id.in_(list(ids))
        )
        return {
            row_id: f"{join_name(first, last)} ({number})"
            for row_id, first, last, number in self._tx.execute(query)
        }


def _zones(tx: ReadTx, access: AccessMap, words: _Words) -> list[api.ZoneRow]:
    zones = select(AccessZone).order_by(AccessZone.name, AccessZone.id)
    return [
        api.ZoneRow(
            id=zone.id,
            name=zone.name,
            terminal_ids=sorted(one for one, inside in access.zones.items() if inside == zone.id),
            rules=words.rules(access.scopes.get(zone.id, NO_RULES)),
        )
        for zone in tx.scalars(zones)
    ]


def _groups(tx: ReadTx) -> list[api.GroupRow]:
    query = (
        select(EmployeeGroup.id, EmployeeGroup.name, func.count(GroupMember.employee_id))
        .outerjoin(GroupMember, GroupMember.group_id == EmployeeGroup.id)
        .group_by(EmployeeGroup.id, EmployeeGroup.name)
        .order_by(EmployeeGroup.name)
    )
    return [
        api.GroupRow(id=one, name=name, members=count) for one, name, count in tx.execute(query)
    ]
