"""Passwords, sessions and the recovery key in the console's windows. AC1, N17."""

import itertools

import pytest
from PyQt6.QtWidgets import QApplication, QDialog, QWidget
from sqlalchemy import select

from console.api import operators
from console.api.operation import ById, Nothing, ServiceError
from console.desktop.dialogs.password_dialog import PasswordDialog
from console.desktop.dialogs.recover_dialog import RecoverDialog
from console.desktop.dialogs.sessions_dialog import SessionsDialog
from console.desktop.dialogs.temporary_password_dialog import TemporaryPasswordDialog
from console.desktop.pages.operators import OperatorsPage
from console.desktop.shell import Shell
from console.domain.operators import Role
from console.domain.recovery_key import in_groups
from console.qt.client import ConnectionState, ServiceClient
from console.store.database import Store
from console.store.recovery import set_recovery_key
from console.store.schema import Operator
from console.store.vault import Vault
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page
from tests.support.operators import add_operator, signed_in

ANOTHER = "four other words there"
PAPER = bytes(range(9, 41))
_names = (f"window{number}" for number in itertools.count(1))


def dialog(parent: QWidget, kind: type[QDialog]) -> QDialog:
    """The newest open dialog of this kind."""
    return [one for one in parent.findChildren(kind) if one.isVisible()][-1]


def sign_in(shell: Shell, name: str, password: str = PASSWORD) -> None:
    shell.sign_in.username.edit.setText(name)
    shell.sign_in.password.edit.setText(password)
    shell.sign_in.go.click()


@pytest.fixture
def door(running: RunningSite, client: ServiceClient, qtbot) -> Shell:
    """The console's window before anybody has signed in."""
    shell = Shell(client)
    qtbot.addWidget(shell)
    shell.show()
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    return shell


def test_a_temporary_password_is_changed_before_anything_is_shown(
    door: Shell, running: RunningSite, qtbot
) -> None:
    row = add_operator(running, next(_names), Role.TECHNICIAN)
    given = running.client.call(operators.reset_password, ById(id=row.id)).password
    form = door.sign_in
    sign_in(door, row.username, given)
    qtbot.waitUntil(form.new.isVisible)
    assert not form.password.isVisible() and not door.pages
    form.new.edit.setText(ANOTHER)
    form.repeat.edit.setText("something else")
    form.go.click()
    assert form.repeat.problem.text() == "The two passwords do not match."
    form.new.edit.setText("short")
    form.repeat.edit.setText("short")
    form.go.click()
    qtbot.waitUntil(lambda: "at least 12" in form.new.problem.text())
    form.new.edit.setText(ANOTHER)
    form.repeat.edit.setText(ANOTHER)
    form.go.click()
    qtbot.waitUntil(lambda: door.page is not None)
    assert signed_in(running.demo, row.username, ANOTHER)


def test_whoever_leaves_keeps_the_temporary_password(
    door: Shell, running: RunningSite, qtbot
) -> None:
    row = add_operator(running, next(_names), Role.TECHNICIAN)
    given = running.client.call(operators.reset_password, ById(id=row.id)).password
    sign_in(door, row.username, given)
    qtbot.waitUntil(door.sign_in.new.isVisible)
    door.sign_in.back.click()
    assert door.sign_in.password.isVisible() and not door.sign_in.new.isVisible()
    assert door.sign_in.password.text() == ""
    sign_in(door, row.username, given)
    qtbot.waitUntil(door.sign_in.new.isVisible)


def test_whoever_is_added_gets_a_temporary_password_to_hand_over(shell: Shell, qtbot) -> None:
    name = next(_names)
    page = open_page(shell, OperatorsPage)
    page.panel.show_operator(None)
    assert not page.panel.reset.isVisible()
    page.panel.username.edit.setText(name)
    page.panel.name.edit.setText("Tess")
    page.panel.save.click()
    qtbot.waitUntil(lambda: bool(page.findChildren(TemporaryPasswordDialog)))
    shown = dialog(page, TemporaryPasswordDialog)
    assert isinstance(shown, TemporaryPasswordDialog)
    shown._copy()
    clipboard = QApplication.clipboard()
    assert clipboard is not None and clipboard.text() == shown.password.text()
    shown.accept()
    assert clipboard.text() == ""
    assert page.panel.reset.isVisible()


def test_nobody_is_offered_a_temporary_password_of_their_own(shell: Shell, qtbot) -> None:
    page = open_page(shell, OperatorsPage)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    rows = [page.model.row(number) for number in range(page.model.rowCount())]
    page.panel.show_operator(next(one for one in rows if one.username == "h.farid"))
    assert not page.panel.reset.isVisible()


def test_ones_own_password_is_changed_under_ones_name(
    door: Shell, running: RunningSite, qtbot
) -> None:
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    sign_in(door, row.username)
    qtbot.waitUntil(lambda: door.page is not None)
    door.status.password.emit()
    asked = dialog(door, PasswordDialog)
    assert isinstance(asked, PasswordDialog)
    asked.current.edit.setText("not my password")
    asked.new.edit.setText(ANOTHER)
    asked.again.edit.setText(ANOTHER)
    asked.go.click()
    qtbot.waitUntil(lambda: "not your current" in asked.current.problem.text())
    asked.current.edit.setText(PASSWORD)
    asked.go.click()
    qtbot.waitUntil(lambda: door.banner.text() == "Your password was changed.")
    assert signed_in(running.demo, row.username, ANOTHER)


def test_a_session_is_ended_from_the_list(shell: Shell, running: RunningSite, qtbot) -> None:
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    other = signed_in(running.demo, row.username)
    shell.status.sessions.emit()
    asked = dialog(shell, SessionsDialog)
    assert isinstance(asked, SessionsDialog)

    def place() -> int:
        rows = [asked.model.row(number) for number in range(asked.model.rowCount())]
        return next((n for n, one in enumerate(rows) if one.username == row.username), -1)

    qtbot.waitUntil(lambda: place() >= 0)
    asked.table.selectRow(0)
    assert not asked.end.isEnabled(), "one's own is ended by signing out"
    asked.table.selectRow(place())
    asked.end.click()
    qtbot.waitUntil(lambda: place() < 0)
    with pytest.raises(ServiceError):
        other.call(operators.list_sessions, Nothing())
    asked.accept()


@pytest.mark.parametrize("how", ["ended by an administrator", "reset"])
def test_the_window_of_a_session_that_was_ended_is_emptied(
    door: Shell, running: RunningSite, qtbot, how: str
) -> None:
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    sign_in(door, row.username)
    qtbot.waitUntil(lambda: door.client.state is ConnectionState.READY)
    if how == "reset":
        running.client.call(operators.reset_password, ById(id=row.id))
    else:
        rows = running.client.call(operators.list_sessions, Nothing()).rows
        theirs = next(one for one in rows if one.username == row.username)
        assert theirs.computer, "the console says where it is"
        running.client.call(operators.end_session, ById(id=theirs.id))
    qtbot.waitUntil(lambda: door.client.state is ConnectionState.SIGNED_OUT)
    assert not door.pages


def test_the_recovery_key_opens_the_way_back_and_everybody_is_warned(
    door: Shell, running: RunningSite, qtbot
) -> None:
    with Store(running.store().engine, Vault(bytes(32))).write("admin") as tx:
        set_recovery_key(tx, PAPER)
    admin = add_operator(running, next(_names), Role.ADMIN, name="Ada Byron")
    form = door.sign_in
    form.username.edit.setText(admin.username)
    form.forgotten.click()
    asked = dialog(form, RecoverDialog)
    assert isinstance(asked, RecoverDialog)
    asked.key.edit.setText("ABCD")
    asked.go.click()
    assert "14 groups" in asked.key.problem.text()
    asked.key.edit.setText(" ".join(in_groups(bytes(32))))
    asked.go.click()
    qtbot.waitUntil(lambda: "not the recovery key" in asked.key.problem.text())
    asked.key.edit.setText(" ".join(in_groups(PAPER)).lower())
    asked.go.click()
    qtbot.waitUntil(form.new.isVisible)
    form.new.edit.setText(ANOTHER)
    form.repeat.edit.setText(ANOTHER)
    form.go.click()
    qtbot.waitUntil(door.recoveries.isVisible)
    assert "at a console" in door.recoveries.text.text()
    assert "to give Ada Byron a new password." in door.recoveries.text.text()
    door.recoveries.read.click()
    qtbot.waitUntil(lambda: not door.recoveries.isVisible())
    with running.store().read() as tx:
        query = select(Operator).where(Operator.username == admin.username)
        assert tx.session.scalars(query).one().warned_until > 0
