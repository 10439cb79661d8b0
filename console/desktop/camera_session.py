"""A camera at this desk, for the windows: its frames and the advice on them as signals of the GUI's thread."""

import threading
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, pyqtSignal

from bridge.cameras import CameraError, FrameSource
from console.biometrics.faces.profiles import Profile
from console.biometrics.workers.guiding import LiveGuide
from console.biometrics.workers.host import WorkerDied
from console.desktop.equipment import CameraChoice

AGAIN_S = 1.0
"""Between two tries to open a camera that is not there."""


class CameraSession(QObject):
    """One thread reads the camera, another asks for advice on the newest frame; frames that come too fast are dropped, not queued.

    frame: RGB array; advice: Advice; trouble: what is wrong, in words, empty when it is over.
    """

    frame = pyqtSignal(object)
    advice = pyqtSignal(object)
    trouble = pyqtSignal(str)

    def __init__(self, choice: CameraChoice, profile: Profile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice, self._profile = choice, profile
        self._stopped, self._fresh = threading.Event(), threading.Event()
        self._newest: NDArray[np.uint8] | None = None
        self._shown = threading.Event()
        self._shown.set()
        self._threads = [
            threading.Thread(target=self._read, name="camera", daemon=True),
            threading.Thread(target=self._guide, name="camera guidance", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def taken(self) -> None:
        """The window has painted the last frame and can take the next one."""
        self._shown.set()

    def stop(self) -> None:
        """Lets the camera go, without making the window wait for it."""
        self._stopped.set()
        self._fresh.set()

    def join(self) -> None:
        """Waits until both threads have ended."""
        for thread in self._threads:
            thread.join(timeout=10)

    def _read(self) -> None:
        said = ""
        while not self._stopped.is_set():
            source: FrameSource | None = None
            try:
                source = self._choice.make()
                said = self._tell_trouble(said, "")
                self._pass_on(source)
            except CameraError as error:
                said = self._tell_trouble(said, str(error))
                self._stopped.wait(AGAIN_S)
            finally:
                if source is not None:
                    source.close()

    def _pass_on(self, source: FrameSource) -> None:
        """Raises CameraError."""
        while not self._stopped.is_set():
            frame = source.read()
            self._newest = frame
            self._fresh.set()
            if self._shown.is_set():
                self._shown.clear()
                with suppress(RuntimeError):  # the window was closed meanwhile
                    self.frame.emit(frame)

    def _tell_trouble(self, said: str, now: str) -> str:
        if now != said:
            with suppress(RuntimeError):
                self.trouble.emit(now)
        return now

    def _guide(self) -> None:
        with LiveGuide(self._profile) as guide:
            while not self._stopped.is_set():
                self._fresh.wait()
                self._fresh.clear()
                frame = self._newest
                if frame is None or self._stopped.is_set():
                    continue
                try:
                    advice = guide.advise(frame)
                except WorkerDied:
                    continue
                with suppress(RuntimeError):
                    self.advice.emit(advice)
