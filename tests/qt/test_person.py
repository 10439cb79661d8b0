"""The page of a person: opened and left by the keyboard, and the next step done from it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from PyQt6.QtCore import Qt

from console.api import person as api
from console.api.employees import SetIdPhoto, set_id_photo
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.fingers import FingersPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.person import facts_of
from console.desktop.shell import Shell
from console.domain.enrolment_health import FACE_OLD
from console.domain.id_photos import IdPhotoState
from console.domain.operators import Role
from console.store.schema import IdPhoto
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.test_person import add_kiosk, add_logins, enrol
from tests.store.made import add_employee, add_finger


def open_somebody(shell: Shell, running: RunningSite, name: str, age: timedelta, qtbot) -> str:
    """Somebody with a face and a finger, opened from the list by Enter. Returns their number."""
    with running.store().write() as tx:
        row = add_employee(tx)
        row.first_name, row.last_name, row.sort_name = name, "Person", f"person {name}".lower()
        row.email = f"{name}@example.com"
        enrol(tx, row, age)
        add_finger(tx, row, 7, b"sealed")
        add_logins(tx, row, add_kiosk(tx), ("accepted", ""))
    page = open_page(shell, EmployeesPage)
    page.close_person()
    page.search(name)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page.table.selectRow(0)
    page.table.setCurrentIndex(page.model.index(0, 0))
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.person.person is not None)
    return row.number


def test_a_person_is_opened_by_enter_and_left_by_escape(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    number = open_somebody(shell, running, "Keyboard", timedelta(days=1), qtbot)
    page = open_page(shell, EmployeesPage)
    found = page.person.person
    assert isinstance(found, api.Person)
    assert page.shown.shown is page.person
    assert ("Number", number) in facts_of(found)
    assert page.person.name.text() == "Keyboard Person"
    assert page.person.templates.model.rowCount() == 2
    assert page.person.photo_card.isVisible()
    qtbot.keyClick(page.person, Qt.Key.Key_Escape)
    assert page.shown.shown is page.overview
    assert [row.number for row in page.table.selected()] == [number]
    page.search("")


def test_N15_the_button_does_the_next_step(shell: Shell, running: RunningSite, qtbot) -> None:
    open_somebody(shell, running, "Onefinger", timedelta(days=1), qtbot)
    page = open_page(shell, EmployeesPage)
    assert "Only one finger is enrolled" in page.person.health.advice.text()
    page.person.health.act.click()
    qtbot.waitUntil(lambda: isinstance(shell.page, FingersPage))
    open_page(shell, EmployeesPage)
    page.person.wants.emit("review", page.person.person)
    assert shell.page is not page


def test_the_whole_log_of_a_person_is_one_click_away(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    number = open_somebody(shell, running, "Logged", timedelta(days=1), qtbot)
    open_page(shell, EmployeesPage).person._open_log()
    logins = shell.page
    assert isinstance(logins, LoginsPage)
    qtbot.waitUntil(lambda: [row.number for row in logins.model._rows] == [number])
    shell.search.setText("")


def test_N15_those_to_enrol_again_are_a_filter_and_get_links_in_one_act(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    open_somebody(shell, running, "Aged", FACE_OLD, qtbot)
    page = open_page(shell, EmployeesPage)
    page.close_person()
    page.re_enrol.setChecked(True)
    qtbot.waitUntil(lambda: [row.first_name for row in page.model._rows] == ["Aged"])
    page.table.clearSelection()
    assert page.chosen.those is not None
    assert page.chosen.those.re_enrol
    assert page.chosen.again
    assert page.invite.text() == "Send invitations (1)"
    page.re_enrol.setChecked(False)
    page.search("")


def test_what_a_supervisor_may_not_know_is_not_on_the_page(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    open_somebody(shell, running, "Seen", FACE_OLD, qtbot)
    page = open_page(shell, EmployeesPage)
    found = page.person.person
    assert found is not None
    assert page.person.health.act.isVisible()
    page.person.health.show_health(found, Role.SUPERVISOR)
    assert page.person.health.act.isHidden()
    assert page.person.health.advice.text() == "The photo is old. Send a link."


def test_N5_an_id_photo_is_shown_with_what_is_wrong_and_removed_by_a_button(
    shell: Shell, running: RunningSite, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = running.add_employee(first_name="Idphoto")
    request = SetIdPhoto(employee_id=person.id, data=b"no photo")
    running.client.call(set_id_photo, request)
    with running.store().write() as tx:
        mine = sa.update(IdPhoto).where(IdPhoto.employee_id == person.id)
        tx.execute(mine.values(state=IdPhotoState.UNREADABLE, upload=None))
    page = open_page(shell, EmployeesPage)
    page.open_person(running.reload(person))
    view = page.person
    qtbot.waitUntil(lambda: view.person is not None)
    assert view.person is not None
    assert "could not be read" in dict(facts_of(view.person))["ID photo"]
    assert view.remove_id_photo.isVisible()
    monkeypatch.setattr("console.desktop.pages.person.is_sure", lambda *_: True)
    view.remove_id_photo.click()
    qtbot.waitUntil(lambda: not view.remove_id_photo.isVisible())
    assert view.person.id_photo is None
    assert "Removed the ID photo" in [one.what for one in view.person.changes or []]
