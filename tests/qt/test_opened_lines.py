"""A line of the first page opens the list of what it counts, which says so. CO19."""

from datetime import timedelta

from PyQt6.QtWidgets import QDialog

from console.desktop.dialogs.consent_dialog import ConsentDialog
from console.desktop.dialogs.erasures_dialog import ErasuresDialog
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.kiosks import KiosksPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.pages.today import TodayPage
from console.desktop.shell import Shell
from console.domain.today import LISTED, Concern
from console.store.schema import Employee
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.test_today_lists import make_invitations, make_others, make_terminals

NOT_HERE = {
    Concern.OWN_PHOTOS,
    Concern.NEEDS_HELP,
    Concern.SCREENING_FAILS,
    Concern.ID_PHOTO_FAILS,
    Concern.ERASING_FAILS,
}
"""Not told to this administrator, or failures of jobs."""


def shown(shell: Shell) -> int:
    """Rows of the dialog, or of the page, that lies open."""
    for dialog in shell.findChildren(QDialog):
        if isinstance(dialog, ErasuresDialog | ConsentDialog) and dialog.isVisible():
            return dialog.model.rowCount()
    page = shell.page
    if isinstance(page, ReviewPage):
        return page.queue.count()
    assert isinstance(page, EmployeesPage | InvitationsPage | KiosksPage | TerminalsPage)
    return page.model.rowCount()


def test_CO19_every_line_opens_as_many_rows_as_it_counts(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    person = running.add_employee()
    with running.store().write() as tx:
        make_invitations(tx, person.id)
        make_terminals(tx)
        make_others(tx, "nobody", "somebody else")
    today = open_page(shell, TodayPage)
    qtbot.waitUntil(lambda: Concern.LAST_DAYS in today.lines and Concern.CLOCK in today.lines)
    told = {one: row for one, row in today.lines.items() if one in LISTED}
    assert told.keys() == LISTED.keys() - NOT_HERE
    for concern, row in told.items():
        open_page(shell, TodayPage)
        row.go.click()
        qtbot.waitUntil(lambda row=row: shown(shell) == row.line.count)
        for dialog in shell.findChildren(QDialog):
            dialog.reject()
        page = shell.page
        if page is not None and page.concern is not None:
            said = f"{LISTED[concern]}: {row.line.count}"
            qtbot.waitUntil(lambda page=page, said=said: page.narrowed.text.whole == said)


def test_CO19_all_is_shown_again_by_a_button_or_by_opening_the_page_anew(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    leaves = running.add_employee()
    running.add_employee()
    with running.store().write() as tx:
        tx.get_one(Employee, leaves.id).valid_until = tx.now.date() + timedelta(days=1)
    page = open_page(shell, EmployeesPage)
    page.show_concern(Concern.LAST_DAYS)
    qtbot.waitUntil(lambda: page.narrowed.isVisible() and page.narrowed.text.whole[-1].isdigit())
    keys, narrow = page.model.keys(), page.model.rowCount()
    assert leaves.id in keys
    page.table.selectAll()
    assert page.chosen.those is None and len(page.chosen.employee_ids) == narrow
    page.narrowed.all.click()
    qtbot.waitUntil(lambda: page.model.rowCount() > narrow)
    assert page.narrowed.isHidden()
    page.show_concern(Concern.LAST_DAYS)
    qtbot.waitUntil(lambda: page.model.rowCount() == narrow)
    open_page(shell, EmployeesPage)
    qtbot.waitUntil(lambda: page.model.rowCount() > narrow)
    assert page.narrowed.isHidden()
