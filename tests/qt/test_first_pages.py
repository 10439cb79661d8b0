"""Where each role starts, before anybody has left the console on another page. CO19."""

import pytest

from console.desktop.page import Page
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.pages.today import TodayPage
from console.desktop.sections import FIRST_PAGES, pages_of
from console.desktop.shell import Shell
from console.domain.operators import Role
from tests.conftest import PASSWORD, RunningSite
from tests.support.operators import add_operator

STARTS: dict[Role, type[Page]] = {
    Role.ADMIN: TodayPage,
    Role.TECHNICIAN: TerminalsPage,
    Role.SUPERVISOR: LoginsPage,
    Role.AUDITOR: LoginsPage,
}


def test_CO19_each_role_starts_on_the_page_of_its_work(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    assert set(STARTS) == set(Role)
    for role, page in STARTS.items():
        add_operator(running, f"starts {role}", role)
        shell._sign_out()
        shell.sign_in.username.edit.setText(f"starts {role}")
        shell.sign_in.password.edit.setText(PASSWORD)
        shell.sign_in.go.click()
        qtbot.waitUntil(lambda page=page: type(shell.page) is page)


@pytest.mark.parametrize("role", Role)
def test_N17_nobody_starts_on_a_page_that_their_role_may_not_see(role: Role) -> None:
    assert FIRST_PAGES[role] in pages_of(role)
