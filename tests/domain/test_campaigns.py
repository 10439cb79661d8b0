"""Whom a campaign invites, and why somebody of the set gets no link: PE5, N22."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.domain.campaigns import (
    MAX_AT_ONCE,
    Allowed,
    Candidate,
    Delivery,
    LeftOut,
    Need,
    Whom,
    checked_name,
    keys_of,
    left_out,
    list_keys,
    unknown_lines,
    works,
)
from console.domain.errors import Invalid
from console.domain.invitations import IN_FORCE, WITH_US, Status

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
NUR = Candidate(
    id="1",
    number="1001",
    name="Nur Aisyah",
    email="Nur@example.com",
    department="Plant > Line 1",
    groups=frozenset({"shift-a"}),
)
ALL = Allowed(enrolled=True, with_link=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"active": False}, LeftOut.NOT_ACTIVE),
        ({"last_day_over": True}, LeftOut.LAST_DAY_OVER),
        ({"opted_out": True}, LeftOut.OPTED_OUT),
        ({"email": ""}, LeftOut.NO_EMAIL),
        *(({"statuses": frozenset({status})}, LeftOut.WAITS) for status in WITH_US),
        *(({"statuses": frozenset({status})}, LeftOut.ENROLLED) for status in IN_FORCE),
        ({"has_link": True}, LeftOut.HAS_LINK),
        ({"statuses": frozenset({Status.EXPIRED, Status.DECLINED})}, None),
    ],
)
def test_PE5_everybody_left_out_has_a_reason(
    change: dict[str, Any], reason: LeftOut | None
) -> None:
    assert left_out(replace(NUR, **change), Allowed()) is reason


def test_PE5_only_enrolment_and_a_link_can_be_overruled() -> None:
    assert left_out(replace(NUR, statuses=IN_FORCE, has_link=True), ALL) is None
    for change in ({"active": False}, {"opted_out": True}, {"email": ""}, {"statuses": WITH_US}):
        assert left_out(replace(NUR, **change), ALL) is not None


def test_PE5_what_cannot_be_overruled_is_told_first() -> None:
    left = replace(NUR, active=False, opted_out=True, email="", statuses=WITH_US | IN_FORCE)
    assert left_out(left, ALL) is LeftOut.NOT_ACTIVE
    assert left_out(replace(left, active=True), ALL) is LeftOut.OPTED_OUT


OLD = replace(NUR, enrolled_at=NOW - timedelta(days=3 * 366))


@pytest.mark.parametrize(
    ("whom", "person", "meant"),
    [
        (Whom(), NUR, True),
        (Whom(departments=("Plant",)), NUR, True),
        (Whom(departments=("Plant > Line 2",)), NUR, False),
        (Whom(departments=("Plant > Line 2", "Plant > Line 1")), NUR, True),
        (Whom(groups=frozenset({"shift-a", "shift-b"})), NUR, True),
        (Whom(groups=frozenset({"shift-b"})), NUR, False),
        (Whom(newest=frozenset({None})), NUR, True),
        (Whom(newest=frozenset({Status.EXPIRED})), NUR, False),
        (Whom(newest=frozenset({Status.EXPIRED})), replace(NUR, newest=Status.EXPIRED), True),
        (Whom(needs=frozenset({Need.NEVER_ENROLLED})), NUR, True),
        (Whom(needs=frozenset({Need.NEVER_ENROLLED})), OLD, False),
        (Whom(needs=frozenset({Need.OLD_TEMPLATE})), OLD, True),
        (Whom(needs=frozenset({Need.OLD_TEMPLATE}), months=48), OLD, False),
        (Whom(needs=frozenset({Need.OLD_TEMPLATE})), NUR, False),
        (Whom(needs=frozenset({Need.OFTEN_FAILS})), replace(OLD, often_fails=True), True),
        (Whom(needs=frozenset({Need.OFTEN_FAILS})), OLD, False),
        (Whom(needs=frozenset({Need.OFTEN_FAILS, Need.OLD_TEMPLATE})), OLD, True),
        (Whom(listed=frozenset({"1001"})), NUR, True),
        (Whom(listed=frozenset({"nur@example.com"})), NUR, True),
        (Whom(listed=frozenset({"1002"})), NUR, False),
        (Whom(listed=frozenset()), NUR, False),
        (Whom(departments=("Plant",), groups=frozenset({"shift-b"})), NUR, False),
    ],
)
def test_N22_people_are_chosen_as_a_set(whom: Whom, person: Candidate, meant: bool) -> None:
    assert whom.means(person, NOW) is meant


def test_N22_a_list_names_people_by_number_or_email_in_any_column() -> None:
    lines = list_keys("\ufeffNumber;Email\r\n1001;\r\n\r\n 'x' , NUR@Example.com\n;;\n9999\t\n")
    assert lines == [
        {"number", "email"},
        {"1001"},
        {"x", "nur@example.com"},
        {"9999"},
    ]
    assert unknown_lines(lines, keys_of(NUR)) == ["email, number", "9999"]


def test_N22_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(Invalid, match="20,000 lines"):
        list_keys("1\n" * (MAX_AT_ONCE + 1))


def test_N22_somebody_without_an_address_is_not_named_by_an_empty_cell() -> None:
    assert keys_of(replace(NUR, email="")) == {"1001"}


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "two\nlines"])
def test_N22_a_campaign_needs_a_name_that_fits(name: str) -> None:
    with pytest.raises(Invalid):
        checked_name(name)


def test_N22_the_name_of_a_campaign_is_stored_without_spaces_round_it() -> None:
    assert checked_name(" Autumn ") == "Autumn"


def test_A8_a_link_works_until_it_runs_out() -> None:
    assert works(Status.INVITED, NOW + timedelta(seconds=1), NOW)
    assert not works(Status.INVITED, NOW, NOW)
    assert not works(Status.REVOKED, NOW + timedelta(days=1), NOW)


@pytest.mark.parametrize(
    ("delivery", "with_address", "without"),
    [
        (Delivery.EMAIL, False, False),
        (Delivery.PAPER_TOO, False, True),
        (Delivery.PAPER, True, True),
    ],
)
def test_N22_how_links_go_says_whose_is_on_paper(
    delivery: Delivery, with_address: bool, without: bool
) -> None:
    assert delivery.on_paper("nur@example.com") is with_address
    assert delivery.on_paper("") is without


def test_N22_a_link_on_paper_needs_no_email_address() -> None:
    assert left_out(replace(NUR, email=""), Allowed(no_email=True)) is None
    gone = replace(NUR, email="", active=False)
    assert left_out(gone, Allowed(no_email=True)) is LeftOut.NOT_ACTIVE
