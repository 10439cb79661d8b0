"""Appearance: colours and size of the text, shown at once in the whole window; the language."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from console.desktop.looks import Looks
from console.domain.appearance import Appearance, TextSize, ThemeChoice
from console.domain.language import LANGUAGES, tr
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import button, card, label, row

WIDTH_PX = 420
THEMES = {
    ThemeChoice.SYSTEM: tr("Same as the system"),
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
        self.languages = {"": QRadioButton(tr("Same as the system"))} | {
            one.tag: QRadioButton(one.name) for one in LANGUAGES.values()
        }
        self.languages[looks.language].setChecked(True)
        self.restarts = label(tr("Muster closes and opens again in this language."), "soft")
        self.restarts.hide()
        said = tr("Colours and text size are remembered for you; the language, for this computer.")
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(card([label(tr("Colours"), "heading"), *self.themes.values()]))
        layout.addWidget(card([label(tr("Text size"), "heading"), row(*self.sizes.values(), None)]))
        languages = (*self.languages.values(), self.restarts)
        layout.addWidget(card([label(tr("Language"), "heading"), *languages]))
        layout.addWidget(label(said, "soft", wrap=True))
        self.go = button(tr("Done"), self.accept, "primary")
        self.go.setDefault(True)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.go))
        for choices, chosen in (
            (self.themes, self._choose),
            (self.sizes, self._choose),
            (self.languages, self._choose_language),
        ):
            group = QButtonGroup(self)
            for choice in choices.values():
                group.addButton(choice)
                choice.clicked.connect(lambda _checked, chosen=chosen: chosen())
        self.accepted.connect(lambda: looks.choose_language(self._language))
        self.rejected.connect(lambda: looks.choose(self._before))

    @property
    def _language(self) -> str:
        return next(tag for tag, box in self.languages.items() if box.isChecked())

    def _choose_language(self) -> None:
        other = self._language != self._looks.language
        self.restarts.setVisible(other)
        self.go.setText(tr("Restart Muster") if other else tr("Done"))

    def _choose(self) -> None:
        theme = next(choice for choice, box in self.themes.items() if box.isChecked())
        text = next(size for size, box in self.sizes.items() if box.isChecked())
        self._looks.choose(Appearance(theme=theme, text=text))
