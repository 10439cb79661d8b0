"""The sizes of the kiosk over the common colours: readable at 1.5 m, targets of 64 px or more."""

from string import Template

from PyQt6.QtWidgets import QApplication

from console.qt.theme import apply_theme
from console.qt.themes import Theme

TARGET_PX = 64
_SHEET = Template("""
#kiosk { background: $nav; }
#kiosk QWidget { font-size: 20px; color: $ink; }
#kiosk QLabel { background: transparent; }
#kiosk QLabel#hello { font-size: 28px; font-weight: 600; }
#kiosk QLabel#clock { font-size: 22px; color: $ink2; }
#kiosk QLabel#now { font-size: 28px; font-weight: 600; }
#kiosk QLabel#title { font-size: 40px; font-weight: 600; }
#kiosk QLabel#name { font-size: 56px; font-weight: 600; }
#kiosk QLabel#side { font-size: 22px; color: $ink2; }
#kiosk QLabel#left { font-size: 22px; color: $warn; }
#kiosk QLabel#soft { font-size: 22px; color: $ink2; }
#kiosk QLabel#wrong { font-size: 24px; font-weight: 600; color: $bad; }
#kiosk QLabel#stamp { font-size: 22px; color: $warn; }
#kiosk QLabel#digits {
    font-size: 44px; font-weight: 600; border: 2px solid $accent; border-radius: 12px;
    padding: 8px 24px; }
#kiosk QPushButton {
    font-size: 22px; font-weight: 500; min-height: 64px; min-width: 64px; border-radius: 12px;
    padding: 0 24px;
    background: $surface; border: 2px solid $line; color: $ink; }
#kiosk QPushButton:pressed { background: $line; }
#kiosk QPushButton:focus { border: 3px solid $accent; }
#kiosk QPushButton:disabled { color: $ink3; }
#kiosk QPushButton#digit { font-size: 30px; padding: 0; }
#kiosk QPushButton#primary {
    background: $accent; border: 2px solid $accent; color: $accent_ink; font-weight: 600;
    font-size: 26px; }
#kiosk QPushButton#primary:focus { border: 3px solid $ink; }
#kiosk QPushButton#quiet {
    background: transparent; border: 2px solid transparent; color: $ink2; font-size: 20px;
    padding: 0 12px; }
#kiosk QPushButton#quiet:focus { border: 2px solid $accent; }
#kiosk QLineEdit {
    font-size: 32px; min-height: 64px; border-radius: 12px; padding: 0 16px;
    background: $surface; border: 2px solid $line; }
""")


def apply_kiosk_theme(app: QApplication, chosen: Theme) -> None:
    """Applies the common style sheet and the kiosk's, on the background of a page."""
    apply_theme(app, chosen)
    colours = {name: getattr(chosen, name) for name in chosen.__dataclass_fields__} | {
        "nav": chosen.bg
    }
    app.setStyleSheet(app.styleSheet() + _SHEET.substitute(colours))
