"""Who may be on which terminal: groups of employees, zones of terminals, and their rules.

A change that may take people off terminals is first previewed; it is applied with the number of
removals that somebody has seen and confirmed.
"""

import msgspec

from console.api.operation import ADMIN, ANYONE, ById, Nothing, operation
from console.domain.access_rules import RuleKind


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. names: a department, or the id of a group or an employee.

    who: what it names, as people call it; label: the whole rule in words. The service ignores both
    in a change.
    """

    kind: RuleKind
    names: str
    who: str = ""
    label: str = ""


class ZoneRow(msgspec.Struct, frozen=True, kw_only=True):
    """A zone: terminals that share rules."""

    id: str
    name: str
    terminal_ids: list[str]
    rules: list[Rule]


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group of employees. members: how many."""

    id: str
    name: str
    members: int


class AccessOverview(msgspec.Struct, frozen=True, kw_only=True):
    """All zones and groups. departments: their paths, as a tree."""

    zones: list[ZoneRow]
    groups: list[GroupRow]
    departments: list[str]


class TerminalAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Who belongs on a terminal.

    zone_id, zone: empty without one; own, of_zone: the rules; everybody: nobody needs to be named;
    people: how many employees in force it takes, enrolled or not.
    """

    zone_id: str
    zone: str
    own: list[Rule]
    of_zone: list[Rule]
    everybody: bool
    people: int


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal, and whether an employee goes to it. why: in words."""

    terminal_id: str
    terminal: str
    allowed: bool
    why: str


class EmployeeAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Where an employee goes. group_ids: the groups that they are in."""

    group_ids: list[str]
    destinations: list[Destination]


class ListMembers(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a page of the members of a group, by name."""

    group_id: str
    cursor: str = ""
    limit: int = 100


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An employee in a group."""

    id: str
    number: str
    name: str


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page. cursor: for the next page, empty on the last one."""

    rows: list[Member]
    cursor: str


class SaveTerminalRules(msgspec.Struct, frozen=True, kw_only=True, tag="terminal"):
    """The zone of a terminal (empty for none), and its own rules."""

    terminal_id: str
    zone_id: str
    rules: list[Rule]


class SaveZone(msgspec.Struct, frozen=True, kw_only=True, tag="zone"):
    """The new data of a zone. An empty id makes a new one."""

    id: str
    name: str
    terminal_ids: list[str]
    rules: list[Rule]


class SaveGroup(msgspec.Struct, frozen=True, kw_only=True, tag="group"):
    """A new name of a group, and employees who join or leave it. An empty id makes a new one."""

    id: str
    name: str
    add: list[str] = []
    remove: list[str] = []


AccessChange = SaveTerminalRules | SaveZone | SaveGroup


class PreviewChange(msgspec.Struct, frozen=True, kw_only=True):
    """Asks what a change would do; nothing is changed."""

    change: AccessChange


class TakenOff(msgspec.Struct, frozen=True, kw_only=True):
    """People who would be taken off a terminal. names: of some of them."""

    terminal_id: str
    terminal: str
    people: int
    names: list[str]


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a change would take off terminals. removals: the sum over all terminals."""

    removals: int
    terminals: list[TakenOff]


class ApplyChange(msgspec.Struct, frozen=True, kw_only=True):
    """Makes a change. confirmed: the removals that were seen; another number is refused."""

    change: AccessChange
    confirmed: int = 0


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A change was made. id: of the terminal, the zone or the group."""

    id: str


overview = operation("access_rules.overview", Nothing, AccessOverview, ANYONE)
of_terminal = operation("access_rules.of_terminal", ById, TerminalAccess, ANYONE)
of_employee = operation("access_rules.of_employee", ById, EmployeeAccess, ANYONE)
list_members = operation("access_rules.members", ListMembers, MemberPage, ANYONE)
preview_change = operation("access_rules.preview", PreviewChange, Impact, ADMIN)
apply_change = operation("access_rules.apply", ApplyChange, Applied, ADMIN)
delete_zone = operation("access_rules.delete_zone", ById, Nothing, ADMIN)
delete_group = operation("access_rules.delete_group", ById, Nothing, ADMIN)
