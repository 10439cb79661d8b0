"""How far an export is, with Cancel."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from console.domain.language import tr, tr_count
from console.qt.widgets import button, label, row


class ExportStrip(QWidget):
    """Is there while something is exported. cancelled: somebody wants no more of it."""

    cancelled = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.text = label("")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        self.cancel = button(tr("Cancel"), self.cancelled.emit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(row(self.text, None, self.cancel))
        layout.addWidget(self.bar)
        self.hide()

    def begin(self, name: str, whole: int) -> None:
        """Shows that a file of this name is written. whole: what `show_progress` counts up to."""
        self._name = name
        self.bar.setRange(0, whole)
        self.show_progress(0, 0)
        self.show()

    def show_progress(self, rows: int, done: int) -> None:
        """Shows how many rows are written, and how far that is."""
        said = tr_count(
            "Writing {file}: {count:,} login",
            "Writing {file}: {count:,} logins",
            rows,
            file=self._name,
        )
        self.text.setText(said)
        self.bar.setValue(done)
