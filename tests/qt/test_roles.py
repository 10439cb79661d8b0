"""What each role finds in the window: buttons that it may not use are absent. N17."""

import pytest
from PyQt6.QtWidgets import QPushButton, QWidget

from console.desktop.page import Page
from console.desktop.pages.audit import AuditPage
from console.desktop.pages.backups import BackupsPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.tasks import TasksPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.pages.today import TodayPage
from console.desktop.shell import Shell
from console.domain.operators import Role
from console.qt.client import ConnectionState
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page
from tests.support.operators import add_operator

FOUND: dict[Role, dict[type[Page], set[str]]] = {
    Role.SUPERVISOR: {
        TodayPage: set(),
        TasksPage: set(),
        EmployeesPage: {"Clear filters"},
        InvitationsPage: set(),
        TerminalsPage: set(),
        LoginsPage: {"Export…", "Log coverage…", "Show all", "Table", "Views"},
    },
    Role.AUDITOR: {
        TodayPage: set(),
        TasksPage: set(),
        EmployeesPage: {"Clear filters", "Privacy"},
        InvitationsPage: set(),
        TerminalsPage: set(),
        LoginsPage: {"Export…", "Log coverage…", "Show all", "Table", "Views"},
        AuditPage: {"Verify", "Export…", "Views"},
        BackupsPage: {"Places…"},
    },
}


@pytest.mark.parametrize("role", FOUND)
def test_a_page_offers_what_the_role_may_do(
    shell: Shell, running: RunningSite, qtbot, role: Role
) -> None:
    add_operator(running, f"page {role}", role)
    running.add_employee()
    shell._sign_out()
    shell.sign_in.username.edit.setText(f"page {role}")
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: shell.client.state is ConnectionState.READY and bool(shell.pages))
    assert shell._allowed == set(FOUND[role])
    for kind, expected in FOUND[role].items():
        page = open_page(shell, kind)
        qtbot.waitUntil(page.isVisible)
        assert buttons(page) == expected, kind.__name__
    shown = {heading.text() for heading in shell.navigation.headings if heading.isVisible()}
    assert ("Site" in shown) is (role is Role.AUDITOR), "no heading without a page"


def buttons(page: QWidget) -> set[str]:
    return {one.text() for one in page.findChildren(QPushButton) if one.isVisible()}
