"""The reader at this desk, for the windows: its thread's events as signals of the GUI's thread."""

import threading
from contextlib import suppress
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from bridge.readers import session as told
from bridge.readers.session import ReaderSession
from console.qt.equipment import Aliases, ReaderSource


class DeskReader(QObject):
    """Holds at most one reader open. ready: ReaderInfo; trouble, spoilt: ReaderError; taken: (Scan, no more of this finger)."""

    ready = pyqtSignal(object)
    trouble = pyqtSignal(object)
    finger_down = pyqtSignal()
    coming = pyqtSignal(int, int)
    taken = pyqtSignal(object, bool)
    spoilt = pyqtSignal(object)
    lifted = pyqtSignal()
    _event = pyqtSignal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._session: ReaderSession | None = None
        self._wanted = False
        self._event.connect(self._hear)

    def use(self, source: ReaderSource, aliases: Aliases) -> None:
        """Opens it, in place of what was open."""
        self.close()
        session: ReaderSession

        def tell(event: told.Event) -> None:
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._event.emit(session, event)

        session = ReaderSession(partial(source.make, aliases), tell)
        self._session = session
        session.start()
        session.want(self._wanted)

    def want(self, wanted: bool) -> None:
        """Whether the next finger is waited for; one finger each time."""
        self._wanted = wanted
        if self._session is not None:
            self._session.want(wanted)

    def enough(self) -> None:
        """The finger that lies there need not be looked at any longer."""
        if self._session is not None:
            self._session.enough()

    def close(self) -> None:
        """Lets the reader go, without making the window wait for it."""
        session, self._session = self._session, None
        if session is not None:
            threading.Thread(target=session.stop, name="closing a reader", daemon=True).start()

    def _hear(self, session: ReaderSession, event: told.Event) -> None:
        if session is not self._session:
            return
        match event:
            case told.Ready(info):
                self.ready.emit(info)
            case told.Trouble(error):
                self.trouble.emit(error)
            case told.FingerDown():
                self.finger_down.emit()
            case told.Coming(done, total):
                self.coming.emit(done, total)
            case told.Taken(scan, last):
                self.taken.emit(scan, last)
            case told.Spoilt(error):
                self.spoilt.emit(error)
            case told.Lifted():
                self.lifted.emit()
