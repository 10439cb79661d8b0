"""Who goes to which terminal, in the console: shown from both sides, and changed."""

from collections.abc import Callable
from datetime import date

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from console.api import access_rules as api
from console.api.operation import Nothing
from console.desktop.dialogs.access_dialogs import TerminalAccessDialog, ZoneDialog
from console.desktop.dialogs.groups_dialog import GroupsDialog
from console.desktop.flows.access_change import impact_text
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.shell import Shell
from console.desktop.widgets.employee_panel import destinations_text
from console.domain.access_rules import RuleKind
from tests.conftest import RunningSite
from tests.qt.answering import type_and_go
from tests.qt.conftest import open_page
from tests.qt.test_terminals_page import page_with
from tests.service.test_dialled import Dialled


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Answers questions by the button with a text; returns what they said."""

    def use(text: str) -> list[str]:
        asked: list[str] = []

        def choose(box: QMessageBox) -> int:
            asked.append(f"{box.text()} {box.informativeText()}")
            button = next(one for one in box.buttons() if text in one.text())
            monkeypatch.setattr(QMessageBox, "clickedButton", lambda _box: button)
            return 0

        monkeypatch.setattr(QMessageBox, "exec", choose)
        return asked

    return use


def choose_rule(dialog: TerminalAccessDialog | ZoneDialog, kind: RuleKind, text: str) -> None:
    """As somebody does who types."""
    editor = dialog.editor
    editor.kind.setCurrentIndex(editor.kind.findData(kind))
    editor.who.setEditText(text)
    edit = editor.who.lineEdit()
    assert edit is not None
    edit.textEdited.emit(text)


def terminal_dialog(page: TerminalsPage, qtbot: QtBot) -> TerminalAccessDialog:
    page.detail.tabs.setCurrentWidget(page.detail.access)
    page.detail.access.change.click()
    dialog = page.detail.findChild(TerminalAccessDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.zone.count() > 0)
    return dialog


def test_a_rule_is_written_shown_and_asked_about_before_anybody_is_taken_off(
    shell: Shell, running: RunningSite, qtbot: QtBot, answer: Callable[[str], list[str]]
) -> None:
    people = [running.add_employee(number=str(number)) for number in (71001, 71002)]
    door = Dialled(running, people=2, first=71001)
    for person in people:
        door.unit.people[person.number].name = person.full_name
    door.run_action("refresh")
    page = page_with(shell, door, qtbot)
    qtbot.waitUntil(lambda: page.detail.access.shown is not None)
    assert page.detail.access.summary.text().startswith("Everyone belongs here: ")
    dialog = terminal_dialog(page, qtbot)
    choose_rule(dialog, RuleKind.PERSON, people[0].number)
    qtbot.waitUntil(lambda: dialog.editor.who.count() == 1)
    edit = dialog.editor.who.lineEdit()
    assert edit is not None
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert [rule.names for rule in dialog.editor.rules()] == [people[0].id]
    asked = answer("Cancel")
    dialog.save.click()
    qtbot.waitUntil(lambda: bool(asked))
    assert asked[0].startswith("This makes 1 removal from a terminal.")
    assert f"{door.row.name} (1): {people[1].full_name}" in asked[0]
    assert dialog.isVisible(), "what was put together is still there"
    answer("Remove them")
    with qtbot.waitSignal(dialog.accepted):
        dialog.save.click()
    qtbot.waitUntil(lambda: page.detail.access.summary.text() == "1 person belongs here")
    qtbot.waitUntil(lambda: "71002" not in door.unit.people)
    assert "71001" in door.unit.people


def test_rules_of_a_zone_hold_on_its_terminals_until_it_is_deleted(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    door = Dialled(running)
    page = page_with(shell, door, qtbot)
    dialog = terminal_dialog(page, qtbot)
    dialog.new_zone.click()
    zone = dialog.findChild(ZoneDialog)
    assert zone is not None
    qtbot.waitUntil(lambda: zone.terminals.count() > 0)
    zone.save.click()
    qtbot.waitUntil(lambda: "Enter a name" in zone.name.problem.text())
    zone.name.edit.setText("Warehouse")
    qtbot.waitUntil(lambda: zone.editor.list.shown is not None)
    choose_rule(zone, RuleKind.DEPARTMENT, "Store")
    zone.editor.add.click()
    with qtbot.waitSignal(zone.saved):
        zone.save.click()
    qtbot.waitUntil(lambda: "Department: Store" in dialog.of_zone.text())
    dialog.reject()
    qtbot.waitUntil(lambda: door.row.access_zone == "Warehouse")
    shown = next(
        one for one in running.client.call(api.overview, Nothing()).zones if one.name == "Warehouse"
    )
    editing = ZoneDialog(page.client, shown, page)
    editing.delete.click()
    qtbot.waitUntil(lambda: "Take the terminals out" in editing.problem.text())
    qtbot.waitUntil(lambda: editing.terminals.count() > 0)
    items = [editing.terminals.item(place) for place in range(editing.terminals.count())]
    for item in items:
        assert item is not None
        item.setCheckState(Qt.CheckState.Unchecked)
    with qtbot.waitSignal(editing.saved):
        editing.save.click()
    assert door.row.access_zone == ""


def test_selected_people_join_a_group_and_are_taken_out(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    person = running.add_employee()
    page = open_page(shell, EmployeesPage)
    qtbot.waitUntil(lambda: person.id in list(page.model.keys()))
    page.table.selectRow(page.model.keys().index(person.id))
    page.open_groups()
    dialog = page.findChildren(GroupsDialog)[-1]
    type_and_go("Night shift")
    dialog.new.click()
    qtbot.waitUntil(lambda: dialog.groups.rowCount() == 1)
    dialog.add.click()
    qtbot.waitUntil(lambda: dialog.members.keys() == [person.id])
    type_and_go("Late shift")
    dialog.rename.click()
    qtbot.waitUntil(lambda: dialog.groups.row(0).name == "Late shift")
    qtbot.waitUntil(lambda: dialog.members.rowCount() == 1)
    dialog.member_table.selectRow(0)
    dialog.remove.click()
    qtbot.waitUntil(lambda: dialog.members.rowCount() == 0)
    dialog.delete.click()
    qtbot.waitUntil(lambda: dialog.groups.rowCount() == 0)
    dialog.reject()


def test_the_form_of_an_employee_says_where_they_go_and_keeps_their_days(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    person, door = running.add_employee(), Dialled(running)
    page = open_page(shell, EmployeesPage)
    page.panel.show_employee(person)
    qtbot.waitUntil(lambda: f"{door.row.name} (Open to everybody)" in page.panel.goes_to.toolTip())
    page.panel.valid_until.edit.setText("31.12.2026")
    page.panel.save.click()
    assert "2026-12-31" in page.panel.valid_until.problem.text()
    page.panel.valid_from.edit.setText("2027-01-01")
    page.panel.valid_until.edit.setText("2026-12-31")
    page.panel.save.click()
    qtbot.waitUntil(lambda: "before the first" in page.panel.valid_until.problem.text())
    page.panel.valid_from.edit.setText("")
    page.panel.save.click()
    qtbot.waitUntil(lambda: running.reload(person).valid_until == date(2026, 12, 31))


def test_long_lists_are_counted() -> None:
    rows = [
        api.Destination(terminal_id=str(n), terminal=f"Gate {n}", allowed=n < 4, why="Sales")
        for n in range(5)
    ]
    found = api.EmployeeAccess(group_ids=[], destinations=rows)
    assert destinations_text(found, 3).splitlines() == [
        "Goes to: Gate 0 (Sales), Gate 1 (Sales), Gate 2 (Sales) and 1 more",
        "Not to: Gate 4 (Sales)",
    ]
    assert destinations_text(api.EmployeeAccess(group_ids=[], destinations=[]), 3) == ""
    taken = [
        api.TakenOff(terminal_id=str(n), terminal=f"Gate {n}", people=2, names=["Nur"])
        for n in range(10)
    ]
    lines = impact_text(api.Impact(removals=20, terminals=taken)).split("\n\n")
    assert lines[0] == "Gate 0 (2): Nur and 1 more"
    assert lines[8] == "And 2 more terminals"
