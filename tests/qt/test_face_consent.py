"""The consent to the face is withdrawn at the desk and in the list of employees. EN1."""

import pytest
from PyQt6.QtWidgets import QAbstractButton, QMessageBox

from console.desktop.pages.desk_photos import DeskPhotosPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.shell import Shell
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.test_faces import at_desk


class Answers:
    """asked: what the questions said; yes: how they are answered."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.yes = False


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Answers questions, at first with no."""
    answers = Answers()

    def ask(box: QMessageBox) -> int:
        answers.asked.append(f"{box.text()} {box.informativeText()}")
        return 0

    def clicked(box: QMessageBox) -> QAbstractButton:
        destructive = QMessageBox.ButtonRole.DestructiveRole
        return next(
            one for one in box.buttons() if (box.buttonRole(one) is destructive) is answers.yes
        )

    monkeypatch.setattr(QMessageBox, "exec", ask)
    monkeypatch.setattr(QMessageBox, "clickedButton", clicked)
    return answers


def test_EN1_they_say_no_is_asked_about_where_a_face_is_kept(
    shell: Shell, running: RunningSite, answers: Answers, qtbot
) -> None:
    page = open_page(shell, DeskPhotosPage)
    person = running.add_employee()
    at_desk(running, person)
    page.open_person(person.id)
    qtbot.waitUntil(lambda: page.capture is not None and page.capture.agreed)
    assert page.withdraw.isVisible()
    page.withdraw.click()
    assert "Terminals and kiosks delete the face" in answers.asked[0]
    assert running.reload(person).face_agreed, "they thought better of it"
    answers.yes = True
    page.withdraw.click()
    qtbot.waitUntil(lambda: "The consent was withdrawn" in shell.banner.text())
    assert "No face is kept" not in shell.banner.text()
    assert running.reload(person).status == "withdrawn"
    qtbot.waitUntil(lambda: not page.withdraw.isVisible())
    page.decline.click()
    qtbot.waitUntil(lambda: "No face is kept" in shell.banner.text())
    assert len(answers.asked) == 2, "who has not agreed is not asked again"


def test_EN1_an_admin_withdraws_beside_the_list(
    shell: Shell, running: RunningSite, answers: Answers, qtbot
) -> None:
    page = open_page(shell, EmployeesPage)
    person = running.add_employee()
    page.panel.show_employee(running.reload(person))
    assert not page.panel.withdraw.isVisible()
    at_desk(running, person)
    page.panel.show_employee(running.reload(person))
    assert page.panel.withdraw.isVisible()
    answers.yes = True
    page.panel.withdraw.click()
    assert person.full_name in answers.asked[0]
    qtbot.waitUntil(lambda: "Consent withdrawn" in page.panel.status.text())
    assert not page.panel.withdraw.isVisible()
    assert not running.reload(person).face_agreed
