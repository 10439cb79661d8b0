"""The page of the kiosk with the live picture of a face."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
)

from console.biometrics.faces.live.challenge import Challenge, ChallengeStep
from console.domain import texts
from console.domain.language import tr
from console.domain.login_events import Cancel, UseNumber
from console.domain.login_session import LoginScreen, LoginSession
from console.kiosk.screens.face_view import FaceView
from console.kiosk.screens.page import KioskPage, push, translated_error
from console.kiosk.screens.places import place_texts
from console.qt.widgets import label

SIDE_PX = 280
TASK_TEXTS = {
    ChallengeStep.LEFT: texts.TURN_LEFT,
    ChallengeStep.RIGHT: texts.TURN_RIGHT,
    ChallengeStep.BLINK: texts.BLINK,
}


class FacePage(KioskPage):
    """Login by face, the face of one person, and the challenge.

    The quoted texts stand left of the picture, under it and right of it.
    """

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
        """Sets the texts that stand there whatever the session is."""
        self.switch_camera.setText(tr(texts.SWITCH_CAMERA))
        self.switch_camera.setToolTip(tr(texts.SWITCH_CAMERA))
        self.cancel.setText(tr(texts.CANCEL))

    def show_cameras(self, several: bool) -> None:
        """Whether there is another camera to switch to."""
        self.switch_camera.setVisible(several)

    def show_session(self, session: LoginSession) -> None:
        """Shows what the page says about this session."""
        placed = place_texts(session)
        self.left.setText(tr(placed.left) if placed.left else "")
        self.under.setText(tr(placed.under) if placed.under else "")
        self.right.setText(tr(placed.right) if placed.right else "")
        self.hint.setText(tr(placed.hint) if placed.hint else "")
        self.hint.setVisible(bool(placed.hint))
        self.error.setText(translated_error(session.error))
        self.error.setVisible(bool(session.error))
        challenge = session.screen is LoginScreen.CHALLENGE
        self.number.setText(tr(texts.CANNOT_DO if challenge else texts.USE_NUMBER))
        self.number.setVisible(session.screen is not LoginScreen.LOOK)
        self.cancel.setVisible(session.screen is not LoginScreen.FACE)

    def show_challenge(self, challenge: Challenge | None) -> None:
        """Shows what the person is asked to do now."""
        if challenge is not None and challenge.current_step is not None:
            self.under.setText(tr(TASK_TEXTS[challenge.current_step]))
