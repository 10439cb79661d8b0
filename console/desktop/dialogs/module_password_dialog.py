"""The password of a serial fingerprint module."""

import re

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from bridge.readers.zfm import NO_PASSWORD, PASSWORD_BYTES
from console.domain.language import tr
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row

DIGITS = re.compile(rf"\s*(?:0x)?([0-9a-fA-F]{{{2 * PASSWORD_BYTES}}})\s*")


class ModulePasswordDialog(Dialog):
    """Asks for it once; what was entered before is not shown.

    entered: the password, PASSWORD_BYTES.
    """

    entered = pyqtSignal(bytes)

    def __init__(self, reader: str, parent: QWidget | None = None) -> None:
        """reader: its name on the screen."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Password of the serial module"))
        sized(self, least_width=460)
        self.password = Field(tr("Password"), password=True)
        advice = tr(
            "Enter the eight digits (0 to 9, A to F) that are set in the module. Leave the field "
            "empty if it has no password. The password is stored in the keyring of this computer."
        )
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(reader, "heading"))
        layout.addWidget(label(advice, "soft", wrap=True))
        layout.addWidget(self.password)
        save = button(tr("Save"), self._save, kind="primary")
        save.setDefault(True)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), save))

    def _save(self) -> None:
        text = self.password.text()
        found = DIGITS.fullmatch(text)
        if text.strip() and found is None:
            self.password.set_problem(tr("Enter eight digits (0 to 9, A to F)."))
            return
        self.entered.emit(bytes.fromhex(found[1]) if found else NO_PASSWORD)
        self.accept()
