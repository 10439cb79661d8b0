"""The keys of the page that one is on, and those that work everywhere."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from console.domain.language import labelled, tr
from console.qt.dialog import Dialog
from console.qt.shortcuts import Key
from console.qt.sizes import sized
from console.qt.widgets import button, card, label, row

WIDTH_PX, KEY_PX = 460, 110


class KeysDialog(Dialog):
    """Lists keys under two headings."""

    def __init__(
        self, title: str, here: Sequence[Key], everywhere: Sequence[Key], parent: QWidget
    ) -> None:
        """title: of the page; here: what works on it alone."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        sized(self, least_width=WIDTH_PX)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        if here:
            layout.addWidget(_list(labelled(tr("On this page"), title), here))
        layout.addWidget(_list(tr("Everywhere"), everywhere))
        close = button(tr("Close"), self.accept, "primary")
        close.setDefault(True)
        layout.addWidget(row(None, close))


def _list(heading: str, keys: Sequence[Key]) -> QWidget:
    rows = QWidget()
    grid = QGridLayout(rows)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnStretch(1, 1)
    for place, key in enumerate(keys):
        name = label(key.key, "key")
        sized(name, least_width=KEY_PX)
        grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(key.does, wrap=True), place, 1)
    return card([label(heading, "heading"), rows])
