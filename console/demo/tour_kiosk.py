"""The tour at the door: a kiosk is paired, people log in, and a refusal is explained."""

from PyQt6.QtWidgets import QApplication

from console.api.kiosks import AddKiosk
from console.demo.people import number_of
from console.demo.site import DemoSite
from console.demo.stand import KioskStand
from console.demo.tour_desk import OWNER, PERSON
from console.demo.tour_driver import TourDriver
from console.desktop.pages.kiosks import CodeDialog, KiosksPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.domain.fingers import FingerPosition
from console.domain.language import ENGLISH, best_language
from console.domain.login_policy import Method
from console.domain.login_session import LoginScreen
from console.kiosk.app import KioskApp, build
from console.kiosk.screens.style import apply_kiosk_theme
from console.kiosk.service_address import UNKNOWN
from console.qt.language import current_language
from console.qt.theme import theme

STRANGER = OWNER + 1
LIFT_S = 0.3


class KioskWalk:
    """One kiosk, its page in the console, and the person before it."""

    def __init__(self, tour: TourDriver, shell: Shell, demo: DemoSite) -> None:
        self._tour, self._shell, self._demo = tour, shell, demo
        self._stand = KioskStand()

    def walk(self) -> None:
        """Walks this part of the tour."""
        code = self._add()
        language = current_language()
        kiosk = build(
            self._tour.folder / "kiosk",
            lambda: self._demo.locate() or UNKNOWN,
            self._stand.equipment(),
            key_file=True,
        )
        kiosk.window.use(language)  # both say their texts in this one process
        try:
            self._pair(kiosk, code)
            self._by_face(kiosk)
            self._by_finger(kiosk, number_of(PERSON))
        finally:
            self._stand.reader.lift()
            kiosk.close()
        self._explain()

    def _page(self) -> KiosksPage:
        self._shell.open_page(KiosksPage)
        page = self._shell.pages[KiosksPage]
        assert isinstance(page, KiosksPage)
        return page

    def _add(self) -> str:
        with self._tour.step("Add a kiosk"):
            page = self._page()
            page.add_now(AddKiosk(name="Main entrance", location="Hall"))
            dialog = self._tour.until(lambda: page.findChild(CodeDialog), "the code")
            self._tour.shoot(dialog, "kiosk code")
            code = str(dialog.code.edit.text())
            dialog.accept()
            self._tour.until(lambda: page.model.rowCount() > 0, "the list of kiosks")
            if current_language() != ENGLISH:
                self._speak(page)
        return code

    def _speak(self, page: KiosksPage) -> None:
        """Lets the kiosk speak the language of the console."""
        page.show_kiosk(page.model.row(0))
        offered = page.form.languages
        language = next(one for one in offered if best_language([one]) == current_language())
        offered[language].setChecked(True)
        page.form.first.setCurrentIndex(page.form.first.findData(language))
        page.save_now()

    def _pair(self, kiosk: KioskApp, code: str) -> None:
        with self._tour.step("Pair it") as notes:
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            apply_kiosk_theme(app, theme())
            window = kiosk.window
            window.resize(1280, 800)
            window.show()
            window.start()
            self._tour.until(
                lambda: window.centre.shown is window.pairing, "the question for the code"
            )
            window.pairing.code.setText(code)
            self._tour.shoot(window, "kiosk pairing")
            window.pairing.go.click()
            self._tour.until(
                lambda: (
                    kiosk.connection.up
                    and kiosk.people.roster is not None
                    and len(kiosk.people) > 0
                ),
                "the list of people",
            )
            notes.append(f"{len(kiosk.people)} with a cached face")

    def _set(self, kiosk: KioskApp, method: Method, challenge: bool) -> None:
        """Changes the settings in the console and waits until the kiosk uses them."""
        page = self._page()
        self._tour.until(lambda: page.model.rowCount() > 0, "the list of kiosks")
        page.show_kiosk(page.model.row(0))
        page.form.method.setCurrentIndex(page.form.method.findData(method))
        page.form.switches["challenge"].setChecked(challenge)
        page.save_now()
        kiosk.connection.sync_soon()

        def taken_over() -> bool:
            settings = kiosk.conductor.session.settings
            return (settings.default_method, settings.challenge) == (method, challenge)

        self._tour.until(taken_over, "the new settings at the kiosk")

    def _until(self, kiosk: KioskApp, wanted: LoginScreen) -> None:
        self._tour.until(
            lambda: kiosk.window.shown.screen is wanted, f"the screen “{wanted.value}”"
        )

    def _by_face(self, kiosk: KioskApp) -> None:
        with self._tour.step("Log in by face at the kiosk") as notes:
            self._set(kiosk, Method.FACE, challenge=True)
            self._tour.settle(0.5)
            self._tour.shoot(self._shell, "kiosks")
            self._until(kiosk, LoginScreen.FACE)
            self._tour.until(lambda: kiosk.window.face.view.has_frame, "the picture")
            self._tour.shoot(kiosk.window, "kiosk face")
            self._stand.come()
            self._until(kiosk, LoginScreen.CHALLENGE)
            self._tour.shoot(kiosk.window, "kiosk challenge")
            self._stand.leave()
            self._tour.settle(LIFT_S)
            kiosk.window.face.cancel.click()
            self._set(kiosk, Method.FACE, challenge=False)
            self._until(kiosk, LoginScreen.FACE)
            self._stand.come()
            self._until(kiosk, LoginScreen.HOME)
            notes.append(kiosk.window.home.name.text())
            self._tour.shoot(kiosk.window, "kiosk home")
            self._leave(kiosk)

    def _leave(self, kiosk: KioskApp) -> None:
        self._stand.leave()
        self._stand.reader.lift()
        self._tour.settle(LIFT_S)
        kiosk.window.home.done.click()

    def _by_finger(self, kiosk: KioskApp, number: str) -> None:
        with self._tour.step("By finger: the number the first time") as notes:
            self._set(kiosk, Method.FINGER, challenge=False)
            self._until(kiosk, LoginScreen.FINGER)
            self._tour.shoot(kiosk.window, "kiosk finger")
            self._touch(kiosk, OWNER, LoginScreen.KEYPAD)
            self._tour.shoot(kiosk.window, "kiosk number")
            self._type(kiosk, number)
            self._until(kiosk, LoginScreen.HOME)
            self._leave(kiosk)
            self._until(kiosk, LoginScreen.FINGER)
            self._touch(kiosk, OWNER, LoginScreen.HOME)
            notes.append(f"then without it: {kiosk.window.home.name.text()}")
            self._leave(kiosk)
        with self._tour.step("A finger that does not belong to the number"):
            self._until(kiosk, LoginScreen.FINGER)
            self._touch(kiosk, STRANGER, LoginScreen.KEYPAD)
            self._type(kiosk, number)
            self._until(kiosk, LoginScreen.FINGERS)
            self._tour.shoot(kiosk.window, "kiosk fingers")
            while kiosk.window.shown.screen is LoginScreen.FINGERS:
                self._try(kiosk)
            self._tour.until(lambda: kiosk.cache.count_waiting() == 0, "the log at the service")

    def _try(self, kiosk: KioskApp) -> None:
        before = kiosk.window.shown.misses
        self._stand.reader.touch(STRANGER, FingerPosition.RIGHT_INDEX)
        self._tour.until(lambda: kiosk.window.shown.misses != before, "the comparison")
        self._stand.reader.lift()
        self._tour.settle(LIFT_S)

    def _touch(self, kiosk: KioskApp, person: int, then: LoginScreen) -> None:
        self._stand.reader.touch(person, FingerPosition.RIGHT_INDEX)
        self._until(kiosk, then)
        self._stand.reader.lift()
        self._tour.settle(LIFT_S)

    def _type(self, kiosk: KioskApp, number: str) -> None:
        for digit in number:
            kiosk.window.keypad.keys[digit].click()
        kiosk.window.keypad.submit.click()

    def _explain(self) -> None:
        with self._tour.step("Why was that refused?") as notes:
            self._shell.open_page(LoginsPage)
            page = self._shell.pages[LoginsPage]
            assert isinstance(page, LoginsPage)
            self._tour.until(
                lambda: page.model.rowCount() > 0 and page.model.row(0).outcome != "accepted",
                "the refusal in the log",
            )
            page.table.selectRow(0)
            self._tour.until(
                lambda: page.why.login is not None and page.why.isVisible(), "the answer"
            )
            self._tour.shoot(self._shell, "why refused")
            notes.append(page.why.summary.text())
