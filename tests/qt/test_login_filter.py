"""The login log by time, result, place and department, by the hands of a supervisor."""

from datetime import datetime, timedelta

from PyQt6.QtWidgets import QComboBox

from bridge.simulator.unit import SimPunch
from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.domain.day_spans import SpanName
from console.domain.logins import LoginMethod, LoginResult
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.gates import push_terminal

DEPARTMENT = "Filtered > Night"


def choose(box: QComboBox, data: object) -> None:
    """As a person does, by the list of the box."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_the_log_is_narrowed_and_shown_whole_again(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    person = running.add_employee(department=DEPARTMENT)
    gate = push_terminal(running, person)
    now = datetime.now().replace(microsecond=0)
    gate.unit.punch(SimPunch(person.number, now - timedelta(days=9), 0, 1))
    gate.unit.punch(SimPunch(person.number, now, 0, 15))
    gate.unit.punch(SimPunch("990077", now, 0, 15))
    page = open_page(shell, LoginsPage)
    page.search(gate.serial)

    def shown() -> list[tuple[str, str]]:
        rows = [page.model.row(number) for number in range(page.model.rowCount())]
        return [(row.number, row.method) for row in rows]

    face, finger = (person.number, "Face"), (person.number, "Finger")
    qtbot.waitUntil(lambda: len(shown()) == 3)
    qtbot.waitUntil(lambda: page.filter.department.findData(DEPARTMENT) > 0)
    assert not page.filter.everything.isEnabled()
    choose(page.filter.department, DEPARTMENT)
    qtbot.waitUntil(lambda: shown() == [face, finger])
    choose(page.filter.method, LoginMethod.FINGER)
    qtbot.waitUntil(lambda: shown() == [finger])
    page.filter.span.choose(SpanName.LAST_24_HOURS)
    qtbot.waitUntil(lambda: page.list.shown is page.nothing)
    page.filter.everything.click()
    qtbot.waitUntil(lambda: len(shown()) == 3)
    choose(page.filter.result, LoginResult.UNKNOWN)
    qtbot.waitUntil(lambda: shown() == [("990077", "Face")])
    page.filter.everything.click()
    page.filter.span.choose(SpanName.DAYS)
    page.filter.span.last.edit.setText(f"{now - timedelta(days=8):%Y-%m-%d}")
    page.filter.span.last.edit.editingFinished.emit()
    qtbot.waitUntil(lambda: shown() == [finger])
    page.filter.everything.click()
    page.search("")
