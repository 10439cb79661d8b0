"""The console's pages against a running service, by mouse and keyboard."""

from pathlib import Path

import httpx
import msgspec
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from console.api import employees, invitations, site
from console.api.operation import Nothing
from console.desktop.dialogs.import_dialog import ImportDialog
from console.desktop.dialogs.invite_question import ENROLLED, InviteQuestion
from console.desktop.pages.backups import BackupsPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.pages.today import TodayPage
from console.desktop.shell import Shell
from console.desktop.widgets.task_strip import TaskStrip
from console.qt.theme import apply_theme
from console.qt.themes import DARK, LIGHT
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.test_terminals import approve

PAGES = [
    TodayPage,
    EmployeesPage,
    InvitationsPage,
    ReviewPage,
    TerminalsPage,
    LoginsPage,
    BackupsPage,
    SettingsPage,
]


@pytest.mark.parametrize("kind", PAGES)
def test_every_control_has_a_name_for_screen_readers(shell: Shell, kind, qtbot) -> None:
    page = open_page(shell, kind)
    qtbot.wait(150)
    for control in page.findChildren(QWidget):
        if isinstance(control, QLineEdit) and control.objectName() == "qt_spinbox_lineedit":
            continue
        if (
            isinstance(control, QLineEdit | QAbstractButton)
            and control.parent() is not None
            and control.isVisible()
        ):
            name = control.accessibleName() or (
                control.text() if isinstance(control, QAbstractButton) else ""
            )
            assert name, control


TOP_EDGE_PX = 3
"""Of the window: above every text of the bar with the page's title."""


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", PAGES)
def test_every_page_paints_in_both_themes(shell: Shell, themed, kind, theme, qtbot) -> None:
    apply_theme(themed, theme)
    try:
        open_page(shell, kind)
        qtbot.wait(100)
        image = shell.grab().toImage()
        assert image.pixelColor(400, TOP_EDGE_PX).name().upper() == theme.surface
    finally:
        apply_theme(themed, LIGHT)


def test_pages_are_reached_by_keyboard(shell: Shell, qtbot) -> None:
    shell.activateWindow()
    qtbot.keyClick(shell, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: isinstance(shell.page, ReviewPage))


def test_an_employee_is_added_and_a_mistake_named_at_its_field(shell: Shell, qtbot) -> None:
    page = open_page(shell, EmployeesPage)
    page.panel.show_employee(None)
    for name, text in {
        "number": "3 1",
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@example.com",
    }.items():
        getattr(page.panel, name).edit.setText(text)
    page.panel.save.click()
    qtbot.waitUntil(page.panel.number.problem.isVisible)
    assert "without spaces" in page.panel.number.problem.text()
    page.panel.number.edit.setText("31")
    qtbot.keyClick(page.panel.number.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.panel.title.text() == "Ada Byron")
    page.search("byron")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page.search("nobody at all")
    qtbot.waitUntil(lambda: page.list.shown is page.nothing_found)
    page.search("")


def test_an_import_shows_its_errors_first_and_leaves_them_out(
    shell: Shell, tmp_path: Path, qtbot
) -> None:
    page = open_page(shell, EmployeesPage)
    path = tmp_path / "people.csv"
    path.write_bytes("number;first name;last name\n501;Zoë;Ångström\n!!;Bad;Row\n".encode("cp1252"))
    page.import_file(path)
    dialog = page.findChild(ImportDialog)
    qtbot.waitUntil(dialog.show_preview.isVisible)
    assert "does not prove its encoding" in dialog.reading.proof.text()
    dialog.reading.encoding.setCurrentIndex(dialog.reading.encoding.findData("windows-1252"))
    dialog.reading.encoding.activated.emit(dialog.reading.encoding.currentIndex())
    qtbot.waitUntil(lambda: "Zoë · Ångström" in dialog.reading.proof.text())
    dialog.show_preview.click()
    qtbot.waitUntil(dialog.apply.isEnabled)
    assert dialog.model.row(0).note
    assert dialog.summary.text() == "1 new · 1 with an error (skipped)"
    assert dialog.findChild(TaskStrip).isHidden()
    dialog.apply.click()
    qtbot.waitUntil(dialog.save_failed.isVisible)
    dialog.save_rows(tmp_path / "left out.csv")
    left_out = (tmp_path / "left out.csv").read_text("utf-8-sig").splitlines()
    assert left_out[0] == "number,first name,last name,What is wrong"
    assert left_out[1].startswith('!!,Bad,Row,"The employee number needs')
    page.search("ångström")
    qtbot.waitUntil(
        lambda: page.model.rowCount() == 1 and page.model.row(0).full_name == "Zoë Ångström"
    )
    page.search("")


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"a,b\n1,2\n"])
def test_a_file_that_is_no_list_is_explained(
    shell: Shell, tmp_path: Path, content: bytes, qtbot
) -> None:
    page = open_page(shell, EmployeesPage)
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    page.import_file(path)
    dialog = page.findChildren(ImportDialog)[-1]
    qtbot.waitUntil(lambda: not dialog.summary.text().startswith("Reading"))
    if dialog.show_preview.isVisible():  # it may be a list whose headings say nothing
        dialog.show_preview.click()
        qtbot.waitUntil(lambda: "Choose the column" in dialog.summary.text())
    assert not dialog.apply.isEnabled()
    assert "written" not in dialog.summary.text()  # nothing was: only the file was read
    dialog.reject()


def test_PE5_all_rows_of_a_longer_list_mean_all_whom_the_search_finds(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    page = open_page(shell, EmployeesPage)
    for _ in range(2):
        running.add_employee()
    qtbot.waitUntil(lambda: page.model.rowCount() > 1)
    page._loaded(page.model.rowCount() + 200)
    page.table.selectAll()
    assert page.chosen == invitations.Invite(those=employees.WhichEmployees())
    assert f"({page.model.rowCount() + 200:,})" in page.invite.text()
    page.table.clearSelection()
    page.table.selectRow(0)
    assert page.chosen == invitations.Invite(employee_ids=[page.model.row(0).id])
    page.refresh()


def test_PE5_the_question_says_who_is_left_out_and_why(themed) -> None:
    look = invitations.InviteLook(invited=3, left_out={ENROLLED: 2, "Not active.": 1})
    question = InviteQuestion(look)
    assert question.text() == "Invite 3 people?"
    assert question.defaultButton() is not question.send, "CO5: Return sends nothing"
    assert "3 people are left out:\n2 · Is already enrolled.\n1 · Not active." in (
        question.informativeText()
    )
    question.enrolled.setChecked(True)
    assert question.text() == "Invite 5 people?"
    assert "1 person is left out" in question.informativeText()
    assert question.again
    nobody = InviteQuestion(invitations.InviteLook(invited=0, left_out={"Not active.": 1}))
    assert not nobody.send.isEnabled()


def test_both_photos_zoom_in_step(shell: Shell, qtbot) -> None:
    page = open_page(shell, ReviewPage)
    page.shown.view_changed.emit(3.0, QPointF(0.1, 0.0))
    assert page.on_file._zoom == 3.0


def test_the_status_bar_tells_of_mail_that_cannot_leave(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    person = running.add_employee()
    running.demo.mailbox.refuse[person.email] = "550 5.1.1 no such user"
    running.client.call(invitations.invite, invitations.Invite(employee_ids=[person.id]))
    qtbot.waitUntil(lambda: "refused the address" in shell.status.email_state.text())
    page = open_page(shell, InvitationsPage)
    qtbot.waitUntil(
        lambda: page.model.rowCount() > 0 and page.model.row(0).email.startswith("Not sent")
    )


def test_settings_name_the_field_that_is_wrong(shell: Shell, qtbot) -> None:
    page = open_page(shell, SettingsPage)
    qtbot.waitUntil(lambda: bool(page.site.text()))
    page.portal_url.edit.setText("http://console.lan")
    page.save()
    qtbot.waitUntil(page.portal_url.problem.isVisible)
    assert "https://" in page.portal_url.problem.text()


def test_CO7_settings_that_are_typed_outlive_what_somebody_else_saves(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    page = open_page(shell, SettingsPage)
    qtbot.waitUntil(lambda: bool(page.site.text()))
    before = running.client.call(site.get_settings, Nothing())
    page.portal_url.edit.setText("https://enrol.example.com")
    other = msgspec.structs.replace(before, site="The name that they chose")
    running.client.call(site.save_settings, other)
    try:
        qtbot.waitUntil(page.elsewhere.isVisible)
        assert page.portal_url.text() == "https://enrol.example.com"
        assert page.site.text() == before.site
        page.theirs.click()
        qtbot.waitUntil(lambda: page.site.text() == other.site)
        assert (page.portal_url.text(), page.elsewhere.isVisible()) == (before.portal_url, False)
        page.site.edit.setText("My own")
        page.save()
        qtbot.waitUntil(lambda: "saved" in shell.banner.text())
        assert page.elsewhere.isHidden(), "one's own change is no surprise"
    finally:
        running.client.call(site.save_settings, before)


def test_a_login_shows_within_a_second(shell: Shell, running: RunningSite, qtbot) -> None:
    httpx.get(running.demo.running.push + "/iclock/cdata", params={"SN": "LIVE"})
    approve(running, "LIVE")
    person = running.add_employee()
    page = open_page(shell, LoginsPage)
    qtbot.wait(200)
    body = f"{person.number}\t2026-11-22 08:30:15\t0\t15\n"
    httpx.post(
        running.demo.running.push + "/iclock/cdata",
        params={"SN": "LIVE", "table": "ATTLOG"},
        content=body,
    )
    qtbot.waitUntil(
        lambda: any(
            page.model.row(n).employee == person.full_name for n in range(page.model.rowCount())
        )
    )


def test_the_console_locks_itself_when_nobody_touches_it(shell: Shell, qtbot) -> None:
    page = open_page(shell, EmployeesPage)
    shell._idle.setInterval(400)
    shell._idle.start()
    for _ in range(4):
        qtbot.wait(200)
        qtbot.keyClick(page, Qt.Key.Key_Shift)
    assert shell.client.session is not None, "a person at the keyboard keeps it open"
    qtbot.waitUntil(lambda: shell.client.session is None)
    qtbot.waitUntil(shell.sign_in.isVisible)
