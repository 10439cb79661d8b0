"""Who stands before the demo's kiosk: somebody before its camera, a finger on its reader; and the window that says so."""

import numpy as np
from PIL import Image
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from bridge.cameras import Frame, PictureSource
from console.demo.photos import PHOTO
from console.demo.reader import DemoReader, FingerRow
from console.qt.equipment import CameraChoice, Equipment
from console.qt.language import tr
from console.qt.widgets import button, card, label, row

SIZE = (1280, 960)
"""Of the camera's frames, px."""
PERSON_BOX = (64, 0, 384, 240)
"""The person of the demo's photo at arm's length."""


class KioskStand:
    """A camera before which the person of the demo's photo stands or not, and a simulated reader."""

    def __init__(self) -> None:
        self.reader = DemoReader()
        self._person = np.asarray(
            Image.open(PHOTO).convert("RGB").crop(PERSON_BOX).resize(SIZE, Image.Resampling.LANCZOS)
        )
        self._nobody = _empty_hall()
        self.scene = self._nobody

    def equipment(self) -> Equipment:
        return Equipment(
            self.reader.sources(),
            (CameraChoice("simulated", tr("Simulated camera"), lambda: _Camera(self)),),
        )

    def come(self) -> None:
        self.scene = self._person

    def leave(self) -> None:
        self.scene = self._nobody


class _Camera(PictureSource):
    """Shows what is before it now."""

    def __init__(self, stand: KioskStand) -> None:
        super().__init__([stand.scene])
        self._stand = stand

    def read(self) -> Frame:
        self._pictures = [self._stand.scene]
        return super().read()


def _empty_hall() -> Frame:
    """A wall that gets darker towards the floor."""
    width, height = SIZE
    light = (
        np.linspace(190, 110, height)[:, None, None] * np.ones((1, width, 3)) * (0.98, 1.0, 1.02)
    )
    light[int(height * 0.78) :] *= 0.8
    return np.clip(light, 0, 255).astype(np.uint8)


class StandWindow(QWidget):
    """Steps before the camera and away, and lays fingers on the reader."""

    def __init__(self, stand: KioskStand) -> None:
        super().__init__()
        self.setObjectName("body")
        self.setWindowTitle(tr("Muster demo: before the kiosk"))
        self._stand, self._there = stand, False
        self.step = button(tr("Step before the camera"), self._step, "primary", "user")
        advice = label(
            tr(
                "The kiosk's camera and reader are simulated. The person is the one of the demo's photos."
            ),
            "soft",
            wrap=True,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(card(advice, row(self.step, None), FingerRow(stand.reader)))

    def _step(self) -> None:
        self._there = not self._there
        (self._stand.come if self._there else self._stand.leave)()
        self.step.setText(tr("Step away") if self._there else tr("Step before the camera"))
