"""Smaller rules: passwords, screening words, logins, terminals, consent."""

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bridge.terminals.terminal import NOT_TOLD
from console.biometrics.faces.quality.profiles import PROFILES
from console.biometrics.refusals import Refusal
from console.domain import (
    fingers,
    invitations,
    kiosks,
    link_terms,
    login_chance,
    logins,
    operators,
    terminals,
)
from console.domain.consent import ConsentText, checked_answer_days, face_consent, finger_consent
from console.domain.errors import Invalid
from console.domain.logins import (
    DIRECTIONS,
    FUTURE_TOLERANCE,
    LATE_AFTER,
    content_key,
    event_remark,
    method_name,
    ordinals,
    plausibility,
    remark_of,
)
from console.domain.operators import check_password, sign_in_delay
from console.domain.retention import SHIPPED, Kept
from console.domain.screening import GATES, REFUSALS, describe_gate, summary
from console.domain.terminals import (
    Dialect,
    retry_delay,
    still_held,
    still_to_remove,
)


@pytest.mark.parametrize("password", ["short", "x" * 257, "PASSWORD1234"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid):
        check_password(password, {"password1234"})


def test_long_passwords_need_no_special_characters() -> None:
    check_password("four random words here", {"password1234"})


def test_sign_in_slows_down_but_never_locks() -> None:
    assert sign_in_delay(4) == timedelta()
    assert sign_in_delay(5) == timedelta(seconds=1)
    assert sign_in_delay(8) == timedelta(seconds=8)
    assert sign_in_delay(10_000) == timedelta(minutes=5)


def test_N1_every_gate_of_every_profile_has_words_and_a_hint_for_each_way_to_fail() -> None:
    for profile in PROFILES.values():
        for gate, limits in profile.gates.items():
            words = GATES[gate]
            assert words.low or (limits.reject_below is None and limits.warn_below is None), gate
            assert words.high or (limits.reject_above is None and limits.warn_above is None), gate


def test_every_refusal_of_a_file_has_a_sentence() -> None:
    assert {reason.value for reason in Refusal} <= set(REFUSALS)


def test_N1_a_finding_names_value_limit_and_what_to_do() -> None:
    sharpness = {"reject_below": 25, "warn_below": 35, "warn_above": None, "reject_above": None}
    blurred = describe_gate("sharpness", "reject", 12.4, **sharpness)
    assert (blurred.measured, blurred.limit) == ("12", "≥ 25")
    turned = describe_gate(
        "yaw", "reject", -24.0, reject_below=-18, warn_below=-10, warn_above=10, reject_above=18
    )
    assert (turned.measured, turned.limit) == ("-24°", "≤ ±18°")
    assert summary([blurred]).startswith(
        "Blurred: 12, needs ≥ 25. The photo is blurred. Hold the phone still"
    )
    assert (
        summary([describe_gate("sharpness", "pass", 80, **sharpness)])
        == "Sharp, straight, well lit."
    )


YAW = {"reject_below": -18, "warn_below": -10, "warn_above": 10, "reject_above": 18}
IN_FRAME = {"reject_below": 0.1, "warn_below": 0.2, "warn_above": None, "reject_above": None}
ONE_FACE = {"reject_below": 1, "warn_below": None, "warn_above": None, "reject_above": 1}
CLIPPED = {"reject_below": None, "warn_below": None, "warn_above": 0.05, "reject_above": 0.2}
EXPOSED = {"reject_below": 60, "warn_below": 80, "warn_above": 180, "reject_above": 200}


@pytest.mark.parametrize(
    ("gate", "outcome", "value", "limits", "measured", "limit"),
    [
        ("yaw", "warn", 12.4, YAW, "12°", "≤ ±10°"),
        ("yaw", "pass", -0.2, YAW, "0°", "≤ ±10°"),
        ("in_frame", "warn", 0.15, IN_FRAME, "0.15", "≥ 0.20"),
        ("in_frame", "reject", 0.05, IN_FRAME, "0.05", "≥ 0.10"),
        ("one_face", "reject", 2, ONE_FACE, "2", "1"),
        ("one_face", "pass", 1, ONE_FACE, "1", "1"),
        ("clipped", "reject", 0.25, CLIPPED, "25%", "≤ 20%"),
        ("clipped", "warn", 0.1, CLIPPED, "10%", "≤ 5%"),
        ("clipped", "reject", 0.95, CLIPPED, "95%", "≤ 20%"),
        ("brightness", "warn", 190, EXPOSED, "190 of 255", "80 to 180"),
        ("brightness", "reject", 20, EXPOSED, "20 of 255", "60 to 200"),
    ],
)
def test_N1_a_limit_is_printed_as_the_gate_is_read(
    gate: str,
    outcome: str,
    value: float,
    limits: dict[str, float | None],
    measured: str,
    limit: str,
) -> None:
    found = describe_gate(gate, outcome, value, **limits)
    assert (found.measured, found.limit) == (measured, limit)


def test_N1_values_are_printed_in_the_unit_and_the_digits_of_their_gate() -> None:
    free = {"reject_below": None, "warn_below": None, "warn_above": None, "reject_above": None}
    printed = {gate: describe_gate(gate, "pass", 0.987, **free).measured for gate in GATES}
    assert printed == {
        **dict.fromkeys(("one_face", "face_found", "sharpness", "covered", "background"), "1"),
        "clarity": "1",
        **dict.fromkeys(("yaw", "pitch", "roll", "colour"), "1°"),
        **dict.fromkeys(("in_frame", "even_light", "eyes_visible"), "0.99"),
        **dict.fromkeys(("clipped", "headwear", "mouth", "expression"), "99%"),
        **dict.fromkeys(("same_person", "own_picture"), "99%"),
        "eye_distance": "1 px",
        "brightness": "1 of 255",
        "contrast": "1 levels",
        "eyes_open": "98.7%",
        "motion": "1.0",
        "noise": "1.0",
        "compression": "1%",
    }


def test_N1_the_hint_is_for_the_side_on_which_the_value_fails() -> None:
    alone = describe_gate("one_face", "reject", 2, **ONE_FACE)
    assert alone.hint == GATES["one_face"].high
    nobody = describe_gate("one_face", "reject", 0, **ONE_FACE)
    assert nobody.hint == GATES["one_face"].low
    assert describe_gate("one_face", "pass", 1, **ONE_FACE).hint == ""


def test_N1_a_gate_without_limits_of_its_own_prints_none() -> None:
    free = {"reject_below": None, "warn_below": None, "warn_above": None, "reject_above": None}
    found = describe_gate("expression", "pass", 0.5, **free)
    assert (found.measured, found.limit) == ("50%", "")


def test_N1_a_gate_of_which_only_the_outcome_is_kept_prints_no_figures() -> None:
    free = {"reject_below": None, "warn_below": None, "warn_above": 0.25, "reject_above": None}
    found = describe_gate("expression", "warn", None, **free)
    assert (found.measured, found.limit, found.hint) == ("", "", GATES["expression"].high)
    assert summary([found]) == f"{GATES['expression'].flaw}. {found.hint}"


def test_N1_the_summary_tells_the_first_rejection_before_any_warning() -> None:
    warned = describe_gate("clipped", "warn", 0.1, **CLIPPED)
    turned = describe_gate("yaw", "reject", 30, **YAW)
    crowd = describe_gate("one_face", "reject", 2, **ONE_FACE)
    assert summary([warned, turned, crowd]) == (
        "Head turned: 30°, needs ≤ ±18°. Your head is turned to one side. Look straight at the "
        "camera."
    )
    assert summary([warned]) == summary([describe_gate("yaw", "pass", 0, **YAW), warned])
    assert summary([]) == "Sharp, straight, well lit."


def test_P6_equal_rows_of_one_batch_stay_apart_and_resent_ones_do_not() -> None:
    row = ("1042", "2026-11-22 08:30:15", 0, 15)
    assert ordinals([row, row, ("7", *row[1:])]) == [0, 1, 0]
    assert content_key("S", *row, 0) == content_key("S", *row, 0) != content_key("S", *row, 1)


def test_P6_a_log_that_comes_in_batches_counts_on_where_the_last_one_ended() -> None:
    row = ("1042", "2026-11-22 08:30:15", 0, 15)
    seen: Counter[tuple[str, str, int, int]] = Counter()
    assert ordinals([row], seen) == [0]
    assert ordinals([row, row], seen) == [1, 2]
    assert ordinals([row]) == [0], "another log begins anew"


def test_P6_any_field_makes_another_row() -> None:
    row = ("S", "1042", "2026-11-22 08:30:15", 0, 15, 0)
    others = [
        ("T", *row[1:]),
        ("S", "104", *row[2:]),
        (*row[:2], "2026-11-22 08:30:16", *row[3:]),
        (*row[:3], 1, *row[4:]),
        (*row[:4], 1, 0),
        (*row[:5], 1),
        ("S1042", "", *row[2:]),
    ]
    assert len({content_key(*one) for one in [row, *others]}) == len(others) + 1
    assert content_key(*row) == (
        hashlib.sha256(b"S\x1f1042\x1f2026-11-22 08:30:15\x1f0\x1f15\x1f0").hexdigest()
    ), "stored logins carry it"


def test_methods_have_names_and_unknown_ones_their_number() -> None:
    assert [method_name(code) for code in (1, 15, 25)] == ["Finger", "Face", "Palm"]
    assert {code for code in range(256) if not method_name(code).startswith("Method ")} == {
        *(0, 1, 2, 3, 4, 15, 25)
    }
    assert [method_name(code) for code in (0, 2, 3, 4, 99)] == [
        "Number",
        "Card",
        "Number",
        "Card",
        "Method 99",
    ]


def test_TE7_TE6_codes_without_a_name_are_shown_as_numbers_and_missing_ones_as_missing() -> None:
    assert (method_name(15), method_name(104)) == ("Face", "Method 104")
    assert (method_name(NOT_TOLD), DIRECTIONS[NOT_TOLD]) == ("Not told", "")
    assert 255 not in DIRECTIONS


def test_TE4_an_event_that_nobody_knows_is_remarked_with_its_number() -> None:
    assert event_remark(NOT_TOLD) == ""
    assert event_remark(4017) == "Event 4017, which Muster does not know."


def test_TE4_two_dialects_dial_in() -> None:
    assert {dialect for dialect in Dialect if dialect.dials_in} == {Dialect.PUSH, Dialect.ACCESS}


def test_times_that_cannot_be_right_are_remarked() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert plausibility(now, now) == ""
    assert plausibility(now + FUTURE_TOLERANCE, now) == ""
    assert plausibility(now - LATE_AFTER, now) == ""
    assert "ahead" in plausibility(now + timedelta(hours=1), now)
    assert "late" in plausibility(now - timedelta(days=2), now)


def test_a_remark_on_an_event_outlives_another_time_zone() -> None:
    unknown = event_remark(4017)
    assert remark_of("", unknown) == unknown
    assert remark_of("The clock was ahead.", unknown) == "The clock was ahead."
    assert remark_of("", "The clock was ahead.") == ""


def test_what_failed_is_tried_again_after_longer_and_longer_waits() -> None:
    delays = [retry_delay(attempt).total_seconds() for attempt in (1, 2, 3, 4, 5, 6, 99)]
    assert delays == [5, 30, 120, 600, 3600, 3600, 3600]


def test_directions_are_those_of_the_terminals_keys() -> None:
    assert [DIRECTIONS[key] for key in range(6)] == [
        "In",
        "Out",
        "Break out",
        "Break in",
        "Overtime in",
        "Overtime out",
    ]
    assert set(DIRECTIONS) == {*range(6), NOT_TOLD}


@pytest.mark.parametrize(
    ("length", "refused"), [(11, True), (12, False), (256, False), (257, True)]
)
def test_the_length_of_a_password_is_bounded(length: int, refused: bool) -> None:
    password = "x" * length
    if not refused:
        check_password(password, ())
        return
    with pytest.raises(Invalid) as invalid:
        check_password(password, ())
    assert invalid.value.field == "password"


def test_the_wait_after_misses_doubles_up_to_five_minutes() -> None:
    waits = [sign_in_delay(misses).total_seconds() for misses in range(16)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize(
    ("value", "promised"),
    [
        (link_terms.USUAL.lifetime, timedelta(days=7)),
        (invitations.MAX_TRIES, 3),
        (invitations.PHOTOS_ASKED, 3),
        (invitations.PHOTOS_KEPT, 5),
        (invitations.SECOND_CHECK_TRIES, 5),
        (kiosks.PAIRING_LIFETIME, timedelta(hours=24)),
        (kiosks.ONLINE_WITHIN, timedelta(seconds=45)),
        (login_chance.MOST_FALSE_IDENTIFICATIONS, 0.01),
        (operators.IDLE_LOCK, timedelta(minutes=10)),
        (operators.SESSION_LIFETIME, timedelta(hours=12)),
        (terminals.ONLINE_WITHIN, timedelta(seconds=90)),
        (terminals.CLOCK_OFFSET_LIMIT_S, 60),
        (fingers.LEAST_FINGERS, 2),
        (fingers.QUALITY_GOOD, 45),
        (fingers.QUALITY_LEAST, 30),
        (logins.FUTURE_TOLERANCE, timedelta(minutes=5)),
        (logins.LATE_AFTER, timedelta(days=1)),
        (logins.FACE_VERIFY, 15),
    ],
)
def test_times_and_counts_are_those_that_people_were_promised(
    value: object, promised: object
) -> None:
    assert value == promised


CONSENT, FINGER_CONSENT = face_consent(SHIPPED), finger_consent(SHIPPED)


def test_T21_consent_is_bound_to_every_word_that_was_shown() -> None:
    other = ConsentText(
        CONSENT.version,
        CONSENT.language,
        CONSENT.intro,
        (*CONSENT.paragraphs[:-1], ("You may say no", "Or not.")),
    )
    assert other.digest != CONSENT.digest


def test_EN2_another_time_that_something_is_kept_is_another_text() -> None:
    longer = face_consent({**SHIPPED, Kept.LEFT: 365})
    assert "1 year after you leave" in longer.paragraphs[2][1]
    assert longer.digest != CONSENT.digest
    assert finger_consent({**SHIPPED, Kept.UNUSED: 60}).digest != FINGER_CONSENT.digest


def test_T16_A9_nothing_claims_that_a_template_is_irreversible() -> None:
    words = " ".join(body for _, body in CONSENT.paragraphs).lower()
    assert "a likeness can be reconstructed" in words
    assert "irreversible" not in words
    assert "non-reversible" not in words


def test_TE2_a_terminal_says_how_many_who_left_it_may_still_hold() -> None:
    assert still_held(1) == "1 person who must go may still be on it."
    assert still_held(1200) == "1,200 people who must go may still be on it."


def test_TE14_a_terminal_says_how_many_people_are_still_to_be_removed() -> None:
    assert still_to_remove(1) == "1 person is still to be removed."
    assert still_to_remove(1200) == "1,200 people are still to be removed."


@pytest.mark.parametrize(
    ("days", "good"), [(13, False), (14, True), (30, True), (180, True), (181, False)]
)
def test_N8_people_have_a_bounded_time_to_answer(days: int, good: bool) -> None:
    if good:
        assert checked_answer_days(days) == days
        return
    with pytest.raises(Invalid, match="14 to 180"):
        checked_answer_days(days)
