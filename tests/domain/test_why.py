"""Why was I refused? The words of a decision path. N9."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import texts
from console.domain.login_events import LoginOutcome, LoginStepKind, Reason, Stamp
from console.domain.login_policy import MatchPolicy
from console.domain.why import (
    REASONS,
    STAMPS,
    SUMMARIES,
    ExplainedStep,
    Facts,
    explain,
    odds,
    summary,
    what_helps,
)


def words(what: str, ok: bool, **facts: str | float | bool) -> ExplainedStep:
    """The words of a path of one step."""
    (step,) = explain([(what, ok, facts)])
    return step


@pytest.mark.parametrize(
    ("fmr", "said"),
    [
        (1e-4, "1 in 10,000 by chance"),
        (1 / 12_345, "1 in 12,000 by chance"),
        (1 / 67, "1 in 67 by chance"),
        (0.2, "1 in 5 by chance"),
        (1.0, "1 in 1 by chance"),
        (0.0, "less than can be measured"),
        (-1.0, "less than can be measured"),
        (1e-320, "less than can be measured"),
    ],
)
def test_a_false_match_rate_is_said_as_odds_in_two_digits(fmr: float, said: str) -> None:
    assert odds(fmr) == said


def test_every_reason_has_a_sentence_and_a_short_form_for_the_log() -> None:
    reasons = set(Reason) - {Reason.NONE}
    assert set(SUMMARIES) == reasons == set(REASONS)
    assert set(STAMPS) == set(Stamp) - {Stamp.NONE}
    sentences = [summary(LoginOutcome.REFUSED, reason, "") for reason in sorted(reasons)]
    assert len(set(sentences)) == len(reasons)
    assert all(sentence.endswith(".") for sentence in sentences)


def test_a_refusal_is_explained_by_its_reason_and_an_accepted_login_by_its_stamp() -> None:
    assert summary(LoginOutcome.REFUSED, Reason.NOT_ACTIVE, Stamp.OFFLINE) == (
        "The person is not active in the employee database."
    )
    assert summary(LoginOutcome.ABANDONED, Reason.LEFT, "") == (
        "The person went away, or took too long."
    )
    accepted = summary(LoginOutcome.ACCEPTED, Reason.NONE, Stamp.UNVERIFIED)
    assert "the kiosk did not know the number" in accepted
    assert summary(LoginOutcome.ACCEPTED, Reason.NONE, "") == ("All required checks passed.")


def test_what_a_newer_kiosk_says_is_not_taken_for_something_else() -> None:
    assert summary(LoginOutcome.REFUSED, "moon_phase", "") == "The login was refused."
    assert summary(LoginOutcome.ACCEPTED, "", "moon_phase") == ("All required checks passed.")
    assert words("moon_phase", True, illumination=0.5) == ExplainedStep(True, "moon_phase", "")
    assert words(LoginStepKind.RESET, False, reason="moon_phase").detail == ""
    assert what_helps("moon_phase") == ""


def test_an_operator_is_told_what_helps_where_something_does() -> None:
    assert what_helps(Reason.NOT_ENROLLED) == texts.HELP[texts.ERR_NOT_ENROLLED]
    assert what_helps(Reason.FACE) != what_helps(Reason.FINGER)
    helpless = {reason for reason in Reason if not what_helps(reason)}
    assert helpless == {Reason.NONE, Reason.OTHER_NUMBER, Reason.LEFT}


def test_tries_are_counted_for_face_and_finger_apart() -> None:
    path: list[tuple[str, bool, Facts]] = [
        ("finger", False, {}),
        ("number", True, {"number": "1107"}),
        ("finger", False, {}),
        ("face", False, {}),
        ("finger", True, {"finger": 7}),
    ]
    assert [step.title for step in explain(path)] == [
        "Try 1 · finger",
        "Number 1107 entered",
        "Try 2 · finger",
        "Try 1 · face",
        "Try 3 · left index finger",
    ]
    assert [step.ok for step in explain(path)] == [False, True, False, False, True]
    assert explain([]) == []


def test_EN7_tries_are_counted_as_the_kiosk_counts_them() -> None:
    """Anew once the number is known; the scan of before is compared once more, and is no try."""
    path: list[tuple[str, bool, Facts]] = [
        ("finger", False, {"among": "cache", "poor": "too dry"}),
        ("finger", False, {"among": "cache"}),
        ("number", True, {"number": "1107"}),
        ("finger", False, {"among": "own", "again": True}),
        *[("finger", False, {"among": "own"})] * 3,
        ("reset", False, {}),
    ]
    assert [step.title for step in explain(path)] == [
        "Before the number, try 1 · finger",
        "Before the number, try 2 · finger",
        "Number 1107 entered",
        "The same scan · finger",
        "Try 1 · finger",
        "Try 2 · finger",
        "Try 3 · finger",
        "Session reset",
    ]


def test_a_comparison_that_failed_says_what_it_would_have_needed() -> None:
    refused = words("face", False, chance=0.01, threshold=1e-4, quality=71.6, among="cache")
    assert refused.detail == (
        "best 1 in 100 by chance · needs 1 in 10,000 by chance · quality 72"
        " · compared with everyone whom this kiosk knows"
    )
    assert words("face", True, chance=1e-6, threshold=1e-4, among="own").detail == (
        "best 1 in 1,000,000 by chance · compared with this person's own"
    )


def test_a_scan_that_could_not_be_compared_says_why() -> None:
    assert words("finger", False, poor="too dry").detail == "could not be used: too dry"
    assert words("face", False, ambiguous=True, quality=0).detail == (
        "two people match almost equally · quality 0"
    )
    assert words("face", False, chance=0.5, threshold=0.0).detail == "best 1 in 2 by chance"


@pytest.mark.parametrize("finger", [0, 11, "7", True, 1e30])
def test_a_finger_that_nobody_has_is_only_called_a_finger(finger: str | float | bool) -> None:
    assert words("finger", True, finger=finger).title == "Try 1 · finger"


def test_a_face_has_no_finger() -> None:
    assert words("face", True, finger=7).title == "Try 1 · face"


def test_facts_of_a_wrong_type_are_left_out() -> None:
    """A path comes from another machine."""
    assert words("face", False, chance="high", threshold=True, quality="good").detail == ""
    assert words("face", False, chance=True).detail == ""


def test_a_number_that_was_refused_says_why_and_one_that_was_right_does_not() -> None:
    refused = words("number", False, number="1090", reason="other_number")
    assert refused == ExplainedStep(False, "Number 1090 entered", "Number of somebody else")
    assert words("number", True, number="1107", reason="other_number").detail == ""


@pytest.mark.parametrize("policy", MatchPolicy)
def test_the_database_step_names_the_policy_that_it_was_asked_under(policy: MatchPolicy) -> None:
    asked = words("database", True, policy=policy.value)
    assert asked.title == "Employee database asked"
    assert asked.detail.startswith("policy: ") and len(asked.detail) > len("policy: ")
    away = words("database", False, policy="of a newer version")
    assert away == ExplainedStep(False, "Employee database not reached", "")


@pytest.mark.parametrize(
    ("step", "facts", "title", "detail"),
    [
        ("criteria", {"reason": "not_active"}, "Valid, active, enrolled?", texts.ERR_NOT_ACTIVE),
        ("challenge", {"poor": "number instead"}, "Asked to move", "number instead"),
        ("challenge", {}, "Asked to move", ""),
        ("match", {"reason": "cannot_match"}, "No match could be made", "No camera or reader"),
        ("equipment", {"camera": False}, "Camera or reader unplugged", ""),
        ("reset", {"reason": "face_not_matched"}, "Session reset", "Face did not match"),
    ],
)
def test_every_other_step_has_its_words(step: str, facts: Facts, title: str, detail: str) -> None:
    assert explain([(step, False, facts)]) == [ExplainedStep(False, title, detail)]


def test_every_kind_of_step_has_a_title_of_its_own() -> None:
    titles = {words(kind, True).title for kind in LoginStepKind}
    assert len(titles) == len(LoginStepKind)
    assert not titles & set(LoginStepKind)


FACTS = (
    st.text("a1.-", max_size=4) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
)
"""What JSON can carry."""
NAMES = st.sampled_from(
    [
        "chance",
        "threshold",
        "quality",
        "finger",
        "poor",
        "ambiguous",
        "among",
        "again",
        "reason",
        "policy",
    ]
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*LoginStepKind, "other"]),
            st.booleans(),
            st.dictionaries(NAMES, FACTS),
        ),
        max_size=6,
    )
)
def test_whatever_a_kiosk_reports_is_explained_step_by_step(
    path: list[tuple[str, bool, Facts]],
) -> None:
    steps = explain(path)
    assert [step.ok for step in steps] == [ok for _, ok, _ in path]
    assert all(step.title for step in steps)
