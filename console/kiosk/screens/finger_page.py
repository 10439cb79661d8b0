"""The page of the kiosk that asks for a finger."""

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from console.api.fingers import FingerRow
from console.domain import texts
from console.domain.language import labelled, tr
from console.domain.login_events import Cancel, UseNumber
from console.domain.login_session import LoginScreen, LoginSession
from console.kiosk.screens.page import KioskPage, push, translated_error
from console.kiosk.screens.places import place_texts
from console.qt.hands_view import HandsView
from console.qt.theme import pixmap, theme
from console.qt.widgets import label

SENSOR_PX = 220


class Sensor(QWidget):
    """A fingerprint sensor, drawn; lit while a finger is being compared."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SENSOR_PX, SENSOR_PX)
        self.setAccessibleName(tr("Fingerprint sensor"))
        self._lit = False

    def light(self, lit: bool) -> None:
        """Lights the sensor, or puts it out."""
        self._lit = lit
        self.update()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draws it. Qt gives the name."""
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
        """Sets the texts that stand there whatever the session is."""
        self.number.setText(tr(texts.USE_NUMBER))
        self.cancel.setText(tr(texts.CANCEL))
        self.tip.setText(tr(texts.FINGER_TIP))

    def show_session(self, session: LoginSession) -> None:
        """Shows what the page says about this session."""
        choosing, waiting = (
            session.screen is LoginScreen.FINGERS,
            session.screen is LoginScreen.WAIT,
        )
        under = place_texts(session).under
        self.now.setText(tr(under) if under else "")
        self.error.setText(translated_error(session.error))
        self.error.setVisible(bool(session.error))
        self.sensor.light(waiting)
        self.sensor.setVisible(not choosing)
        self.hands.setVisible(choosing)
        self.tip.setVisible(not waiting)
        self.number.setVisible(session.screen is LoginScreen.FINGER)
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
            self.hands.setAccessibleName(labelled(tr(texts.FINGERS_AVAILABLE), names))
