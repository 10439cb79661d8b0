"""CO2: nothing of whoever was signed in before is left in the window, and roles bar every way."""

import pytest
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QLabel, QTableView

from console.api import operators
from console.api.operation import ApiError, Nothing
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.shell import Shell
from console.domain.operators import Role
from console.qt.client import ConnectionState, ServiceClient
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page
from tests.support.operators import add_operator

AUDITOR = "a.auditor"


def sign_in(shell: Shell, qtbot, name: str) -> None:
    shell.sign_in.username.edit.setText(name)
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: shell.page is not None)


@pytest.fixture
def auditor(running: RunningSite) -> str:
    known = running.client.call(operators.list_operators, Nothing()).rows
    if not any(one.username == AUDITOR for one in known):
        add_operator(running, AUDITOR, Role.AUDITOR)
    return AUDITOR


def test_CO2_who_signs_in_next_sees_nothing_of_whoever_was_here(
    shell: Shell, client: ServiceClient, auditor: str, running: RunningSite, qtbot
) -> None:
    person = running.add_employee()
    review, people = open_page(shell, ReviewPage), open_page(shell, EmployeesPage)
    shell.search.setText(person.number)
    shell.show_message(f"{person.full_name} was saved.", bad=False)
    question = QDialog(people)
    question.open()
    shell.status.sign_out.emit()
    assert client.state is ConnectionState.SIGNED_OUT
    assert not question.isVisible() and not shell.pages
    qtbot.waitUntil(lambda: sip.isdeleted(review) and sip.isdeleted(people))
    said = " ".join(label.text() for label in shell.findChildren(QLabel))
    assert person.first_name not in said and shell.search.text() == ""
    assert not shell.findChildren(QTableView)
    sign_in(shell, qtbot, auditor)
    assert set(shell.pages) == {LoginsPage}


def test_CO2_no_key_opens_a_page_that_the_role_may_not_see(
    shell: Shell, auditor: str, qtbot
) -> None:
    shell.status.sign_out.emit()
    sign_in(shell, qtbot, auditor)
    for number in range(1, 10):
        qtbot.keyClick(shell, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
    assert ReviewPage not in shell.pages and TerminalsPage in shell.pages
    shell.open_page(ReviewPage)
    assert ReviewPage not in shell.pages


def test_CO2_an_answer_for_whoever_was_here_before_reaches_nobody(
    shell: Shell, client: ServiceClient, auditor: str, qtbot
) -> None:
    """Nor does its refusal end the session of whoever is here now."""
    heard: list[object] = []

    def refused(error: ApiError) -> None:
        heard.append(error)

    shell.status.sign_out.emit()  # the session has ended when the question arrives
    sign_in(shell, qtbot, auditor)
    first = client.session
    assert first is not None
    client.call(operators.list_operators, Nothing(), heard.append, refused)
    client.sign_out_here()
    sign_in(shell, qtbot, "h.farid")
    qtbot.waitUntil(lambda: client.state is ConnectionState.READY)
    client.call(operators.list_operators, Nothing(), heard.append, refused)
    qtbot.waitUntil(lambda: bool(heard))
    assert len(heard) == 1 and isinstance(heard[0], operators.Operators)
    assert client.session is not None and client.session.username == "h.farid"
