"""The demo's mailbox window: captured email, and buttons for logging in at the terminals."""

import functools
from email.message import EmailMessage

from PyQt6.QtCore import QObject, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from console.demo.mailbox import link_in
from console.demo.site import DemoSite
from console.domain.language import tr
from console.qt.timers import timer
from console.qt.widgets import button, card, label, row

REFRESH_MS = 1000
PEOPLE_WIDTH = 280


class EmailSignal(QObject):
    """Carries an email from the email server's thread into the GUI's."""

    arrived = pyqtSignal(object)


class EmailWindow(QWidget):
    """Newest email first; a link opens in the computer's browser."""

    def __init__(self, site: DemoSite, emails: EmailSignal) -> None:
        super().__init__()
        self.setObjectName("body")
        self.setWindowTitle(tr("Muster demo: mailbox and terminals"))
        self.resize(900, 600)
        self._site = site
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Captured email"))
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._open_link)
        self.people = [QComboBox() for _ in site.units]
        for box in self.people:
            box.setMinimumWidth(PEOPLE_WIDTH)
        self.answers = [label("", "soft") for _ in site.units]
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(card([label(tr("Captured email"), "heading"), self.list]), 2)
        across.addWidget(card([self.text], margin=8), 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addLayout(across, 1)
        for number, unit in enumerate(site.units):
            stand = button(tr("Stand in front"), functools.partial(self._present, number))
            layout.addWidget(
                card(
                    [
                        row(
                            label(f"{tr('Terminal')} {unit.serial}", "heading"),
                            self.people[number],
                            stand,
                            self.answers[number],
                            None,
                        )
                    ]
                )
            )
        self.list.currentItemChanged.connect(lambda item, _: self._show(item))
        emails.arrived.connect(self.add)
        self._timer = timer(self, REFRESH_MS, self._refresh_people)
        self._timer.start()

    def add(self, email: EmailMessage) -> None:
        """Puts an email at the top of the list."""
        item = QListWidgetItem(f"{email['To']}\n{email['Subject']}")
        item.setData(Qt.ItemDataRole.UserRole, email)
        self.list.insertItem(0, item)
        self.list.setCurrentRow(0)

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            part = item.data(Qt.ItemDataRole.UserRole).get_body(("html",))
            self.text.setHtml(part.get_content())

    def _open_link(self, url: QUrl) -> None:
        if url.toString() == link_in(self.list.currentItem().data(Qt.ItemDataRole.UserRole)):  # type: ignore[union-attr]
            QDesktopServices.openUrl(url)

    def _refresh_people(self) -> None:
        for unit, box in zip(self._site.units, self.people, strict=True):
            numbers = [number for number, person in unit.people.items() if person.photo]
            for number in numbers:
                if box.findData(number) < 0:
                    box.addItem(f"{unit.people[number].name} ({number})", number)
            if not box.count():
                box.setPlaceholderText(tr("knows nobody yet"))

    def _present(self, number: int) -> None:
        pin = self.people[number].currentData()
        if pin is not None:
            opened = self._site.present(self._site.units[number], pin)
            self.answers[number].setText(
                tr("Recognised, the door opens.") if opened else tr("Not known here.")
            )
