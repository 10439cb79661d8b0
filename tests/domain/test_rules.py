"""Smaller rules: passwords, screening words, logins, terminals, consent."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.terminals.terminal import NOT_TOLD
from console.biometrics.faces.quality.profiles import PROFILES
from console.biometrics.refusals import Refusal
from console.domain.consent import CONSENT, ConsentText
from console.domain.errors import Invalid
from console.domain.logins import DIRECTIONS, content_key, method_name, ordinals, plausibility
from console.domain.operators import check_password, sign_in_delay
from console.domain.screening import GATES, REFUSALS, describe_gate, summary
from console.domain.terminals import RETRY_DELAYS, explain_return, retry_delay


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


def test_P6_equal_rows_of_one_batch_stay_apart_and_resent_ones_do_not() -> None:
    row = ("1042", "2026-11-22 08:30:15", 0, 15)
    assert ordinals([row, row, ("7", *row[1:])]) == [0, 1, 0]
    assert content_key("S", *row, 0) == content_key("S", *row, 0) != content_key("S", *row, 1)


def test_TE7_TE6_codes_without_a_name_are_shown_as_numbers_and_missing_ones_as_missing() -> None:
    assert (method_name(15), method_name(104)) == ("Face", "Method 104")
    assert (method_name(NOT_TOLD), DIRECTIONS[NOT_TOLD]) == ("Not told", "")
    assert 255 not in DIRECTIONS


def test_times_that_cannot_be_right_are_remarked() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert plausibility(now, now) == ""
    assert "ahead" in plausibility(now + timedelta(hours=1), now)
    assert "late" in plausibility(now - timedelta(days=2), now)


def test_return_codes_say_whether_trying_again_helps() -> None:
    assert explain_return(-1001).permanent
    assert explain_return(-22).permanent
    assert not explain_return(-1005).permanent
    assert "-77" in explain_return(-77).sentence
    assert retry_delay(1) == RETRY_DELAYS[0]
    assert retry_delay(99) == RETRY_DELAYS[-1]


def test_T21_consent_is_bound_to_every_word_that_was_shown() -> None:
    other = ConsentText(
        CONSENT.version,
        CONSENT.language,
        CONSENT.intro,
        (*CONSENT.paragraphs[:-1], ("You may say no", "Or not.")),
    )
    assert other.digest != CONSENT.digest


def test_T16_nothing_claims_that_a_template_is_irreversible() -> None:
    words = " ".join(body for _, body in CONSENT.paragraphs).lower()
    assert "a likeness can be reconstructed" in words
    assert "irreversible" not in words
    assert "non-reversible" not in words
