"""A camera of this computer, for the windows: its frames, and what is seen on them, as signals of the GUI's thread."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, pyqtSignal

from bridge.cameras import CameraError, FrameSource
from console.qt.equipment import CameraChoice

AGAIN_S = 1.0
"""Between two tries to open a camera that is not there."""


class Looker(Protocol):
    """Says what is to be seen on a frame; blocking, may take long. None when nothing can be said."""

    def look(self, frame: NDArray[np.uint8]) -> Any: ...


class CameraSession(QObject):
    """One thread reads the camera, another has the newest frame looked at; frames that come too fast are dropped, not queued.

    frame: RGB array; seen: what the looker said; trouble: what is wrong, in words, empty when it is over.
    """

    frame = pyqtSignal(object)
    seen = pyqtSignal(object)
    trouble = pyqtSignal(str)

    def __init__(
        self,
        choice: CameraChoice,
        looker: Callable[[], AbstractContextManager[Looker]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._choice, self._looker = choice, looker
        self._stopped, self._fresh = threading.Event(), threading.Event()
        self._newest: NDArray[np.uint8] | None = None
        self._shown = threading.Event()
        self._shown.set()
        self._threads = [
            threading.Thread(target=self._read, name="camera", daemon=True),
            threading.Thread(target=self._look, name="camera looker", daemon=True),
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
                self._shown.set()  # what was on its way when it went is painted by nobody
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

    def _look(self) -> None:
        with self._looker() as looker:
            while not self._stopped.is_set():
                self._fresh.wait()
                self._fresh.clear()
                frame = self._newest
                if frame is None or self._stopped.is_set():
                    continue
                seen = looker.look(frame)
                if seen is not None and not self._stopped.is_set():
                    with suppress(RuntimeError):
                        self.seen.emit(seen)
