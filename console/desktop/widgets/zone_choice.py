"""A list of time zones in which a part of a name finds them."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QWidget

from console.domain.language import tr


class ZoneChoice(QComboBox):
    """Chooses a time zone by its IANA name; "" is the first entry, where there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Time zone"))
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(16)
        edit = self.lineEdit()
        if edit is not None:
            edit.setAccessibleName(tr("Time zone"))
        completer = self.completer()
        if completer is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(completer.CompletionMode.PopupCompletion)

    def fill(self, names: Sequence[str], chosen: str, empty: str = "") -> None:
        """Offers these zones. empty: the text of an entry before them that chooses none."""
        self.clear()
        if empty:
            self.addItem(empty, "")
        for name in names:
            self.addItem(name, name)
        self.setCurrentIndex(max(0, self.findData(chosen)))

    def zone(self) -> str:
        """The zone that is chosen; what was typed, if it is none of the list."""
        place = self.findText(self.currentText())
        return self.currentText().strip() if place < 0 else str(self.itemData(place))
