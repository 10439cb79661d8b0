"""A code that somebody types at another computer to open their link. N22."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontDatabase
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api.board import DeskCode
from console.desktop.words import local_text
from console.domain.language import paragraph, tr
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import button, label, row

WIDTH_PX, CODE_PT = 460, 28


class DeskCodeDialog(Dialog):
    """Shows the code, where to type it, and until when it works."""

    def __init__(self, name: str, made: DeskCode, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Desk code for {name}", name=name))
        sized(self, width=WIDTH_PX)
        self.code = label(made.code)
        self.code.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.code.setStyleSheet(f"font-size: {CODE_PT}pt")
        self.code.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.code.setAccessibleName(tr("Code: {code}", code=" ".join(made.code)))
        where = tr("Open this page and type the code: {address}", address=made.address)
        self.where = label(where, wrap=True)
        until = tr("It works once, until {until}.", until=local_text(made.until))
        alone = tr("Do not give it to anyone else.")
        self.until = label(paragraph(until, alone), "soft", wrap=True)
        for shown in (self.code, self.where):
            shown.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for part in (self.where, self.code, self.until):
            layout.addWidget(part)
        layout.addWidget(row(None, button(tr("Close"), self.accept, "primary")))
