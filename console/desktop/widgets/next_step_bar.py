"""What is wrong with a unit, in large, and the one step that comes next."""

from collections.abc import Callable

from PyQt6.QtWidgets import QHBoxLayout, QWidget

from console.qt.widgets import button, label


class NextStepBar(QWidget):
    """Hidden while nothing is wrong. The button is high enough for a finger in a glove."""

    def __init__(self) -> None:
        super().__init__()
        self._act: Callable[[], object] | None = None
        self.text = label("", "big", wrap=True)
        self.go = button("", self._go, "primary")
        self.go.setProperty("touch", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(12)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.go)
        self.hide()

    def show_step(self, text: str, name: str = "", act: Callable[[], object] | None = None) -> None:
        """text: what is wrong, "" for nothing. act: the step, None where there is none to take."""
        self._act = act
        self.text.setText(text)
        self.go.setText(name)
        self.go.setAccessibleDescription(text)
        self.go.setVisible(act is not None)
        self.setVisible(bool(text))

    def _go(self) -> None:
        if self._act is not None:
            self._act()
