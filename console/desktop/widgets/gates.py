"""The gates of one photo: words first, then what was measured and what was asked for."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from console.api.review import GateRow, ReviewPhoto
from console.domain.language import paragraph, tr
from console.qt.widgets import IconLabel, chip, clear, label

_MARKS = {
    "pass": ("check", "pass", tr("passed")),
    "warn": ("alert-triangle", "warn", tr("warning")),
    "reject": ("x", "bad", tr("failed")),
}
_WORDS = {
    "pass": (tr("Good"), "pass"),
    "warn": (tr("Usable"), "warn"),
    "reject": (tr("Rejected"), "bad"),
}


class GateList(QWidget):
    """Rebuilt for each photo."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 8)
        self._layout.setSpacing(8)

    def clear(self) -> None:
        """Shows nothing."""
        clear(self._layout)

    def show_photo(self, photo: ReviewPhoto) -> None:
        """Shows the verdict on this photo and each of its gates."""
        self.clear()
        word, tone = _WORDS[photo.outcome or "reject"]
        mark = chip(word, tone)
        self._layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignLeft)
        self._layout.addWidget(
            label(paragraph(tr(photo.best_because), photo.summary), "", wrap=True)
        )
        grid_holder = QWidget()
        grid = QGridLayout(grid_holder)
        grid.setContentsMargins(0, 8, 0, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for number, finding in enumerate(photo.findings):
            self._add(grid, number, finding)
        self._layout.addWidget(grid_holder)

    def _add(self, grid: QGridLayout, number: int, finding: GateRow) -> None:
        name, tone, spoken = _MARKS[finding.outcome]
        mark = IconLabel(name, tone)
        mark.setAccessibleName(spoken)
        title = label(finding.label, wrap=True)
        figures = [text for text in (finding.measured, finding.limit) if text]
        value = label(" / ".join(figures), "small")
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        for widget in (title, value, mark):
            widget.setToolTip(finding.hint)
        grid.addWidget(title, number, 0)
        grid.addWidget(value, number, 1)
        grid.addWidget(mark, number, 2)
