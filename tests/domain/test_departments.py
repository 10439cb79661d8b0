"""Departments are paths: what is written becomes one, and a change carries those below along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.access_rules import AccessRule, Claimant, RuleKind, admission
from console.domain.departments import (
    LENGTH,
    after_change,
    check_change,
    checked_path,
    is_within,
    lineage,
)
from console.domain.errors import Conflict, Invalid

NAMES = st.lists(st.sampled_from(["Plant", "Line 1", "R&D/QA", "Büro"]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ""),
        ("  ", ""),
        (" Sales ", "Sales"),
        ("Plant>Line 1", "Plant > Line 1"),
        ("Plant  >  Line 1", "Plant > Line 1"),
        ("R&D/QA", "R&D/QA"),
    ],
)
def test_PE4_a_department_is_written_with_those_above_it(text: str, path: str) -> None:
    assert checked_path(text) == path


@pytest.mark.parametrize("text", [">", "Plant >", "> Line", "A > > B", "A\nB", "x" * (LENGTH + 1)])
def test_PE4_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        checked_path(text)


@given(NAMES)
def test_PE4_a_path_is_stable_and_lies_within_all_above_it(names: list[str]) -> None:
    path = checked_path(">".join(names))
    assert checked_path(path) == path
    above = list(lineage(path))
    assert above[0] == path
    assert len(above) == len(names)
    assert all(is_within(path, top) for top in above)


def test_PE4_a_name_that_only_begins_alike_lies_elsewhere() -> None:
    assert not is_within("Sales East", "Sales")
    assert after_change("Sales East", "Sales", "Trade") == "Sales East"
    assert after_change("Sales > East", "Sales", "Trade > All") == "Trade > All > East"


def test_PE4_a_change_that_makes_no_tree_is_refused() -> None:
    check_change("A", "B", 1)
    check_change("A", "A", 1)
    with pytest.raises(Invalid, match="Give the department a name"):
        check_change("A", "", 1)
    with pytest.raises(Conflict, match="into itself"):
        check_change("A", "A > B", 1)
    with pytest.raises(Invalid, match="would be longer"):
        check_change("A", "Longer", LENGTH)


def test_PE4_the_rule_of_a_department_covers_those_below_it() -> None:
    rules = frozenset({AccessRule(RuleKind.DEPARTMENT, "Plant")})
    assert admission(Claimant("1", "Plant > Line 1"), rules).by in rules
    assert admission(Claimant("2", "Plant"), rules).allowed
    assert not admission(Claimant("3", "Plant 2"), rules).allowed
    assert not admission(Claimant("4"), rules).allowed
