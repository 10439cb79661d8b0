"""Changes that come in a burst lead to one refresh; changes without end to one a second. CO8."""

from PyQt6.QtCore import QObject, pyqtSignal

from console.qt.timers import timer

PAUSE_MS = 80
"""A burst is over when nothing changed for so long."""
LONGEST_MS = 1000
"""No change waits longer than this, however many follow it."""
EVERYTHING = "*"
"""The subject of a change of which nothing else is known."""


class Changes(QObject):
    """due: the subjects that have changed since the last time, as a frozenset."""

    due = pyqtSignal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._subjects: set[str] = set()
        self._pause = timer(self, PAUSE_MS, self._tell, once=True)
        self._longest = timer(self, LONGEST_MS, self._tell, once=True)

    def note(self, subject: str, _row_id: str = "") -> None:
        """Something of this subject has changed."""
        self._subjects.add(subject)
        self._pause.start()
        if not self._longest.isActive():
            self._longest.start()

    def forget(self) -> None:
        """Nobody is told of what has changed so far."""
        self._pause.stop()
        self._longest.stop()
        self._subjects.clear()

    def _tell(self) -> None:
        subjects = frozenset(self._subjects)
        self.forget()
        self.due.emit(subjects)
