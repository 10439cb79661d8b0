"""The second factor in the console's windows: set up, asked for, taken away. 6.3.2, N17."""

import base64
import itertools

import cv2
import numpy as np
import pytest
from PyQt6.QtGui import QImage, QPixmap
from PyQt6.QtWidgets import QDialog, QWidget

from console.api import operators
from console.desktop.dialogs.second_factor_dialog import PICTURE_PX, SecondFactorDialog
from console.desktop.pages.operators import OperatorsPage
from console.desktop.pages.sign_in import SignInForm
from console.desktop.shell import Shell
from console.domain.operators import Role
from console.qt.client import ConnectionState
from console.qt.qr_code import qr_picture
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page
from tests.service.test_second_factor import code_now, factor_of, set_up
from tests.support.operators import add_operator, signed_in

_names = (f"phone{number}" for number in itertools.count(1))
LAPTOP_AT_200 = 384 - 48
"""The height of 768 at 200 %, without bars of the desktop and of the window."""


def dialog(parent: QWidget) -> SecondFactorDialog:
    (found,) = (one for one in parent.findChildren(QDialog) if one.isVisible())
    assert isinstance(found, SecondFactorDialog)
    return found


def code_of(shown: SecondFactorDialog, steps: int = 0) -> str:
    return code_now(base64.b32decode(shown.secret.text().replace(" ", "")), steps)


def enter(form: SignInForm, username: str) -> None:
    form.username.edit.setText(username)
    form.password.edit.setText(PASSWORD)
    form.go.click()


@pytest.fixture
def door(client, qtbot) -> Shell:
    """A window at which nobody has signed in."""
    window = Shell(client)
    qtbot.addWidget(window)
    window.show()
    client.connect_service()
    qtbot.waitUntil(lambda: window.client.state is ConnectionState.SIGNED_OUT)
    return window


@pytest.mark.parametrize("site", ["A", "Hartmann Logistics, Lübeck and Bremen " * 2])
def test_a_phone_reads_the_picture(qapp, site: str) -> None:
    link = f"otpauth://totp/Muster%20{site}?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    picture = qr_picture(link, PICTURE_PX)
    image = picture.toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    bits = image.constBits()
    assert bits is not None
    lines = np.frombuffer(bytes(bits.asarray(image.sizeInBytes())), np.uint8)
    pixels = lines.reshape(image.height(), image.bytesPerLine())[:, : image.width()]
    assert cv2.QRCodeDetector().detectAndDecode(pixels)[0] == link
    assert isinstance(picture, QPixmap) and picture.width() >= PICTURE_PX


def test_one_is_set_up_under_ones_name_and_asked_for_at_the_next_sign_in(
    door: Shell, running: RunningSite, qtbot
) -> None:
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    enter(door.sign_in, row.username)
    qtbot.waitUntil(lambda: door.page is not None)
    door.status.factor.emit()
    shown = dialog(door)
    shown.current.edit.setText("not my password")
    shown.go.click()
    qtbot.waitUntil(lambda: "not your current" in shown.current.problem.text())
    shown.current.edit.setText(PASSWORD)
    shown.go.click()
    qtbot.waitUntil(shown.picture.isVisible)
    assert shown.height() <= LAPTOP_AT_200
    shown.code.edit.setText("12")
    shown.go.click()
    qtbot.waitUntil(lambda: "is not correct" in shown.code.problem.text())
    secret = base64.b32decode(shown.secret.text().replace(" ", ""))
    shown.code.edit.setText(code_of(shown, -1))
    shown.go.click()
    qtbot.waitUntil(shown.codes.isVisible)
    assert shown.height() <= LAPTOP_AT_200
    assert len(shown.codes.accessibleName().split(",")) == 10
    shown.go.click()
    qtbot.waitUntil(lambda: "need a code" in door.banner.text())
    door.status.sign_out.emit()
    form = door.sign_in
    qtbot.waitUntil(form.isVisible)
    enter(form, row.username)
    qtbot.waitUntil(form.code.isVisible)
    assert form.password.isHidden()
    form.code.edit.setText("000000")
    form.go.click()
    qtbot.waitUntil(lambda: "is not correct" in form.problem.text())
    form.code.edit.setText(code_now(secret))
    form.go.click()
    qtbot.waitUntil(lambda: door.page is not None)
    assert not form.code.text() and not form.password.text()


def test_whoever_needs_one_sets_it_up_before_the_first_page(
    door: Shell, running: RunningSite, qtbot
) -> None:
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    wanted = operators.SaveOperator(
        id=row.id,
        username=row.username,
        name=row.name,
        role=row.role,
        can_enrol=False,
        second_factor=True,
    )
    running.client.call(operators.save_operator, wanted)
    form = door.sign_in
    enter(form, row.username)
    qtbot.waitUntil(lambda: bool(form.findChildren(SecondFactorDialog)))
    shown = dialog(form)
    qtbot.waitUntil(shown.picture.isVisible)
    shown.cancel.click()
    qtbot.waitUntil(lambda: door.client.session is None)
    assert not door.pages and form.password.isVisible()
    enter(form, row.username)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in form.findChildren(SecondFactorDialog)))
    shown = dialog(form)
    qtbot.waitUntil(shown.picture.isVisible)
    shown.code.edit.setText(code_of(shown))
    shown.go.click()
    qtbot.waitUntil(shown.codes.isVisible)
    shown.go.click()
    qtbot.waitUntil(lambda: door.page is not None)


def test_administrators_see_who_has_one_and_take_a_lost_one_away(
    shell: Shell, running: RunningSite, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    set_up(signed_in(running.demo, row.username))
    page = open_page(shell, OperatorsPage)

    def shown() -> operators.OperatorRow | None:
        rows = [page.model.row(number) for number in range(page.model.rowCount())]
        return next((one for one in rows if one.id == row.id), None)

    qtbot.waitUntil(lambda: shown() is not None)
    page.panel.show_operator(shown())
    assert page.panel.reset_factor.isVisible()
    page.panel.second_factor.setChecked(True)
    page.panel.save.click()
    qtbot.waitUntil(lambda: (found := shown()) is not None and found.second_factor)
    monkeypatch.setattr("console.desktop.pages.operators.is_sure", lambda *_: True)
    page.panel.reset_factor.click()
    state = operators.FactorState.MISSING
    qtbot.waitUntil(lambda: (found := shown()) is not None and found.factor is state)
    assert factor_of(running, row.username) is state
    qtbot.waitUntil(page.panel.reset_factor.isHidden)
    page.for_all.click()
    qtbot.waitUntil(lambda: "your own second factor first" in shell.banner.text())
    assert not page.for_all.isChecked()
