"""Who may be on which terminal: rules of a terminal and of its zone, and what a change takes away.

Pure. A zone is a named set of terminals that share rules; a group is a named set of employees.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from console.domain.departments import LENGTH, lineage
from console.domain.errors import Conflict, Invalid
from console.domain.language import tr, tr_count

MOST_RULES = 500
"""Rules of one terminal or zone: more would be a group."""
MOST_MEMBERS = 5000
"""Employees who join or leave a group in one step, and terminals of one zone."""
NAME_LENGTH = 80


class RuleKind(StrEnum):
    """What a rule names. NEVER: one person who must not be on the terminal, whatever else holds."""

    DEPARTMENT = "department"
    GROUP = "group"
    PERSON = "person"
    NEVER = "never"


class AccessRule(NamedTuple):
    """One line of a terminal's or a zone's rules.

    names: the path of a department, or the id of a group or of an employee.
    """

    kind: RuleKind
    names: str


Rules = frozenset[AccessRule]
NO_RULES: Rules = frozenset()


@dataclass(frozen=True)
class Claimant:
    """What rules can know of an employee. groups: ids of those that they are in."""

    id: str
    department: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Admission:
    """Whether somebody belongs on a terminal. by: the rule that decides, None if none does."""

    allowed: bool
    by: AccessRule | None = None


_OPEN = Admission(True)
"""Most terminals have no rules, and there are many people: this one is not made anew for each."""


def rules_naming(person: Claimant) -> Iterator[AccessRule]:
    """The rules that would take a person, the most particular first.

    The rule of a department covers those below it.
    """
    yield AccessRule(RuleKind.PERSON, person.id)
    for group in sorted(person.groups):
        yield AccessRule(RuleKind.GROUP, group)
    for department in lineage(person.department):
        yield AccessRule(RuleKind.DEPARTMENT, department)


def takes_everybody(rules: Rules) -> bool:
    """Whether nobody needs to be named. Exceptions alone do not close a terminal."""
    return all(rule.kind is RuleKind.NEVER for rule in rules)


def admission(person: Claimant, rules: Rules) -> Admission:
    """What the rules say of a person. An exception wins over all."""
    if not rules:
        return _OPEN
    never = AccessRule(RuleKind.NEVER, person.id)
    if never in rules:
        return Admission(False, never)
    for rule in rules_naming(person):
        if rule in rules:
            return Admission(True, rule)
    return Admission(takes_everybody(rules))


@dataclass(frozen=True)
class AccessMap:
    """All rules of the site.

    scopes: terminal or zone id -> its rules; zones: every terminal -> its zone, empty for none.
    """

    scopes: Mapping[str, Rules] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)

    def on(self, terminal_id: str) -> Rules:
        """What holds on a terminal: its own rules and those of its zone."""
        own = self.scopes.get(terminal_id, NO_RULES)
        return own | self.scopes.get(self.zones.get(terminal_id, ""), NO_RULES)

    def allows(self, person: Claimant, terminal_id: str) -> bool:
        """Whether the person may be on the terminal."""
        return admission(person, self.on(terminal_id)).allowed

    def with_rules(self, scope_id: str, rules: Rules) -> "AccessMap":
        """The same with other rules of one terminal or zone."""
        return replace(self, scopes={**self.scopes, scope_id: rules})

    def with_zone(self, zone_id: str, terminal_ids: Iterable[str]) -> "AccessMap":
        """The same with these terminals, and no others, in the zone."""
        others = {one: zone if zone != zone_id else "" for one, zone in self.zones.items()}
        return replace(self, zones=others | dict.fromkeys(terminal_ids, zone_id))

    def in_zone(self, terminal_id: str, zone_id: str) -> "AccessMap":
        """The same with one terminal in this zone, or in none (empty)."""
        return replace(self, zones={**self.zones, terminal_id: zone_id})

    def naming_group(self, group_id: str) -> set[str]:
        """The terminals with a rule that names the group."""
        rule = AccessRule(RuleKind.GROUP, group_id)
        return {one for one in self.zones if rule in self.on(one)}


@dataclass(frozen=True)
class ShutOut:
    """People who lose terminals that change alike."""

    terminal_ids: list[str]
    employee_ids: list[str]


def shut_out(
    before: AccessMap,
    after: AccessMap,
    terminal_ids: Iterable[str],
    people: Collection[tuple[Claimant, Claimant]],
) -> list[ShutOut]:
    """Whom a change shuts out. people: each as they are and as they will be.

    Each kind of change is looked at once, however many terminals share it.
    """
    alike: dict[tuple[Rules, Rules], list[str]] = {}
    for terminal_id in terminal_ids:
        alike.setdefault((before.on(terminal_id), after.on(terminal_id)), []).append(terminal_id)
    found = []
    for (was, becomes), terminals in alike.items():
        lost = [
            one.id
            for one, then in people
            if not admission(then, becomes).allowed and admission(one, was).allowed
        ]
        if lost:
            found.append(ShutOut(terminals, lost))
    return found


def checked_rules(rules: Collection[AccessRule]) -> Rules:
    """The rules without repeats. Raises Invalid."""
    if len(rules) > MOST_RULES:
        raise Invalid(
            "rules",
            tr(
                "Use at most {most} rules. Put these people into a group, and name the group.",
                most=MOST_RULES,
            ),
        )
    for rule in rules:
        if not rule.names.strip() or len(rule.names) > LENGTH:
            raise Invalid("rules", tr("Each rule names a department, a group or an employee."))
    return frozenset(rules)


def checked_name(name: str) -> str:
    """The name of a group or a zone as it is stored. Raises Invalid."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise Invalid("name", tr("Enter a name of 1 to {most} characters.", most=NAME_LENGTH))
    return name


def check_confirmed(removals: int, confirmed: int) -> None:
    """A change takes off just as many as somebody has seen and confirmed. Raises Conflict."""
    if removals != confirmed:
        raise Conflict(
            tr_count(
                "This change now means {count:,} removal from terminals, but {confirmed:,} were "
                "confirmed. Nothing was changed. Check who is affected, and confirm again.",
                "This change now means {count:,} removals from terminals, but {confirmed:,} were "
                "confirmed. Nothing was changed. Check who is affected, and confirm again.",
                removals,
                confirmed=confirmed,
            )
        )
