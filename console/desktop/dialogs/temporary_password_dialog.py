"""A temporary password, shown once to whoever hands it over."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontDatabase
from PyQt6.QtWidgets import QApplication, QVBoxLayout, QWidget

from console.api.operators import TemporaryPassword
from console.desktop.words import local_text
from console.domain.language import labelled, tr
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import button, label, row

WIDTH_PX = 440
TITLE = tr("Temporary password")


class TemporaryPasswordDialog(Dialog):
    """Shows it large enough to be read out; what was copied is forgotten at the end."""

    def __init__(self, given: TemporaryPassword, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{TITLE} · {given.username}")
        sized(self, width=WIDTH_PX)
        self._text = given.password
        self.password = label(given.password, "big")
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSize(14)
        self.password.setFont(font)
        self.password.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.password.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.password.setAccessibleName(labelled(TITLE, given.password))
        told = tr("Hand this password over in person or by phone. You will not see it again.")
        until = local_text(given.until)
        first = tr("It must be changed at the first sign-in. It is valid until {time}.", time=until)
        close = button(tr("Done"), self.accept, "primary")
        close.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addWidget(label(told, wrap=True))
        layout.addWidget(self.password)
        layout.addWidget(label(first, "soft", wrap=True))
        layout.addWidget(row(button(tr("Copy"), self._copy), None, close))
        self.finished.connect(lambda _result: self._forget_copy())

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._text)

    def _forget_copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None and clipboard.text() == self._text:
            clipboard.clear()
