"""PE4: two selected rows are merged in a dialog that shows which value stays."""

from console.desktop.dialogs.merge_dialog import MergeDialog
from console.desktop.pages.employees import EmployeesPage
from console.desktop.shell import Shell
from tests.conftest import RunningSite
from tests.qt.conftest import open_page


def test_PE4_two_rows_are_merged_with_the_values_that_were_chosen(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    first = running.add_employee(first_name="Twice", department="North")
    second = running.add_employee(first_name="Twice", department="South")
    page = open_page(shell, EmployeesPage)
    page.close_person()
    page.search("twice")
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    page.table.selectRow(0)
    assert page.open_merge() is None
    page.table.selectAll()
    dialog = page.open_merge()
    assert isinstance(dialog, MergeDialog)
    qtbot.waitUntil(dialog.go.isEnabled)
    dialog.choose("number", 1)
    qtbot.waitUntil(lambda: dialog._look is not None and dialog._look.keep.employee.id == second.id)
    dialog.choose("department", 1)
    assert "cannot be undone" in dialog.notes.text()
    dialog.go.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    left = running.reload(second)
    assert (left.number, left.department) == (second.number, "North")
    assert first.number not in [row.number for row in page.model._rows]
    page.search("")
