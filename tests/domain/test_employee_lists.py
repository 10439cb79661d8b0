"""PE1, PE2: rows of a list, what they give, and what an import would do with each."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import employee_lists
from console.domain.employee_lists import (
    EXPORTED,
    Comparison,
    Effect,
    Known,
    ListRow,
    Values,
    csv_rows,
    exported_cells,
    full_name,
    read_rows,
    values_of,
    write_csv,
)
from console.domain.employees import EmployeeFields
from console.domain.errors import Invalid
from console.domain.list_headings import Field, header_row, meanings
from console.domain.validity import ValidDays

N, F, L, M, D, A = (
    Field.NUMBER,
    Field.FIRST_NAME,
    Field.LAST_NAME,
    Field.EMAIL,
    Field.DEPARTMENT,
    Field.ACTIVE,
)


def read(text: str, *, clear_empty: bool = False) -> list[ListRow]:
    """The rows beneath the headings."""
    rows = list(csv_rows(text))
    place = header_row([cells for _, cells in rows])
    fields = meanings(rows[place][1]) if rows else []
    return list(read_rows(rows[place + 1 :], fields, clear_empty=clear_empty))


def known(**changes: object) -> Known:
    values: Values = values_of(
        EmployeeFields("1042", "Nur", "Aisyah", "nur@example.com", "Plant"), ValidDays()
    )
    values |= {Field(name): value for name, value in changes.items()}  # type: ignore[misc]
    return Known("id", values)


def judge(text: str, *people: Known) -> list[tuple[Effect, str]]:
    comparison = Comparison({str(one.values[N]): one for one in people})
    found = [comparison.judge(row) for row in read(text)]
    return [(one.effect, one.note) for one in found]


# files


@pytest.mark.parametrize(
    "text",
    [
        "number;first name;last name\r\n7;Nur;Aisyah\r\n",
        "\ufeffnumber\tfirst name\tlast name\n7\tNur\tAisyah\n",
        "number|first name|last name\n7|Nur|Aisyah\n",
        "number,first name,last name\r7,Nur,Aisyah\r",
        "sep=;\nnumber;first name;last name\n7;Nur;Aisyah\n",
        '"sep=;"\nnumber;first name;last name\n7;Nur;Aisyah\n',
        "Employee list;;\n;;\nnumber;first name;last name\n7;Nur;Aisyah\n",
        "\nnumber,first name,last name\n7,Nur,Aisyah\n",
        '"number";"first name";"last name, suffix, title, honours"\n7;Nur;Aisyah\n',
    ],
)
def test_PE2_lists_are_read_as_spreadsheets_write_them(text: str) -> None:
    (row,) = read(text)
    assert row.values is not None
    assert (row.values[N], row.values[F]) == ("7", "Nur")


def test_cells_may_hold_line_breaks_delimiters_and_inch_signs() -> None:
    text = 'number,last name,department\n1,A,"Plant, south"\n2,B,Hall 5" pipes\n'
    assert [row.values and row.values[D] for row in read(text)] == ["Plant, south", 'Hall 5" pipes']
    (row,) = read('number,last name,department\n1,A,"Plant\nSouth"\n')
    assert "without line breaks" in row.error


def test_a_quotation_mark_that_is_not_closed_names_its_line() -> None:
    with pytest.raises(Invalid, match="quotation mark that is not closed") as refused:
        read('number,last name\n1,"x\n2,y\n')
    assert refused.value.field == "file"
    with pytest.raises(Invalid, match="beyond line 4"):
        read('sep=,\nnumber,last name\n1,"x\n2,y\n')


def test_a_list_without_numbers_is_refused_and_so_is_one_that_is_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Invalid, match="Choose the column") as refused:
        read("a,b,c\n1,2,3\n")
    assert refused.value.field == "fields"
    monkeypatch.setattr(employee_lists, "MAX_IMPORT_ROWS", 3)
    head, row = "number,last name\n", "{},B\n"
    whole = head + "".join(row.format(number) for number in range(3))
    assert len(read(whole)) == 3
    with pytest.raises(Invalid, match="At most 3 rows"):
        read(whole + row.format(3))


# rows


def test_rows_with_errors_are_named_and_the_others_kept() -> None:
    rows = read(
        "Number;First Name;Last name;E-mail\n"
        "1;A;B;a@b.example\n1;C;D;\n;X;Y;\n3;E;F;wrong\n4;G\n5;H;I;;;\n6;H;I;;x\n"
    )
    assert [(row.line, row.error[:20]) for row in rows] == [
        (2, ""),
        (3, "Number 1 already app"),
        (4, "The employee number "),
        (5, "“wrong” is not an em"),
        (6, ""),
        (7, ""),
        (8, "Expected 4 values, f"),
    ]
    assert rows[4].values == {N: "4", F: "G"}, "cells that were dropped leave the fields alone"
    assert rows[3].number == "3", "whoever is in the list is not missing"


def test_a_last_day_before_the_first_one_is_an_error_also_where_one_of_them_is_known() -> None:
    head = "number,last name,from,until\n"
    ((effect, note),) = judge(f"{head}1,A,2026-02-01,2026-01-01\n")
    assert (effect, "before the first day" in note) == (Effect.ERROR, True)
    assert judge(f"{head}1,A,2026-02-01,2026-02-01\n") == [(Effect.NEW, "")]
    begins = known(valid_from=date(2026, 2, 1))
    ((effect, _),) = judge(f"{head}1042,Aisyah,,2026-01-01\n", begins)
    assert effect is Effect.ERROR
    ((effect, _),) = judge(f"{head}1042,Aisyah,,2026-03-01\n", begins)
    assert effect is Effect.CHANGED


# effects


def test_PE1_a_column_that_is_absent_changes_nothing() -> None:
    left = known(active=False)
    assert judge("number,first name,last name\n1042,Nur,Aisyah\n", left) == [(Effect.SAME, "")]


def test_PE1_each_change_is_shown_before_and_after() -> None:
    comparison = Comparison({"1042": known()})
    (row,) = read("number,email,department\n1042,n@example.org,Plant\n")
    judged = comparison.judge(row)
    assert judged.effect is Effect.CHANGED
    assert judged.changes == [(M, "nur@example.com", "n@example.org")]


@pytest.mark.parametrize(
    ("word", "before", "effect"),
    [
        ("yes", False, Effect.RETURNS),
        ("no", True, Effect.LEAVES),
        ("yes", True, Effect.SAME),
        ("", False, Effect.SAME),
    ],
)
def test_PE1_who_returns_or_leaves_is_told_apart(word: str, before: bool, effect: Effect) -> None:
    (found,) = judge(f"number,department,active\n1042,Plant,{word}\n", known(active=before))
    assert found == (effect, "")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("01042,Tan,Boon,,", "The same number except for zeros or capital letters"),
        ("9,Tan,Boon,NUR@example.com,", "The same email address"),
        ("9,Nur,Aisyah,,plant", "The same name and department"),
    ],
)
def test_PE2_who_is_most_likely_here_already_is_asked(row: str, why: str) -> None:
    (found,) = judge(f"number,first name,last name,email,department\n{row}\n", known())
    assert found == (Effect.DUPLICATE, f"{why}: Nur Aisyah, number 1042")


def test_PE2_the_same_person_twice_in_one_list_is_asked_too() -> None:
    found = judge("number,last name\n000123,Mina Zero\n123,Mina Zero\nab1,X\nAB1,X\n")
    assert [effect for effect, _ in found] == [
        Effect.NEW,
        Effect.DUPLICATE,
        Effect.NEW,
        Effect.DUPLICATE,
    ]
    assert "number 000123 in this file" in found[1][1]


def test_somebody_new_needs_a_name() -> None:
    ((effect, note),) = judge("number,email\n5,a@b.example\n", known())
    assert effect is Effect.ERROR
    assert note == "No employee has number 5. Enter a first or last name."


def test_errors_are_judged_as_such() -> None:
    nobody, odd = judge("number,last name,active\n,A,yes\n5,A,perhaps\n")
    assert nobody == (Effect.ERROR, "The employee number is missing.")
    assert odd[0] is Effect.ERROR
    assert "neither yes nor no" in odd[1]


def test_who_is_active_and_in_no_row_is_missing() -> None:
    people = [known(), known(number="7", active=False), known(number="8"), known(number="9")]
    comparison = Comparison({str(one.values[N]): one for one in people})
    for row in read("number,last name,email\n1042,Aisyah,\n8,X,wrong\n"):
        comparison.judge(row)
    assert [one.values[N] for one in comparison.missing()] == ["9"]
    assert comparison.missing()[0].name == "Nur Aisyah"


def test_full_names_have_the_parts_that_are_given() -> None:
    assert full_name({L: "Suparman"}) == "Suparman"
    assert full_name({}) == ""


# exports

_text = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=20
).filter(lambda text: text == text.strip() and not text.startswith('="'))


@given(
    st.lists(
        st.tuples(st.from_regex(r"[0-9A-Za-z]{1,8}", fullmatch=True), _text, _text, st.booleans()),
        unique_by=lambda row: row[0],
        min_size=1,
    ),
    st.none() | st.dates(date(1970, 1, 1), date(2999, 12, 31)),
)
def test_PE4_what_is_exported_can_be_imported_again(
    people: list[tuple[str, str, str, bool]], day: date | None
) -> None:
    values = [
        values_of(
            EmployeeFields(number, first, last, "a@b.example", "X", active=active),
            ValidDays(day, day),
        )
        for number, first, last, active in people
    ]
    rows = read(write_csv([list(EXPORTED), *map(exported_cells, values)]), clear_empty=True)
    exported = [{name: one[name] for name in EXPORTED} for one in values]
    assert [row.values for row in rows] == exported, "all but the mark of the badge"


def test_PE4_cells_that_a_spreadsheet_would_run_are_made_harmless() -> None:
    assert "'=HYPERLINK" in write_csv([["1", "=HYPERLINK(1)"]])


# anything at all

_cell = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.lists(_cell, max_size=9), max_size=6), st.sampled_from(",;\t"))
def test_no_list_of_cells_ends_in_anything_but_rows_or_a_sentence(
    cells: list[list[str]], delimiter: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(EXPORTED)
    writer.writerows(cells)
    try:
        rows = read(out.getvalue())
    except Invalid as refused:
        assert refused.field in ("file", "fields")
        return
    for row in rows:
        assert (row.values is None) is bool(row.error)
    numbers = [row.number for row in rows if row.values is not None]
    assert len(set(numbers)) == len(numbers)


@given(st.text(max_size=60))
def test_no_text_ends_in_anything_but_rows_or_a_sentence(text: str) -> None:
    try:
        list(csv_rows(text))
    except Invalid as refused:
        assert refused.field == "file"
