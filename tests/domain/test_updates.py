"""Where updates come from, which may be installed, and when nobody is disturbed. P19."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Invalid
from console.domain.updates import (
    AFTER_FAILURE,
    EVERY,
    QUIET,
    SET_UP_SAID,
    UpdateProblem,
    check_address,
    check_release,
    is_due,
    is_newer,
    nobody_uses_it,
    version_key,
    why_not_installed,
)

NOW = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
NUMBERS = st.lists(st.integers(0, 999_999), min_size=2, max_size=4)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("   ", ""),
        (" https://it.example.com/muster/ ", "https://it.example.com/muster"),
        ("https://it.example.com:8443", "https://it.example.com:8443"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_updates_come_over_https_or_from_this_computer_or_not_at_all(typed: str, kept: str) -> None:
    assert check_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "it.example.com",
        "http://it.example.com",
        "http://127.0.0.1.example.com",
        "ftp://it.example.com",
        "file:///C:/updates",
        "https://",
        "https://[::1",
        "https://it.example.com/?a=1",
        "https://it.example.com/#a",
        "https://name:secret@it.example.com",
    ],
)
def test_any_other_address_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(Invalid) as problem:
        check_address(typed)
    assert problem.value.field == "address"


@given(NUMBERS, NUMBERS)
def test_versions_are_ordered_by_their_numbers(one: list[int], other: list[int]) -> None:
    def text(numbers: list[int]) -> str:
        return ".".join(map(str, numbers))

    length = max(len(one), len(other))
    padded = [numbers + [0] * (length - len(numbers)) for numbers in (one, other)]
    assert is_newer(text(one), text(other)) == (padded[0] > padded[1])


@pytest.mark.parametrize("text", ["", "1", "1.a", "1.2-beta", "1..2", "1.2\n", "-1.2", "1.2.3.4.5"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UpdateProblem, match="not a version"):
        version_key(text)


def test_neither_the_program_nor_its_data_go_back() -> None:
    check_release("1.4", "0031", installed="1.3.9", data_at="0031")
    for version in ("1.3.9", "1.3.8", "1.3.9.0"):
        with pytest.raises(UpdateProblem, match="An older version"):
            check_release(version, "0031", installed="1.3.9", data_at="0031")
    for revision in ("0030", "", "31", "9", "zzzz"):
        with pytest.raises(UpdateProblem, match="can open databases up to"):
            check_release("1.4", revision, installed="1.3.9", data_at="0031")


def test_a_look_is_due_once_a_day_and_an_hour_after_a_failure() -> None:
    assert is_due(None, failed=False, now=NOW)
    assert not is_due(NOW - EVERY + timedelta(seconds=1), failed=False, now=NOW)
    assert is_due(NOW - EVERY, failed=False, now=NOW)
    assert not is_due(NOW - AFTER_FAILURE + timedelta(seconds=1), failed=True, now=NOW)
    assert is_due(NOW - AFTER_FAILURE, failed=True, now=NOW)
    assert is_due(NOW + timedelta(days=40), failed=False, now=NOW), "the clock was set back"


def test_nobody_is_disturbed_at_night_when_all_is_quiet() -> None:
    assert nobody_uses_it(NOW, None, 0)
    assert nobody_uses_it(NOW, NOW - QUIET, 0)
    assert not nobody_uses_it(NOW, NOW - QUIET + timedelta(seconds=1), 0)
    assert not nobody_uses_it(NOW, None, 1), "a task runs"
    quiet = {hour for hour in range(24) if nobody_uses_it(NOW.replace(hour=hour), None, 0)}
    assert quiet == {22, 23, 0, 1, 2, 3, 4}


def test_why_an_update_was_not_installed_is_said_by_the_status_of_its_set_up() -> None:
    for status in (None, 1, *SET_UP_SAID):
        assert why_not_installed(status).startswith("The update was not installed")
    assert "data have been restored" in why_not_installed(6)
    assert "status 3" in why_not_installed(3)
