"""CO19: what the login log shows is exported: exactly that, with progress, and cancelled wholly."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog
from python_calamine import CalamineWorkbook

from bridge.simulator.unit import SimPunch
from console.desktop.flows import login_list
from console.desktop.login_words import LIST_HEADINGS
from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.domain.logins import LoginMethod
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.qt.test_login_filter import choose
from tests.service.gates import push_terminal

FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def page(shell: Shell, running: RunningSite, qtbot) -> LoginsPage:
    """The log, narrowed to a terminal with one login by face and one by finger."""
    person = running.add_employee(first_name=FORMULA, last_name="")
    gate = push_terminal(running, person)
    now = datetime.now().replace(microsecond=0)
    gate.unit.punch(SimPunch(person.number, now, 0, 15))
    gate.unit.punch(SimPunch(person.number, now - timedelta(hours=1), 0, 1))
    page = open_page(shell, LoginsPage)
    shell.search.setText(gate.serial)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    return page


def export(shell: Shell, qtbot, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    qtbot.keyClick(shell, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)


def said(shell: Shell) -> str:
    return shell.banner.text()


def test_CO19_what_is_filtered_is_written_as_csv(
    page: LoginsPage, shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(page.filter.method, LoginMethod.FINGER)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    export(shell, qtbot, tmp_path / "logins.csv", monkeypatch)
    assert page.strip.isVisible()
    assert not page.export_list.isEnabled(), "one at a time"
    qtbot.waitUntil(lambda: "logins.csv" in said(shell))
    assert "1 login was exported" in said(shell)
    assert not page.strip.isVisible()
    with (tmp_path / "logins.csv").open(encoding="utf-8-sig", newline="") as file:
        (found,) = csv.DictReader(file)
    login = page.model.row(0)
    assert found["Employee"] == f"'{FORMULA}"
    assert (found["Method"], found["Result"]) == ("Finger", "Accepted")
    assert found["Time"] == f"{login.at.astimezone():%Y-%m-%d %H:%M:%S}"
    assert found["Reported time"] == login.local_time
    assert found["Time (UTC)"] == f"{login.at:%Y-%m-%d %H:%M:%S}"
    qtbot.waitUntil(lambda: [one.name for one in tmp_path.iterdir()] == ["logins.csv"])


def test_CO19_all_that_is_shown_is_written_as_a_workbook(
    page: LoginsPage, shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(shell, qtbot, tmp_path / "logins.xlsx", monkeypatch)
    qtbot.waitUntil(lambda: "logins.xlsx" in said(shell))
    book = CalamineWorkbook.from_path(tmp_path / "logins.xlsx")
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == list(LIST_HEADINGS)
    assert [row[4] for row in rows[1:]] == ["Face", "Finger"]


def test_CO19_an_export_that_is_cancelled_leaves_the_file_of_before(
    page: LoginsPage, shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "logins.csv"
    path.write_text("of yesterday")
    export(shell, qtbot, path, monkeypatch)
    page.strip.cancel.setFocus()
    qtbot.keyClick(page.strip.cancel, Qt.Key.Key_Space)
    assert "cancelled" in said(shell)
    qtbot.waitUntil(lambda: list(tmp_path.iterdir()) == [path])
    assert path.read_text() == "of yesterday"
    assert page.export_list.isEnabled()


def test_CO19_whoever_signs_out_leaves_no_part_of_a_list(
    page: LoginsPage, shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(shell, qtbot, tmp_path / "logins.xlsx", monkeypatch)
    qtbot.keyClick(shell, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not shell.pages)
    qtbot.waitUntil(lambda: not list(tmp_path.iterdir()))


def test_CO19_whoever_closes_the_window_leaves_no_part_of_a_list(
    page: LoginsPage, shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(shell, qtbot, tmp_path / "logins.csv", monkeypatch)
    assert page.strip.isVisible()
    shell.close()
    qtbot.waitUntil(lambda: not list(tmp_path.iterdir()))


def test_CO19_where_nothing_can_be_written_it_is_said(
    page: LoginsPage, shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(shell, qtbot, tmp_path / "gone" / "logins.csv", monkeypatch)
    qtbot.waitUntil(lambda: "could not be written: No such file" in said(shell))
    (tmp_path / "logins.csv").mkdir()
    export(shell, qtbot, tmp_path / "logins.csv", monkeypatch)
    qtbot.waitUntil(lambda: "could not be written: Is a directory" in said(shell))
    qtbot.waitUntil(lambda: [one.name for one in tmp_path.iterdir()] == ["logins.csv"])


def test_CO19_a_defect_ends_the_export_and_is_told(
    page: LoginsPage, shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_list, "list_cells", lambda _login: 1 / 0)
    with qtbot.captureExceptions() as raised:
        export(shell, qtbot, tmp_path / "logins.csv", monkeypatch)
        qtbot.waitUntil(lambda: "failed" in said(shell))
        qtbot.waitUntil(lambda: not list(tmp_path.iterdir()))
    assert [kind for kind, *_ in raised] == [ZeroDivisionError]
