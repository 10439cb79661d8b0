"""The first page, by keys, against a running service. CO19."""

from datetime import timedelta

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from console.api import today as api
from console.api.operation import ApiError
from console.desktop.dialogs.consent_dialog import ConsentDialog
from console.desktop.dialogs.erasures_dialog import ErasuresDialog
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.pages.today import NOTHING, READING, UNKNOWN, TodayPage
from console.desktop.places import PAGES, REASONS
from console.desktop.sections import SECTIONS
from console.desktop.shell import Shell
from console.desktop.widgets.today_line import ICONS, OPENS, sentence
from console.domain.funnel import Why
from console.domain.invitations import Status
from console.domain.today import KINDS, Concern, Group, Place, Source
from console.qt.client import ConnectionState
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.store.made import NOW, add_employee, add_invitation, add_terminal
from tests.support.delayed_client import DelayedClient


def line(concern: Concern, count: int = 2, **more) -> api.Line:
    return api.Line(concern=concern, count=count, **more)


def found(*lines: api.Line, unread: tuple[Source, ...] = ()) -> api.Today:
    return api.Today(now=NOW, lines=list(lines), unread=list(unread))


@pytest.fixture
def delayed(themed, qtbot) -> tuple[TodayPage, DelayedClient]:
    """The page with a client whose answers a test gives."""
    client = DelayedClient()
    page = TodayPage(client)
    qtbot.addWidget(page)
    page.resize(1100, 600)
    page.show()
    return page, client


def said(page: TodayPage) -> tuple[str, str]:
    """What stands in place of lines."""
    return page.state._title.text(), page.state._advice.text()


def test_N17_whoever_may_know_of_a_line_may_open_its_place() -> None:
    roles = {page: roles for _, entries in SECTIONS for page, _, roles in entries}
    for concern, kind in KINDS.items():
        assert kind.roles <= roles[PAGES[kind.place]], concern
    assert PAGES.keys() == OPENS.keys() == set(Place)
    assert ICONS.keys() == set(Group)
    for concern in REASONS:
        assert KINDS[concern].place is Place.INVITATIONS


def test_CO19_the_first_page_leads_to_who_is_stuck_by_one_key(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    with running.store().write() as tx:
        for status in (Status.INVITED, Status.INVITED, Status.PENDING_APPROVAL):
            row = add_invitation(tx, add_employee(tx), status)
            row.email_failed = status is Status.INVITED
            row.submitted_at, row.changed_at = tx.now, tx.now - timedelta(days=3)
            row.expires_at = tx.now + timedelta(days=5)
    page = shell.page
    assert isinstance(page, TodayPage)
    shell.activateWindow()
    qtbot.keyClick(shell, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: Concern.EMAIL_FAILED in page.lines and Concern.REVIEW in page.lines)
    stuck = page.lines[Concern.EMAIL_FAILED]
    assert stuck.text.text() == "2 people did not get a link, because the email could not be sent."
    assert stuck.time.text() == "for 3 days"
    page.lines[Concern.REVIEW].go.setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    while QApplication.focusWidget() is not stuck.go:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClick(stuck.go, Qt.Key.Key_Space)
    opened = shell.page
    assert isinstance(opened, InvitationsPage)
    qtbot.waitUntil(lambda: opened.model.rowCount() == 2)
    assert opened.those.why is Why.EMAIL_FAILED
    qtbot.waitUntil(lambda: opened.why.currentText() == "Email could not be sent (2)")
    shell.search.setText("nobody at all")
    qtbot.waitUntil(lambda: opened.model.rowCount() == 0)
    again = open_page(shell, TodayPage)
    qtbot.keyClick(again.lines[Concern.EMAIL_FAILED].go, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: opened.model.rowCount() == 2)
    assert shell.search.text() == "", "a search does not narrow what the line counts"
    open_page(shell, TodayPage).lines[Concern.REVIEW].go.click()
    assert isinstance(shell.page, ReviewPage)


def test_CO19_nothing_is_said_only_when_everything_was_read(
    delayed: tuple[TodayPage, DelayedClient], qtbot
) -> None:
    page, client = delayed
    assert said(page) == READING
    client.waiting(api.today).answer(found(unread=(Source.KIOSKS, Source.AUDIT)))
    assert said(page) == UNKNOWN
    assert page.unread.text() == ("Could not be read: kiosks, checkpoints of the audit log.")
    page.refresh()
    qtbot.waitUntil(lambda: bool(client.pending), timeout=3000)
    client.waiting(api.today).answer(found())
    assert said(page) == NOTHING and page.unread.isHidden()
    client.state_changed.emit(ConnectionState.GONE)
    assert said(page) == UNKNOWN
    page.refresh()
    qtbot.waitUntil(lambda: bool(client.pending), timeout=3000)
    client.waiting(api.today).refuse(ApiError(code="internal", message="No."))
    assert said(page) == UNKNOWN, "and not what was there before"


def test_CO13_the_focus_stays_on_its_line_while_others_come_and_go(
    delayed: tuple[TodayPage, DelayedClient], qtbot
) -> None:
    page, _ = delayed
    page._show(found(line(Concern.LOCKED), line(Concern.CLOCK), line(Concern.BACKUPS, 1)))
    page.activateWindow()
    page.lines[Concern.CLOCK].go.setFocus()
    qtbot.waitUntil(page.lines[Concern.CLOCK].go.hasFocus)
    page._show(found(line(Concern.REVIEW), line(Concern.CLOCK, 3), line(Concern.BACKUPS, 1)))
    assert page.lines[Concern.CLOCK].go.hasFocus()
    assert page.lines[Concern.CLOCK].text.text() == "The clocks of 3 terminals are wrong."
    assert list(page.lines) != [] and Concern.LOCKED not in page.lines
    page._show(found(line(Concern.BACKUPS, 1)))
    assert page.lines[Concern.BACKUPS].go.hasFocus(), "the nearest that is left"
    shown = {group for group, (frame, _) in page._cards.items() if not frame.isHidden()}
    assert shown == {Group.BROKEN}


def test_CO12_a_screen_reader_says_the_line_and_where_its_button_leads(
    delayed: tuple[TodayPage, DelayedClient],
) -> None:
    page, _ = delayed
    told = line(Concern.TERMINAL_OFFLINE, 1, at=NOW - timedelta(hours=5), detail="Gate")
    page._show(found(told))
    assert page.lines[Concern.TERMINAL_OFFLINE].go.accessibleName() == (
        "One terminal is offline. Gate for 5 hours Opens Terminals"
    )
    assert sentence(line(Concern.REVIEW, 2000)) == "2,000 submissions are awaiting your review."


def test_CO19_a_line_of_one_terminal_selects_it_and_one_of_erasures_opens_them(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    with running.store().write() as tx:
        wanted = add_terminal(tx, "Gate with a line").id
        add_terminal(tx, "Another gate")
    page = open_page(shell, TodayPage)
    page.opens.emit(line(Concern.TERMINAL_OFFLINE, 1, id=wanted))
    terminals = shell.page
    assert isinstance(terminals, TerminalsPage)
    qtbot.waitUntil(lambda: [one.id for one in terminals.table.selected()] == [wanted])
    page.opens.emit(line(Concern.ERASURE))
    people = shell.page
    assert isinstance(people, EmployeesPage)
    assert people.findChild(ErasuresDialog) is not None
    page.opens.emit(line(Concern.ANSWERS))
    assert people.findChild(ConsentDialog) is not None
