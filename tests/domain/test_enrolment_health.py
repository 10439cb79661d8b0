"""How well somebody can be recognised, and the next step. N15."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.domain.enrolment_health import (
    FACE_OLD,
    NOT_SEEN,
    FaceFacts,
    HealthFacts,
    Level,
    Step,
    Tone,
    Trend,
    Tries,
    health_of,
    must_renew_face,
)
from console.domain.invitations import Status
from console.domain.validity import Standing

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
FRESH = FaceFacts(taken_at=NOW - timedelta(days=40), outcome="pass")
OLD = FaceFacts(taken_at=NOW - FACE_OLD)
OTHER = FaceFacts(taken_at=NOW - timedelta(days=1), current=False)
FAILS = Trend(now=Tries(10, 4), before=Tries(20, 1))
WELL = HealthFacts(
    standing=Standing.IN_FORCE,
    has_email=True,
    status=Status.IN_USE,
    face=FRESH,
    fingers=(70, 80),
    last_seen=NOW - timedelta(days=2),
)


def test_N15_who_is_well_needs_nothing() -> None:
    found = health_of(WELL, NOW)
    assert (found.level, found.step, found.advice) == (Level.GOOD, Step.NONE, "Nothing to do.")
    assert [finding.text for finding in found.findings] == [
        "Face: 40 days old.",
        "Photo: passed all checks.",
        "2 fingers of good quality.",
        "Last login 2 days ago.",
    ]


@pytest.mark.parametrize(
    ("changes", "step", "advice"),
    [
        ({"standing": Standing.LEFT}, Step.NONE, "Nothing to do: the person belongs nowhere now."),
        ({"status": Status.PENDING_APPROVAL}, Step.REVIEW, "Photos wait for a decision: review"),
        ({"status": Status.NEEDS_HELP}, Step.REVIEW, "Photos wait for a decision: review them."),
        ({"status": Status.INVITED}, Step.WAIT, "The person has a link: wait for their photos."),
        ({"status": Status.SCREENING}, Step.WAIT, "The photos are being checked: wait a moment."),
        ({"face": None, "status": None}, Step.SEND_LINK, "No face is enrolled. Send a link."),
        ({"face": OTHER}, Step.SEND_LINK, "The face cannot be recognised since the recogniser"),
        ({"face": OLD}, Step.SEND_LINK, "The photo is old. Send a link."),
        ({"face_tries": FAILS}, Step.SEND_LINK, "The face often does not match. Send a link."),
        (
            {"face": OLD, "has_email": False},
            Step.PHOTOS_AT_DESK,
            "The photo is old. Without an email address, take photos at the desk.",
        ),
        ({"finger_tries": FAILS}, Step.FINGERS_AT_DESK, "Fingers often do not match: scan them"),
        ({"fingers": (30, 80)}, Step.FINGERS_AT_DESK, "A finger is of poor quality: scan it again"),
        ({"fingers": (80,)}, Step.FINGERS_AT_DESK, "Only one finger is enrolled: scan a second"),
        ({"fingers": ()}, Step.NONE, "Nothing to do."),
        (
            {"face": None, "fingers": (), "status": Status.DECLINED},
            Step.NONE,
            "Nothing to do: the person uses their number.",
        ),
        ({"face": None, "status": Status.WITHDRAWN}, Step.NONE, "Nothing to do."),
    ],
)
def test_N15_the_next_step_is_one_sentence(
    changes: dict[str, object], step: Step, advice: str
) -> None:
    found = health_of(replace(WELL, **changes), NOW)  # type: ignore[arg-type]
    assert found.step is step
    assert found.advice.startswith(advice)


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"standing": Standing.NOT_YET}, Level.AWAY),
        ({"face": None, "fingers": ()}, Level.NOTHING),
        ({"face": None, "fingers": (), "on_terminals": 2}, Level.GOOD),
        ({"face": OLD}, Level.FAIR),
        ({"face": replace(FRESH, outcome="warn")}, Level.FAIR),
        ({"fingers": (80,)}, Level.FAIR),
        ({"last_seen": NOW - NOT_SEEN}, Level.FAIR),
        ({"last_seen": None}, Level.GOOD),
        ({"face": OTHER}, Level.POOR),
        ({"finger_tries": FAILS}, Level.POOR),
    ],
)
def test_N15_the_level_follows_from_the_worst_finding(
    changes: dict[str, object], level: Level
) -> None:
    assert health_of(replace(WELL, **changes), NOW).level is level  # type: ignore[arg-type]


def test_N15_the_trend_is_told_beside_the_days_before() -> None:
    found = health_of(replace(WELL, face_tries=FAILS, finger_tries=Trend(Tries(1, 0))), NOW)
    texts = {finding.text: finding.tone for finding in found.findings}
    said = "The face failed in 4 of 10 tries in 30 days. In the 30 days before: 1 of 20."
    assert texts[said] is Tone.BAD
    assert texts["The finger failed in 0 of 1 tries in 30 days."] is Tone.GOOD


@pytest.mark.parametrize(
    ("count", "failed", "often"), [(3, 3, True), (12, 3, True), (13, 3, False), (2, 2, False)]
)
def test_N15_a_few_misses_are_no_reason_to_enrol_again(
    count: int, failed: int, often: bool
) -> None:
    facts = replace(WELL, face_tries=Trend(Tries(count, failed)))
    assert must_renew_face(facts, NOW) is often


def test_N15_ages_are_told_in_the_largest_unit_that_fits() -> None:
    def age(days: int) -> str:
        face = FaceFacts(taken_at=NOW - timedelta(days=days))
        return health_of(replace(WELL, face=face), NOW).findings[0].text

    assert age(1) == "Face: 1 day old."
    assert age(90) == "Face: 3 months old."
    assert age(800) == "Face: 2 years old."
    today = health_of(replace(WELL, last_seen=NOW), NOW).findings[-1].text
    assert today == "Last login today."
    away = health_of(replace(WELL, face=None, on_terminals=1, status=Status.WITHDRAWN), NOW)
    assert away.findings[0].text == "No face: the person has decided against it."
    assert "1 finger at terminals only; kiosks cannot use it." in [
        one.text for one in away.findings
    ]
