"""Who may be on which terminal, by the rules; and whom a change of them shuts out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.access_rules import (
    MOST_RULES,
    NAME_LENGTH,
    NO_RULES,
    AccessMap,
    AccessRule,
    Admission,
    Claimant,
    RuleKind,
    Rules,
    ShutOut,
    admission,
    check_confirmed,
    checked_name,
    checked_rules,
    shut_out,
    takes_everybody,
)
from console.domain.departments import LENGTH
from console.domain.errors import Conflict, Invalid

SALES = AccessRule(RuleKind.DEPARTMENT, "Sales")
NIGHT = AccessRule(RuleKind.GROUP, "night")
NUR = AccessRule(RuleKind.PERSON, "nur")
NOT_NUR = AccessRule(RuleKind.NEVER, "nur")
CLAIMANT = Claimant("nur", "Sales", frozenset({"night", "first aid"}))


def rules(*some: AccessRule) -> Rules:
    return frozenset(some)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ((), Admission(True)),
        ((SALES,), Admission(True, SALES)),
        ((NIGHT, SALES), Admission(True, NIGHT)),
        ((NUR, NIGHT, SALES), Admission(True, NUR)),
        ((AccessRule(RuleKind.DEPARTMENT, "sales"),), Admission(False)),
        ((AccessRule(RuleKind.GROUP, "Sales"),), Admission(False)),
        ((AccessRule(RuleKind.PERSON, "wei"),), Admission(False)),
        ((NOT_NUR,), Admission(False, NOT_NUR)),
        ((NOT_NUR, NUR, NIGHT, SALES), Admission(False, NOT_NUR)),
        ((AccessRule(RuleKind.NEVER, "wei"),), Admission(True)),
    ],
)
def test_the_most_particular_rule_decides_and_an_exception_wins_over_all(
    written: tuple[AccessRule, ...], found: Admission
) -> None:
    assert admission(CLAIMANT, rules(*written)) == found


def test_somebody_without_a_department_is_in_none() -> None:
    assert not admission(Claimant("wei"), rules(AccessRule(RuleKind.DEPARTMENT, ""))).allowed


def test_a_terminal_has_its_own_rules_and_those_of_its_zone() -> None:
    site = AccessMap({"gate": rules(SALES), "zone": rules(NIGHT)}, {"gate": "zone", "door": ""})
    assert site.on("gate") == {SALES, NIGHT}
    assert site.on("door") == NO_RULES
    assert site.in_zone("door", "zone").on("door") == {NIGHT}
    assert site.in_zone("gate", "").on("gate") == {SALES}
    assert site.with_zone("zone", ["door"]).zones == {"gate": "", "door": "zone"}
    assert site.naming_group("night") == {"gate"}
    assert not site.allows(Claimant("wei"), "gate")
    assert site.allows(Claimant("wei"), "door")


def test_who_was_let_in_and_no_longer_is_is_shut_out_of_all_terminals_that_change_alike() -> None:
    before = AccessMap({}, {"gate": "zone", "door": "zone", "lab": ""})
    after = before.with_rules("zone", rules(SALES)).with_rules("lab", rules(NOT_NUR))
    people = [(one, one) for one in (CLAIMANT, Claimant("wei"))]
    found = shut_out(before, after, ["door", "gate", "lab"], people)
    assert found == [ShutOut(["door", "gate"], ["wei"]), ShutOut(["lab"], ["nur"])]
    assert shut_out(after, before, ["door", "gate", "lab"], people) == []


def test_who_leaves_the_group_that_a_rule_names_is_shut_out() -> None:
    site = AccessMap({"gate": rules(NIGHT)}, {"gate": ""})
    people = [(CLAIMANT, Claimant("nur", "Sales"))]
    assert shut_out(site, site, ["gate"], people) == [ShutOut(["gate"], ["nur"])]


KINDS = st.sampled_from(RuleKind)
WORDS = st.sampled_from("abcd")
RULES = st.frozensets(st.builds(AccessRule, KINDS, WORDS), max_size=8)
PEOPLE = st.builds(Claimant, WORDS, WORDS | st.just(""), st.frozensets(WORDS))


@given(PEOPLE, RULES)
def test_a_rule_more_that_names_somebody_never_takes_anybody_off_who_was_named(
    person: Claimant, written: Rules
) -> None:
    """Only an exception, or the first rule of a terminal that took everybody, takes off."""
    was = admission(person, written)
    for kind in set(RuleKind) - {RuleKind.NEVER}:
        for word in "abcd":
            more = admission(person, written | {AccessRule(kind, word)})
            assert more.allowed or not was.allowed or takes_everybody(written)


@given(PEOPLE, RULES)
def test_an_exception_always_wins_and_concerns_nobody_else(
    person: Claimant, written: Rules
) -> None:
    barred = written | {AccessRule(RuleKind.NEVER, person.id)}
    assert not admission(person, barred).allowed
    other = Claimant("somebody else", person.department, person.groups)
    assert admission(other, barred) == admission(other, written)


@given(PEOPLE, RULES)
def test_what_decides_is_one_of_the_rules_and_names_the_person(
    person: Claimant, written: Rules
) -> None:
    found = admission(person, written)
    if found.by is None:
        assert found.allowed is takes_everybody(written)
    else:
        assert found.by in written
        assert found.by.names in {person.id, person.department, *person.groups}
        assert found.allowed is (found.by.kind is not RuleKind.NEVER)


@given(st.lists(PEOPLE, max_size=6), RULES, RULES)
def test_shut_out_are_just_those_who_were_allowed_and_are_not(
    people: list[Claimant], was: Rules, becomes: Rules
) -> None:
    before = AccessMap({"gate": was}, {"gate": ""})
    after = before.with_rules("gate", becomes)
    found = shut_out(before, after, ["gate"], [(one, one) for one in people])
    expected = [
        one.id for one in people if before.allows(one, "gate") and not after.allows(one, "gate")
    ]
    assert [one for out in found for one in out.employee_ids] == expected


def test_rules_are_bounded_and_name_something() -> None:
    assert checked_rules([SALES, SALES, NIGHT]) == {SALES, NIGHT}
    many = [AccessRule(RuleKind.PERSON, str(number)) for number in range(MOST_RULES + 1)]
    with pytest.raises(Invalid, match="Use at most 500 rules"):
        checked_rules(many)
    for names in ("", "  ", "x" * (LENGTH + 1)):
        with pytest.raises(Invalid, match="Each rule names"):
            checked_rules([AccessRule(RuleKind.DEPARTMENT, names)])


def test_groups_and_zones_have_names_that_can_be_shown() -> None:
    assert checked_name("  Night shift ") == "Night shift"
    for name in ("", "  ", "x" * (NAME_LENGTH + 1), "a\nb"):
        with pytest.raises(Invalid, match="Enter a name"):
            checked_name(name)


def test_only_what_was_confirmed_is_taken_off() -> None:
    check_confirmed(3, 3)
    for confirmed in (0, 2, 4):
        with pytest.raises(Conflict, match=f"3 removals from terminals, but {confirmed} were"):
            check_confirmed(3, confirmed)
