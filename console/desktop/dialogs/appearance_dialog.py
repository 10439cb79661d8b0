"""Appearance: colours and size of the text, shown at once in the whole window."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from console.desktop.looks import Looks
from console.domain.appearance import Appearance, TextSize, ThemeChoice
from console.qt.dialog import Dialog
from console.qt.language import tr
from console.qt.sizes import sized
from console.qt.widgets import button, card, label, row

WIDTH_PX = 420
THEMES = {
    ThemeChoice.SYSTEM: tr("As the system"),
    ThemeChoice.LIGHT: tr("Light"),
    ThemeChoice.DARK: tr("Dark"),
    ThemeChoice.HIGH_CONTRAST: tr("High contrast"),
}


class AppearanceDialog(Dialog):
    """Each choice shows at once and is remembered; Cancel goes back to what it was."""

    def __init__(self, looks: Looks, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Appearance"))
        sized(self, least_width=WIDTH_PX)
        self._looks, self._before = looks, looks.appearance
        self.themes = {choice: QRadioButton(text) for choice, text in THEMES.items()}
        self.sizes = {size: QRadioButton(f"{size} %") for size in TextSize}
        self.themes[self._before.theme].setChecked(True)
        self.sizes[self._before.text].setChecked(True)
        said = tr("Remembered for you on this computer. Ctrl++ and Ctrl+- change the text size.")
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(card([label(tr("Colours"), "heading"), *self.themes.values()]))
        layout.addWidget(card([label(tr("Text size"), "heading"), row(*self.sizes.values(), None)]))
        layout.addWidget(label(said, "soft", wrap=True))
        done = button(tr("Done"), self.accept, "primary")
        done.setDefault(True)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), done))
        for choices in (self.themes, self.sizes):
            group = QButtonGroup(self)
            for choice in choices.values():
                group.addButton(choice)
                choice.clicked.connect(lambda _checked: self._choose())
        self.rejected.connect(lambda: looks.choose(self._before))

    def _choose(self) -> None:
        theme = next(choice for choice, box in self.themes.items() if box.isChecked())
        text = next(size for size, box in self.sizes.items() if box.isChecked())
        self._looks.choose(Appearance(theme=theme, text=text))
