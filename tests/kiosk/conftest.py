"""A kiosk in tests: the real window on a real service, with simulated camera and reader."""

import functools
import io
import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtWidgets import QApplication

from bridge.cameras import NoCamera, PictureSource
from bridge.readers.models import URU4000
from bridge.readers.uru4000 import Uru4000
from bridge.readers.uru4000_image import HEIGHT, WIDTH
from bridge.simulator.fingers import Condition, impression
from bridge.simulator.uru4000 import SimulatedUru4000
from console.api import kiosks
from console.demo.photos import faceless_photo, good_photos
from console.domain.kiosks import KioskSettings
from console.domain.login_session import LoginScreen
from console.kiosk.app import KioskApp, build
from console.kiosk.screens.style import apply_kiosk_theme
from console.qt.equipment import CameraChoice, Equipment, ReaderSource
from console.qt.themes import DARK
from tests.conftest import RunningSite


@functools.cache  # each kiosk in a test looks at the same few photos
def frame(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB").resize((720, 960)))


class Stand:
    """The person in front of the kiosk, and what is plugged in."""

    def __init__(self, cameras: int = 1) -> None:
        self.pictures = [frame(faceless_photo())]
        self.plugged = True
        self.device = SimulatedUru4000(URU4000[0])
        self._scans = 20
        self.equipment = Equipment(
            (
                ReaderSource(
                    "simulated",
                    "Simulated reader",
                    lambda _aliases: Uru4000(URU4000[0], backend=self.device),
                ),
            ),
            tuple(
                CameraChoice(f"camera{n}", f"Camera {n + 1}", self._open) for n in range(cameras)
            ),
        )

    def _open(self) -> PictureSource:
        if not self.plugged:
            raise NoCamera("The camera cannot be opened.")
        return _Live(self)

    def face(self) -> None:
        self.pictures = [frame(good_photos()[0])]

    def nobody(self) -> None:
        self.pictures = [frame(faceless_photo())]

    def touch(self, finger: int, condition: Condition = Condition.GOOD) -> None:
        self._scans += 1
        self.device.touch(impression(finger, self._scans, (HEIGHT, WIDTH), condition))

    def lift(self) -> None:
        self.device.lift()


class _Live(PictureSource):
    """Shows what the stand holds at the moment; gives up when it is unplugged."""

    def __init__(self, stand: Stand) -> None:
        super().__init__(stand.pictures, frame_s=1 / 30)
        self._stand = stand

    def read(self) -> np.ndarray:
        from bridge.cameras import CameraGone

        if not self._stand.plugged:
            raise CameraGone("The camera gives no picture any more.")
        self._pictures = self._stand.pictures
        return super().read()


@pytest.fixture
def stand() -> Stand:
    return Stand()


Make = Callable[..., KioskApp]
NUMBERS = itertools.count(1)


@pytest.fixture
def themed_kiosk(qapp: QApplication) -> QApplication:
    apply_kiosk_theme(qapp, DARK)
    return qapp


@pytest.fixture
def make_on(stand: Stand, tmp_path: Path, qapp: QApplication, qtbot):
    """Pairs and opens a kiosk of this site with these settings."""
    apply_kiosk_theme(qapp, DARK)
    opened: list[KioskApp] = []

    def open_kiosk(
        running: RunningSite, settings: KioskSettings | None = None, pair: bool = True
    ) -> KioskApp:
        name = f"Kiosk {next(NUMBERS)}"
        code = running.client.call(kiosks.add_kiosk, kiosks.AddKiosk(name=name))
        if settings is not None:
            running.client.call(
                kiosks.change_kiosk,
                kiosks.ChangeKiosk(id=code.id, name=name, location="", group="", settings=settings),
            )
        kiosk = build(
            tmp_path / f"kiosk{len(opened)}",
            lambda: running.demo.running.address,
            stand.equipment,
            key_file=True,
        )
        opened.append(kiosk)
        if pair:
            kiosk.connection.pair(code.code)
        kiosk.window.resize(1280, 800)
        kiosk.window.show()
        kiosk.window.start()
        if pair:
            qtbot.waitUntil(lambda: kiosk.connection.up and kiosk.people.roster is not None)
            if settings is not None:
                qtbot.waitUntil(lambda: kiosk.conductor.session.settings == settings)
        return kiosk

    yield open_kiosk
    stand.lift()
    for kiosk in opened:
        kiosk.close()


@pytest.fixture
def make(running: RunningSite, make_on: Make) -> Make:
    """Pairs and opens a kiosk with these settings."""
    return partial(make_on, running)


@pytest.fixture
def until(qtbot):
    return qtbot.waitUntil


def screen(kiosk: KioskApp) -> LoginScreen:
    return kiosk.window.shown.screen


def type_number(kiosk: KioskApp, number: str) -> None:
    """On the keypad, key by key."""
    for digit in number:
        kiosk.window.keypad.keys[digit].click()
    kiosk.window.keypad.submit.click()
