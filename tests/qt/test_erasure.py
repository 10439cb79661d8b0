"""Employees are erased in the console: asked, confirmed by a number, with receipts. PE4, N7."""

import json
import zipfile
from functools import partial
from pathlib import Path

import pytest
from PyQt6.QtCore import QItemSelectionModel
from pytestqt.qtbot import QtBot

from console.api import employees, erasure, retention
from console.api.operation import ById, Nothing
from console.demo.site import wait_until
from console.desktop.dialogs.erase_dialog import EraseDialog
from console.desktop.pages.employees import EmployeesPage
from console.desktop.shell import Shell
from console.domain.erasure import ErasureState
from console.domain.operators import Role
from console.domain.retention import Kept
from tests.conftest import RunningSite
from tests.qt.answering import type_and_go
from tests.qt.conftest import open_page
from tests.service.test_erasure import as_admin, rows
from tests.service.test_kiosks import paired


@pytest.fixture
def page(shell: Shell) -> EmployeesPage:
    return open_page(shell, EmployeesPage)


def select(page: EmployeesPage, qtbot: QtBot, *people: employees.EmployeeRow) -> None:
    """Selects these people, whom a search finds alone."""
    page.search_text = people[0].number if len(people) == 1 else people[0].department
    page.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() == len(people))
    selection = page.table.selectionModel()
    assert selection is not None
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for place in range(len(people)):
        selection.select(page.model.index(place, 0), flags)


def has_text(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 100


def asked(page: EmployeesPage, qtbot: QtBot) -> EraseDialog:
    page.privacy.open_erase()
    dialog = page.findChildren(EraseDialog)[-1]
    qtbot.waitUntil(lambda: dialog.erase.isEnabled() or dialog.remarks.isVisible())
    return dialog


def test_PE4_an_erasure_is_confirmed_by_the_number_and_its_receipt_saved(
    page: EmployeesPage, running: RunningSite, qtbot: QtBot, shell: Shell, tmp_path: Path
) -> None:
    paired(running, name="Console lobby")
    person = running.add_employee()
    select(page, qtbot, person)
    dialog = asked(page, qtbot)
    said = [part.text() for part in dialog.findChildren(type(dialog.problem))]
    assert any("working time" in text for text in said)
    dialog.typed.edit.setText("something")
    dialog.erase.click()
    qtbot.waitUntil(lambda: person.number in dialog.typed.problem.text())
    dialog.typed.edit.setText(person.number)
    dialog.erase.click()
    qtbot.waitUntil(lambda: "1 person erased" in shell.banner.text())
    listed = running.client.call(erasure.list_erasures, erasure.ListErasures()).rows
    newest = max(listed, key=lambda row: row.asked_at)
    wait_until(lambda: rows(running, newest.batch)[0].state is ErasureState.EMPTYING)
    erasures = page.privacy.open_erasures()
    qtbot.waitUntil(lambda: erasures.places.rowCount() > 0)
    assert erasures.save.isEnabled()
    assert not erasures.agree.isVisible()
    erasures.place_table.selectRow(0)
    assert erasures.gone.isVisible()
    for name in ("receipt.json", "receipt.pdf"):
        path = tmp_path / name
        erasures.save_receipt(newest.id, path)
        qtbot.waitUntil(partial(has_text, path))
    document = json.loads(json.loads((tmp_path / "receipt.json").read_text())["document"])
    assert document["reference"] == newest.id
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF")
    erasures.save_receipt(newest.id, tmp_path / "no such folder" / "receipt.json")
    qtbot.waitUntil(erasures.problem.isVisible)
    erasures.reject()


def test_N17_many_wait_for_a_second_administrator_who_sees_agree(
    page: EmployeesPage, running: RunningSite, qtbot: QtBot, shell: Shell
) -> None:
    people = [running.add_employee(department="Erased together") for _ in range(2)]
    select(page, qtbot, *people)
    with as_admin(running, "other admin"):
        dialog = asked(page, qtbot)
        assert "Another administrator" in dialog.remarks.text()
        dialog.typed.edit.setText("2")
        dialog.erase.click()
        qtbot.waitUntil(lambda: "must agree" in shell.banner.text())
        erasures = page.privacy.open_erasures()
        qtbot.waitUntil(erasures.agree.isVisible)
        assert not erasures.save.isEnabled()
        assert erasures.chosen is not None
        assert erasures.chosen.proposed == 2
        type_and_go("1")
        erasures.agree.click()
        assert not erasures.problem.isVisible(), "nothing was asked for by another number"
        type_and_go("2")
        erasures.agree.click()
        qtbot.waitUntil(lambda: "Another administrator" in erasures.problem.text())
        erasures.change(erasure.drop, ById(id=erasures.chosen.batch))
        qtbot.waitUntil(lambda: not erasures.agree.isVisible())
        erasures.reject()
    assert all(running.reload(one).active for one in people)


def test_EN2_a_hold_is_placed_and_seen_and_everything_kept_is_saved(
    page: EmployeesPage, running: RunningSite, qtbot: QtBot, shell: Shell, tmp_path: Path
) -> None:
    person = running.add_employee()
    select(page, qtbot, person)
    page.privacy.set_hold(person, "A lawsuit")
    qtbot.waitUntil(lambda: "is on legal hold" in shell.banner.text())
    dialog = asked(page, qtbot)
    qtbot.waitUntil(dialog.remarks.isVisible)
    assert person.full_name in dialog.remarks.text()
    assert not dialog.erase.isEnabled()
    dialog.reject()
    page.privacy.set_hold(person, "")
    qtbot.waitUntil(lambda: "not on legal hold" in shell.banner.text())
    path = tmp_path / "person.zip"
    page.privacy.save_file(person, path)
    qtbot.waitUntil(lambda: "person.zip" in shell.banner.text())
    with zipfile.ZipFile(path) as archive:
        assert "about.html" in archive.namelist()
    page.privacy.save_file(person, tmp_path / "no such folder" / "person.zip")
    qtbot.waitUntil(lambda: "cannot be written" in shell.banner.text())


def test_auditors_read_and_do_not_erase(page: EmployeesPage) -> None:
    privacy = page.privacy
    privacy.show_for(Role.AUDITOR)
    assert privacy.erase is not None
    assert (privacy.button.isVisible(), privacy.erase.isVisible()) == (True, False)
    privacy.show_for(Role.TECHNICIAN)
    assert not privacy.button.isVisible()


def test_EN2_the_times_are_tried_out_and_saved(
    page: EmployeesPage, running: RunningSite, qtbot: QtBot, shell: Shell
) -> None:
    dialog = page.privacy.open_retention()
    qtbot.waitUntil(lambda: len(dialog.days) == len(Kept))
    assert dialog.days[Kept.APPROVED].value() == 30
    dialog.days[Kept.APPROVED].setValue(6)
    dialog.try_out.click()
    qtbot.waitUntil(lambda: "Last checked" in dialog.last.text())
    assert kept_here(running)[Kept.APPROVED] == 30, "nothing is saved yet"
    dialog.days[Kept.APPROVED].setValue(6)
    dialog.save.click()
    qtbot.waitUntil(lambda: "Saved how long data is kept" in shell.banner.text())
    assert kept_here(running)[Kept.APPROVED] == 6
    running.client.call(retention.save_retention, retention.ChosenDays(days={}))


def kept_here(site: RunningSite) -> dict[Kept, int]:
    state = site.client.call(retention.get_retention, Nothing())
    return {row.kind: row.days for row in state.kinds}
