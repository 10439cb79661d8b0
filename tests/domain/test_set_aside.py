"""TE22: lines that nobody could read are bounded, and shown without harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.set_aside import (
    LINE_BYTES,
    MOST_IN_ALL,
    MOST_OF_A_TERMINAL,
    SHOWN_CHARS,
    share,
    shown_line,
    to_bytes,
    to_text,
)


@pytest.mark.parametrize("terminals", [0, 1, 20, 50, 1000])
def test_TE22_all_terminals_together_keep_no_more_than_the_bound(terminals: int) -> None:
    assert share(terminals) * max(1, terminals) <= MOST_IN_ALL
    assert 0 < share(terminals) <= MOST_OF_A_TERMINAL


@given(st.binary(max_size=LINE_BYTES))
def test_TE7_the_bytes_of_a_line_stay_what_they_were(line: bytes) -> None:
    assert to_bytes(to_text(line)) == line


@given(st.binary(max_size=4 * LINE_BYTES))
def test_TE22_a_shown_line_is_short_printable_text(line: bytes) -> None:
    text = shown_line(line)
    assert len(text) <= 6 * SHOWN_CHARS + 1
    assert text.isprintable() or not text


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"1001\t8:00:07\r", "1001 ⇥ 8:00:07\\r"),
        ("a\u202eb".encode(), "a\\u202eb"),
        (b"Name=\xd1\xee", "Name=\\xd1\\xee"),
        ("a\u00a0b".encode(), "a\\u00a0b"),
        (b"FP PIN=1\tTMP=" + b"QUJD" * 300, "FP PIN=1 ⇥ TMP=… (1,200 characters)"),
        (b"USER PIN=1\tPasswd=1234\tGrp=1", "USER PIN=1 ⇥ Passwd=… ⇥ Grp=1"),
        (b"x" * 500, "x" * SHOWN_CHARS + "…"),
    ],
)
def test_TE22_nothing_in_a_shown_line_acts_and_nothing_biometric_is_shown(
    line: bytes, shown: str
) -> None:
    assert shown_line(line) == shown
