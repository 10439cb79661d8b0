"""Says that a list shows only what a line of the first page counts, and shows all of it again."""

from collections.abc import Callable

from PyQt6.QtWidgets import QHBoxLayout, QWidget

from console.domain.language import labelled, tr
from console.domain.today import LISTED, Concern
from console.qt.widgets import ElidedLabel, button


class NarrowBar(QWidget):
    """Hidden while everything is shown."""

    def __init__(self, widen: Callable[[], object]) -> None:
        super().__init__()
        self.text = ElidedLabel("heading")
        self.all = button(tr("Show all"), widen, icon_name="x")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.all)
        self.hide()

    def show_concern(self, concern: Concern | None, count: int | None = None) -> None:
        """Names what is shown. count: how many there are, None while that is not known."""
        self.setVisible(concern is not None)
        if concern is not None:
            listed = tr(LISTED[concern])
            self.text.show_text(listed if count is None else labelled(listed, f"{count:,}"))
