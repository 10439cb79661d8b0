"""A box for a whole number, by keyboard."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QSpinBox

from console.domain.language import tr_count


class NumberBox(QSpinBox):
    """No small arrows; the wheel scrolls the page, unless the box has the focus. CO13."""

    def __init__(self, words: str, least: int, most: int) -> None:
        """words: what a screen reader says."""
        super().__init__()
        self.setRange(least, most)
        self.setAccessibleName(words)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def count_days(self) -> None:
        """Says that it counts days."""
        self._count(" " + tr_count("day", "days", 1), " " + tr_count("day", "days", 2))

    def count_months(self) -> None:
        """Says that it counts months."""
        self._count(" " + tr_count("month", "months", 1), " " + tr_count("month", "months", 2))

    def _count(self, one: str, many: str) -> None:
        self.valueChanged.connect(lambda value: self.setSuffix(one if value == 1 else many))
        self.setSuffix(one if self.value() == 1 else many)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Changes the number only if the box has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        elif event is not None:
            event.ignore()
