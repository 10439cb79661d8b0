"""A badge reader that types as a keyboard, in front of the real window. N8."""

import pytest
from PyQt6.QtCore import Qt

from console.api import employees
from console.api.operation import ServiceError
from console.domain import texts
from console.domain.kiosks import KioskSettings
from console.domain.login_policy import Method
from console.domain.login_session import LoginScreen
from console.kiosk.service_address import UNKNOWN
from tests.conftest import RunningSite
from tests.kiosk.conftest import Make, screen, type_number
from tests.kiosk.test_window import last_login
from tests.service.test_face_consent import say_no

FINGER = KioskSettings(default_method=Method.FINGER)


def give_badge(running: RunningSite, person: employees.EmployeeRow, text: str) -> None:
    request = employees.SetBadge(employee_id=person.id, badge=text)
    running.client.call(employees.set_badge, request)


def read_badge(kiosk, qtbot, text: str) -> None:
    """As a reader does: all keys at once, then Enter."""
    qtbot.keyClicks(kiosk.window, text)
    qtbot.keyClick(kiosk.window, Qt.Key.Key_Return)


def test_N8_who_said_no_logs_in_by_badge_or_number_at_a_kiosk_that_asks_for_a_finger(
    make: Make, running: RunningSite, until, qtbot
) -> None:
    person = running.add_employee(first_name="Siti", last_name="Rahim")
    say_no(running, person)
    give_badge(running, person, "QR:9f-0042")
    kiosk = make(FINGER)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    read_badge(kiosk, qtbot, "QR:9f-0042")
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    assert kiosk.window.home.name.text() == "Siti Rahim"
    assert kiosk.window.home.stamp.text() == "", "a kiosk does not tell who uses no biometrics"
    row = last_login(running, kiosk, until)
    assert (row.employee, row.method, row.outcome) == ("Siti Rahim", "Badge", "accepted")
    kiosk.window.home.done.click()
    kiosk.window.finger.number.click()
    assert kiosk.window.keypad.hint.text() == texts.OR_BADGE
    type_number(kiosk, person.number)
    until(lambda: screen(kiosk) is LoginScreen.HOME)


def test_N8_a_badge_is_known_while_the_service_is_away_and_a_strange_one_is_refused(
    make: Make, running: RunningSite, until, qtbot
) -> None:
    person = running.add_employee(first_name="Ravi", last_name="Menon")
    say_no(running, person)
    give_badge(running, person, "00417731")
    kiosk = make(FINGER)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    kiosk.connection.locate = lambda: UNKNOWN
    read_badge(kiosk, qtbot, "99999999")
    until(lambda: kiosk.window.keypad.error.text() == "Employee is not valid")
    read_badge(kiosk, qtbot, "00417731")
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    assert kiosk.window.home.name.text() == "Ravi Menon"


def test_N8_a_badge_is_of_one_person_and_can_be_taken_away(running: RunningSite) -> None:
    first, second = running.add_employee(), running.add_employee()
    give_badge(running, first, "55001234")
    with pytest.raises(ServiceError, match=f"badge of Nur Aisyah {first.number}"):
        give_badge(running, second, " 55001234 ")
    give_badge(running, first, "")
    give_badge(running, second, "55001234")
    with running.store().read() as session:
        from console.store.schema import Employee

        row = session.get(Employee, second.id)
        assert row is not None
        assert row.badge_mark
        assert "55001234" not in row.badge_mark
