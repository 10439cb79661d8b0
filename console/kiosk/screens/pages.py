"""The kiosk's screens: each shows one session, and tells what was tapped."""

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.api.fingers import FingerRow
from console.biometrics.faces.live.challenge import Challenge, Task
from console.domain import texts
from console.domain.authentication import Screen, Session
from console.domain.login_events import Back, Cancel, Clear, Digit, Event, Stamp, Submit, UseNumber
from console.kiosk.screens.face_view import FaceView
from console.qt.hands_view import HandsView
from console.qt.language import tr
from console.qt.theme import pixmap, theme
from console.qt.widgets import label

SIDE_PX = 280
KEY_PX = 136
"""All keys are equally wide, the longest of their words fits."""
SENSOR_PX = 220
TASKS = {Task.LEFT: texts.TURN_LEFT, Task.RIGHT: texts.TURN_RIGHT, Task.BLINK: texts.BLINK}
STAMPS = {
    Stamp.NUMBER_ONLY: "The number alone was taken: the employee database cannot be reached.",
    Stamp.UNVERIFIED: "Not verified: the employee database cannot be reached.",
    Stamp.NO_MATCH_POSSIBLE: "The number alone was taken: no match could be made.",
}


def push(text: str, act: Callable[[], object], kind: str = "") -> QPushButton:
    """A button that is large enough to be tapped; its name is what a screen reader says."""
    made = QPushButton(text)
    made.setObjectName(kind)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked: act())
    return made


class KioskPage(QWidget):
    """happened: an event for the conversation."""

    happened = pyqtSignal(object)

    def show_session(self, session: Session) -> None:
        """Everything that the page says."""

    def retranslate(self) -> None:
        """Texts that stand there whatever the session is."""

    def tell(self, event: Event) -> None:
        self.happened.emit(event)


class FacePage(KioskPage):
    """Login by face, the face of one person, and the challenge: the quoted texts left, under and right of the picture."""

    switch = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.view = FaceView()
        self.view.setAccessibleName(tr("Live picture of the camera"))
        self.left, self.under, self.right = (
            label("", "left", wrap=True),
            label("", "now", wrap=True),
            label("", "side", wrap=True),
        )
        self.error, self.hint = label("", "wrong", wrap=True), label("", "soft", wrap=True)
        self.left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for one in (self.under, self.hint, self.error):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.switch_camera = push(texts.SWITCH_CAMERA, self.switch.emit)
        self.switch_camera.setToolTip(texts.SWITCH_CAMERA)
        self.number = push(texts.USE_NUMBER, lambda: self.tell(UseNumber()))
        self.cancel = push(texts.CANCEL, lambda: self.tell(Cancel()), "quiet")
        for side in (self.left, self.right):
            side.setFixedWidth(SIDE_PX)
        middle = QHBoxLayout()
        middle.setSpacing(24)
        middle.addWidget(self.left)
        middle.addWidget(self.view, 1)
        middle.addWidget(self.right)
        low = QHBoxLayout()
        low.addWidget(self.switch_camera)
        low.addStretch(1)
        low.addWidget(self.cancel)
        low.addWidget(self.number)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(48, 8, 48, 24)
        layout.setSpacing(16)
        layout.addLayout(middle, 1)
        layout.addWidget(self.under)
        layout.addWidget(self.hint)
        layout.addWidget(self.error)
        layout.addLayout(low)

    def retranslate(self) -> None:
        self.switch_camera.setText(tr(texts.SWITCH_CAMERA))
        self.switch_camera.setToolTip(tr(texts.SWITCH_CAMERA))
        self.cancel.setText(tr(texts.CANCEL))

    def show_cameras(self, several: bool) -> None:
        self.switch_camera.setVisible(several)

    def show_session(self, session: Session) -> None:
        self.left.setText(tr(session.left) if session.left else "")
        self.under.setText(tr(session.under) if session.under else "")
        self.right.setText(tr(session.right) if session.right else "")
        self.hint.setText(tr(session.hint) if session.hint else "")
        self.hint.setVisible(bool(session.hint))
        self.error.setText(sentence(session.error))
        self.error.setVisible(bool(session.error))
        challenge = session.screen is Screen.CHALLENGE
        self.number.setText(tr(texts.CANNOT_DO if challenge else texts.USE_NUMBER))
        self.number.setVisible(session.screen is not Screen.LOOK)
        self.cancel.setVisible(session.screen is not Screen.FACE)

    def show_challenge(self, challenge: Challenge | None) -> None:
        if challenge is not None and challenge.now is not None:
            self.under.setText(tr(TASKS[challenge.now]))


class Sensor(QWidget):
    """A fingerprint sensor, drawn; lit while a finger is being compared."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SENSOR_PX, SENSOR_PX)
        self.setAccessibleName(tr("Fingerprint sensor"))
        self._lit = False

    def light(self, lit: bool) -> None:
        self._lit = lit
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme()
        painter.setPen(QPen(QColor(colours.accent if self._lit else colours.line), 4))
        painter.setBrush(QColor(colours.accent_soft if self._lit else colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), 28, 28)
        size = SENSOR_PX * 5 // 8
        mark = pixmap("fingerprint", colours.accent if self._lit else colours.ink2, size)
        painter.drawPixmap((SENSOR_PX - size) // 2, (SENSOR_PX - size) // 2, mark)


class FingerPage(KioskPage):
    """Put the finger on the sensor; wait; which fingers can be used."""

    def __init__(self) -> None:
        super().__init__()
        self.sensor, self.hands = Sensor(), HandsView(plain=True)
        self.hands.setEnabled(False)
        self.hands.setMinimumSize(QSize(520, 280))
        self.hands.hide()  # never beside the sensor: the page is not made higher than it is
        self.now, self.error, self.tip = (
            label("", "now", wrap=True),
            label("", "wrong", wrap=True),
            label("", "soft", wrap=True),
        )
        for one in (self.now, self.error, self.tip):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.number = push(texts.USE_NUMBER, lambda: self.tell(UseNumber()))
        self.cancel = push(texts.CANCEL, lambda: self.tell(Cancel()), "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(48, 8, 48, 24)
        layout.setSpacing(20)
        layout.addStretch(1)
        layout.addWidget(self.sensor, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.now)
        layout.addWidget(self.hands, 3)
        layout.addWidget(self.error)
        layout.addWidget(self.tip)
        layout.addStretch(1)
        low = QHBoxLayout()
        low.addStretch(1)
        low.addWidget(self.cancel)
        low.addWidget(self.number)
        layout.addLayout(low)

    def retranslate(self) -> None:
        self.number.setText(tr(texts.USE_NUMBER))
        self.cancel.setText(tr(texts.CANCEL))
        self.tip.setText(tr(texts.FINGER_TIP))

    def show_session(self, session: Session) -> None:
        choosing, waiting = session.screen is Screen.FINGERS, session.screen is Screen.WAIT
        self.now.setText(tr(session.under) if session.under else "")
        self.error.setText(sentence(session.error))
        self.error.setVisible(bool(session.error))
        self.sensor.light(waiting)
        self.sensor.setVisible(not choosing)
        self.hands.setVisible(choosing)
        self.tip.setVisible(not waiting)
        self.number.setVisible(session.screen is Screen.FINGER)
        self.cancel.setVisible(choosing)
        if choosing and session.person is not None:
            self.hands.show_rows(
                [
                    FingerRow(position=position, quality=100, representations=[])
                    for position in session.person.fingers
                ]
            )
            names = ", ".join(
                tr(finger.words)
                for finger in self.hands.fingers
                if finger in session.person.fingers
            )
            self.hands.setAccessibleName(f"{tr(texts.FINGERS_AVAILABLE)}: {names}")


class KeypadPage(KioskPage):
    """The number: digits, BACK, CLEAR; Submit to their right. S46, S47."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.hint = (
            label(tr(texts.ENTER_NUMBER), "title", wrap=True),
            label("", "soft", wrap=True),
        )
        self.left, self.error, self.help = (
            label("", "left", wrap=True),
            label("", "wrong", wrap=True),
            label("", "soft", wrap=True),
        )
        self.digits = label("", "digits")
        self.digits.setAccessibleName(tr("Number"))
        self.digits.setMinimumHeight(84)
        words = QVBoxLayout()
        words.setSpacing(12)
        words.addStretch(1)
        for part in (self.left, self.title, self.hint, self.error, self.help):
            words.addWidget(part)
        words.addStretch(1)
        self.cancel = push(texts.CANCEL, lambda: self.tell(Cancel()), "quiet")
        words.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignLeft)
        self.grid = QGridLayout()
        self.grid.setSpacing(12)
        self.grid.addWidget(self.digits, 0, 0, 1, 4)
        self.keys: dict[str, QPushButton] = {}
        for number in range(1, 10):
            self._key(
                str(number), (number - 1) // 3 + 1, (number - 1) % 3, Digit(str(number)), "digit"
            )
        self._key(texts.KEY_BACK, 4, 0, Back())
        self._key("0", 4, 1, Digit("0"), "digit")
        self._key(texts.KEY_CLEAR, 4, 2, Clear())
        self.submit = push(texts.KEY_SUBMIT, lambda: self.tell(Submit()), "primary")
        self.submit.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.submit.setMinimumWidth(168)
        self.grid.addWidget(self.submit, 1, 3, 4, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(64, 24, 64, 48)
        layout.setSpacing(64)
        layout.addLayout(words, 4)
        layout.addLayout(self.grid, 6)

    def _key(self, text: str, line: int, column: int, event: Event, kind: str = "") -> None:
        key = push(text, partial(self.tell, event), kind)
        key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        key.setMinimumWidth(KEY_PX)
        self.grid.setColumnStretch(column, 1)
        self.keys[text] = key
        self.grid.addWidget(key, line, column)

    def retranslate(self) -> None:
        self.title.setText(tr(texts.ENTER_NUMBER))
        self.cancel.setText(tr(texts.CANCEL))
        self.submit.setText(tr(texts.KEY_SUBMIT))
        self.keys[texts.KEY_BACK].setText(tr(texts.KEY_BACK))
        self.keys[texts.KEY_CLEAR].setText(tr(texts.KEY_CLEAR))

    def show_session(self, session: Session) -> None:
        self.digits.setText(" ".join(session.digits))
        self.digits.setAccessibleDescription(f"{len(session.digits)} {tr('digits')}")
        self.left.setText(tr(session.left) if session.left else "")
        self.left.setVisible(bool(session.left))
        self.hint.setText(tr(session.hint) if session.hint else "")
        self.hint.setVisible(bool(session.hint) and not session.error)
        self.error.setText(sentence(session.error))
        self.error.setVisible(bool(session.error))
        misses = session.misses.get("number", 0)
        which = tr(texts.TRY_OF).format(number=misses + 1, most=session.settings.number_attempts)
        self.help.setText(f"{tr(texts.ASK_AT_THE_DESK)} {which}" if misses else "")
        self.help.setVisible(bool(misses))
        self.cancel.setVisible(
            bool(
                session.digits
                or session.path
                or session.error
                or session.settings.default_method != "number"
            )
        )
        self.submit.setEnabled(bool(session.digits))


class HomePage(KioskPage):
    """The person is in: their name, and a way out."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = QLabel()
        self.hello, self.name = label(tr(texts.GREETING), "soft"), label("", "name", wrap=True)
        self.stamp, self.at = label("", "stamp", wrap=True), label("", "soft")
        self.done = push(texts.DONE, lambda: self.tell(Cancel()), "primary")
        self.done.setMinimumWidth(320)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.setContentsMargins(48, 24, 48, 48)
        layout.addStretch(2)
        for part in (self.mark, self.hello, self.name, self.at, self.stamp):
            layout.addWidget(part)
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(1)
        layout.addWidget(self.done, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(2)

    def retranslate(self) -> None:
        self.hello.setText(tr(texts.GREETING))
        self.done.setText(tr(texts.DONE))

    def show_session(self, session: Session) -> None:
        self.mark.setPixmap(pixmap("circle-check", theme().pass_, 96))
        person = session.person
        self.name.setText((person.name or person.number) if person else "")
        if session.stamp is Stamp.OFFLINE:
            when = (
                f"{session.as_of.astimezone():%Y-%m-%d %H:%M}"
                if session.as_of
                else tr("an unknown time")
            )
            self.stamp.setText(tr(texts.OFFLINE_STAMP).format(time=when))
        else:
            self.stamp.setText(tr(STAMPS[session.stamp]) if session.stamp in STAMPS else "")
        self.stamp.setVisible(bool(session.stamp))


class StopPage(KioskPage):
    """Nobody can log in now."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = QLabel()
        self.words = label("", "now", wrap=True)
        self.back = push(texts.CANCEL, lambda: self.tell(Cancel()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(160, 24, 160, 48)
        layout.setSpacing(24)
        layout.addStretch(2)
        for part in (self.mark, self.words):
            layout.addWidget(part)
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.back, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(3)

    def retranslate(self) -> None:
        self.back.setText(tr(texts.CANCEL))

    def show_words(self, words: str, can_go_back: bool) -> None:
        self.mark.setPixmap(pixmap("alert-triangle", theme().warn, 96))
        self.words.setText(sentence(words))
        self.back.setVisible(can_go_back)

    def show_session(self, session: Session) -> None:
        self.show_words(session.error, can_go_back=True)


def sentence(text: str) -> str:
    """A text of the conversation in the person's language. What was wrong and that the session was reset are two texts."""
    first = text.removesuffix(texts.SESSION_RESET).strip()
    if not text or not first or first == text:
        return tr(text) if text else ""
    plain = first if first == texts.MATCH_NOT_FOUND else first.removesuffix(".")
    return f"{tr(plain).removesuffix('.')}. {tr(texts.SESSION_RESET)}"
