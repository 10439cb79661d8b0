"""Camera sessions end: no thread, no object and no frame is left behind."""

import gc
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QObject

from bridge.cameras import NoCamera
from console.qt.camera_session import CameraSession
from console.qt.equipment import CameraChoice

OPENINGS = 20
FRAME: NDArray[np.uint8] = np.zeros((4, 6, 3), np.uint8)


class Camera:
    """Frames as fast as they are read."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def read(self) -> NDArray[np.uint8]:
        return FRAME.copy()

    def close(self) -> None:
        self.closed.set()


class Brightness:
    def analyse_frame(self, frame: NDArray[np.uint8]) -> int:
        return int(frame.max())


@contextmanager
def brightness() -> Iterator[Brightness]:
    yield Brightness()


def camera_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("camera")]


def gone() -> Camera:
    raise NoCamera("The camera cannot be opened.")


@pytest.mark.parametrize("make", [Camera, gone], ids=["a camera", "no camera"])
def test_H11_twenty_openings_leave_no_session_and_no_thread(qapp, qtbot, make) -> None:
    window, before = QObject(), len(camera_threads())
    sessions: list[weakref.ref[CameraSession]] = []
    for _ in range(OPENINGS):
        session = CameraSession(CameraChoice("c", "Camera", make), brightness, window)
        heard: list[object] = []
        session.seen.connect(heard.append)
        session.trouble.connect(heard.append)
        session.start()
        qtbot.waitUntil(lambda heard=heard: bool(heard))
        sessions.append(weakref.ref(session))
        session.stop()
        del session
    qtbot.waitUntil(lambda: not window.findChildren(CameraSession))
    qtbot.waitUntil(lambda: len(camera_threads()) == before)
    gc.collect()
    assert [one for one in sessions if one() is not None] == []


def test_a_session_may_outlive_its_window(qapp, qtbot) -> None:
    window, cameras = QObject(), []

    def make() -> Camera:
        cameras.append(Camera())
        return cameras[-1]

    session = CameraSession(CameraChoice("c", "Camera", make), brightness, window)
    session.start()
    qtbot.waitUntil(lambda: bool(cameras))
    window.deleteLater()
    qtbot.waitSignal(window.destroyed)
    session.stop()
    session.join()
    assert cameras[0].closed.is_set()
    assert not any(thread.is_alive() for thread in session._threads)
