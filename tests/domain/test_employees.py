"""Employees: checking fields, reading and writing CSV."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import employees
from console.domain.employees import (
    EmployeeFields,
    ImportRow,
    checked_employee,
    describe_absent,
    parse_csv,
    preview_import,
    write_csv,
)
from console.domain.errors import Invalid
from console.domain.validity import Standing

GOOD = EmployeeFields("1042", "Nur", "Aisyah", "nur@example.com", "Warehouse")


def read(text: str) -> list[ImportRow]:
    return list(parse_csv(text))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "12 34"}, "number"),
        ({"number": "1" * 25}, "number"),
        ({"number": "12\t"}, None),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a@b.example, c@d.example"}, "email"),
        ({"first_name": "", "last_name": " "}, "last_name"),
        ({"last_name": "x" * 81}, "last_name"),
        ({"department": "a\nb"}, "department"),
    ],
)
def test_bad_fields_are_named_with_what_to_do(change: dict[str, str], field: str | None) -> None:
    values = {
        name: getattr(GOOD, name)
        for name in ("number", "first_name", "last_name", "email", "department")
    } | change
    if field is None:
        assert checked_employee(EmployeeFields(**values)).number == "12"
        return
    with pytest.raises(Invalid) as refused:
        checked_employee(EmployeeFields(**values))
    assert refused.value.field == field
    assert refused.value.message.endswith((".", "com"))


def test_rows_with_errors_are_named_and_the_others_kept() -> None:
    rows = read(
        "Number;First Name;Last "
        "name;E-mail\n1;A;B;a@b.example\n1;C;D;\n2;;;\n3;E;F;wrong\n4;G\n5;H;I;\n"
    )
    assert [(row.line, row.fields is not None) for row in rows] == [
        (2, True),
        (3, False),
        (4, False),
        (5, False),
        (6, False),
        (7, True),
    ]
    assert "line 2" in rows[1].error
    assert "not an email address" in rows[3].error
    assert "2 values, but 4 columns" in rows[4].error


@pytest.mark.parametrize("text", ["", "  \n", "a,b,c\n1,2,3\n", 'number,last name\n1,"x'])
def test_a_file_that_is_no_list_of_employees_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)
    assert refused.value.field == "file"


def test_preview_tells_new_from_changed() -> None:
    rows = read("number,first name,last name\n1042,Nur,Aisyah\n1,A,B\nbad number!,C,D\n")
    preview = preview_import(rows, [GOOD])
    assert (preview.new, preview.changed, preview.failed) == (1, 1, 1)


_text = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=20
).filter(lambda text: text[:1] not in "=+-@'" and text == text.strip())


@given(
    st.lists(
        st.tuples(st.from_regex(r"[0-9A-Za-z]{1,8}", fullmatch=True), _text, _text, st.booleans()),
        unique_by=lambda row: row[0],
        min_size=1,
    )
)
def test_what_is_exported_can_be_imported_again(people: list[tuple[str, str, str, bool]]) -> None:
    fields = [
        EmployeeFields(number, first, last, "a@b.example", "X", active=active)
        for number, first, last, active in people
    ]
    assert [row.fields for row in read(write_csv(fields))] == fields


def test_cells_that_a_spreadsheet_would_run_are_made_harmless() -> None:
    assert "'=HYPERLINK" in write_csv([EmployeeFields("1", "=HYPERLINK(1)", "B", "", "")])


_cell = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HEADER = "number,first_name,last_name,email,department,active"


@given(st.lists(st.lists(_cell, max_size=7), max_size=6), st.sampled_from(",;\t"))
def test_no_list_of_cells_ends_in_anything_but_rows_or_a_sentence(
    cells: list[list[str]], delimiter: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(HEADER.split(","))
    writer.writerows(cells)
    try:
        rows = read(out.getvalue())
    except Invalid as refused:
        assert refused.field == "file"
        return
    for row in rows:
        assert (row.fields is None) is bool(row.error)
        if row.fields is not None:
            assert checked_employee(row.fields) == row.fields
    numbers = [row.fields.number for row in rows if row.fields is not None]
    assert len(set(numbers)) == len(numbers)


@given(st.text(max_size=60))
def test_no_text_ends_in_anything_but_rows_or_a_sentence(text: str) -> None:
    try:
        read(text)
    except Invalid as refused:
        assert refused.field == "file"


@given(st.sampled_from("=+-@\t"), st.text(st.characters(whitelist_categories=("L", "N"))))
def test_no_cell_of_an_export_begins_like_a_formula(sign: str, rest: str) -> None:
    text = write_csv([EmployeeFields("1", sign + rest, sign + rest, "", sign + rest)])
    exported = list(csv.reader(io.StringIO(text)))[1]
    assert exported[1:5] == [f"'{sign}{rest}", f"'{sign}{rest}", "", f"'{sign}{rest}"]


@pytest.mark.parametrize(
    ("word", "active"),
    [("yes", True), ("", True), ("Active", True), ("1", True), ("no", False), ("LEFT", False)],
)
def test_the_status_is_read_in_the_words_that_lists_use(word: str, active: bool) -> None:
    fields = read(f"{HEADER}\n1,A,B,,,{word}\n")[0].fields
    assert fields is not None and fields.active is active


def test_a_file_of_more_rows_than_are_allowed_is_refused_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(employees, "MAX_IMPORT_ROWS", 3)
    head, row = "number,last name\n", "{},B\n"
    whole = head + "".join(row.format(number) for number in range(3))
    assert len(read(whole)) == 3
    with pytest.raises(Invalid, match="At most 3 rows") as refused:
        read(whole + row.format(3))
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "1" * 24}, ""),
        ({"first_name": "x" * 80}, ""),
        ({"first_name": "x" * 81}, "first_name"),
        ({"first_name": ""}, ""),
        ({"last_name": ""}, ""),
        ({"email": ""}, ""),
        ({"email": "n" * (254 - len("@example.com")) + "@example.com"}, ""),
        ({"email": "n" * (255 - len("@example.com")) + "@example.com"}, "email"),
    ],
)
def test_bounds_are_what_they_say(change: dict[str, str], field: str) -> None:
    fields = replace(GOOD, **change)  # type: ignore[arg-type]  # only texts
    if not field:
        assert checked_employee(fields) == fields
        return
    with pytest.raises(Invalid) as refused:
        checked_employee(fields)
    assert refused.value.field == field


def test_an_inactive_employee_stays_so_when_the_fields_are_checked() -> None:
    assert checked_employee(replace(GOOD, active=False)).active is False


def test_the_preview_counts_who_is_new_changed_and_refused() -> None:
    rows = read("number,last name\n1,A\n2,B\n3,C\n4,\n")
    known = [
        EmployeeFields("1", "", "A", "", ""),
        EmployeeFields("2", "", "Before", "", ""),
        EmployeeFields("9", "", "Other", "", ""),
    ]
    preview = preview_import(rows, known)
    assert (preview.new, preview.changed, preview.failed) == (1, 1, 1)
    assert preview.rows == tuple(rows)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_header_alone_says_how_values_are_divided(sign: str) -> None:
    other = ";" if sign == "," else ","
    header = sign.join(["number", "first name", "last name"])
    (row,) = read(f"{header}\n" + sign.join(["1", f"A{other}{other}{other}{other}", "B"]))
    assert row.fields is not None and row.fields.first_name == f"A{other * 4}"


def test_whether_somebody_is_active_is_said_in_words_that_people_use() -> None:
    said = {
        "yes": True,
        "Active": True,
        "1": True,
        "": True,
        "no": False,
        "LEFT": False,
        "0": False,
    }
    rows = parse_csv(
        "number,last name,status\n" + "".join(f"{n},A,{w}\n" for n, w in enumerate(said))
    )
    assert [row.fields and row.fields.active for row in rows] == list(said.values())
    (row,) = parse_csv("number,last name,active\n1,A,perhaps\n")
    assert (row.fields, row.error) == (None, "“perhaps” is neither active nor inactive.")


@pytest.mark.parametrize(
    ("standing", "terminals", "settled", "text"),
    [
        (Standing.LEFT, 0, True, "Left"),
        (Standing.LEFT, 1, True, "Left, still on 1 terminal"),
        (Standing.NO_LONGER, 2, True, "No longer valid, still on 2 terminals"),
        (Standing.NOT_YET, 0, True, "Not valid yet"),
        (Standing.LEFT, 0, False, "Left, the terminals are asked next"),
    ],
)
def test_TE2_who_belongs_nowhere_is_said_gone_only_when_that_is_known(
    standing: Standing, terminals: int, settled: bool, text: str
) -> None:
    assert describe_absent(standing, terminals, settled=settled) == text
