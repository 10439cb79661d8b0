"""The login screen itself: one window that shows the conversation, with the camera and the reader that it looks at."""

from datetime import datetime
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QCloseEvent, QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from bridge.readers.reader import Scan
from console.biometrics.workers.face_watcher import FaceWatcher, Seen
from console.domain import texts
from console.domain.authentication import LOGIN_SCREENS, Screen, Session
from console.domain.kiosks import KioskSettings
from console.domain.login_events import Back, Cancel, Clear, Digit, Event, Submit
from console.domain.login_policy import Method
from console.kiosk.cache.store import KioskCache
from console.kiosk.flow.conductor import Conductor
from console.kiosk.flow.link import KioskLink
from console.kiosk.flow.voice import Voice
from console.kiosk.screens.help_page import HelpPage
from console.kiosk.screens.pages import (
    FacePage,
    FingerPage,
    HomePage,
    KeypadPage,
    KioskPage,
    StopPage,
    push,
)
from console.qt.camera_session import CameraSession
from console.qt.desk_reader import DeskReader
from console.qt.equipment import CameraChoice, Equipment
from console.qt.language import NAMES, tr, use_language
from console.qt.timers import timer
from console.qt.widgets import ElidedLabel, Switch, label

CLOCK_MS = 1000
CAMERA_SEARCH_MS = 5000
"""Between two looks whether there is a camera now."""
HELP_MS = 60_000
"""So long help stays open by itself."""
LANGUAGES = "languages of people"


class PairPage(KioskPage):
    """The code from the console makes this computer a kiosk of the site."""

    def __init__(self, link: KioskLink) -> None:
        super().__init__()
        self._link = link
        self.code, self.problem = QLineEdit(), label("", "wrong", wrap=True)
        self.code.setPlaceholderText("ABCDE-FGHJK")
        self.code.setAccessibleName(tr("Pairing code"))
        self.code.setMaximumWidth(420)
        self.go = push(tr("Pair"), self.pair_now, "primary")
        self.code.returnPressed.connect(self.pair_now)
        link.paired.connect(self._answered)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(120, 24, 120, 48)
        layout.setSpacing(16)
        layout.addStretch(2)
        for part in (
            label(tr("Pair this kiosk"), "title"),
            label(
                tr(
                    "In the console, under Kiosks, choose Add a kiosk. Type the code that is shown there."
                ),
                "soft",
                wrap=True,
            ),
            self.code,
            self.problem,
        ):
            layout.addWidget(part)
        layout.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(3)

    def pair_now(self) -> None:
        self.go.setEnabled(False)
        self.problem.setText("")
        self._link.pair_soon(self.code.text())

    def _answered(self, problem: str) -> None:
        self.go.setEnabled(True)
        self.problem.setText(tr(problem) if problem else "")
        if not problem:
            self.code.clear()
            self.happened.emit(Cancel())


class KioskWindow(QWidget):
    """Takes over link, conductor and cache; close ends all that is under way."""

    def __init__(
        self, link: KioskLink, conductor: Conductor, cache: KioskCache, equipment: Equipment
    ) -> None:
        super().__init__()
        self.setObjectName("kiosk")
        self.setWindowTitle(tr("Muster: login"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.link, self.conductor, self._cache, self._equipment = link, conductor, cache, equipment
        self.voice = Voice(self)
        self.language = ""
        self._languages: dict[str, str] = cache.get(LANGUAGES, dict[str, str]) or {}
        self._session_camera: CameraSession | None = None
        self._camera: CameraChoice | None = None
        self._cameras: list[CameraChoice] = []
        self._watcher: FaceWatcher | None = None
        self.reader = DeskReader(self)
        self.face, self.finger, self.keypad, self.home, self.stop = (
            FacePage(),
            FingerPage(),
            KeypadPage(),
            HomePage(),
            StopPage(),
        )
        self.pairing, self.help = PairPage(link), HelpPage()
        self.centre = Switch(
            self.face, self.finger, self.keypad, self.home, self.stop, self.pairing, self.help
        )
        self._lay_out()
        self._connect()
        self.use(link.settings.languages[0])

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
        self._camera_search = timer(self, CAMERA_SEARCH_MS, self._look_for_camera)
        self._help_end = timer(self, HELP_MS, self._close_help, once=True)

    def _connect(self) -> None:
        for page in (self.face, self.finger, self.keypad, self.home, self.stop):
            page.happened.connect(self.conductor.feed)
        self.pairing.happened.connect(lambda _: self.show_session(self.conductor.session))
        self.face.switch.connect(self.switch_camera)
        self.conductor.changed.connect(self.show_session)
        self.link.settings_changed.connect(self._new_settings)
        self.link.up_changed.connect(lambda up: self._tick())
        self.link.unpaired.connect(lambda _: self.show_session(self.conductor.session))
        self.reader.ready.connect(lambda _info: self._reader_here(True))
        self.reader.trouble.connect(lambda _error: self._reader_here(False))
        self.reader.taken.connect(self._scanned)
        self.reader.lifted.connect(self._lifted)
        self.help.closed.connect(self._close_help)

    # life

    def start(self) -> None:
        """Opens camera and reader, and begins."""
        self.conductor.start()
        self.link.start()
        self._ticking.start()
        self._camera_search.start()
        self._tick()
        self._show_languages()
        self._open_reader()
        self._open_camera()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._ticking.stop()
        self._camera_search.stop()
        self._close_camera()
        self.reader.close()
        self.conductor.stop()
        self.link.stop()
        super().closeEvent(event)

    def _new_settings(self, settings: KioskSettings) -> None:
        self.voice.on = settings.voice
        self._show_languages()
        self.use(settings.languages[0])
        another = bool(settings.camera) and (
            self._camera is None or self._camera.name != settings.camera
        )
        if another or self._uses_camera is not (self._session_camera is not None):
            self._close_camera()
            self._camera = None
            self._open_camera()
        self.show_session(self.conductor.session)

    # language

    def _show_languages(self) -> None:
        while (item := self.language_buttons.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        chosen = self.link.settings.languages
        for language in chosen if len(chosen) > 1 else ():
            self.language_buttons.addWidget(
                push(NAMES[language], partial(self.choose_language, language), "quiet")
            )

    def choose_language(self, language: str) -> None:
        """For the person who stands there, and for the next time they do."""
        self.use(language)
        person = self.conductor.session.person or self.conductor.session.hit
        if person is not None and person.id:
            self._languages[person.id] = language
            self._cache.put(LANGUAGES, self._languages)
        self.show_session(self.conductor.session)

    def use(self, language: str) -> None:
        if language == self.language:
            return
        self.language = language
        use_language(language)
        for page in (self.face, self.finger, self.keypad, self.home, self.stop, self.help):
            page.retranslate()
        self.help_button.setText(tr(texts.HELP_BUTTON))

    def _follow_person(self, session: Session) -> None:
        person = session.person or session.hit
        if person is not None and person.id in self._languages:
            self.use(self._languages[person.id])
        elif not session.path and session.screen is not Screen.HOME:
            self.use(self.link.settings.languages[0])

    # help

    def show_help(self) -> None:
        """From the login screen only; whoever is in the middle of a login finishes it first."""
        if self.link.token and self.conductor.session.screen in LOGIN_SCREENS.values():
            self.conductor.feed(Cancel())
            self.centre.show_part(self.help)
            self.help.tabs[0].setFocus()
            self._help_end.start()

    def _close_help(self) -> None:
        self._help_end.stop()
        self.centre.show_part(self.face)
        self.show_session(self.conductor.session)

    # what is shown

    def show_session(self, session: Session) -> None:
        self._follow_person(session)
        page = self._page(session)
        self.help_button.setVisible(
            bool(self.link.token) and session.screen in LOGIN_SCREENS.values()
        )
        if (
            self.centre.shown is self.help
            and session.screen in LOGIN_SCREENS.values()
            and page is not self.pairing
        ):
            return
        if page is self.pairing:
            self.pairing.code.setFocus()
        elif page is self.stop and session.screen is not Screen.STOP:
            self.stop.show_words(texts.NOT_IN_USE, can_go_back=False)
        else:
            page.show_session(session)
        if page is self.face:
            self.face.show_cameras(len(self._cameras) > 1)
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

    def _page(self, session: Session) -> KioskPage:
        if not self.link.token:
            return self.pairing
        if not session.settings.active:
            return self.stop
        pages: dict[Screen, KioskPage] = {
            Screen.FACE: self.face,
            Screen.LOOK: self.face,
            Screen.CHALLENGE: self.face,
            Screen.FINGER: self.finger,
            Screen.WAIT: self.finger,
            Screen.FINGERS: self.finger,
            Screen.KEYPAD: self.keypad,
            Screen.HOME: self.home,
            Screen.STOP: self.stop,
        }
        return pages[session.screen]

    def _words(self, session: Session) -> str:
        if session.screen is Screen.HOME:
            return f"{tr(texts.GREETING)} {self.home.name.text()}"
        first = (
            session.error
            or session.left
            or session.under
            or (texts.ENTER_NUMBER if session.screen is Screen.KEYPAD else "")
        )
        return tr(first) if first else ""

    def _tick(self) -> None:
        now = datetime.now().astimezone()
        self.clock.setText(f"{now:%H:%M} · {now:%d.%m.%Y}")
        self.hello.show_text(self.link.name or tr("Muster"))
        self.offline.setText("" if self.link.up or not self.link.token else tr("offline"))

    # camera

    @property
    def _uses_camera(self) -> bool:
        """A camera through which nobody will be looked at stays closed, its light off and its nets unloaded."""
        return self.link.settings.default_method is not Method.FINGER

    def _open_camera(self) -> None:
        choices = self._cameras = self._equipment.camera_choices()
        if self._camera is None or self._camera.key not in [one.key for one in choices]:
            wanted = self.link.settings.camera
            self._camera = next(
                (one for one in choices if one.name == wanted), choices[0] if choices else None
            )
        if self._camera is None:
            self._camera_trouble("no camera")
            return
        if not self._uses_camera:
            self._say_state(camera=True, cameras=[one.name for one in choices])
            return
        session = CameraSession(self._camera, self._looker, self)
        session.frame.connect(partial(self._frame, session))
        session.seen.connect(partial(self._seen, session))
        session.trouble.connect(partial(self._trouble, session))
        self.face.view.painted.connect(session.taken)
        self._session_camera = session
        session.start()

    def _look_for_camera(self) -> None:
        """One that is plugged in after the start. A session that has lost its camera waits for it by itself."""
        if self._uses_camera and self._session_camera is None:
            self._open_camera()

    def _looker(self) -> FaceWatcher:
        self._watcher = FaceWatcher()
        self._watch(self.conductor.session)
        return self._watcher

    def _watch(self, session: Session) -> None:
        """Faces are looked at only where one is wanted."""
        if self._watcher is not None:
            wanted = (
                session.screen in (Screen.FACE, Screen.LOOK, Screen.CHALLENGE)
                and session.settings.active
                and bool(self.link.token)
            )
            (self._watcher.wanted.set if wanted else self._watcher.wanted.clear)()

    def _close_camera(self) -> None:
        session, self._session_camera = self._session_camera, None
        if session is not None:
            session.stop()
            self.face.view.clear()

    def switch_camera(self) -> None:
        """The next one of several."""
        choices = self._cameras
        if len(choices) < 2:
            return
        keys = [one.key for one in choices]
        place = (
            keys.index(self._camera.key)
            if self._camera is not None and self._camera.key in keys
            else -1
        )
        self._close_camera()
        self._camera = choices[(place + 1) % len(choices)]
        self._open_camera()

    def _frame(self, session: CameraSession, frame: NDArray[np.uint8]) -> None:
        if session is not self._session_camera:
            return
        self._camera_trouble("")
        if self.centre.shown is self.face:
            self.face.view.show_frame(frame)
        else:
            session.taken()

    def _seen(self, session: CameraSession, seen: Seen) -> None:
        if (
            session is self._session_camera
            and self.link.token
            and self.conductor.session.settings.active
        ):
            self.face.view.show_sight(seen.sight)
            if self.centre.shown is self.face:
                self.face.view.repaint()  # the marks are seen before what they lead to
            self.conductor.saw(seen)

    def _trouble(self, session: CameraSession, text: str) -> None:
        if session is self._session_camera and text:
            self.face.view.clear()
            self._camera_trouble(text)

    def _camera_trouble(self, text: str) -> None:
        known = self.link.state
        self.conductor.plugged(camera=not text)
        if known.camera is bool(text) or not known.cameras:  # every frame comes by here
            self._say_state(camera=not text, cameras=[one.name for one in self._cameras])

    # reader

    def _open_reader(self) -> None:
        sources = self._equipment.reader_sources()
        if sources:
            self.reader.use(sources[0], ())

    def _reader_here(self, here: bool) -> None:
        self.conductor.plugged(reader=here)
        self._say_state(reader=here)

    def _say_state(self, **known: object) -> None:
        self.link.state = msgspec.structs.replace(self.link.state, **known)

    def _want(self, session: Session) -> None:
        typing = (
            session.screen is Screen.KEYPAD
            and session.settings.default_method is not Method.FACE
            and not session.digits
        )
        wanted = session.screen in (Screen.FINGER, Screen.FINGERS) or typing
        self.reader.want(wanted and bool(self.link.token) and session.settings.active)

    def _scanned(self, scan: Scan, last: bool) -> None:
        self.conductor.finger(scan, last)

    def _lifted(self) -> None:
        self.conductor.finger_lifted()
        self._want(self.conductor.session)

    # keys of a real keyboard

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or self.centre.shown is self.pairing:
            return
        text = event.text()
        known: dict[int, Event] = {
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
