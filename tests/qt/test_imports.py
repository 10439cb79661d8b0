"""PE1 to PE3 in the console: what surprises in a list is asked, and an import can be undone."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from console.api import employee_lists as api
from console.desktop.dialogs.import_dialog import ImportDialog, what_changes
from console.desktop.dialogs.imports_dialog import ImportsDialog
from console.desktop.pages.employees import EmployeesPage
from console.desktop.shell import Shell
from console.domain.employee_lists import Effect
from console.domain.list_headings import Field
from tests.conftest import RunningSite
from tests.qt.conftest import open_page

HEAD = "number,first name,last name,department,active\n"


@pytest.fixture
def page(shell: Shell) -> EmployeesPage:
    return open_page(shell, EmployeesPage)


def offered(page: EmployeesPage, qtbot: QtBot, folder: Path, text: str) -> ImportDialog:
    """The dialog with what a list would change."""
    path = folder / "list.csv"
    path.write_text(text, "utf-8")
    page.import_file(path)
    dialog = page.findChildren(ImportDialog)[-1]
    qtbot.waitUntil(lambda: dialog.body.shown is dialog._page)
    return dialog


def imported(page: EmployeesPage, qtbot: QtBot, folder: Path, text: str) -> None:
    dialog = offered(page, qtbot, folder, text)
    said: list[str] = []
    dialog.done_text.connect(said.append)
    dialog.apply.click()
    qtbot.waitUntil(lambda: bool(said))


def test_PE1_who_returns_leaves_or_is_here_already_is_asked(
    page: EmployeesPage, qtbot: QtBot, tmp_path: Path
) -> None:
    imported(page, qtbot, tmp_path, f"{HEAD}9101,Ida,Ann,P,no\n9102,Ole,Ben,P,yes\n")
    dialog = offered(
        page, qtbot, tmp_path, f"{HEAD}9101,Ida,Ann,P,yes\n9102,Ole,Ben,P,no\n09102,Ole,Ben,Q,yes\n"
    )
    assert "1 person who had left" in dialog.returns.text()
    assert "1 person as left" in dialog.leavers.text()
    assert "1 person who is probably here already" in dialog.duplicates.text()
    assert not dialog._missing_row.isVisible()
    assert not dialog.apply.isEnabled()
    dialog.returns.setChecked(True)
    assert dialog.apply.isEnabled()
    assert dialog.apply.text() == "Import 1"
    dialog.apply.click()
    qtbot.waitUntil(dialog.save_failed.isVisible)
    assert dialog.summary.text().startswith("1 employee imported.")
    dialog.reject()


def test_who_is_missing_in_a_list_of_everybody_leaves_by_a_typed_number_only(
    page: EmployeesPage, qtbot: QtBot, tmp_path: Path
) -> None:
    imported(page, qtbot, tmp_path, f"{HEAD}9111,Kai,Lund,P,yes\n9112,Eva,Holm,P,yes\n")
    dialog = offered(page, qtbot, tmp_path, f"{HEAD}9111,Kai,Lund,Q,yes\n")
    dialog.columns.click()
    assert dialog.body.shown is dialog.reading
    dialog.reading.everybody.setChecked(True)
    dialog.show_preview.click()
    qtbot.waitUntil(dialog._missing_row.isVisible)
    missing = dialog._counts[Effect.MISSING]
    assert missing >= 1
    assert not dialog.apply.isEnabled(), "nothing was typed"
    dialog.missing.setText(str(missing + 1))
    assert not dialog.apply.isEnabled()
    dialog.missing.setText(str(missing))
    assert dialog.apply.isEnabled()
    dialog.reject()


def test_a_column_whose_heading_says_nothing_is_chosen_by_hand(
    page: EmployeesPage, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Kennung;Ruf\n9121;Nur\n", "utf-8")
    page.import_file(path)
    dialog = page.findChildren(ImportDialog)[-1]
    qtbot.waitUntil(dialog.show_preview.isVisible)
    for box, field in zip(dialog.reading._fields, (Field.NUMBER, Field.LAST_NAME), strict=True):
        box.setCurrentIndex(box.findData(field))
    dialog.show_preview.click()
    qtbot.waitUntil(dialog.apply.isEnabled)
    assert dialog.summary.text() == "1 new"
    dialog.reject()


def test_PE3_an_import_is_undone_from_the_list_of_imports(
    page: EmployeesPage, running: RunningSite, qtbot: QtBot, tmp_path: Path
) -> None:
    imported(page, qtbot, tmp_path, f"{HEAD}9131,Una,Undone,P,yes\n")
    dialog: ImportsDialog = page.open_imports()
    qtbot.waitUntil(dialog.undo.isEnabled)
    newest = dialog.model.row(0)
    assert newest.employees == 1
    said: list[str] = []
    dialog.done_text.connect(said.append)
    dialog.undo_import(newest.id)
    qtbot.waitUntil(lambda: bool(said))
    assert said == ["The import was undone: 1 removed."]
    page.search("undone")
    qtbot.waitUntil(lambda: page.list.shown is page.nothing_found)
    page.search("")
    dialog.reject()


def test_a_change_is_said_before_and_after() -> None:
    changes = [api.FieldChange(field=Field.DEPARTMENT, before="", after="Plant")]
    line = api.ImportLine(
        line=2, number="1", name="A", effect=Effect.CHANGED, changes=changes, note="Mind this."
    )
    assert what_changes(line) == "Mind this. · Department: – → Plant"
