"""PE2: cells as spreadsheets and personnel systems write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Invalid
from console.domain.list_cells import (
    active_in,
    day_in,
    email_in,
    guarded,
    number_in,
    split_name,
    values_in,
    without_guard,
)
from console.domain.list_headings import Field


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0007", "0007"),
        (" 42 ", "42"),
        ("12345.0", "12345"),
        ("12345,00", "12345"),
        ("٠٠٢٨", "0028"),
        ("EMP1", "EMP1"),
        ("1.00012E+11", None),
        ("1E+12", None),
        ("12E5", "12E5"),
        ("1,2e5", None),
        ("EMP-001", None),
        ("4.711", None),
        ("00 12", None),
    ],
)
def test_numbers_are_read_or_said_to_be_wrong(cell: str, number: str | None) -> None:
    if number is not None:
        assert number_in(cell) == number
        return
    with pytest.raises(Invalid) as refused:
        number_in(cell)
    assert refused.value.field == "number"


def test_a_number_that_a_spreadsheet_has_rounded_says_what_to_do() -> None:
    with pytest.raises(Invalid, match="Format the column as text"):
        number_in("1.00012E+11")


@pytest.mark.parametrize(
    ("cell", "email"),
    [
        ("Nur A <nur@example.com>", "nur@example.com"),
        ("mailto:ong@example.com", "ong@example.com"),
        (" lim@example.com ", "lim@example.com"),
        ("a@example.com; b@example.com", None),
        ("nobody", None),
    ],
)
def test_email_addresses_are_read_or_said_to_be_wrong(cell: str, email: str | None) -> None:
    if email is not None:
        assert email_in(cell) == email
        return
    with pytest.raises(Invalid, match="not an email address"):
        email_in(cell)


@pytest.mark.parametrize(
    ("word", "active"),
    [
        ("yes", True),
        ("Active", True),
        ("TRUE", True),
        ("On  leave", True),
        ("Aktiv", True),
        ("Probation", True),
        ("在职", True),
        ("no", False),
        ("LEFT", False),
        ("Terminated", False),
        ("ausgeschieden", False),
        ("0", False),
    ],
)
def test_the_status_is_read_in_the_words_that_lists_use(word: str, active: bool) -> None:
    assert active_in(word) is active


def test_S15_who_may_log_in_is_said_by_yes_and_no() -> None:
    assert values_in({Field.MAY_LOG_IN: "no"}, clear_empty=True) == {Field.MAY_LOG_IN: False}
    with pytest.raises(Invalid, match="neither yes nor no"):
        values_in({Field.MAY_LOG_IN: "on leave"}, clear_empty=False)


def test_a_status_that_says_nothing_is_named() -> None:
    with pytest.raises(Invalid, match="“perhaps” is neither yes nor no"):
        active_in("perhaps")


@pytest.mark.parametrize(
    "cell", ["2026-12-31", "31.12.2026", "2026/12/31", "20261231", "2026-12-31 00:00:00"]
)
def test_days_are_read_where_they_can_be_one_day_only(cell: str) -> None:
    assert day_in(cell) == date(2026, 12, 31)


@pytest.mark.parametrize("cell", ["3/4/2026", "tomorrow", "2026-02-30"])
def test_other_days_are_refused(cell: str) -> None:
    with pytest.raises(Invalid, match="Write it like 2026-12-31"):
        day_in(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [('="0026"', "0026"), ("'0027", "0027"), ("'", "'"), ("plain", "plain"), ("''x", "'x")],
)
def test_text_is_taken_out_of_what_guards_it(cell: str, text: str) -> None:
    assert without_guard(cell) == text


@given(st.text(max_size=12))
def test_PE4_what_an_export_guards_an_import_gets_back(cell: str) -> None:
    assert guarded(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r")
    if not (cell.startswith('="') and cell.endswith('"')):
        assert without_guard(guarded(cell)) == cell


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Nur Aisyah", ("Nur", "Aisyah")),
        ("Ana María López", ("Ana María", "López")),
        ("López, Ana María", ("Ana María", "López")),
        ("Suparman", ("", "Suparman")),
        ("", ("", "")),
    ],
)
def test_a_full_name_has_two_parts(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_PE1_an_empty_cell_leaves_the_field_as_it_is_unless_it_should_empty_it() -> None:
    cells = {
        Field.NUMBER: "7",
        Field.LAST_NAME: "",
        Field.EMAIL: "",
        Field.ACTIVE: "",
        Field.VALID_UNTIL: " ",
    }
    assert values_in(cells, clear_empty=False) == {Field.NUMBER: "7"}
    emptied = {Field.NUMBER: "7", Field.EMAIL: "", Field.VALID_UNTIL: None}
    assert values_in(cells, clear_empty=True) == emptied


def test_a_full_name_gives_both_parts_or_none() -> None:
    both = {Field.FIRST_NAME: "Nur", Field.LAST_NAME: "Aisyah"}
    assert values_in({Field.FULL_NAME: "Nur Aisyah"}, clear_empty=False) == both
    assert values_in({Field.FULL_NAME: " "}, clear_empty=True) == {}
