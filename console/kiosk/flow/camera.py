"""The camera of the kiosk: chosen, opened, closed, found again after it was plugged in.

Looking for cameras and letting one go can take long; both happen in threads of their own.
"""

import threading
from contextlib import suppress
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, pyqtSignal

from console.biometrics.workers.face_watcher import FaceWatcher, WatchedFrame
from console.qt.camera_session import CameraSession
from console.qt.equipment import CameraChoice, Equipment
from console.qt.timers import timer

SEARCH_MS = 5000
"""Between two searches while no camera gives pictures."""
NO_CAMERA = "no camera"


class KioskCamera(QObject):
    """Lives in the window's thread; at most one camera session is open.

    frame: RGB array (h, w, 3); seen: Seen; trouble: what is wrong, empty when pictures come;
    found: the names of all cameras.
    """

    frame = pyqtSignal(object)
    seen = pyqtSignal(object)
    trouble = pyqtSignal(str)
    found = pyqtSignal(object)
    _choices_found = pyqtSignal(object)
    _session_ended = pyqtSignal(object)

    def __init__(self, equipment: Equipment, parent: QObject) -> None:
        super().__init__(parent)
        self._equipment = equipment
        self.choices: list[CameraChoice] = []
        self.choice: CameraChoice | None = None
        self.session: CameraSession | None = None
        self._watcher: FaceWatcher | None = None
        self._in_use, self._name = False, ""
        self._faces_wanted = self._in_trouble = self.searching = False
        self._search_timer = timer(self, SEARCH_MS, self.search)
        self._choices_found.connect(self._end_search)
        self._session_ended.connect(self._dispose_session)

    def start(self) -> None:
        """Begins to look for cameras."""
        self._search_timer.start()
        self.search()

    def close(self) -> None:
        """Lets the camera go and stops looking for others; returns at once."""
        self._search_timer.stop()
        self._end_session()

    def configure(self, in_use: bool, name: str) -> None:
        """Opens or closes the camera as the settings say. name: empty for the first one.

        A camera through which nobody is looked at stays closed: its light is off.
        """
        changed = bool(name) and (self.choice is None or self.choice.name != name)
        self._in_use, self._name = in_use, name
        if changed or in_use is not (self.session is not None):
            self._end_session()
            self.choice = None
            self._apply_choices(self.choices)

    def want_faces(self, wanted: bool) -> None:
        """Whether frames are searched for faces; else the computer is left to the fingers."""
        self._faces_wanted = wanted
        if self._watcher is not None:
            (self._watcher.wanted.set if wanted else self._watcher.wanted.clear)()

    def accept_frame(self) -> None:
        """The last frame is painted, or not needed: the next one may come."""
        if self.session is not None:
            self.session.taken()

    def switch(self) -> None:
        """Takes the next one of several cameras."""
        if len(self.choices) < 2:
            return
        keys = [one.key for one in self.choices]
        place = keys.index(self.choice.key) if self.choice and self.choice.key in keys else -1
        self._end_session()
        self.choice = self.choices[(place + 1) % len(keys)]
        self._open_session()

    # the search

    def search(self) -> None:
        """Looks for cameras in a thread; a session that gives pictures is left alone."""
        if self.searching or (self.session is not None and not self._in_trouble):
            return
        self.searching = True
        threading.Thread(target=self._find_choices, name="camera search", daemon=True).start()

    def _find_choices(self) -> None:
        choices: list[CameraChoice] = []
        try:
            choices = self._equipment.camera_choices()
        finally:
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._choices_found.emit(choices)

    def _end_search(self, choices: list[CameraChoice]) -> None:
        self.searching = False
        self._apply_choices(choices)

    def _apply_choices(self, choices: list[CameraChoice]) -> None:
        self.choices = choices
        self.found.emit([one.name for one in choices])
        keys = [one.key for one in choices]
        if self.choice is not None and self.choice.key not in keys and choices:
            self._end_session()
            self.choice = None
        if self.choice is None and choices:
            self.choice = next((one for one in choices if one.name == self._name), choices[0])
        if self.choice is None:
            self.trouble.emit(NO_CAMERA)
        elif not self._in_use:
            self.trouble.emit("")
        elif self.session is None and self._search_timer.isActive():
            self._open_session()

    # the session

    def _open_session(self) -> None:
        if self.choice is None or not self._in_use:
            return
        watcher = self._watcher = FaceWatcher()
        self.want_faces(self._faces_wanted)
        session = CameraSession(self.choice, lambda: watcher, self)
        session.frame.connect(partial(self._pass_frame, session))
        session.seen.connect(partial(self._pass_seen, session))
        session.trouble.connect(partial(self._pass_trouble, session))
        self.session, self._in_trouble = session, False
        session.start()

    def _end_session(self) -> None:
        """The session's object goes as soon as both of its threads have ended."""
        session, self.session, self._watcher = self.session, None, None
        if session is None:
            return
        session.stop()

        def await_end() -> None:
            session.join()
            with suppress(RuntimeError):  # the window, and the session with it, has gone already
                self._session_ended.emit(session)

        threading.Thread(target=await_end, name="camera disposal", daemon=True).start()

    def _dispose_session(self, session: CameraSession) -> None:
        with suppress(RuntimeError):  # it has gone by itself
            session.deleteLater()

    def _pass_frame(self, session: CameraSession, frame: NDArray[np.uint8]) -> None:
        if session is self.session:
            self._in_trouble = False
            self.trouble.emit("")
            self.frame.emit(frame)

    def _pass_seen(self, session: CameraSession, seen: WatchedFrame) -> None:
        if session is self.session:
            self.seen.emit(seen)

    def _pass_trouble(self, session: CameraSession, text: str) -> None:
        if session is self.session and text:
            self._in_trouble = True
            self.trouble.emit(text)
