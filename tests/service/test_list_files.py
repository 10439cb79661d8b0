"""PE2: files with lists of employees, as bytes: encodings with proof, and workbooks."""

import io
import zipfile

import pytest
import xlsxwriter

from console.domain.errors import Invalid
from console.service.people import list_files
from console.service.people.list_files import (
    encodings_of,
    is_workbook,
    rows_of,
    sheets_of,
    text_of,
    write_workbook,
)

HEAD = "number;first name;last name;department\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (HEAD.encode(), "utf-8"),
        ((HEAD + "7;Jörg;Łuczak;Süd\n").encode("utf-8-sig"), "utf-8"),
        (("\ufeff" + HEAD + "7;Jörg;Łuczak;Süd\n").encode("utf-16-le"), "utf-16-le"),
        (("\ufeff" + HEAD).encode("utf-16-be"), "utf-16-be"),
        (HEAD.encode("utf-16-le"), "utf-16-le"),
        (HEAD.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_what_proves_its_encoding_is_not_asked(data: bytes, encoding: str) -> None:
    found = encodings_of(data)
    assert (found.chosen, found.proven, found.offers) == (encoding, True, [])
    assert text_of(data, encoding).startswith(HEAD)


@pytest.mark.parametrize(
    ("codec", "encoding", "names"),
    [
        ("cp1250", "windows-1250", "Józef;Łuczak;Żywność"),
        ("cp1251", "windows-1251", "Вера;Соколова;Цех"),
        ("shift_jis", "shift-jis", "太郎;田中;工場"),
        ("gb18030", "gbk", "小明;王;工厂"),
        ("cp1252", "windows-1252", "Jörg;Müller;Straße"),
        ("mac_roman", "mac-roman", "Jörg;Müller;Straße"),
    ],
)
def test_other_encodings_are_offered_with_what_they_make_of_the_names(
    codec: str, encoding: str, names: str
) -> None:
    data = (HEAD + f"7;{names}\n").encode(codec)
    offers = {one.encoding: one for one in encodings_of(data).offers}
    assert names.split(";") == offers[encoding].examples
    chosen = encodings_of(data, encoding)
    assert chosen.chosen == encoding
    assert text_of(data, encoding).splitlines()[1] == f"7;{names}"


@pytest.mark.parametrize(
    ("codec", "names", "proven"),
    [
        ("cp1252", "Jörg;Müller;Süd", "windows-1252"),
        ("gb18030", "小明;王;工厂", "gbk"),
        ("mac_roman", "Jörg;Müller;Süd", ""),
        ("cp1250", "Józef;Łuczak;Żywność", "windows-1250"),
        ("cp1251", "Вера;Соколова;Цех", ""),
    ],
)
def test_an_encoding_is_taken_only_where_every_other_one_reads_the_same_or_nonsense(
    codec: str, names: str, proven: str
) -> None:
    found = encodings_of((HEAD + f"7;{names}\n").encode(codec))
    assert (found.chosen, found.proven) == (proven, bool(proven))


def test_a_wrong_choice_is_said_to_be_one() -> None:
    data = (HEAD + "7;Jörg;Müller;Süd\n").encode("cp1252")
    with pytest.raises(Invalid, match="Choose another encoding"):
        text_of(data, "utf-8")
    with pytest.raises(Invalid, match="from the list"):
        encodings_of(data, "rot13")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), r"old Excel file \(.xls\)"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        is_workbook(data)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_files, "MAX_BYTES", 10)
    with pytest.raises(Invalid, match="larger than"):
        is_workbook(bytes(11))


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        book.add_worksheet("Notes").write(0, 0, "nothing here")
        sheet = book.add_worksheet("Staff")
        for column, heading in enumerate(("Staff No.", "Name", "Hired", "Active", "Rate")):
            sheet.write(1, column, heading)
        sheet.write(2, 0, 12345)
        sheet.write(2, 1, "田中 太郎")
        sheet.write_datetime(2, 2, __import__("datetime").datetime(2026, 3, 1), day)
        sheet.write_boolean(2, 3, True)
        sheet.write(2, 4, 1.5)
        sheet.write(4, 0, "0007")
        sheet.write(4, 1, "Nur Aisyah")
    return out.getvalue()


def test_workbooks_are_read_as_somebody_would_type_them() -> None:
    data = workbook()
    assert is_workbook(data)
    assert sheets_of(data) == ["Notes", "Staff"]
    rows = list(rows_of(data, "", "Staff"))
    assert [cells for _, cells in rows] == [
        ["Staff No.", "Name", "Hired", "Active", "Rate"],
        ["12345", "田中 太郎", "2026-03-01", "yes", "1.5"],
        ["0007", "Nur Aisyah"],
    ]
    assert list(rows_of(data, "", "")) == [(1, ["nothing here"])], "the first sheet"
    with pytest.raises(Invalid, match="no such sheet"):
        list(rows_of(data, "", "Elsewhere"))


@pytest.mark.parametrize("data", [b"PK\x03\x04\x14\x00" + bytes(range(256)) * 20, b"PK\x03\x04"])
def test_a_workbook_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        list(rows_of(data, "", ""))


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(Invalid, match="cannot be read"):
        list(rows_of(out.getvalue(), "", ""))


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_files, "MAX_UNPACKED", 1000)
    with pytest.raises(Invalid, match="too large"):
        sheets_of(workbook())


def test_PE4_an_exported_workbook_is_read_again_cell_by_cell() -> None:
    rows = [["number", "name"], ["007", "=HYPERLINK(1)"], ["8", "-Tan"]]
    data = write_workbook(rows, "Employees")
    assert [cells for _, cells in rows_of(data, "", "Employees")] == rows
