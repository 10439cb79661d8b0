"""Codes by time: those of RFC 6238, within their window, once. 6.3.2."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from console.domain.one_time_codes import (
    DRIFT,
    RECOVERY_CODES,
    STEP_S,
    app_link,
    code_of,
    matching_step,
    plain,
    recovery_codes,
    secret_text,
    step_at,
)

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment_s", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(moment_s: int, code: str) -> None:
    """Appendix B, SHA-1; of its eight digits the last six."""
    moment = datetime.fromtimestamp(moment_s, UTC)
    assert code_of(SECRET, step_at(moment)) == code
    assert matching_step(SECRET, code, moment, 0) == moment_s // STEP_S


@pytest.mark.parametrize("steps", range(-3, 4))
def test_a_phone_may_be_one_step_ahead_or_behind(steps: int) -> None:
    step = step_at(NOW) + steps
    found = matching_step(SECRET, code_of(SECRET, step), NOW, 0)
    assert found == (step if abs(steps) <= DRIFT else None)


def test_a_code_that_was_used_is_not_taken_again_nor_one_before_it() -> None:
    now = step_at(NOW)
    for used in (now, now + 1):
        assert matching_step(SECRET, code_of(SECRET, now), NOW, used) is None
    assert matching_step(SECRET, code_of(SECRET, now + 1), NOW, now) == now + 1


@pytest.mark.parametrize("typed", ["", "12345", "not a code", "０００５５２", "1" * 5000])
def test_what_is_no_code_fits_nothing(typed: str) -> None:
    assert matching_step(SECRET, typed, NOW, 0) is None


def test_codes_may_be_typed_as_apps_show_them() -> None:
    code = code_of(SECRET, step_at(NOW))
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", NOW, 0) == step_at(NOW)
    assert plain(" ABCDE-fghjk ") == "abcdefghjk"


def test_the_link_says_to_an_app_whose_code_it_is() -> None:
    link = urlsplit(app_link(SECRET, "Hartmann & Söhne", "h:farid"))
    assert (link.scheme, link.netloc) == ("otpauth", "totp")
    assert unquote(link.path) == "/Muster Hartmann & Söhne:h:farid"
    said = parse_qs(link.query)
    assert said == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Muster Hartmann & Söhne"],
    }
    assert secret_text(SECRET).replace(" ", "") == said["secret"][0]


def test_recovery_codes_are_read_out_without_a_doubt() -> None:
    letters = iter("abcdefghjkmnpqrstuvwxyz23456789" * 10)
    codes = recovery_codes(lambda allowed: next(letters))
    assert len(codes) == len(set(codes)) == RECOVERY_CODES
    assert codes[0] == "abcde-fghjk"
