"""What can be done for whoever is stuck, when a reminder goes by itself, and when never. N22."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.domain.campaigns import Candidate, LeftOut
from console.domain.errors import Invalid
from console.domain.funnel import Stage
from console.domain.invitations import LINK_USABLE, OPEN, WITH_US, Status
from console.domain.link_acts import (
    AT_THE_DESK,
    LINK_LOCKED,
    LINK_OVER,
    NOT_OPEN,
    NOT_SENT_YET,
    ON_PAPER,
    Act,
    Link,
    checked_days,
    refusal,
    reminder_due,
)
from console.domain.link_terms import LinkTerms
from console.domain.work_hours import WorkHours, checked_hours

SENT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NOW = SENT + timedelta(days=3)
NUR = Candidate(id="1", number="1001", name="Nur", email="nur@example.com", has_link=True)
LINK = Link(
    status=Status.INVITED,
    stage=Stage.SENT,
    created_at=SENT,
    changed_at=SENT,
    expires_at=SENT + timedelta(days=7),
    told_at=SENT,
)
TERMS = LinkTerms(remind_after_days=3, remind_most=2)


@pytest.mark.parametrize("act", Act)
def test_N22_a_link_that_waits_for_the_person_takes_every_act(act: Act) -> None:
    assert refusal(act, LINK, NUR, NOW) == ""


@pytest.mark.parametrize(
    ("act", "change", "reason"),
    [
        (Act.REMIND, {"expires_at": NOW}, LINK_OVER),
        (Act.REMIND, {"status": Status.DECLINED}, LINK_OVER),
        (Act.REMIND, {"locked": True}, LINK_LOCKED),
        (Act.REMIND, {"stage": Stage.WRITTEN}, NOT_SENT_YET),
        (Act.REMIND, {"at_desk": True}, AT_THE_DESK),
        (Act.REMIND, {"on_paper": True}, ON_PAPER),
        (Act.EXTEND, {"on_paper": True}, ""),
        (Act.EXTEND, {"expires_at": NOW}, LINK_OVER),
        (Act.EXTEND, {"locked": True}, LINK_LOCKED),
        (Act.EXTEND, {"stage": Stage.WRITTEN}, ""),
        (Act.REVOKE, {"status": Status.EXPIRED}, NOT_OPEN),
        (Act.REVOKE, {"status": Status.NEEDS_HELP}, ""),
        (Act.RESEND, {"status": Status.EXPIRED}, ""),
        (Act.RESEND, {"locked": True}, ""),
    ],
)
def test_N22_what_cannot_be_done_says_why(act: Act, change: dict[str, Any], reason: str) -> None:
    assert refusal(act, replace(LINK, **change), NUR, NOW) == reason


@pytest.mark.parametrize("status", WITH_US)
def test_PE5_photos_that_were_handed_in_are_not_thrown_away(status: Status) -> None:
    waiting = replace(NUR, statuses=frozenset({status}), has_link=False)
    for act in (Act.REVOKE, Act.RESEND):
        assert refusal(act, replace(LINK, status=status), waiting, NOW) == LeftOut.WAITS


def test_PE5_whatever_is_open_and_not_handed_in_can_be_revoked() -> None:
    for status in OPEN - WITH_US:
        assert refusal(Act.REVOKE, replace(LINK, status=status), NUR, NOW) == ""


NEVER = [
    ({"opted_out": True}, LeftOut.OPTED_OUT),
    ({"active": False}, LeftOut.NOT_ACTIVE),
    ({"last_day_over": True}, LeftOut.LAST_DAY_OVER),
    ({"email": ""}, LeftOut.NO_EMAIL),
    (
        {"statuses": frozenset({Status.APPROVED}), "enrolled_at": SENT + timedelta(hours=1)},
        LeftOut.ENROLLED,
    ),
]


@pytest.mark.parametrize(("change", "reason"), NEVER)
def test_N22_nobody_is_reminded_who_said_no_has_left_or_is_enrolled(
    change: dict[str, Any], reason: LeftOut
) -> None:
    person = replace(NUR, **change)
    assert refusal(Act.REMIND, LINK, person, NOW) == reason
    assert not reminder_due(LINK, person, TERMS, NOW)


def test_N22_whoever_is_asked_to_enrol_again_is_reminded_too() -> None:
    again = replace(NUR, statuses=frozenset({Status.IN_USE}), enrolled_at=SENT - timedelta(days=1))
    assert reminder_due(LINK, again, TERMS, NOW)


@pytest.mark.parametrize("status", LINK_USABLE)
def test_N22_a_reminder_is_due_so_many_days_after_the_last_sign(status: Status) -> None:
    stage = Stage.SENT if status is Status.INVITED else Stage.OPENED
    link = replace(LINK, status=status, stage=stage)
    assert reminder_due(link, NUR, TERMS, NOW)
    assert not reminder_due(link, NUR, TERMS, NOW - timedelta(seconds=1))


def test_N22_a_sign_of_the_person_and_a_reminder_begin_the_days_anew() -> None:
    acted = replace(LINK, stage=Stage.OPENED, status=Status.OPENED, changed_at=NOW)
    assert not reminder_due(acted, NUR, TERMS, NOW)
    assert not reminder_due(replace(LINK, told_at=NOW, reminded=1), NUR, TERMS, NOW)


@pytest.mark.parametrize(
    ("change", "terms"),
    [
        ({"reminded": 2}, TERMS),
        ({"told_at": None, "stage": Stage.WRITTEN}, TERMS),
        ({"expires_at": NOW}, TERMS),
        ({"locked": True}, TERMS),
        ({}, LinkTerms()),
    ],
)
def test_N22_no_reminder_beyond_the_rule(change: dict[str, Any], terms: LinkTerms) -> None:
    assert not reminder_due(replace(LINK, **change), NUR, terms, NOW)


def test_N22_a_link_is_extended_by_some_days() -> None:
    assert checked_days(7) == timedelta(days=7)
    for days in (0, 61):
        with pytest.raises(Invalid):
            checked_days(days)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-11-27 07:59", False),
        ("2026-11-27 08:00", True),
        ("2026-11-27 17:59", True),
        ("2026-11-27 18:00", False),
        ("2026-11-28 10:00", False),
    ],
)
def test_N22_reminders_leave_in_the_hours_of_the_site(moment: str, inside: bool) -> None:
    zone = ZoneInfo("Asia/Kuala_Lumpur")
    at = datetime.fromisoformat(moment).replace(tzinfo=zone).astimezone(UTC)
    assert WorkHours().include(at, zone) is inside


def test_N22_a_site_may_work_on_other_days() -> None:
    sunday = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
    assert not WorkHours().include(sunday, UTC)
    assert WorkHours(days=(6, 0, 1, 2, 3)).include(sunday, UTC)


@pytest.mark.parametrize(
    "hours",
    [
        WorkHours(begins=18, ends=8),
        WorkHours(begins=8, ends=8),
        WorkHours(begins=-1),
        WorkHours(ends=25),
        WorkHours(days=()),
        WorkHours(days=(7,)),
    ],
)
def test_N22_hours_that_cannot_be_meant_are_refused(hours: WorkHours) -> None:
    with pytest.raises(Invalid):
        checked_hours(hours)
    assert checked_hours(WorkHours()) == WorkHours()


def test_N22_a_new_link_on_paper_needs_no_email_address_and_no_reminder_follows() -> None:
    paper, nobody = replace(LINK, on_paper=True), replace(NUR, email="")
    assert refusal(Act.RESEND, paper, nobody, NOW) == ""
    assert refusal(Act.RESEND, LINK, nobody, NOW) == LeftOut.NO_EMAIL
    assert not reminder_due(paper, NUR, TERMS, NOW)
