"""Employees: checking fields, reading and writing CSV."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.employees import (
    EmployeeFields,
    checked_employee,
    parse_csv,
    preview_import,
    write_csv,
)
from console.domain.errors import Invalid

GOOD = EmployeeFields("1042", "Nur", "Aisyah", "nur@example.com", "Warehouse")


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
    rows = parse_csv(
        "Number;First Name;Last name;E-mail\n1;A;B;a@b.example\n1;C;D;\n2;;;\n3;E;F;wrong\n4;G\n5;H;I;\n"
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
        parse_csv(text)
    assert refused.value.field == "file"


def test_preview_tells_new_from_changed() -> None:
    rows = parse_csv("number,first name,last name\n1042,Nur,Aisyah\n1,A,B\nbad number!,C,D\n")
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
    assert [row.fields for row in parse_csv(write_csv(fields))] == fields


def test_cells_that_a_spreadsheet_would_run_are_made_harmless() -> None:
    assert "'=HYPERLINK" in write_csv([EmployeeFields("1", "=HYPERLINK(1)", "B", "", "")])
