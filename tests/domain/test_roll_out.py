"""Lists of serial numbers, as people paste and export them. TE31."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Invalid
from console.domain.roll_out import MOST_CHARS, MOST_LINES, ListedTerminal, read_serials


def test_TE31_serials_are_pasted_one_a_line() -> None:
    found = read_serials("CKJF1\n\n  CKJF2 \r\nCKJF3\n")
    assert list(found.terminals) == ["CKJF1", "CKJF2", "CKJF3"]
    assert found.terminals["CKJF1"] == ListedTerminal("CKJF1")
    assert not found.bad


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_TE31_columns_say_name_and_zone(separator: str) -> None:
    rows = (
        ("Serial number", "Name", "Zone"),
        ("CKJF1", "Main gate", "Europe/Berlin"),
        ("CKJF2", "Side door"),
    )
    text = "\ufeff" + "\n".join(separator.join(row) for row in rows)
    found = read_serials(text)
    assert list(found.terminals.values()) == [
        ListedTerminal("CKJF1", "Main gate", "Europe/Berlin"),
        ListedTerminal("CKJF2", "Side door"),
    ]
    assert not found.bad


def test_TE31_lines_that_cannot_be_used_are_named() -> None:
    found = read_serials("A1\nnot a serial\nA1\nserial\n" + "x" * 65)
    assert list(found.terminals) == ["A1", "serial"]
    assert found.bad == [
        "Line 2: “not a serial” is not a serial number.",
        "Line 3: A1 appears in the list twice.",
        f"Line 5: “{'x' * 40}” is not a serial number.",
    ]


def test_TE31_what_is_too_much_or_nothing_is_refused() -> None:
    most = "\n".join(f"S{number}" for number in range(MOST_LINES))
    assert len(read_serials(most).terminals) == MOST_LINES
    with pytest.raises(Invalid, match="2,001 lines"):
        read_serials(most + "\nS")
    assert read_serials("x" * MOST_CHARS).bad
    with pytest.raises(Invalid, match="at most 128 KB"):
        read_serials("x" * (MOST_CHARS + 1))
    for nothing in ("", " \n\n", "serial"):
        with pytest.raises(Invalid, match="one per line"):
            read_serials(nothing)


@given(st.text(max_size=400))
def test_TE31_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        found = read_serials(text)
    except Invalid as refused:
        assert refused.message.endswith(".")
    else:
        assert found.terminals or found.bad
