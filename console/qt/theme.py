"""The theme and the size of the text in force, and the icons drawn in its colours."""

from functools import cache

from PyQt6.QtCore import QByteArray, QRect, QSize, Qt
from PyQt6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QIcon,
    QIconEngine,
    QPainter,
    QPalette,
    QPixmap,
)
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QApplication

from console.qt.style_sheet import style_sheet
from console.qt.themes import DARK, HIGH_CONTRAST, LIGHT, Theme
from console.resources import RESOURCES

FONT_FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")
TEXT_PX, SMALL_PX, TITLE_PX = 13, 12, 16
ICON_PX = 16
STYLE = "fusion"

_current = LIGHT
_scale = 1.0


def theme() -> Theme:
    """The theme in force."""
    return _current


def px(length: float) -> int:
    """A length that is meant for text of 100 %, as it is for the text in force."""
    return round(length * _scale)


def text_scale() -> float:
    """How large text is, 1.0 as it is meant."""
    return _scale


def apply_theme(app: QApplication, chosen: Theme, scale: float = 1.0) -> None:
    """Fonts, palette and style sheet of the whole application, also of what is shown already."""
    global _current, _scale
    _current, _scale = chosen, scale
    _load_fonts()
    font = QFont("Inter")
    font.setPixelSize(px(TEXT_PX))
    app.setStyleSheet("")  # from none, Qt applies one in a fifth of the time from another one
    app.setFont(font)
    style = app.style()
    if style is None or style.name() != STYLE:
        app.setStyle(STYLE)
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, chosen.bg),
        (QPalette.ColorRole.Base, chosen.surface),
        (QPalette.ColorRole.AlternateBase, chosen.line2),
        (QPalette.ColorRole.Text, chosen.ink),
        (QPalette.ColorRole.WindowText, chosen.ink),
        (QPalette.ColorRole.Button, chosen.surface),
        (QPalette.ColorRole.ButtonText, chosen.ink),
        (QPalette.ColorRole.Highlight, chosen.accent),
        (QPalette.ColorRole.HighlightedText, chosen.accent_ink),
        (QPalette.ColorRole.PlaceholderText, chosen.ink3),
        (QPalette.ColorRole.Link, chosen.accent),
        (QPalette.ColorRole.LinkVisited, chosen.accent),
        (QPalette.ColorRole.ToolTipBase, chosen.surface),
        (QPalette.ColorRole.ToolTipText, chosen.ink),
    ):
        palette.setColor(role, QColor(colour))
    app.setPalette(palette)
    app.setStyleSheet(style_sheet(chosen, scale, strong=chosen is HIGH_CONTRAST))


@cache
def _load_fonts() -> None:
    for name in FONT_FILES:
        QFontDatabase.addApplicationFont(str(RESOURCES / "fonts" / name))


def system_theme(app: QApplication) -> Theme:
    """What the desktop asks for."""
    hints = app.styleHints()
    assert hints is not None
    wishes = hints.accessibility()
    assert wishes is not None
    return theme_for(hints.colorScheme(), wishes.contrastPreference())


def theme_for(scheme: Qt.ColorScheme, contrast: Qt.ContrastPreference) -> Theme:
    """The theme that fits how the whole desktop looks."""
    if contrast is Qt.ContrastPreference.HighContrast:
        return HIGH_CONTRAST
    return DARK if scheme is Qt.ColorScheme.Dark else LIGHT


@cache
def pixmap(name: str, colour: str, size: int = ICON_PX, ratio: float = 2.0) -> QPixmap:
    """A line icon in one colour."""
    svg = (
        (RESOURCES / "icons" / f"{name}.svg").read_bytes().replace(b"currentColor", colour.encode())
    )
    picture = QPixmap(QSize(int(size * ratio), int(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


class _ThemedIcon(QIconEngine):
    """Draws a line icon in the theme that is in force when it is drawn."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name, self._colour = name, colour

    def paint(
        self, painter: QPainter | None, rect: QRect, mode: QIcon.Mode, _state: QIcon.State
    ) -> None:
        """Draws the icon; faint where what it belongs to cannot be used."""
        if painter is None:
            return
        colour = "ink3" if mode is QIcon.Mode.Disabled else self._colour
        picture = pixmap(self._name, theme().colour(colour), min(rect.width(), rect.height()))
        painter.drawPixmap(rect, picture)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The same as a picture."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, picture.rect(), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        """Another one like this."""
        return _ThemedIcon(self._name, self._colour)


def icon(name: str, colour: str = "ink2") -> QIcon:
    """A named icon. colour: of the theme by its name, or a tone; it follows the theme."""
    return QIcon(_ThemedIcon(name, colour))
