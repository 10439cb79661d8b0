"""The kiosk as people use it: quoted texts in their places, fingers, faces. S3 to S48, N18."""

import re

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QPushButton

from bridge.simulator.fingers import Condition
from console.api import employees, kiosks, logins
from console.api.address import ServiceAddress
from console.api.operation import ById, Nothing
from console.biometrics.workers.messages import WatchAnswer
from console.domain import texts
from console.domain.kiosks import KioskSettings
from console.domain.login_events import MatchEvidence
from console.domain.login_policy import MatchPolicy, Method
from console.domain.login_session import LoginScreen
from console.kiosk.app import KioskApp
from console.kiosk.screens.face_view import FaceView
from console.kiosk.screens.places import place_texts
from console.kiosk.screens.style import TARGET_PX
from tests.conftest import RunningSite
from tests.kiosk.conftest import Make, Stand, screen, type_number
from tests.service import desk
from tests.service.test_faces import enrol as enrol_face

NUMBER = KioskSettings(default_method=Method.NUMBER, match_policy=MatchPolicy.NOT_REQUIRED)
FINGER = KioskSettings(default_method=Method.FINGER)
PANEL = (1024, 768)
"""Pixels of the smallest screen that a kiosk is put on."""


@pytest.fixture(scope="module")
def daniel(running: RunningSite) -> employees.EmployeeRow:
    """Has an enrolled face and an enrolled finger, number 21."""
    person = running.add_employee(first_name="Daniel", last_name="Okafor")
    enrol_face(running, person)
    desk.enrol(running.client, person, finger=21)
    return person


def last_login(running: RunningSite, kiosk: KioskApp, until) -> logins.LoginRow:
    """The newest login at this kiosk, when the service has it."""

    def found() -> list[logins.LoginRow]:
        request = logins.ListLogins(search=kiosk.connection.name)
        rows = running.client.call(logins.list_logins, request).rows
        return [row for row in rows if row.terminal == kiosk.connection.name]

    until(lambda: any(row.explained for row in found()[:1]))
    return found()[0]


def test_S46_S47_S48_the_keypad_with_submit_to_its_right(
    make: Make, running: RunningSite, daniel, until, qtbot
) -> None:
    kiosk = make(NUMBER)
    keypad = kiosk.window.keypad
    until(lambda: kiosk.window.centre.shown is keypad)
    assert set(keypad.keys) == {*"0123456789", "BACK", "CLEAR"}
    right = max(key.mapTo(keypad, QPoint(key.width(), 0)).x() for key in keypad.keys.values())
    assert keypad.submit.mapTo(keypad, QPoint(0, 0)).x() > right
    for key in ("1", "2", "3"):
        keypad.keys[key].click()
    assert keypad.digits.text() == "1 2 3"
    keypad.keys["BACK"].click()
    assert keypad.digits.text() == "1 2"
    keypad.keys["CLEAR"].click()
    assert keypad.digits.text() == ""
    qtbot.keyClicks(kiosk.window, daniel.number)
    qtbot.keyClick(kiosk.window, Qt.Key.Key_Return)
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    assert kiosk.window.home.name.text() == "Daniel Okafor"
    kiosk.window.home.done.click()
    assert screen(kiosk) is LoginScreen.KEYPAD
    row = last_login(running, kiosk, until)
    assert (row.employee, row.method, row.outcome, row.terminal) == (
        "Daniel Okafor",
        "Number",
        "accepted",
        kiosk.connection.name,
    )


def test_S49_a_wrong_number_says_why_and_which_try_it_is(make: Make, until) -> None:
    kiosk = make(NUMBER)
    type_number(kiosk, "999999")
    until(lambda: kiosk.window.keypad.error.text() == "Employee is not valid")
    assert kiosk.window.keypad.help.text() == "Ask at the desk. Try 2 of 3."
    for _ in range(2):
        until(lambda: screen(kiosk) is LoginScreen.KEYPAD)
        type_number(kiosk, "999999")
    until(lambda: texts.SESSION_RESET in kiosk.window.keypad.error.text())


def test_S19_S50_who_is_not_enrolled_or_not_active_is_told_so(
    make: Make, running: RunningSite, until
) -> None:
    kiosk = make(FINGER)
    keypad = kiosk.window.keypad
    stranger, inactive = running.add_employee(), running.add_employee()
    running.client.call(
        employees.save_employee,
        employees.SaveEmployee(
            id=inactive.id,
            number=inactive.number,
            first_name=inactive.first_name,
            last_name=inactive.last_name,
            email=inactive.email,
            department="Test",
            active=False,
        ),
    )
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    kiosk.window.finger.number.click()
    type_number(kiosk, stranger.number)
    until(lambda: keypad.error.text() == "Employee is not enrolled")
    assert keypad.help.text() == "Ask at the desk. Try 2 of 3."
    until(lambda: screen(kiosk) is LoginScreen.KEYPAD and not kiosk.conductor.session.asking)
    type_number(kiosk, inactive.number)
    until(lambda: keypad.error.text() == "Employee is not active")


def test_S3_S7_S9_S11_S24_S26_S30_fingers_from_the_first_time_to_the_cache(
    make: Make, stand: Stand, running: RunningSite, daniel, until
) -> None:
    kiosk = make(FINGER)
    seen: list[str] = []
    kiosk.conductor.changed.connect(
        lambda session: seen.append(
            f"{session.screen}:{place_texts(session).under}:{session.error}"
        )
    )
    until(lambda: kiosk.conductor.equipment.reader)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    assert kiosk.window.finger.tip.text() == texts.FINGER_TIP
    stand.touch(21)
    until(lambda: screen(kiosk) is LoginScreen.KEYPAD)
    assert any("wait:Thank you. Please wait." in one for one in seen)
    assert kiosk.window.keypad.hint.text() == texts.FIRST_TIME
    stand.lift()
    type_number(kiosk, daniel.number)
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    until(lambda: last_login(running, kiosk, until).method == "Number + finger")
    kiosk.window.home.done.click()
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    stand.touch(21)
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    stand.lift()
    until(lambda: last_login(running, kiosk, until).method == "Finger")


def test_A4_a_login_from_the_cache_is_stamped_while_the_service_is_away(
    make: Make, stand: Stand, daniel, until
) -> None:
    kiosk = make(FINGER)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    stand.touch(21)
    until(lambda: screen(kiosk) is LoginScreen.KEYPAD)
    stand.lift()
    type_number(kiosk, daniel.number)
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    kiosk.window.home.done.click()
    kiosk.connection.locate = lambda: ServiceAddress(url="https://127.0.0.1:9")
    until(lambda: not kiosk.connection.up)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    stand.touch(21)
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    assert re.fullmatch(r"offline, status as of .*\d\d:\d\d.*", kiosk.window.home.stamp.text())


def test_S21_S22_S24_S25_the_wrong_finger_three_times(
    make: Make, stand: Stand, running: RunningSite, daniel, until
) -> None:
    kiosk = make(FINGER)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    kiosk.window.finger.number.click()
    type_number(kiosk, daniel.number)
    until(lambda: screen(kiosk) is LoginScreen.FINGERS)
    page = kiosk.window.finger
    assert page.now.text() == "Fingers you can use"
    assert page.hands.isVisible()
    assert [place for place, one in page.hands.fingers.items() if one.row is not None] == [2]
    for number in range(3):
        stand.touch(77)
        until(
            lambda n=number: (
                sum(step.what == "finger" for step in kiosk.conductor.session.path) == n + 1
                or screen(kiosk) is LoginScreen.FINGER
            )
        )
        if number < 2:
            assert page.error.text() == "Match not found. Please try again."
        stand.lift()
        until(lambda: stand.device is not None and not kiosk.conductor.session.asking)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    assert texts.SESSION_RESET in page.error.text()
    until(lambda: last_login(running, kiosk, until).reason == "Finger did not match")
    assert last_login(running, kiosk, until).outcome == "refused"


@pytest.mark.usefixtures("themed_kiosk")
def test_S38_a_black_square_round_the_face_and_a_line_from_eye_to_eye(qtbot) -> None:
    view = FaceView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show_frame(np.full((480, 640, 3), 200, np.uint8))
    view.show_sight(WatchAnswer(box=(0.3, 0.2, 0.3, 0.5), eyes=((0.38, 0.4), (0.52, 0.42))))
    picture = view.grab().toImage()
    square, eyes = view.face_square(), view.eye_points()
    assert square is not None and eyes is not None
    assert square.width() == pytest.approx(square.height())
    assert square.contains(eyes[0]) and square.contains(eyes[1])
    edges = [
        QPointF(square.center().x(), square.top()),
        QPointF(square.left(), square.center().y()),
        square.bottomRight(),
    ]
    for point in (*edges, eyes[0], (eyes[0] + eyes[1]) / 2, eyes[1]):
        assert picture.pixelColor(point.toPoint()) == QColor("#000000")
    assert picture.pixelColor(20, 20).lightness() > 150


@pytest.mark.usefixtures("daniel")
def test_S31_S32_S44_a_face_logs_in(make: Make, stand: Stand, running: RunningSite, until) -> None:
    kiosk = make(KioskSettings(tolerance="Medium-High"))
    page = kiosk.window.face
    until(lambda: screen(kiosk) is LoginScreen.FACE)
    until(lambda: len(kiosk.people) > 0)
    assert page.under.text() == "Stand in front of the camera"
    assert page.left.text() == page.right.text() == ""
    marked: list[bool] = []
    page.view.painted.connect(
        lambda: marked.append(
            page.view.face_square() is not None and page.view.eye_points() is not None
        )
    )
    stand.face()
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    assert kiosk.window.home.name.text() == "Daniel Okafor"
    assert True in marked, "the marks were painted before the decision"
    until(lambda: last_login(running, kiosk, until).method == "Face")


def test_S35_S36_S37_S40_a_face_that_nobody_knows(
    make: Make, stand: Stand, until, monkeypatch
) -> None:
    kiosk = make(KioskSettings())
    monkeypatch.setattr(
        kiosk.people.faces,
        "identify",
        lambda _probe, _settings: ("", MatchEvidence(fmr=0.2, threshold=1e-4)),
    )
    page = kiosk.window.face
    until(lambda: screen(kiosk) is LoginScreen.FACE)
    stand.face()
    until(lambda: page.left.text() == "Face not yet matched")
    assert page.under.text() == "Please adjust your position by stepping forward or backward"
    assert page.right.text() == "We are having problems authenticating"
    assert (
        page.left.geometry().right()
        < page.view.geometry().left()
        < page.view.geometry().right()
        < page.right.geometry().left()
    )
    assert page.under.geometry().top() > page.view.geometry().bottom()
    until(lambda: screen(kiosk) is LoginScreen.KEYPAD)
    assert kiosk.window.keypad.left.text() == "Face authentication failed"


def test_A5_after_the_number_the_face_is_compared_with_the_persons_own(
    make: Make, stand: Stand, daniel, until
) -> None:
    kiosk = make(KioskSettings())
    until(lambda: screen(kiosk) is LoginScreen.FACE)
    kiosk.window.face.number.click()
    type_number(kiosk, daniel.number)
    until(lambda: screen(kiosk) is LoginScreen.LOOK)
    stand.face()
    until(lambda: screen(kiosk) is LoginScreen.HOME)


@pytest.mark.parametrize("stand", [Stand(cameras=2)], ids=["two cameras"])
def test_S33_several_cameras_can_be_switched(make: Make, until) -> None:
    kiosk = make(KioskSettings())
    until(lambda: screen(kiosk) is LoginScreen.FACE)
    switch = kiosk.window.face.switch_camera
    assert switch.isVisible()
    assert switch.text() == switch.toolTip() == "Switch Camera"
    before = kiosk.window.camera.choice
    switch.click()
    after = kiosk.window.camera.choice
    assert before is not None and after is not None
    assert after.key != before.key
    until(lambda: kiosk.connection.state.cameras == ["Camera 1", "Camera 2"])
    assert kiosk.connection.state.camera
    until(lambda: kiosk.window.face.view.has_frame)


def test_S33_one_camera_cannot(make: Make, until) -> None:
    kiosk = make(KioskSettings())
    until(lambda: screen(kiosk) is LoginScreen.FACE)
    assert not kiosk.window.face.switch_camera.isVisible()


def test_a_camera_that_is_unplugged_says_so_and_comes_back_by_itself(
    make: Make, stand: Stand, until
) -> None:
    kiosk = make(KioskSettings())
    until(lambda: screen(kiosk) is LoginScreen.FACE)
    stand.plugged = False
    until(lambda: screen(kiosk) is LoginScreen.KEYPAD)
    assert kiosk.window.keypad.hint.text() == texts.CAMERA_GONE
    stand.plugged = True
    until(lambda: screen(kiosk) is LoginScreen.FACE)


def test_a_camera_that_is_plugged_in_after_the_start_is_found(
    make: Make, stand: Stand, until, monkeypatch
) -> None:
    found = stand.equipment.camera_choices()
    monkeypatch.setattr(stand.equipment, "camera_choices", list)
    kiosk = make(KioskSettings())
    until(lambda: screen(kiosk) is LoginScreen.KEYPAD)
    assert not kiosk.connection.state.camera
    monkeypatch.setattr(stand.equipment, "camera_choices", lambda: found)
    until(lambda: screen(kiosk) is LoginScreen.FACE and kiosk.window.face.view.has_frame)
    assert kiosk.connection.state.camera


def test_a_device_that_nobody_needs_is_left_alone_until_the_settings_ask_for_it(
    make: Make, running: RunningSite, until
) -> None:
    """By finger the camera's light is off; by face no worker of the fingers takes memory."""
    kiosk = make(FINGER)
    until(lambda: kiosk.window.camera.session is None and kiosk.fingers.running)
    assert kiosk.connection.state.camera
    ours = next(
        one
        for one in running.client.call(kiosks.list_kiosks, Nothing()).kiosks
        if one.name == kiosk.connection.name
    )
    running.client.call(
        kiosks.change_kiosk,
        kiosks.ChangeKiosk(
            id=ours.id, name=ours.name, location="", group="", settings=KioskSettings()
        ),
    )
    kiosk.connection.sync_soon()
    until(lambda: screen(kiosk) is LoginScreen.FACE and kiosk.window.face.view.has_frame)
    until(lambda: not kiosk.fingers.running)
    assert kiosk.connection.state.reader


def test_a_reader_that_is_unplugged_says_so_and_comes_back_by_itself(
    make: Make, stand: Stand, until
) -> None:
    kiosk = make(FINGER)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    stand.device.unplug()
    until(lambda: screen(kiosk) is LoginScreen.KEYPAD)
    assert kiosk.window.keypad.hint.text() == texts.READER_GONE
    stand.device.plug_in()
    until(lambda: screen(kiosk) is LoginScreen.FINGER)


def test_a_poor_scan_asks_again(make: Make, stand: Stand, until) -> None:
    kiosk = make(FINGER)
    until(lambda: screen(kiosk) is LoginScreen.FINGER)
    stand.touch(21, Condition.PARTIAL)
    until(lambda: bool(kiosk.conductor.session.path))
    until(lambda: screen(kiosk) in (LoginScreen.FINGER, LoginScreen.KEYPAD))


def test_a_kiosk_that_is_not_paired_asks_for_its_code(
    make: Make, running: RunningSite, until
) -> None:
    kiosk = make(pair=False)
    page = kiosk.window.pairing
    until(lambda: kiosk.window.centre.shown is page)
    page.code.setText("WRONG-CODEX")
    page.go.click()
    until(lambda: "not valid" in page.problem.text())
    page.code.setText(running.client.call(kiosks.add_kiosk, kiosks.AddKiosk(name="Fresh")).code)
    page.go.click()
    until(lambda: kiosk.window.centre.shown is not page)
    assert kiosk.connection.name == "Fresh"


@pytest.mark.usefixtures("daniel")
def test_a_kiosk_that_was_removed_knows_nobody_any_more(
    make: Make, running: RunningSite, until
) -> None:
    kiosk = make(KioskSettings())
    until(lambda: len(kiosk.people) > 0)
    row = next(
        one
        for one in running.client.call(kiosks.list_kiosks, Nothing()).kiosks
        if one.name == kiosk.connection.name
    )
    running.client.call(kiosks.remove_kiosk, ById(id=row.id))
    kiosk.connection.sync_soon()
    until(lambda: kiosk.window.centre.shown is kiosk.window.pairing)
    assert len(kiosk.people) == 0
    until(lambda: list(kiosk.cache.people()) == [])


def test_N18_every_page_fits_a_small_panel_in_every_language(make: Make) -> None:
    kiosk = make(KioskSettings(languages=["en", "ms", "zh"]))
    window = kiosk.window
    window.hello.show_text("The western gate of the large warehouse by the river")
    window.offline.setText("offline")
    for language in ("en", "ms", "zh"):
        window.use(language)
        for page in (
            window.face,
            window.finger,
            window.keypad,
            window.home,
            window.stop,
            window.help,
            window.pairing,
        ):
            window.centre.show_part(page)
            least = window.minimumSizeHint()
            assert least.width() <= PANEL[0] and least.height() <= PANEL[1], (language, page, least)


def test_N18_every_button_is_large_and_has_a_name(make: Make) -> None:
    kiosk = make(KioskSettings(languages=["en", "ms", "zh"]))
    window = kiosk.window
    for page in (window.face, window.finger, window.keypad, window.home, window.stop):
        window.centre.show_part(page)
        for one in page.findChildren(QPushButton):
            if one.isVisible():
                assert min(one.width(), one.height()) >= TARGET_PX, one.text()
                assert one.text() or one.accessibleName()


def test_N18_each_person_is_spoken_to_in_the_language_they_chose(make: Make, daniel, until) -> None:
    kiosk = make(
        KioskSettings(
            default_method=Method.NUMBER,
            match_policy=MatchPolicy.NOT_REQUIRED,
            languages=["en", "ms", "zh"],
        )
    )
    until(lambda: kiosk.window.language_buttons.count() == 3)
    type_number(kiosk, daniel.number)
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    kiosk.window.choose_language("zh")
    assert kiosk.window.home.done.text() == "我好了"
    kiosk.window.home.done.click()
    until(lambda: kiosk.window.keypad.title.text() == texts.ENTER_NUMBER)
    type_number(kiosk, daniel.number)
    until(lambda: kiosk.window.home.isVisible() and kiosk.window.home.done.text() == "我好了")


def test_not_in_use(make: Make, until) -> None:
    kiosk = make(KioskSettings(active=False))
    until(lambda: kiosk.window.centre.shown is kiosk.window.stop)
    assert kiosk.window.stop.words.text() == texts.NOT_IN_USE


def test_S4_help_can_be_read_from_the_login_screen(make: Make, until) -> None:
    kiosk = make(NUMBER)
    window = kiosk.window
    until(lambda: window.centre.shown is window.keypad)
    window.help_button.click()
    until(lambda: window.centre.shown is window.help)
    assert [tab.text() for tab in window.help.tabs[:2]] == [
        "About Authentication via Fingerprint",
        "About Authentication via Face Recognition",
    ]
    assert "three tries" in window.help.finger.text()
    window.help.tabs[2].click()
    assert window.help.parts.shown is window.help.chart
    assert window.help.chart.accessibleName().endswith("Valid, active, enrolled? Then a match")
    window.help.back.click()
    assert window.centre.shown is window.keypad
