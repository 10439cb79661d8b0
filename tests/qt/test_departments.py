"""The tree of departments, and a question before a change moves anybody."""

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication, QMessageBox

from console.api import access_rules, departments
from console.desktop.dialogs.departments_dialog import DepartmentsDialog, question_text
from console.desktop.pages.employees import EmployeesPage
from console.desktop.shell import Shell
from tests.conftest import RunningSite
from tests.qt.conftest import open_page


def opened(shell: Shell, qtbot) -> DepartmentsDialog:
    dialog = open_page(shell, EmployeesPage).open_departments()
    qtbot.waitUntil(lambda: dialog.tree.topLevelItemCount() > 0)
    return dialog


def answer(yes: bool) -> None:
    """Answers the next question, when it is open."""

    def click() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, click)
            return
        role = QMessageBox.ButtonRole
        wanted = role.DestructiveRole if yes else role.RejectRole
        next(one for one in box.buttons() if box.buttonRole(one) is wanted).click()

    QTimer.singleShot(20, click)


def test_PE4_departments_are_a_tree_and_are_renamed_and_merged_in_it(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    for place in ("Works > Line 1", "Works > Line 2", "Depot"):
        running.add_employee(department=place)
    dialog = opened(shell, qtbot)
    dialog.choose("Works > Line 1")
    assert dialog.chosen == "Works > Line 1"
    dialog.change("Works > Press")
    qtbot.waitUntil(lambda: "Works > Press" in dialog._paths)
    dialog.choose("Works > Press")
    answer(yes=False)
    dialog.change("Depot")
    qtbot.wait(200)
    assert "Works > Press" in dialog._paths
    answer(yes=True)
    dialog.change("Depot")
    qtbot.waitUntil(lambda: "Works > Press" not in dialog._paths)
    dialog.choose("Works")
    dialog.delete.click()
    qtbot.waitUntil(dialog.problem.isVisible)
    assert "Merge it into another one" in dialog.problem.text()
    dialog.reject()


def test_PE4_the_form_offers_the_departments_there_are(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    running.add_employee(department="Offered")
    page = open_page(shell, EmployeesPage)
    page.panel.show_employee(None)
    page.panel.department.edit.setText("Off")
    choice = page.panel.department.choice
    qtbot.waitUntil(lambda: choice.findText("Offered") >= 0)
    assert page.panel.department.text() == "Off"
    page.panel.hide()


def test_PE4_the_question_names_who_loses_and_who_gets_a_terminal() -> None:
    row = access_rules.TakenOff(terminal_id="1", terminal="Gate", people=2, names=["Nur", "Ravi"])
    impact = departments.DepartmentImpact(
        merges=True, people=7, concerned=4, losing=[row], getting=[row]
    )
    text = question_text(impact)
    assert "Removed from terminals:\nGate (2): Nur, Ravi" in text
    assert "Added to terminals:\nGate (2): Nur, Ravi" in text
    assert "cannot be undone" in text
