"""From an empty site to the first login, by key events alone: what an operator enters.

An input is a field that is filled, a choice that is made, or a button that is pressed. Moving the
focus is none. Terminal, mail server and employee are simulated, and nobody reads or thinks: the
time is that of the computer alone.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QWidget,
)

from console.demo.employee import PortalVisit
from console.demo.mailbox import link_in
from console.demo.photos import good_photos
from console.demo.site import DemoSite, wait_until
from console.demo.tour_driver import pump
from console.desktop.dialogs.approval_form import ApprovalForm
from console.desktop.dialogs.campaign_dialog import CampaignDialog
from console.desktop.dialogs.first_steps_dialog import FirstStepsDialog
from console.desktop.dialogs.import_dialog import ImportDialog
from console.desktop.dialogs.recovery_key_dialog import RecoveryKeyDialog
from console.desktop.page import Page
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.shell import Shell
from console.domain.first_steps import FirstStep
from console.qt.client import ServiceClient
from console.qt.garbage import GarbageCollector
from console.qt.theme import apply_theme
from console.qt.themes import LIGHT
from console.qt.timers import timer

SIZE = (1366, 768)
LIST = "number,first name,last name,email,department\n2001,Mei,Tan,mei.tan@example.com,Office\n"
PORTAL = "https://enrol.example.com"
PASSWORD = "four random words here"  # noqa: S105 - of a site that ends with the walk
FILE_LOOK_MS = 300
"""Long enough for the dialog of files to read a folder."""
KEYBOARD: Any = QTest
"""PyQt6's type hints take its static methods for those of an instance."""
Found = TypeVar("Found")
Dialog = TypeVar("Dialog", bound=QDialog)
AnyPage = TypeVar("AnyPage", bound=Page)


def measure(_data: Path | None = None) -> dict[str, float]:
    """Return the inputs and the seconds, from the start of the service on."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["muster"])
    assert isinstance(app, QApplication)
    GarbageCollector(app)
    apply_theme(app, LIGHT)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with DemoSite(Path(folder) / "site") as demo:
            client = ServiceClient(demo.locate)
            walk = FirstLogin(demo, Shell(client), Path(folder))
            try:
                client.connect_service()
                walk.walk()
            finally:
                walk.shell.close()
            seconds = time.perf_counter() - started
            return {"steps_to_first_login": walk.inputs, "walk_s": round(seconds, 1)}


class FirstLogin:
    """One operator at the keyboard. look: called with a name at each screen that is new."""

    def __init__(
        self,
        demo: DemoSite,
        shell: Shell,
        folder: Path,
        look: Callable[[str], object] = lambda _name: None,
    ) -> None:
        self.demo, self.shell = demo, shell
        self.inputs, self._named = 0, False
        self._list, self._look = folder / "employees.csv", look
        self._list.write_text(LIST)
        self._file = timer(shell, FILE_LOOK_MS, self._choose_file)

    def walk(self) -> None:
        """Walks the whole path."""
        self.shell.resize(*SIZE)
        self.shell.show()
        self._set_up()
        self._make_key()
        self.demo.add_unit("QFM20260001")
        self._set_email()
        self._approve_terminal()
        self._import_employees()
        self._invite()
        self._enrol()
        self._approve_face()
        self._log_in()

    # the keyboard

    def fill(self, edit: QLineEdit, text: str) -> None:
        """Types into a field, in place of what it holds."""
        edit.setFocus()
        edit.selectAll()
        KEYBOARD.keyClicks(edit, text)
        self.inputs += 1

    def choose(self, box: QComboBox, text: str) -> None:
        """Chooses by typing how the entry begins."""
        box.setFocus()
        KEYBOARD.keyClicks(box, text)
        self.inputs += 1

    def press(self, button: QPushButton) -> None:
        """Presses a button that can be pressed."""
        self.until(lambda: button.isVisible() and button.isEnabled())
        button.setFocus()
        self.key(button, Qt.Key.Key_Space)

    def key(self, widget: QWidget, key: Qt.Key) -> None:
        """Presses one key that does something by itself."""
        KEYBOARD.keyClick(widget, key)
        self.inputs += 1

    def until(self, condition: Callable[[], Found | None]) -> Found:
        """The first true value, while the windows go on. Raises TimeoutError."""
        return wait_until(condition, step=lambda _pause: pump())

    def dialog(self, kind: type[Dialog]) -> Dialog:
        """The open dialog of this kind."""
        return self.until(lambda: _open_one(self.shell, kind))

    def page(self, kind: type[AnyPage]) -> AnyPage:
        """The page shown, once it is of this kind."""

        def shown() -> AnyPage | None:
            page = self.shell.page
            return page if isinstance(page, kind) else None

        return self.until(shown)

    # the steps

    def _set_up(self) -> None:
        form = self.shell.sign_in
        self.until(form.site.isVisible)
        self._look("set up")
        self.fill(form.site.edit, "Hartmann Logistics")
        self.fill(form.name.edit, "Hana Farid")
        self.fill(form.username.edit, "h.farid")
        self.fill(form.password.edit, PASSWORD)
        self.fill(form.repeat.edit, PASSWORD)
        self.key(form.repeat.edit, Qt.Key.Key_Return)
        steps = self.dialog(FirstStepsDialog)
        start = steps.lines[FirstStep.RECOVERY_KEY].start
        self.until(start.isVisible)
        self._look("first steps")
        self.press(start)

    def _make_key(self) -> None:
        dialog = self.dialog(RecoveryKeyDialog)
        self._look("recovery key")
        groups = dialog.key.text().split()
        self.press(dialog.next)
        for number, field in dialog.fields.items():
            self.fill(field.edit, groups[number - 1])
        self.press(dialog.go)

    def _set_email(self) -> None:
        page = self.page(SettingsPage)
        self.until(page.site.text)
        self.fill(page.host.edit, "127.0.0.1")
        port = page.port.lineEdit()
        assert port is not None
        self.fill(port, str(self.demo.mailbox.port))
        self.choose(page.security, "None")
        self.fill(page.sender_address.edit, "enrolment@example.com")
        self.fill(page.portal_url.edit, PORTAL)
        self.fill(page.test_to.edit, "hana.farid@example.com")
        test = next(one for one in page.findChildren(QPushButton) if "test" in one.text())
        self.press(test)
        self._look("email")

    def _approve_terminal(self) -> None:
        form = self.dialog(ApprovalForm)
        self._look("terminal")
        self.fill(form.name.edit, "Main gate")
        self._file.start()  # the next step asks for a file, which the walk waits in
        self.press(form.save)

    def _choose_file(self) -> None:
        """In the dialog of files, which does not return before it is answered."""
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog):
            return
        name = dialog.findChild(QLineEdit, "fileNameEdit")
        assert name is not None
        if name.text() != str(self._list):
            before = self.inputs
            self.fill(name, str(self._list))
            # once, however often a busy computer takes the text away while it reads the folder
            self.inputs = before if self._named else self.inputs
            self._named = True
            return  # the dialog reads the folder first
        self._file.stop()
        completions = QApplication.activePopupWidget()  # it has the keyboard while it is open
        self.key(completions or name, Qt.Key.Key_Return)

    def _import_employees(self) -> None:
        dialog = self.dialog(ImportDialog)
        self.until(lambda: dialog.apply.isVisible() and dialog.apply.isEnabled())
        self._look("employees")
        self.press(dialog.apply)

    def _invite(self) -> None:
        dialog = self.dialog(CampaignDialog)
        self.until(dialog.send.isEnabled)
        self._look("invitation")
        self.press(dialog.send)

    def _enrol(self) -> None:
        """The employee's part; nothing that the operator enters."""
        emails = self.demo.mailbox.emails
        link = self.until(lambda: next((found for one in emails if (found := link_in(one))), ""))
        visit = PortalVisit(link.replace(PORTAL, self.demo.running.portal))
        visit.enrol("2001", good_photos())

    def _approve_face(self) -> None:
        page = self.page(ReviewPage)
        self.until(lambda: page.submission is not None and page.shown.has_photo)
        self._look("review")
        self.press(page.approve)

    def _log_in(self) -> None:
        unit = self.demo.units[0]
        self.until(lambda: "2001" in unit.people and bool(unit.people["2001"].photo))
        assert self.demo.present(unit, "2001")
        self.until(self.shell.first_steps.isHidden)
        self._look("first login")


def _open_one(shell: QObject, kind: type[Dialog]) -> Dialog | None:
    return next((one for one in shell.findChildren(kind) if one.isVisible()), None)
