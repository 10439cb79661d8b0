"""The kiosk's camera comes and goes; nothing of a closed session stays behind. H11."""

import threading
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from PyQt6.QtCore import QObject

from bridge.cameras import CameraGone, NoCamera, PictureSource
from console.kiosk.flow.camera import NO_CAMERA, KioskCamera
from console.qt.camera_session import CameraSession
from console.qt.equipment import CameraChoice, Equipment

PICTURE = np.zeros((4, 4, 3), np.uint8)
OPENINGS = 20


class Cameras(Equipment):
    """The cameras of a computer, in the hands of the test."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = list(names)
        self.searchable = threading.Event()
        self.searchable.set()

    def camera_choices(self) -> list[CameraChoice]:
        self.searchable.wait(30)
        return [CameraChoice(name, name, partial(self._open, name)) for name in self.names]

    def _open(self, name: str) -> PictureSource:
        if name not in self.names:
            raise NoCamera("The camera cannot be opened.")
        return _Pluggable(self, name)


class _Pluggable(PictureSource):
    def __init__(self, cameras: Cameras, name: str) -> None:
        super().__init__([PICTURE], frame_s=1 / 100)
        self._cameras, self._name = cameras, name

    def read(self) -> np.ndarray:
        if self._name not in self._cameras.names:
            raise CameraGone("The camera gives no picture any more.")
        return super().read()


class Shown:
    """What the camera reports, and a window that paints every frame."""

    def __init__(self, cameras: Cameras) -> None:
        self.parent = QObject()
        self.camera = KioskCamera(cameras, self.parent)
        self.troubles: list[str] = []
        self.frames = 0
        self.camera.trouble.connect(self.troubles.append)
        self.camera.frame.connect(self._paint)

    def _paint(self, _frame: np.ndarray) -> None:
        self.frames += 1
        self.camera.accept_frame()

    @property
    def sessions(self) -> list[CameraSession]:
        return self.camera.findChildren(CameraSession)

    def opened(self) -> str:
        choice = self.camera.choice
        return choice.key if choice is not None and self.camera.session is not None else ""


@pytest.fixture
def cameras() -> Cameras:
    return Cameras("one", "two")


@pytest.fixture
def shown(cameras: Cameras, qtbot) -> Iterator[Shown]:
    made = Shown(cameras)
    made.camera.configure(in_use=True, name="")
    made.camera.start()
    yield made
    made.camera.close()
    qtbot.waitUntil(lambda: not made.sessions)


def test_H11_twenty_openings_leave_at_most_one_session(shown: Shown, qtbot) -> None:
    qtbot.waitUntil(lambda: shown.opened() == "one")
    for _ in range(OPENINGS):
        shown.camera.switch()
    qtbot.waitUntil(lambda: len(shown.sessions) == 1)
    assert shown.sessions == [shown.camera.session]
    before = shown.frames
    qtbot.waitUntil(lambda: shown.frames > before)


def test_H11_settings_that_need_no_camera_close_it(shown: Shown, qtbot) -> None:
    for _ in range(3):
        shown.camera.configure(in_use=True, name="")
        qtbot.waitUntil(lambda: shown.opened() == "one")
        shown.camera.configure(in_use=False, name="")
        assert shown.camera.session is None
        qtbot.waitUntil(lambda: not shown.sessions)
    assert shown.troubles[-1] == ""


def test_the_camera_that_the_settings_name_is_taken(shown: Shown, qtbot) -> None:
    shown.camera.configure(in_use=True, name="two")
    qtbot.waitUntil(lambda: shown.opened() == "two")


def test_another_camera_takes_the_place_of_one_that_was_unplugged(
    shown: Shown, cameras: Cameras, qtbot
) -> None:
    qtbot.waitUntil(lambda: shown.frames > 0)
    cameras.names = ["two"]
    qtbot.waitUntil(lambda: bool(shown.troubles) and shown.troubles[-1] != "")
    shown.camera.search()
    qtbot.waitUntil(lambda: shown.opened() == "two" and shown.troubles[-1] == "")


def test_a_camera_that_is_plugged_in_later_is_found(cameras: Cameras, qtbot) -> None:
    cameras.names = []
    shown = Shown(cameras)
    shown.camera.configure(in_use=True, name="")
    shown.camera.start()
    qtbot.waitUntil(lambda: not shown.camera.searching)
    assert shown.troubles[-1] == NO_CAMERA
    cameras.names = ["late"]
    shown.camera.search()
    qtbot.waitUntil(lambda: shown.opened() == "late" and shown.frames > 0)
    shown.camera.close()
    qtbot.waitUntil(lambda: not shown.sessions)


def test_the_window_does_not_wait_for_a_search(cameras: Cameras, qtbot) -> None:
    cameras.searchable.clear()
    shown = Shown(cameras)
    shown.camera.configure(in_use=True, name="")
    shown.camera.start()
    assert shown.opened() == "", "the search is under way, and start has come back"
    cameras.searchable.set()
    qtbot.waitUntil(lambda: shown.opened() == "one")
    shown.camera.close()
    qtbot.waitUntil(lambda: not shown.sessions)
