"""One console for each user and folder of data: starting it again shows the one that is open."""

import hashlib
from pathlib import Path

import filelock
from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtNetwork import QLocalServer, QLocalSocket
from PyQt6.QtWidgets import QWidget

LOCK = "console.lock"
"""Held by the console that is open. The operating system frees it however the console ends."""
REACHED_WITHIN_MS = 2000


class SingleInstance(QObject):
    """Finds out whether this is the first console of the folder, and hears of further ones.

    asked_for: somebody started the console again.
    """

    asked_for = pyqtSignal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        """Raises OSError where the folder cannot be made or written to."""
        super().__init__(parent)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = filelock.FileLock(folder / LOCK)
        self._server = QLocalServer(self)
        digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()
        self._name = f"muster-{digest[:32]}"
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            self.is_first = False
        else:
            self.is_first = True
            self._listen()

    def _listen(self) -> None:
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._heard)
        QLocalServer.removeServer(self._name)  # of a console that crashed
        self._server.listen(self._name)

    def _heard(self) -> None:
        """Whatever a caller sends is not read: that it called says all."""
        while (caller := self._server.nextPendingConnection()) is not None:
            caller.abort()
            caller.deleteLater()
        self.asked_for.emit()

    def end(self) -> None:
        """From now on another console may be the first."""
        self._server.close()
        self._lock.release()

    def show_first(self) -> bool:
        """Asks the console that is open to show itself; whether it was reached."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        return socket.waitForConnected(REACHED_WITHIN_MS)


def bring_forward(window: QWidget) -> None:
    """Shows a window above all others, also one that was minimised."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
