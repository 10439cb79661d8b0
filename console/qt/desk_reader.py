"""The reader at this desk: its thread's events as signals of the GUI's thread."""

import threading
from contextlib import suppress
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from bridge.readers import session as events
from bridge.readers.session import ReaderSession
from console.qt.equipment import Aliases, ReaderSource


class DeskReader(QObject):
    """Holds at most one reader open.

    ready: a ReaderInfo; trouble, spoilt: a ReaderError; coming: done and total of a slow picture;
    taken: a Scan, and whether it is the last of this finger.
    """

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
        """Opens this reader, in place of the one that was open."""
        self.close()
        session: ReaderSession

        def tell(event: events.ReaderEvent) -> None:
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._event.emit(session, event)

        session = ReaderSession(partial(source.make, aliases), tell)
        self._session = session
        session.start()
        session.expect_finger(self._wanted)

    def want(self, wanted: bool) -> None:
        """Sets whether the reader waits for the next finger; for one finger each time."""
        self._wanted = wanted
        if self._session is not None:
            self._session.expect_finger(wanted)

    def enough(self) -> None:
        """Takes no more pictures of the finger that lies on the reader."""
        if self._session is not None:
            self._session.finish_finger()

    def close(self) -> None:
        """Releases the reader, without making the window wait for it."""
        session, self._session = self._session, None
        if session is not None:
            threading.Thread(target=session.stop, name="closing a reader", daemon=True).start()

    def _hear(self, session: ReaderSession, event: events.ReaderEvent) -> None:
        if session is not self._session:
            return
        match event:
            case events.ReaderReady(info):
                self.ready.emit(info)
            case events.ReaderTrouble(error):
                self.trouble.emit(error)
            case events.FingerDown():
                self.finger_down.emit()
            case events.ScanProgress(done, total):
                self.coming.emit(done, total)
            case events.ScanTaken(scan, last):
                self.taken.emit(scan, last)
            case events.ScanFailed(error):
                self.spoilt.emit(error)
            case events.FingerUp():
                self.lifted.emit()
