"""AC10: the audit log on its page."""

from pathlib import Path

from PyQt6.QtWidgets import QComboBox, QLabel

from console.api import employee_lists as lists
from console.desktop.pages.audit import AuditPage
from console.desktop.shell import Shell
from console.domain.day_spans import SpanName
from console.service.people.list_files import workbook_rows
from tests.conftest import RunningSite
from tests.qt.conftest import open_page


def test_entries_are_searched_verified_and_exported(
    shell: Shell, running: RunningSite, tmp_path: Path, qtbot
) -> None:
    person = running.add_employee(last_name="Quist")
    page = open_page(shell, AuditPage)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    page.search("quist")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    entry = page.model.row(0)
    assert (entry.act, entry.about) == ("Added the employee", f"Nur Quist ({person.number})")
    page.save_file(tmp_path / "audit.csv")
    qtbot.waitUntil((tmp_path / "audit.csv").is_file)
    assert "Added the employee" in (tmp_path / "audit.csv").read_text("utf-8-sig")
    page.verify.click()
    qtbot.waitUntil(lambda: "are not found by this. Verified on" in page.whole.text())
    assert page.verifying.may_cancel, "an administrator stops what takes long"
    page.search("no such thing at all")
    qtbot.waitUntil(lambda: page.list.shown is page.nothing)
    page.search("")


def test_a_file_that_cannot_be_written_is_said(shell: Shell, tmp_path: Path, qtbot) -> None:
    page = open_page(shell, AuditPage)
    with qtbot.waitSignal(page.message) as told:
        page.save_file(tmp_path / "no such folder" / "audit.csv")
    assert told.args[1]
    assert "could not be written" in told.args[0]


def choose(page: AuditPage, box: QComboBox, data: object) -> None:
    """As a person does, by the list of the box."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_entries_are_filtered_by_act_operator_and_days(
    shell: Shell, running: RunningSite, tmp_path: Path, qtbot
) -> None:
    person = running.add_employee(last_name="Filtered")
    page = open_page(shell, AuditPage)
    qtbot.waitUntil(lambda: page.filter.operator.count() > 2)
    farid = page.filter.operator.findText("H. Farid (h.farid)")
    choose(page, page.filter.operator, page.filter.operator.itemData(farid))
    choose(page, page.filter.act, "employee.saved")

    def acts() -> set[tuple[str, str]]:
        rows = [page.model.row(number) for number in range(page.model.rowCount())]
        return {(row.by, row.act) for row in rows}

    qtbot.waitUntil(lambda: acts() == {("H. Farid", "Added the employee")})
    choose(page, page.filter.span, SpanName.DAYS)
    assert page.filter.days.isVisible()
    page.filter.span.first.edit.setText("no day")
    page.filter.span.first.edit.editingFinished.emit()
    assert "2026-12-31" in page.filter.span.first.problem.text()
    page.filter.span.first.edit.setText("2001-01-01")
    page.filter.span.last.edit.setText("2001-01-31")
    page.filter.span.last.edit.editingFinished.emit()
    qtbot.waitUntil(lambda: page.list.shown is page.nothing)
    page.filter.span.last.edit.setText("")
    page.filter.span.last.edit.editingFinished.emit()
    page.search(person.number)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page.save_file(tmp_path / "audit.xlsx")
    qtbot.waitUntil((tmp_path / "audit.xlsx").is_file)
    assert len(list(workbook_rows((tmp_path / "audit.xlsx").read_bytes(), ""))) == 2


def test_what_was_typed_and_is_no_act_is_no_choice(shell: Shell, qtbot) -> None:
    page = open_page(shell, AuditPage)
    choose(page, page.filter.act, "photo.viewed")
    page.filter.act.setEditText("no act at all")
    line = page.filter.act.lineEdit()
    assert line is not None
    line.editingFinished.emit()
    assert page.filter.act.currentText() == "Any act"
    assert page.filter.act.currentData() == ""


def test_words_that_fit_too_many_say_so_in_place_of_the_list(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    rows = "".join(f"9{n:04},Crowd,Member{n},,\n" for n in range(201))
    data = f"number,first name,last name,email,department\n{rows}".encode()
    request = lists.ImportEmployees(data=data, apply=True)
    running.client.finish(running.client.call(lists.import_employees, request))
    page = open_page(shell, AuditPage)
    page.search("crowd")
    qtbot.waitUntil(lambda: "More than 200" in page.nothing.findChildren(QLabel)[2].text())
    page.search("")
    qtbot.waitUntil(lambda: page.list.shown is page.table)


def test_AC10_where_checkpoints_go_is_chosen_and_shown(shell: Shell, tmp_path: Path, qtbot) -> None:
    page = open_page(shell, AuditPage)
    qtbot.waitUntil(lambda: "cannot be detected" in page.elsewhere.text())
    page.set_folder(str(tmp_path))
    qtbot.waitUntil(
        lambda: f"Checkpoints are saved in {tmp_path}. The newest is of" in page.elsewhere.text()
    )
    with qtbot.waitSignal(page.message) as told:
        page.set_folder("nowhere")
    assert "full path" in told.args[0]
    page.set_folder("")
    qtbot.waitUntil(lambda: "cannot be detected" in page.elsewhere.text())
