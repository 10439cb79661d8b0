"""PE2: what headings mean, in the words of personnel systems, and where they stand."""

import pytest

from console.domain.list_headings import HEADER_WITHIN, Field, header_row, meaning, meanings

N, F, L, W, M, D = (
    Field.NUMBER,
    Field.FIRST_NAME,
    Field.LAST_NAME,
    Field.FULL_NAME,
    Field.EMAIL,
    Field.DEPARTMENT,
)
NO = Field.IGNORED


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        ("number|first name|last name|email|department", [N, F, L, M, D]),
        ("Employee ID|Full Name|Work Email|Department", [N, W, M, D]),
        ("Emp Code|Name", [N, W]),
        ("EmployeeNumber|FirstName|LastName", [N, F, L]),
        ("Staff No.|Given name(s)|Surname", [N, F, L]),
        ("Personalnummer|Vorname|Nachname|E-Mail|Abteilung", [N, F, L, M, D]),
        ("Number\u00a0|First name|Last name", [N, F, L]),
        ("Matrícula|Nombre|Apellidos|Correo electrónico", [N, F, L, M]),
        ("工号|姓名|部门", [N, W, D]),
        ("Табельный номер|Имя|Фамилия|Отдел", [N, F, L, D]),
        ("社員番号|姓|名|メールアドレス", [N, L, F, M]),
        ("Name|Surname|No.", [F, L, N]),
        ("number|name|first name|last name", [N, NO, F, L]),
        ("number|shoe size", [N, NO]),
    ],
)
def test_headings_are_understood_in_many_words(headings: str, fields: list[Field]) -> None:
    assert meanings(headings.split("|")) == fields


def test_of_two_columns_for_one_field_only_the_first_is_read() -> None:
    assert meanings(["number", "email", "E-Mail"]) == [N, M, NO]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("STATUS", Field.ACTIVE),
        ("valid_from", Field.VALID_FROM),
        ("Gültig bis", Field.VALID_UNTIL),
        ("", NO),
        ("What is wrong", NO),
    ],
)
def test_one_heading(heading: str, field: Field) -> None:
    assert meaning(heading) is field


HEADINGS = ["number", "first name", "last name"]


@pytest.mark.parametrize(
    ("above", "place"),
    [
        ([], 0),
        ([["Employee list", "", ""], ["", "", ""]], 2),
        ([["Department", "Plant South", ""]], 1),
        ([["No.", "7"]], 1),
    ],
)
def test_rows_above_the_headings_are_skipped(above: list[list[str]], place: int) -> None:
    assert header_row([*above, HEADINGS, ["1", "Nur", "Aisyah"]]) == place


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([["Kopf"], ["aaa", "bbb"], ["1", "2"]], 1),
        ([["aaa", "bbb"], ["1", "2"]], 0),
        ([["", ""], ["x", ""]], 1),
        ([["only"], ["one"]], 0),
        ([["x"]] * HEADER_WITHIN + [HEADINGS], 0),
    ],
)
def test_without_known_words_the_first_row_with_several_cells_holds_the_headings(
    rows: list[list[str]], place: int
) -> None:
    assert header_row(rows) == place
