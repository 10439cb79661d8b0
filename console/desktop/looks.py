"""How the console looks: what the operator chose, applied at once and remembered."""

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QApplication

from console.desktop.view_memory import ViewMemory
from console.domain.appearance import Appearance, ThemeChoice
from console.domain.language import LANGUAGES
from console.qt.sizes import fit_sizes
from console.qt.theme import apply_theme, system_theme
from console.qt.themes import DARK, HIGH_CONTRAST, LIGHT, Theme

_THEMES: dict[ThemeChoice, Theme] = {
    ThemeChoice.LIGHT: LIGHT,
    ThemeChoice.DARK: DARK,
    ThemeChoice.HIGH_CONTRAST: HIGH_CONTRAST,
}


class Looks(QObject):
    """The look of the whole application. changed: another one is in force.

    language_chosen: another language is remembered; the console shows it when it starts again.

    Until somebody signs in, the window looks as it was left on this computer. An operator who has
    never chosen keeps that look.
    """

    changed = pyqtSignal(object)
    language_chosen = pyqtSignal()

    def __init__(self, memory: ViewMemory) -> None:
        super().__init__()
        self._memory = memory
        self._username = ""
        self.appearance = memory.appearance
        hints = QApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._system_changed)

    def begin(self, username: str) -> None:
        """From now on for this operator."""
        self._username = username
        self._show(self._memory.appearance_of(username))

    def end(self) -> None:
        """Nobody is signed in any more; the window keeps its look."""
        self._username = ""

    def choose(self, appearance: Appearance) -> None:
        """Shows and remembers what was chosen."""
        self._memory.keep_appearance(self._username, appearance)
        self._show(appearance)

    @property
    def language(self) -> str:
        """The tag of the language that was chosen on this computer; "" for the system's."""
        chosen = self._memory.language
        return chosen if chosen in LANGUAGES else ""

    def choose_language(self, language: str) -> None:
        """Remembers the language of this computer."""
        if language != self.language:
            self._memory.keep_language(language)
            self.language_chosen.emit()

    def _show(self, appearance: Appearance) -> None:
        if appearance == self.appearance:
            return
        self.appearance = appearance
        self.apply()
        self.changed.emit(appearance)

    def _system_changed(self, _what: object) -> None:
        if self.appearance.theme is ThemeChoice.SYSTEM:
            self.apply()

    def apply(self) -> None:
        """Shows all windows so, those that are open, too."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        chosen = _THEMES.get(self.appearance.theme) or system_theme(app)
        apply_theme(app, chosen, self.appearance.text.scale)
        fit_sizes(app)
