"""The demo's kiosk in its own process: `python -m console.demo.kiosk DATA FOLDER CODE`."""

import signal
import sys
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QWidget

from console.api.operation import ServiceError
from console.demo.stand import KioskStand, StandWindow
from console.kiosk.app import build
from console.kiosk.screens.style import apply_kiosk_theme
from console.kiosk.service_address import locate_by
from console.qt.garbage import GarbageCollector
from console.qt.theme import system_theme

SIZE = (1024, 700)
"""The size of the window in pixels; at the door it fills the screen."""
FRAME_PX = 32
"""Room for the frame that the system draws."""


def main(data: str, folder: str, code: str) -> int:
    """Pairs with the service of this data, by the code, and runs until its window is closed."""
    app = QApplication(sys.argv[:1])
    GarbageCollector(app)
    apply_kiosk_theme(app, system_theme(app))
    stand = KioskStand()
    kiosk = build(Path(folder), locate_by("", Path(data)), stand.equipment(), key_file=True)
    around = StandWindow(stand)
    try:
        kiosk.connection.pair(code)
    except ServiceError as refused:
        print(f"The demo's kiosk was not paired: {refused.error.message}", file=sys.stderr)
    kiosk.window.resize(*SIZE)
    _at_the_right(app, kiosk.window, around)
    kiosk.window.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: app.quit())
    try:
        return app.exec()
    finally:
        kiosk.close()


def _at_the_right(app: QApplication, kiosk: QWidget, around: QWidget) -> None:
    """Places the stand's window above the kiosk; the console stays the active window."""
    screen = app.primaryScreen()
    free = screen.availableGeometry() if screen is not None else kiosk.geometry()
    around.adjustSize()
    below = min(free.top() + around.height() + FRAME_PX, free.bottom() - kiosk.height())
    for window, top in ((kiosk, below), (around, free.top())):
        window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        window.move(max(free.left(), free.right() - window.width()), max(free.top(), top))
        window.show()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
