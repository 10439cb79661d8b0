"""Starts the kiosk: cache, link, conductor, window."""

import sys
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtWidgets import QApplication

from console.kiosk.cache.people import People
from console.kiosk.cache.store import KioskCache, open_cache
from console.kiosk.flow.conductor import Conductor, utc_now
from console.kiosk.flow.finger_matching import FingerMatching
from console.kiosk.flow.link import KioskLink
from console.kiosk.screens.style import apply_kiosk_theme
from console.kiosk.screens.window import KioskWindow
from console.kiosk.service_address import Connect, Locate, plainly
from console.qt.equipment import Equipment
from console.qt.theme import DARK, HIGH_CONTRAST, LIGHT

THEMES = {"dark": DARK, "light": LIGHT, "contrast": HIGH_CONTRAST}


@dataclass(frozen=True)
class Kiosk:
    """All parts of one kiosk; the window owns their life."""

    cache: KioskCache
    people: People
    fingers: FingerMatching
    link: KioskLink
    conductor: Conductor
    window: KioskWindow

    def close(self) -> None:
        self.window.close()
        self.fingers.close()
        self.cache.close()


def build(
    folder: Path,
    locate: Locate,
    equipment: Equipment,
    key_file: bool = False,
    connect: Connect = plainly,
) -> Kiosk:
    """Raises CacheLocked."""
    cache = open_cache(folder, key_file)
    fingers = FingerMatching()
    people = People(cache, fingers.changed)
    fingers.know(lambda: people)
    link = KioskLink(locate, cache, people, connect)
    conductor = Conductor(link, people, cache, fingers, utc_now)
    return Kiosk(
        cache, people, fingers, link, conductor, KioskWindow(link, conductor, cache, equipment)
    )


def run_kiosk(folder: Path, locate: Locate, connect: Connect, theme: str, windowed: bool) -> int:
    """Shows the login screen until it is closed. Raises CacheLocked."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Muster kiosk")
    kiosk = build(folder, locate, Equipment(), connect=connect)
    contrast = kiosk.link.settings.high_contrast
    apply_kiosk_theme(app, HIGH_CONTRAST if contrast else THEMES[theme])
    kiosk.link.settings_changed.connect(
        lambda settings: apply_kiosk_theme(
            app, HIGH_CONTRAST if settings.high_contrast else THEMES[theme]
        )
    )
    if windowed:
        kiosk.window.resize(1280, 800)
        kiosk.window.show()
    else:
        kiosk.window.showFullScreen()
    kiosk.window.start()
    try:
        return app.exec()
    finally:
        kiosk.close()
