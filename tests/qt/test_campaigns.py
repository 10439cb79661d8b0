"""Campaigns in the console: chosen, looked at, sent; the board and its acts. N22, PE5."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QMessageBox

from console.api import campaigns as api
from console.api import employees
from console.api import invitations as invitations_api
from console.api.board import StageRow
from console.api.operation import Nothing
from console.desktop.dialogs.campaign_dialog import CampaignDialog
from console.desktop.dialogs.link_rules_dialog import LinkRulesDialog
from console.desktop.flows.link_acts import NAMES
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.shell import Shell
from console.desktop.widgets.funnel_bar import FunnelBar
from console.domain.campaigns import Need
from console.domain.funnel import Stage, Why
from console.domain.link_acts import Act
from console.domain.link_terms import LinkTerms
from console.store.schema import Invitation
from tests.conftest import RunningSite
from tests.qt.answering import when_asked
from tests.qt.conftest import open_page

DEPARTMENTS = iter(f"Hall {number}" for number in range(1, 99))


@pytest.fixture
def hall(running: RunningSite) -> list[employees.EmployeeRow]:
    """Three people of a department of this test alone; the last has no email address."""
    department = next(DEPARTMENTS)
    there = [running.add_employee(department=department) for _ in range(2)]
    return [*there, running.add_employee(department=department, email="")]


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question is answered with yes; what was asked."""
    asked: list[str] = []

    def yes(box: QMessageBox) -> int:
        asked.append(f"{box.text()} {box.informativeText()}")
        next(one for one in box.buttons() if one.text() in set(NAMES.values())).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", yes)
    return asked


def looked_at(page: InvitationsPage, department: str, qtbot) -> CampaignDialog:
    """A new campaign for this department, once the service has said whom it reaches."""
    dialog = page.open_campaign()
    qtbot.waitUntil(lambda: dialog.whom.department.findData(department) > 0)
    dialog.whom.department.setCurrentIndex(dialog.whom.department.findData(department))
    dialog.whom.changed.emit()
    qtbot.waitUntil(lambda: dialog._look is not None)
    return dialog


def sent(running: RunningSite, department: str) -> str:
    """A campaign for this department whose emails have left; its id."""
    choice = api.Choice(whom=api.Whom(department=department))
    start = api.StartCampaign(name=department, choice=choice, terms=LinkTerms(days=9))
    task = running.client.finish(running.client.call(api.start_campaign, start))
    assert task.invited is not None
    with running.store().write() as tx:
        mine = Invitation.campaign_id == task.invited.campaign_id
        tx.execute(sa.update(Invitation).where(mine).values(stage=Stage.SENT))
    return task.invited.campaign_id


def test_PE5_the_dialog_says_who_gets_a_link_and_why_the_others_do_not(
    shell: Shell, hall: list[employees.EmployeeRow], qtbot
) -> None:
    dialog = looked_at(open_page(shell, InvitationsPage), hall[0].department, qtbot)
    assert dialog.summary.text() == "2 people get a link"
    assert dialog.reasons.text() == "1 person left out\n1 · No email address. Enter one first."
    assert dialog.model.row(0).number == hall[2].number
    assert not dialog.send.isEnabled(), "a campaign needs a name"
    assert "name" in dialog.send.toolTip()
    dialog.reject()


def test_N22_the_email_is_shown_as_the_person_gets_it(
    shell: Shell, hall: list[employees.EmployeeRow], qtbot
) -> None:
    dialog = looked_at(open_page(shell, InvitationsPage), hall[0].department, qtbot)
    dialog.terms.photos.setValue(1)
    dialog.tabs.setCurrentWidget(dialog.preview)
    qtbot.waitUntil(lambda: "take or upload one photo." in dialog.email.toPlainText())
    assert hall[0].email in dialog.heads.text()
    dialog.reject()


def test_N22_a_list_chooses_people_and_names_the_lines_that_fit_nobody(
    shell: Shell, hall: list[employees.EmployeeRow], qtbot, tmp_path: Path
) -> None:
    dialog = open_page(shell, InvitationsPage).open_campaign()
    file = tmp_path / "people.csv"
    file.write_text(f"{hall[0].number};x\n{hall[1].email.upper()}\nnobody\n", "utf-8")
    dialog.read_list(file)
    qtbot.waitUntil(lambda: dialog.tabs.tabText(2) == "Not found (1)")
    assert dialog.summary.text() == "2 people get a link"
    assert dialog.unknown.toPlainText() == "nobody"
    dialog.reject()


def test_N22_whoever_is_to_enrol_again_needs_no_second_yes(shell: Shell, qtbot) -> None:
    dialog = open_page(shell, InvitationsPage).open_campaign()
    dialog.show()
    assert dialog.whom.enrolled.isVisible()
    dialog.whom.old.setChecked(True)
    assert not dialog.whom.enrolled.isVisible()
    assert dialog.choice.whom.needs == [Need.OLD_TEMPLATE]
    dialog.reject()


def test_N22_a_campaign_is_sent_and_its_board_shown(
    shell: Shell, hall: list[employees.EmployeeRow], qtbot
) -> None:
    page = open_page(shell, InvitationsPage)
    dialog = looked_at(page, hall[0].department, qtbot)
    dialog.name.edit.setText("Hall")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.campaign.currentText().startswith("Hall · "))
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    assert page.terms.whole == (
        "by H. Farid · links work for 7 days · 3 photos · no automatic reminders · "
        "1 person left out when it was sent"
    )
    qtbot.waitUntil(
        lambda: page.funnel.buttons[Stage.WRITTEN].accessibleName().startswith("Invited: 2 of 2")
    )


def test_N22_one_act_helps_all_who_are_stuck_for_a_reason(
    shell: Shell, running: RunningSite, hall: list[employees.EmployeeRow], qtbot, sure: list[str]
) -> None:
    page = open_page(shell, InvitationsPage)
    page.show_campaign(sent(running, hall[0].department))
    qtbot.waitUntil(lambda: page.why.findData(Why.NOT_OPENED) > 0)
    assert not page.act_buttons[Act.REMIND].isEnabled(), "nobody is meant yet"
    page.funnel.buttons[Stage.SENT].click()
    page.why.setCurrentIndex(page.why.findData(Why.NOT_OPENED))
    page.why.activated.emit(page.why.currentIndex())
    qtbot.waitUntil(lambda: page.concerned.whole == "for all 2 listed")
    page.act_buttons[Act.REMIND].click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 2 and page.model.row(0).reminded == 1)
    said = "Send a reminder to 2 people? Each person gets an email with the same link again."
    assert sure == [said]


def test_N22_the_selection_is_revoked_after_a_question(
    shell: Shell, running: RunningSite, hall: list[employees.EmployeeRow], qtbot, sure: list[str]
) -> None:
    page = open_page(shell, InvitationsPage)
    page.show_campaign(sent(running, hall[0].department))
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    page.table.selectRow(0)
    page.act_buttons[Act.REVOKE].click()
    qtbot.waitUntil(lambda: bool(sure))
    assert sure[0].startswith("Revoke the link of 1 person?")
    qtbot.waitUntil(lambda: {page.model.row(n).status for n in range(2)} == {"invited", "revoked"})


def test_N22_a_link_is_copied_for_one_person(
    shell: Shell, running: RunningSite, hall: list[employees.EmployeeRow], qtbot
) -> None:
    page = open_page(shell, InvitationsPage)
    page.show_campaign(sent(running, hall[0].department))
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    assert not page.copy.isEnabled()
    page.table.selectRow(0)
    page.copy.click()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    qtbot.waitUntil(lambda: "/e/" in clipboard.text())
    clipboard.clear()


def test_N22_links_are_extended_by_the_days_that_are_asked_for(
    shell: Shell, running: RunningSite, hall: list[employees.EmployeeRow], qtbot
) -> None:
    page = open_page(shell, InvitationsPage)
    page.show_campaign(sent(running, hall[0].department))
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    before = page.model.row(0).expires_at
    page.table.selectRow(0)
    when_asked(lambda asking: asking.accept())
    page.act_buttons[Act.EXTEND].click()
    qtbot.waitUntil(lambda: (page.model.row(0).expires_at - before).days == 7)


def test_TTA20_links_are_switched_off_for_the_whole_site(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    page = open_page(shell, InvitationsPage)
    dialog = page.open_rules()
    qtbot.waitUntil(dialog.save.isEnabled)
    dialog.by_link.setChecked(False)
    dialog.save.click()
    qtbot.waitUntil(page.off.isVisible)
    assert not running.client.call(invitations_api.get_rules, Nothing()).by_link
    again: LinkRulesDialog = page.open_rules()
    qtbot.waitUntil(again.save.isEnabled)
    assert not again.by_link.isChecked()
    again.by_link.setChecked(True)
    again.save.click()
    qtbot.waitUntil(lambda: not page.off.isVisible())


def test_N22_a_wrong_rule_stays_in_the_dialog_with_what_is_wrong(shell: Shell, qtbot) -> None:
    dialog = open_page(shell, InvitationsPage).open_rules()
    qtbot.waitUntil(dialog.save.isEnabled)
    for day in dialog.days:
        day.setChecked(False)
    dialog.save.click()
    qtbot.waitUntil(dialog.problem.isVisible)
    assert "at least one day" in dialog.problem.text()
    dialog.reject()


def test_N22_the_funnel_speaks_and_takes_more_rows_where_it_is_narrow(qtbot, themed) -> None:
    funnel = FunnelBar()
    qtbot.addWidget(funnel)
    funnel.resize(1100, 70)
    funnel.show()
    rows = [StageRow(stage=stage, reached=90 - 10 * stage, here=10) for stage in Stage]
    funnel.show_rows(rows)
    opened = funnel.buttons[Stage.OPENED]
    assert opened.accessibleName() == "Opened: 70 of 90 · 10 stuck"
    tops = {button.y() for button in funnel.buttons.values()}
    assert len(tops) == 1
    funnel.resize(500, 210)
    qtbot.waitUntil(lambda: len({one.y() for one in funnel.buttons.values()}) > 1)
    chosen: list[object] = []
    funnel.chosen.connect(chosen.append)
    opened.setFocus()
    qtbot.keyClick(opened, Qt.Key.Key_Space)
    qtbot.keyClick(opened, Qt.Key.Key_Space)
    assert chosen == [Stage.OPENED, None]
