"""PE5: the list of employees is narrowed by department and state, and acts keep to that."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from console.api import employees, invitations
from console.desktop.pages.employees import EmployeesPage
from console.desktop.shell import Shell
from console.domain.people_states import PeopleState
from console.domain.today import Concern
from tests.conftest import RunningSite
from tests.qt.conftest import open_page

QUAY = "Quay"


@pytest.fixture
def page(shell: Shell, running: RunningSite, qtbot: QtBot) -> Iterator[EmployeesPage]:
    """The page; one works at the quay, one has left it, and one never was there."""
    listed = employees.ListEmployees(department=QUAY)
    if not running.client.call(employees.list_employees, listed).total:
        running.add_employee()
        running.add_employee(department=QUAY)
        left = msgspec.structs.asdict(running.add_employee(department=QUAY))
        fields = {name: left[name] for name in employees.SaveEmployee.__struct_fields__}
        saved = employees.SaveEmployee(**{**fields, "active": False})
        running.client.call(employees.save_employee, saved)
    page = open_page(shell, EmployeesPage)
    page.search("")
    qtbot.waitUntil(lambda: page.filter.department.findData(QUAY) >= 0)
    yield page
    page.filter.clear()


def choose(page: EmployeesPage, department: str = "", state: PeopleState | None = None) -> None:
    """As by the keyboard."""
    for box, data in ((page.filter.department, department), (page.filter.state, state)):
        place = box.findData(data)
        box.setCurrentIndex(place)
        box.activated.emit(place)


def test_PE5_department_and_state_narrow_the_list_and_are_taken_back(
    page: EmployeesPage, qtbot: QtBot
) -> None:
    choose(page, QUAY)
    qtbot.waitUntil(lambda: {row.department for row in page.model._rows} == {QUAY})
    assert page.model.rowCount() == 2
    choose(page, QUAY, PeopleState.AWAY)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    choose(page, QUAY, PeopleState.WITH_FACE)
    qtbot.waitUntil(page.nothing_found.isVisible)
    page.filter.everyone.click()
    qtbot.waitUntil(lambda: page.model.rowCount() > 2)
    assert not page.filter.everyone.isEnabled()


def test_PE5_all_rows_of_a_longer_list_mean_all_that_the_filters_leave(
    page: EmployeesPage, qtbot: QtBot
) -> None:
    choose(page, QUAY, PeopleState.ACTIVE)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page._loaded(page.model.rowCount() + 200)
    page.table.selectAll()
    which = employees.WhichEmployees(department=QUAY, state=PeopleState.ACTIVE)
    assert page.chosen == invitations.Invite(those=which)


def test_PE5_groups_and_erasures_mean_rows_that_are_not_loaded_too(
    page: EmployeesPage, qtbot: QtBot
) -> None:
    choose(page, QUAY)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    ids = page.model.keys()
    page.model._rows = page.model._rows[:1]  # as if the other row lay on the next page
    page._loaded(2)
    page.table.selectAll()
    meant: list[list[str]] = []
    page.with_chosen(meant.append)
    qtbot.waitUntil(lambda: bool(meant))
    assert sorted(meant[0]) == sorted(ids)
    page.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    page.table.selectRow(0)
    page.with_chosen(meant.append)
    assert meant[1] == [page.model.row(0).id]


def test_PE5_an_export_writes_what_the_filters_leave(
    page: EmployeesPage, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(page, QUAY, PeopleState.AWAY)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    path = tmp_path / "quay.csv"
    monkeypatch.setattr(
        "console.desktop.pages.employees.QFileDialog.getSaveFileName",
        lambda *_arguments: (str(path), ""),
    )
    with qtbot.waitSignal(page.message) as said:
        page.ask_export()
    assert said.args == ["1 employee written to quay.csv.", False]
    assert len(path.read_text("utf-8-sig").splitlines()) == 2


def test_CO19_what_a_line_counts_is_not_narrowed_by_an_earlier_choice(
    page: EmployeesPage, qtbot: QtBot
) -> None:
    choose(page, QUAY, PeopleState.AWAY)
    page.show_concern(Concern.LAST_DAYS)
    assert page.which == employees.WhichEmployees(concern=Concern.LAST_DAYS)
    page.show_concern(None)
    choose(page, QUAY)
    page.show_concern(None)
    assert page.filter.path == QUAY, "whoever comes back to the page finds it as it was"
