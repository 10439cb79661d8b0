"""The simulated person and finger at the demo's kiosk, and the window that moves them."""

import numpy as np
from PIL import Image
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from bridge.cameras import Frame, PictureSource
from console.demo.photos import PHOTO
from console.demo.reader import DemoReader, FingerControls
from console.domain.language import tr
from console.qt.equipment import CameraChoice, Equipment
from console.qt.widgets import button, card, label, row

SIZE = (1280, 960)
"""The size of the camera's frames in pixels."""
PERSON_BOX = (64, 0, 384, 240)
"""Left, top, right and bottom of the person in the demo's photo."""


class KioskStand:
    """A camera that shows the person of the demo's photo or nobody, and a simulated reader."""

    def __init__(self) -> None:
        self.reader = DemoReader()
        self._person = np.asarray(
            Image.open(PHOTO).convert("RGB").crop(PERSON_BOX).resize(SIZE, Image.Resampling.LANCZOS)
        )
        self._nobody = _empty_hall()
        self.scene = self._nobody

    def equipment(self) -> Equipment:
        """The simulated camera and reader."""
        return Equipment(
            self.reader.sources(),
            (CameraChoice("simulated", tr("Simulated camera"), lambda: _StandCamera(self)),),
        )

    def come(self) -> None:
        """Puts the person before the camera."""
        self.scene = self._person

    def leave(self) -> None:
        """Takes the person away from the camera."""
        self.scene = self._nobody


class _StandCamera(PictureSource):
    """Returns the scene that the stand has now."""

    def __init__(self, stand: KioskStand) -> None:
        super().__init__([stand.scene])
        self._stand = stand

    def read(self) -> Frame:
        self._pictures = [self._stand.scene]
        return super().read()


def _empty_hall() -> Frame:
    """A picture of a wall that gets darker towards the floor."""
    width, height = SIZE
    light = (
        np.linspace(190, 110, height)[:, None, None] * np.ones((1, width, 3)) * (0.98, 1.0, 1.02)
    )
    light[int(height * 0.78) :] *= 0.8
    return np.clip(light, 0, 255).astype(np.uint8)


class StandWindow(QWidget):
    """Buttons that move the person and place fingers on the reader."""

    def __init__(self, stand: KioskStand) -> None:
        super().__init__()
        self.setObjectName("body")
        self.setWindowTitle(tr("Muster demo: before the kiosk"))
        self._stand, self._there = stand, False
        self.step = button(tr("Step before the camera"), self._step, "primary", "user")
        advice = label(
            tr(
                "The kiosk's camera and reader are simulated. The person is the one of the "
                "demo's photos."
            ),
            "soft",
            wrap=True,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(card([advice, row(self.step, None), FingerControls(stand.reader)]))

    def _step(self) -> None:
        self._there = not self._there
        (self._stand.come if self._there else self._stand.leave)()
        self.step.setText(tr("Step away") if self._there else tr("Step before the camera"))
