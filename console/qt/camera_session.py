"""A camera of this computer as signals of the GUI's thread: its frames and what is seen on them."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, pyqtSignal

from bridge.cameras import CameraError, FrameSource
from console.domain.kept_texts import said
from console.qt.equipment import CameraChoice

AGAIN_S = 1.0
"""Pause between two attempts to open a camera that is not there."""


class FrameAnalyser(Protocol):
    """Assesses frames."""

    def analyse_frame(self, frame: NDArray[np.uint8]) -> Any:
        """What is seen on the RGB frame (height, width, 3), or None. Blocks, and may take long."""


class CameraSession(QObject):
    """Reads a camera in one thread and assesses its newest frame in another.

    Frames that come too fast are dropped, not queued. A session that was stopped deletes itself
    as soon as both threads have ended.

    frame: an RGB array (height, width, 3); seen: what the analyser returned; trouble: what is
    wrong, in words, or empty when it is over.
    """

    frame = pyqtSignal(object)
    seen = pyqtSignal(object)
    trouble = pyqtSignal(str)
    _ended = pyqtSignal()

    def __init__(
        self,
        choice: CameraChoice,
        analyser: Callable[[], AbstractContextManager[FrameAnalyser]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._choice, self._analyser = choice, analyser
        self._stopped, self._fresh = threading.Event(), threading.Event()
        self._newest: NDArray[np.uint8] | None = None
        self._shown = threading.Event()
        self._shown.set()
        self._running, self._count = 2, threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(self._read,), name="camera", daemon=True),
            threading.Thread(
                target=self._run, args=(self._analyse,), name="camera analyser", daemon=True
            ),
        ]
        self._ended.connect(self.deleteLater)

    def start(self) -> None:
        """Opens the camera; it is opened again by itself when it goes away."""
        for thread in self._threads:
            thread.start()

    def taken(self) -> None:
        """The window has painted the last frame and can take the next one."""
        self._shown.set()

    def stop(self) -> None:
        """Releases the camera, without making the window wait for it; nothing follows."""
        self._stopped.set()
        self._fresh.set()

    def join(self) -> None:
        """Waits until both threads have ended."""
        for thread in self._threads:
            thread.join(timeout=10)

    def _run(self, body: Callable[[], None]) -> None:
        """Runs one of the two threads; the last to end has the session deleted."""
        try:
            body()
        finally:
            with self._count:
                self._running -= 1
                last = not self._running
            if last:
                self._newest = None
                with suppress(RuntimeError):  # the window was deleted meanwhile
                    self._ended.emit()

    def _read(self) -> None:
        told = ""
        while not self._stopped.is_set():
            source: FrameSource | None = None
            try:
                source = self._choice.make()
                self._shown.set()  # a frame on its way when the camera went is never painted
                told = self._tell_trouble(told, "")
                self._pass_on(source)
            except CameraError as error:
                told = self._tell_trouble(told, said(str(error)))
                self._stopped.wait(AGAIN_S)
            finally:
                if source is not None:
                    source.close()

    def _pass_on(self, source: FrameSource) -> None:
        """Raises CameraError when the camera goes away."""
        while not self._stopped.is_set():
            frame = source.read()
            self._newest = frame
            self._fresh.set()
            if self._shown.is_set():
                self._shown.clear()
                with suppress(RuntimeError):  # the window was deleted meanwhile
                    self.frame.emit(frame)

    def _tell_trouble(self, told: str, now: str) -> str:
        if now != told:
            with suppress(RuntimeError):
                self.trouble.emit(now)
        return now

    def _analyse(self) -> None:
        with self._analyser() as analyser:
            while not self._stopped.is_set():
                self._fresh.wait()
                self._fresh.clear()
                frame = self._newest
                if frame is None or self._stopped.is_set():
                    continue
                seen = analyser.analyse_frame(frame)
                if seen is not None and not self._stopped.is_set():
                    with suppress(RuntimeError):
                        self.seen.emit(seen)
