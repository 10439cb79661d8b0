"""The login screen: one window that shows the conversation, with its camera and its reader."""

from datetime import datetime
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QCloseEvent, QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bridge.readers.reader import FingerScan
from console.biometrics.workers.face_watcher import WatchedFrame
from console.domain import texts
from console.domain.badges import KeyBurst
from console.domain.kiosks import KioskSettings
from console.domain.language import paragraph, tr
from console.domain.login_events import Back, BadgeRead, Cancel, Clear, Digit, LoginEvent, Submit
from console.domain.login_policy import Method
from console.domain.login_session import LOGIN_SCREENS, LoginScreen, LoginSession
from console.kiosk.cache.languages import PersonLanguages
from console.kiosk.flow.camera import KioskCamera
from console.kiosk.flow.conductor import Conductor
from console.kiosk.flow.service_connection import ServiceConnection
from console.kiosk.flow.voice import Voice
from console.kiosk.screens.end_pages import HomePage, StopPage
from console.kiosk.screens.face_page import FacePage
from console.kiosk.screens.finger_page import FingerPage
from console.kiosk.screens.help_page import HelpPage
from console.kiosk.screens.keypad_page import KeypadPage
from console.kiosk.screens.page import KioskPage, push
from console.kiosk.screens.pair_page import PairPage
from console.kiosk.screens.places import place_texts
from console.qt.desk_reader import DeskReader
from console.qt.equipment import Equipment
from console.qt.language import NAMES, use_language
from console.qt.timers import timer
from console.qt.widgets import ElidedLabel, Switch, clear, label

CLOCK_MS = 1000
HELP_MS = 60_000
"""Help closes by itself after this time."""


class KioskWindow(QWidget):
    """Owns connection and conductor: closing it lets everything under way end, without waiting."""

    def __init__(
        self,
        connection: ServiceConnection,
        conductor: Conductor,
        languages: PersonLanguages,
        equipment: Equipment,
    ) -> None:
        super().__init__()
        self.setObjectName("kiosk")
        self.setWindowTitle(tr("Muster: login"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.connection, self.conductor, self._equipment = connection, conductor, equipment
        self.voice, self._burst = Voice(self), KeyBurst()
        self.language = ""
        self._languages = languages
        self.shown = conductor.session
        """The session that stands on the screen."""
        self.camera = KioskCamera(equipment, self)
        self.reader = DeskReader(self)
        self.face, self.finger, self.keypad, self.home, self.stop = (
            FacePage(),
            FingerPage(),
            KeypadPage(),
            HomePage(),
            StopPage(),
        )
        self.pairing, self.help = PairPage(connection), HelpPage()
        self.centre = Switch(
            self.face, self.finger, self.keypad, self.home, self.stop, self.pairing, self.help
        )
        self._lay_out()
        self._connect()
        self.use(connection.settings.languages[0])

    def _lay_out(self) -> None:
        self.hello, self.clock = ElidedLabel("hello"), label("", "clock")
        self.offline = label("", "stamp")
        self.language_buttons = QHBoxLayout()
        self.help_button = push(texts.HELP_BUTTON, self.show_help, "quiet")
        top = QHBoxLayout()
        top.setContentsMargins(48, 24, 48, 0)
        top.setSpacing(24)
        top.addWidget(self.hello)
        top.addWidget(self.offline)
        top.addStretch(1)
        top.addLayout(self.language_buttons)
        top.addWidget(self.help_button)
        top.addWidget(self.clock)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.centre, 1)
        self._ticking = timer(self, CLOCK_MS, self._tick)
        self._help_end = timer(self, HELP_MS, self._close_help, once=True)

    def _connect(self) -> None:
        for page in (self.face, self.finger, self.keypad, self.home, self.stop):
            page.happened.connect(self.conductor.feed)
        self.pairing.happened.connect(lambda _: self.show_session(self.conductor.session))
        self.face.switch.connect(self._switch_camera)
        self.face.view.painted.connect(self.camera.accept_frame)
        self.camera.frame.connect(self._show_frame)
        self.camera.seen.connect(self._show_sight)
        self.camera.trouble.connect(self._show_trouble)
        self.camera.found.connect(self._report_cameras)
        self.conductor.changed.connect(self.show_session)
        self.connection.settings_changed.connect(self._new_settings)
        self.connection.up_changed.connect(lambda _up: self._tick())
        self.connection.unpaired.connect(lambda _: self.show_session(self.conductor.session))
        self.reader.ready.connect(lambda _info: self._reader_here(True))
        self.reader.trouble.connect(lambda _error: self._reader_here(False))
        self.reader.taken.connect(self._scanned)
        self.reader.lifted.connect(self._lifted)
        self.help.closed.connect(self._close_help)

    # life

    def start(self) -> None:
        """Opens camera and reader, and begins."""
        self.conductor.start()
        self.connection.start()
        self._ticking.start()
        self._tick()
        self._show_languages()
        self._open_reader()
        self._configure_camera()
        self.camera.start()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Lets everything under way end, without waiting. Qt gives the name."""
        self._ticking.stop()
        self.camera.close()
        self.reader.close()
        self.conductor.stop()
        self.connection.stop()
        super().closeEvent(event)

    def _new_settings(self, settings: KioskSettings) -> None:
        self.voice.on = settings.voice
        self._show_languages()
        self.use(settings.languages[0])
        self._configure_camera()
        self.show_session(self.conductor.session)

    # language

    def _show_languages(self) -> None:
        clear(self.language_buttons)
        chosen = self.connection.settings.languages
        for language in chosen if len(chosen) > 1 else ():
            self.language_buttons.addWidget(
                push(NAMES[language], partial(self.choose_language, language), "quiet")
            )

    def choose_language(self, language: str) -> None:
        """Uses a language for the person who stands there, also the next time."""
        self.use(language)
        person = self.conductor.session.person or self.conductor.session.hit
        if person is not None and person.id:
            self._languages.choose(person.id, language)
        self.show_session(self.conductor.session)

    def use(self, language: str) -> None:
        """Shows all texts in this language."""
        if language == self.language:
            return
        self.language = language
        use_language(language)
        for page in (self.face, self.finger, self.keypad, self.home, self.stop, self.help):
            page.retranslate()
        self.help_button.setText(tr(texts.HELP_BUTTON))

    def _follow_person(self, session: LoginSession) -> None:
        person = session.person or session.hit
        chosen = self._languages.of(person.id) if person is not None else ""
        if chosen:
            self.use(chosen)
        elif not session.path and session.screen is not LoginScreen.HOME:
            self.use(self.connection.settings.languages[0])

    # help

    def show_help(self) -> None:
        """Opens help from the login screen; a login that has begun is finished first."""
        if self.connection.token and self.conductor.session.screen in LOGIN_SCREENS.values():
            self.conductor.feed(Cancel())
            self.centre.show_part(self.help)
            self.help.tabs[0].setFocus()
            self._help_end.start()

    def _close_help(self) -> None:
        self._help_end.stop()
        self.centre.show_part(self.face)
        self.show_session(self.conductor.session)

    # what is shown

    def show_session(self, session: LoginSession) -> None:
        """Shows this session, with camera, reader and voice as it needs them."""
        self.shown = session
        self._follow_person(session)
        page = self._page(session)
        self.keypad.badges = self.conductor.takes_badges
        self.help_button.setVisible(
            bool(self.connection.token) and session.screen in LOGIN_SCREENS.values()
        )
        if (
            self.centre.shown is self.help
            and session.screen in LOGIN_SCREENS.values()
            and page is not self.pairing
        ):
            return
        if page is self.pairing:
            self.pairing.code.setFocus()
        elif page is self.stop and session.screen is not LoginScreen.STOP:
            self.stop.show_words(texts.NOT_IN_USE, can_go_back=False)
        else:
            page.show_session(session)
        if page is self.face:
            self.face.show_cameras(len(self.camera.choices) > 1)
            self.face.show_challenge(self.conductor.challenge)
        if page is self.home:
            self.home.at.setText(f"{datetime.now().astimezone():%H:%M}")
        if page is not self.centre.shown:
            self.centre.show_part(page)
            self.setFocus()
        self._want(session)
        self._watch(session)
        self.voice.on = session.settings.voice
        self.voice.say(self._words(session), self.language)

    def _page(self, session: LoginSession) -> KioskPage:
        if not self.connection.token:
            return self.pairing
        if not session.settings.active:
            return self.stop
        pages: dict[LoginScreen, KioskPage] = {
            LoginScreen.FACE: self.face,
            LoginScreen.LOOK: self.face,
            LoginScreen.CHALLENGE: self.face,
            LoginScreen.FINGER: self.finger,
            LoginScreen.WAIT: self.finger,
            LoginScreen.FINGERS: self.finger,
            LoginScreen.KEYPAD: self.keypad,
            LoginScreen.HOME: self.home,
            LoginScreen.STOP: self.stop,
        }
        return pages[session.screen]

    def _words(self, session: LoginSession) -> str:
        if session.screen is LoginScreen.HOME:
            return paragraph(tr(texts.GREETING), self.home.name.text())
        placed = place_texts(session)
        first = (
            session.error
            or placed.left
            or placed.under
            or (texts.ENTER_NUMBER if session.screen is LoginScreen.KEYPAD else "")
        )
        return tr(first) if first else ""

    def _tick(self) -> None:
        now = datetime.now().astimezone()
        self.clock.setText(f"{now:%H:%M} · {now:%d.%m.%Y}")
        self.hello.show_text(self.connection.name or tr("Muster"))
        self.offline.setText(
            "" if self.connection.up or not self.connection.token else tr("offline")
        )

    # camera

    def _configure_camera(self) -> None:
        settings = self.connection.settings
        self.camera.configure(settings.default_method is not Method.FINGER, settings.camera)

    def _switch_camera(self) -> None:
        self.face.view.clear()
        self.camera.switch()

    def _watch(self, session: LoginSession) -> None:
        """Frames are searched for faces only where one is wanted."""
        wanted = session.screen in (LoginScreen.FACE, LoginScreen.LOOK, LoginScreen.CHALLENGE)
        self.camera.want_faces(wanted and session.settings.active and bool(self.connection.token))

    def _show_frame(self, frame: NDArray[np.uint8]) -> None:
        if self.centre.shown is self.face:
            self.face.view.show_frame(frame)
        else:
            self.camera.accept_frame()

    def _show_sight(self, seen: WatchedFrame) -> None:
        if self.connection.token and self.conductor.session.settings.active:
            self.face.view.show_sight(seen.sight)
            if self.centre.shown is self.face:
                self.face.view.repaint()  # the marks are seen before what they lead to
            self.conductor.assess_frame(seen)

    def _show_trouble(self, text: str) -> None:
        if text:
            self.face.view.clear()
        self.conductor.plugged(camera=not text)
        if self.connection.state.camera is bool(text):  # every frame comes by here
            self._report_state(camera=not text)

    def _report_cameras(self, names: list[str]) -> None:
        self._report_state(cameras=names)
        self.face.show_cameras(len(names) > 1)

    # reader

    def _open_reader(self) -> None:
        sources = self._equipment.reader_sources()
        if sources:
            self.reader.use(sources[0], ())

    def _reader_here(self, here: bool) -> None:
        self.conductor.plugged(reader=here)
        self._report_state(reader=here)

    def _report_state(self, **known: bool | list[str]) -> None:
        self.connection.state = msgspec.structs.replace(self.connection.state, **known)

    def _want(self, session: LoginSession) -> None:
        typing = (
            session.screen is LoginScreen.KEYPAD
            and session.settings.default_method is not Method.FACE
            and not session.digits
        )
        wanted = session.screen in (LoginScreen.FINGER, LoginScreen.FINGERS) or typing
        self.reader.want(wanted and bool(self.connection.token) and session.settings.active)

    def _scanned(self, scan: FingerScan, last: bool) -> None:
        self.conductor.add_scan(scan, last)

    def _lifted(self) -> None:
        self.conductor.lift_finger()
        self._want(self.conductor.session)

    # keys of a real keyboard

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Takes the keys of a keyboard, and of a reader that types as one. Qt gives the name."""
        if event is None or self.centre.shown is self.pairing:
            return
        text, at = event.text(), event.timestamp()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            badge = self._burst.finish(at)
            if badge:
                self.conductor.feed(Clear())
                self.conductor.feed(BadgeRead(badge))
                return
        elif text.isprintable() and text.isascii() and text:
            self._burst.add(text, at)
        known: dict[int, LoginEvent] = {
            Qt.Key.Key_Backspace: Back(),
            Qt.Key.Key_Delete: Clear(),
            Qt.Key.Key_Return: Submit(),
            Qt.Key.Key_Enter: Submit(),
            Qt.Key.Key_Escape: Cancel(),
        }
        if event.key() in known:
            self.conductor.feed(known[event.key()])
        elif text.isalnum() and text.isascii() and len(text) == 1:
            self.conductor.feed(Digit(text.upper()))
        else:
            super().keyPressEvent(event)
