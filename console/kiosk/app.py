"""Starts the kiosk: cache, connection, conductor, window."""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PyQt6.QtWidgets import QApplication

from console.api.kiosk_link import KioskLogin
from console.kiosk.cache.disk import KioskCache, open_cache
from console.kiosk.cache.languages import PersonLanguages
from console.kiosk.cache.people import People
from console.kiosk.cache.writer import CacheWriter, Done
from console.kiosk.flow.conductor import Conductor, utc_now
from console.kiosk.flow.finger_matching import FingerMatching
from console.kiosk.flow.service_connection import ServiceConnection
from console.kiosk.screens.style import apply_kiosk_theme
from console.kiosk.screens.window import KioskWindow
from console.kiosk.service_address import Connect, Locate, on_this_computer
from console.prepared_types import prepare_types
from console.qt.equipment import Equipment
from console.qt.garbage import GarbageCollector
from console.qt.themes import DARK, HIGH_CONTRAST, LIGHT
from console.qt.unexpected import UnexpectedErrors

THEMES = {"dark": DARK, "light": LIGHT, "contrast": HIGH_CONTRAST}


@dataclass(frozen=True, kw_only=True)
class KioskApp:
    """All parts of one kiosk."""

    cache: KioskCache
    writer: CacheWriter
    people: People
    fingers: FingerMatching
    connection: ServiceConnection
    conductor: Conductor
    window: KioskWindow

    def close(self) -> None:
        """Closes the window, then waits until every thread has ended and all is on the disk."""
        self.window.close()
        self.connection.join()
        self.fingers.join()
        self.writer.close()
        self.cache.close()


def build(
    folder: Path,
    locate: Locate,
    equipment: Equipment,
    key_file: bool = False,
    connect: Connect = on_this_computer,
) -> KioskApp:
    """Makes a kiosk whose data lies in `folder`. Raises CacheLocked."""
    cache = open_cache(folder, key_file)
    writer = CacheWriter()
    fingers = FingerMatching()
    people = People(cache, fingers.apply_change, writer.submit)
    connection = ServiceConnection(locate, cache, people, connect, writer.submit)

    def store_login(login: KioskLogin, done: Done) -> None:
        writer.submit(partial(cache.add_login, login), done)

    conductor = Conductor(connection, people, fingers, store_login, utc_now)
    languages = PersonLanguages(cache, writer.submit)
    return KioskApp(
        cache=cache,
        writer=writer,
        people=people,
        fingers=fingers,
        connection=connection,
        conductor=conductor,
        window=KioskWindow(connection, conductor, languages, equipment),
    )


def run_kiosk(folder: Path, locate: Locate, connect: Connect, theme: str, windowed: bool) -> int:
    """Shows the login screen until its window is closed. Raises CacheLocked."""
    prepare_types()
    app = QApplication(sys.argv[:1])
    GarbageCollector(app)
    UnexpectedErrors(folder / "logs", app)
    app.setApplicationName("Muster kiosk")
    kiosk = build(folder, locate, Equipment(), connect=connect)
    contrast = kiosk.connection.settings.high_contrast
    apply_kiosk_theme(app, HIGH_CONTRAST if contrast else THEMES[theme])
    kiosk.connection.settings_changed.connect(
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
