"""CO19: a list in a file: what it says, that nothing of it is run, and nothing of it is half."""

import csv
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from console.desktop import list_file
from console.desktop.list_file import ListFile

HEADINGS = ("Number", "Employee")
ROWS = [("0042", "=cmd|' /C calc'!A0"), ("7", "+1"), ("8", "Ann, “Ann”"), ("9", "一")]


def whole(path: Path) -> None:
    made = ListFile(path, HEADINGS)
    made.add(ROWS)
    made.pack()
    made.take_place()
    made.drop()


def test_CO19_a_csv_says_what_it_was_told_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    whole(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel reads it as UTF-8"
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = [tuple(row) for row in csv.reader(file)]
    assert found == [HEADINGS, ("0042", "'=cmd|' /C calc'!A0"), ("7", "'+1"), *ROWS[2:]]
    assert list(tmp_path.iterdir()) == [path]


def test_CO19_a_workbook_holds_texts_alone(tmp_path: Path) -> None:
    path = tmp_path / "list.XLSX"
    whole(path)
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [tuple(row) for row in rows] == [HEADINGS, *ROWS], "texts, and no numbers"
    assert b"<f>" not in zipfile.Path(path, "xl/worksheets/sheet1.xml").read_bytes()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
@pytest.mark.parametrize("packed", [False, True])
def test_CO19_what_is_dropped_leaves_what_was_there_before(
    tmp_path: Path, name: str, packed: bool
) -> None:
    path = tmp_path / name
    path.write_text("of yesterday")
    made = ListFile(path, HEADINGS)
    made.add(ROWS)
    assert path.read_text() == "of yesterday"
    if packed:
        made.pack()
    made.drop()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "of yesterday"


def test_CO19_a_workbook_that_is_full_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_file, "MOST_OF_SHEET", 3)
    made = ListFile(tmp_path / "list.xlsx", HEADINGS)
    with pytest.raises(OSError, match="Choose CSV"):
        made.add(ROWS)
    made.drop()
    assert list(tmp_path.iterdir()) == []
