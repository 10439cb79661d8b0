"""The visual language: colours for light and dark, type, icons, and the style sheet made of them."""

from dataclasses import dataclass
from functools import cache
from string import Template

from PyQt6.QtCore import QByteArray, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QApplication

from console.resources import RESOURCES


@dataclass(frozen=True)
class Theme:
    """Colours as #RRGGBB. Soft colours are grounds; ink, ink2, ink3 are text in falling weight."""

    bg: str
    surface: str
    line: str
    line2: str
    ink: str
    ink2: str
    ink3: str
    accent: str
    accent_soft: str
    accent_ink: str
    pass_: str
    pass_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    info: str
    info_soft: str
    nav: str
    nav_ink: str
    nav_on: str
    nav_sel: str

    def tone(self, name: str) -> tuple[str, str]:
        """(ink, ground) of a chip: pass, warn, bad, info or mut."""
        tones = {
            "pass": (self.pass_, self.pass_soft),
            "warn": (self.warn, self.warn_soft),
            "bad": (self.bad, self.bad_soft),
            "info": (self.info, self.info_soft),
            "mut": (self.ink2, self.line2),
        }
        return tones[name]


LIGHT = Theme(
    bg="#F6F7F9", surface="#FFFFFF", line="#E2E6EB", line2="#EEF1F4", ink="#14202B", ink2="#4A5866", ink3="#65727E", accent="#0B6E6E", accent_soft="#DDF1EF", accent_ink="#FFFFFF",
    pass_="#1B7348", pass_soft="#E2F4EA", warn="#8A5C00", warn_soft="#FFF3D1", bad="#B42318", bad_soft="#FDE7E4", info="#2256A8", info_soft="#E3ECFA", nav="#0F1B26", nav_ink="#C9D3DC", nav_on="#FFFFFF", nav_sel="#1C2C3A",
)  # fmt: skip
DARK = Theme(
    bg="#0E151C", surface="#151F29", line="#26333F", line2="#1F2B36", ink="#E8EEF3", ink2="#A9B6C2", ink3="#8997A4", accent="#35B5AE", accent_soft="#12383A", accent_ink="#06201F",
    pass_="#5CC98E", pass_soft="#13301F", warn="#E3B341", warn_soft="#352A0E", bad="#F1867B", bad_soft="#3A1A17", info="#7FB0F5", info_soft="#14263F", nav="#0A1016", nav_ink="#93A3B1", nav_on="#FFFFFF", nav_sel="#16222D",
)  # fmt: skip
HIGH_CONTRAST = Theme(
    bg="#000000", surface="#000000", line="#FFFFFF", line2="#3A3A3A", ink="#FFFFFF", ink2="#FFFFFF", ink3="#E6E6E6", accent="#FFE14D", accent_soft="#3A3400", accent_ink="#000000",
    pass_="#7CFFB2", pass_soft="#00331A", warn="#FFE14D", warn_soft="#332B00", bad="#FFB3AB", bad_soft="#4D0A05", info="#9CCBFF", info_soft="#00264D", nav="#000000", nav_ink="#FFFFFF", nav_on="#FFFFFF", nav_sel="#3A3A3A",
)  # fmt: skip
FONT_FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")
TEXT_PX, SMALL_PX, TITLE_PX = 13, 12, 16
ICON_PX = 16

_SHEET = Template("""
* { font-size: 13px; color: $ink; }
QMainWindow, QDialog, #page, #body { background: $bg; }
QToolTip { background: $surface; color: $ink; border: 1px solid $line; padding: 4px; }
#nav { background: $nav; }
#nav QLabel { color: $nav_ink; font-size: 11px; font-weight: 600; padding: 16px 12px 4px 12px; }
#nav QLabel#brand { color: #FFFFFF; font-size: 16px; padding: 0 0 0 8px; }
#nav QLabel#mark { padding: 0 0 0 12px; }
#nav QPushButton { color: $nav_ink; background: transparent; border: 0; border-radius: 6px; text-align: left; padding: 0 12px; height: 32px; }
#nav QPushButton:hover { background: $nav_sel; }
#nav QPushButton:checked { background: $nav_sel; color: $nav_on; font-weight: 500; }
#nav QPushButton:focus { border: 1px solid $accent; }
#top { background: $surface; border-bottom: 1px solid $line; }
#top QLabel#title { font-size: 16px; font-weight: 600; }
#top QLabel#state { color: $ink2; }
#status { background: $surface; border-top: 1px solid $line; }
#status QPushButton, #status QLabel { color: $ink2; font-size: 12px; border: 0; background: transparent; padding: 0 4px; }
#status QPushButton:hover, #status QPushButton:focus { color: $ink; text-decoration: underline; }
#card { background: $surface; border: 1px solid $line; border-radius: 8px; }
#heading { font-size: 14px; font-weight: 600; }
#big { font-size: 16px; font-weight: 600; }
#soft { color: $ink2; }
#small { color: $ink3; font-size: 12px; }
#error { color: $bad; }
#banner { background: $pass_soft; color: $pass_; padding: 8px 24px; font-weight: 500; }
#banner[tone="bad"] { background: $bad_soft; color: $bad; }
#warning { background: $bad_soft; }
#steps { background: transparent; }
#steps QPushButton { background: $surface; border: 1px solid $line; border-radius: 6px; padding: 0 14px; min-height: 26px; font-weight: 500; }
#steps QPushButton#primary { background: $accent; border: 1px solid $accent; color: $accent_ink; }
#steps QPushButton:focus { border: 2px solid $ink; }
#warning QPushButton { background: $surface; border: 1px solid $line; border-radius: 6px; padding: 0 14px; min-height: 30px; font-weight: 500; }
QLineEdit, QComboBox, QSpinBox, QPlainTextEdit { background: $surface; border: 1px solid $line; border-radius: 6px; padding: 0 8px;
    min-height: 30px; selection-background-color: $accent; selection-color: $accent_ink; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QPlainTextEdit:focus { border: 1px solid $accent; }
QLineEdit[wrong="true"] { border: 1px solid $bad; }
QComboBox::drop-down { border: 0; width: 28px; }
QComboBox::down-arrow { image: url($icons/chevron-down.svg); width: 16px; height: 16px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; selection-background-color: $accent_soft; selection-color: $ink; }
#body QPushButton, QDialog QPushButton { background: $surface; border: 1px solid $line; border-radius: 6px; padding: 0 14px; min-height: 30px; font-weight: 500; }
#body QPushButton:hover, QDialog QPushButton:hover { background: $line2; }
#body QPushButton:focus, QDialog QPushButton:focus { border: 1px solid $accent; }
#body QPushButton:disabled, QDialog QPushButton:disabled { color: $ink3; background: $bg; border: 1px solid $line2; }
#body QPushButton#primary, QDialog QPushButton#primary { background: $accent; border: 1px solid $accent; color: $accent_ink; }
#body QPushButton#primary:disabled, QDialog QPushButton#primary:disabled { background: $line; border: 1px solid $line; color: $ink3; }
#body QPushButton#primary:focus, QDialog QPushButton#primary:focus { border: 2px solid $ink; }
#body QPushButton#danger, QDialog QPushButton#danger { color: $bad; }
#body QPushButton#danger:disabled, QDialog QPushButton#danger:disabled { color: $ink3; }
QTableView, QListView, QTreeView { background: $surface; border: 0; outline: 0; gridline-color: transparent; selection-background-color: $accent_soft;
    selection-color: $ink; }
QTableView::item { border-bottom: 1px solid $line2; padding: 0 12px; }
QTreeView { show-decoration-selected: 0; }
QTreeView::item { height: 32px; padding: 0 8px; }
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected { background: $accent_soft; color: $ink; }
QHeaderView { background: $surface; border: 0; }
QHeaderView::section { background: $surface; color: $ink3; border: 0; border-bottom: 1px solid $line; padding: 0 4px 0 12px; height: 32px;
    font-weight: 500; font-size: 12px; }
QTableCornerButton::section { background: $surface; border: 0; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $line; border-radius: 3px; min-height: 24px; min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: transparent; height: 0; width: 0; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QScrollArea::corner { background: transparent; border: 0; }
#navigation, #navigation QScrollBar { background: $nav; }
#navigation QScrollBar::handle { background: $nav_sel; }
QCheckBox { spacing: 8px; }
QCheckBox::indicator, QListView::indicator { width: 16px; height: 16px; border: 1px solid $ink3; border-radius: 4px; background: $surface; }
QCheckBox::indicator:checked, QListView::indicator:checked { background: $accent; border: 1px solid $accent; image: url($icons/check-on.svg); }
QScrollArea#reading { border: 1px solid $line; border-radius: 6px; }
QScrollArea#reading:focus { border: 1px solid $accent; }
QCheckBox::indicator:focus { border: 2px solid $ink; }
QProgressBar { background: $line2; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QTabWidget::pane { border: 0; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $ink2; padding: 6px 2px; margin-right: 16px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $ink; border-bottom: 2px solid $accent; font-weight: 500; }
QTabBar::tab:focus { color: $accent; }
QPushButton::menu-indicator { image: none; width: 0; }
QMenu::item:disabled { color: $ink3; }
QMenu { background: $surface; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
""")

_current = LIGHT


def theme() -> Theme:
    """The theme in force."""
    return _current


def apply_theme(app: QApplication, chosen: Theme) -> None:
    """Fonts, palette and style sheet of the whole application."""
    global _current  # noqa: PLW0603 - one application, one theme
    _current = chosen
    _load_fonts()
    font = QFont("Inter")
    font.setPixelSize(TEXT_PX)
    app.setFont(font)
    app.setStyle("Fusion")
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, chosen.bg),
        (QPalette.ColorRole.Base, chosen.surface),
        (QPalette.ColorRole.Text, chosen.ink),
        (QPalette.ColorRole.WindowText, chosen.ink),
        (QPalette.ColorRole.Button, chosen.surface),
        (QPalette.ColorRole.ButtonText, chosen.ink),
        (QPalette.ColorRole.Highlight, chosen.accent),
        (QPalette.ColorRole.HighlightedText, chosen.accent_ink),
        (QPalette.ColorRole.PlaceholderText, chosen.ink3),
        (QPalette.ColorRole.Link, chosen.accent),
    ):
        palette.setColor(role, QColor(colour))
    app.setPalette(palette)
    colours = {name: getattr(chosen, name) for name in chosen.__dataclass_fields__}
    app.setStyleSheet(_SHEET.substitute(colours, icons=(RESOURCES / "icons").as_posix()))


@cache
def _load_fonts() -> None:
    for name in FONT_FILES:
        QFontDatabase.addApplicationFont(str(RESOURCES / "fonts" / name))


def system_theme(app: QApplication) -> Theme:
    """What the desktop asks for."""
    hints = app.styleHints()
    return DARK if hints is not None and hints.colorScheme() is Qt.ColorScheme.Dark else LIGHT


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


def icon(name: str, colour: str = "") -> QIcon:
    """A named icon in this colour."""
    return QIcon(pixmap(name, colour or _current.ink2))
