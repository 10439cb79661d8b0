"""The style sheet of the windows, made of the colours and the size of the text."""

import re
from dataclasses import asdict
from string import Template

from console.qt.themes import Theme
from console.resources import RESOURCES

_SHEET = """
* { font-size: 13px; color: $ink; }
QMainWindow, QDialog, #page, #body { background: $bg; }
QToolTip { background: $surface; color: $ink; border: 1px solid $line; padding: 4px; }
#nav { background: $nav; }
#nav QLabel { color: $nav_ink; font-size: 11px; font-weight: 600; padding: 16px 12px 4px 12px; }
#nav QLabel#brand { color: $nav_on; font-size: 16px; padding: 0 0 0 8px; }
#nav QLabel#mark { padding: 0 0 0 12px; }
#nav QPushButton { color: $nav_ink; background: transparent; border: 0; border-radius: 6px; text-align: left; padding: 0 12px; height: 32px; icon-size: 16px; }
#nav QPushButton:hover { background: $nav_sel; }
#nav QPushButton:checked { background: $nav_sel; color: $nav_on; font-weight: 500; }
#nav QPushButton:focus { border: 1px solid $nav_mark; }
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
QLabel[tone="pass"] { color: $pass_; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="bad"] { color: $bad; }
QLabel[tone="info"] { color: $info; }
QLabel#chip { color: $ink2; background: $line2; border-radius: 10px; padding: 0 9px; font-size: 12px; font-weight: 500; }
QLabel#chip[tone="pass"] { color: $pass_; background: $pass_soft; }
QLabel#chip[tone="warn"] { color: $warn; background: $warn_soft; }
QLabel#chip[tone="bad"] { color: $bad; background: $bad_soft; }
QLabel#chip[tone="info"] { color: $info; background: $info_soft; }
#clear { background: transparent; }
#key { font-weight: 600; }
QTextBrowser#help { background: $surface; border: 1px solid $line; border-radius: 6px; padding: 12px; selection-background-color: $accent; selection-color: $accent_ink; }
QTextBrowser#help:focus { border: 1px solid $accent; }
QListWidget#help::item { padding: 6px 8px; }
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
#body QPushButton, QDialog QPushButton { background: $surface; border: 1px solid $line; border-radius: 6px; padding: 0 14px; min-height: 30px; font-weight: 500;
    icon-size: 16px; }
#body QPushButton[touch="true"] { min-height: 42px; }
#body QPushButton:hover, QDialog QPushButton:hover { background: $line2; }
#body QPushButton:focus, QDialog QPushButton:focus { border: 1px solid $accent; }
#body QPushButton:checked { background: $accent_soft; border: 1px solid $accent; }
#body QPushButton:disabled, QDialog QPushButton:disabled { color: $ink3; background: $bg; border: 1px solid $line2; }
#body QPushButton#primary, QDialog QPushButton#primary { background: $accent; border: 1px solid $accent; color: $accent_ink; }
#body QPushButton#primary:disabled, QDialog QPushButton#primary:disabled { background: $line2; border: 1px solid $line; color: $ink3; }
#body QPushButton#primary:focus, QDialog QPushButton#primary:focus { border: 2px solid $ink; }
#body QPushButton#danger, QDialog QPushButton#danger { color: $bad; }
#body QPushButton#danger:disabled, QDialog QPushButton#danger:disabled { color: $ink3; }
QTableView, QListView, QTreeView { background: $surface; border: 1px solid transparent; outline: 0; gridline-color: transparent; selection-background-color: $accent_soft;
    selection-color: $ink; }
QTableView:focus, QListView:focus, QTreeView:focus { border: 1px solid $accent; }
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
QCheckBox, QRadioButton { spacing: 8px; }
QCheckBox::indicator, QListView::indicator { width: 16px; height: 16px; border: 1px solid $ink3; border-radius: 4px; background: $surface; }
QCheckBox::indicator:checked, QListView::indicator:checked { background: $accent; border: 1px solid $accent; image: url($icons/$tick.svg); }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $ink3; border-radius: 9px; background: $surface; }
QRadioButton::indicator:checked { background: $accent; border: 1px solid $accent; image: url($icons/$tick.svg); }
QRadioButton::indicator:focus { border: 2px solid $ink; }
QScrollArea#reading { border: 1px solid $line; border-radius: 6px; }
QScrollArea#reading:focus, QScrollArea#words:focus { border: 1px solid $accent; }
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
#qt_calendar_navigationbar { background: $surface; }
#qt_calendar_navigationbar QToolButton { background: transparent; color: $ink; border: 1px solid transparent; border-radius: 4px; padding: 4px 8px; font-weight: 600; }
#qt_calendar_navigationbar QToolButton:hover { background: $line2; }
#qt_calendar_navigationbar QToolButton:focus { border: 1px solid $accent; }
#qt_calendar_navigationbar QToolButton::menu-indicator { image: none; }
QCalendarWidget QTableView { selection-background-color: $accent; selection-color: $accent_ink; }
QCalendarWidget QTableView:focus { border: 1px solid transparent; }
QCalendarWidget QTableView::item { border: 0; padding: 0; }
QCalendarWidget QTableView::item:selected { background: $accent; color: $accent_ink; }
"""

_STRONG = """
*:focus { border: 3px solid $accent; }
#nav QPushButton:focus, #status QPushButton:focus, #body QPushButton:focus, QDialog QPushButton:focus, #steps QPushButton:focus, QLineEdit:focus,
QComboBox:focus, QSpinBox:focus, QPlainTextEdit:focus, QTextBrowser:focus, QTableView:focus, QListView:focus, QTreeView:focus,
QScrollArea#reading:focus, QScrollArea#words:focus { border: 3px solid $accent; }
QCheckBox:focus, QRadioButton:focus { border: 0; text-decoration: underline; }
#body QPushButton#primary:focus, QDialog QPushButton#primary:focus, QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 3px solid $ink; }
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected { border: 1px solid $accent; }
QTabBar::tab:selected { border-bottom: 4px solid $accent; }
QTabBar::tab:focus { border: 2px solid $accent; }
QMenu::item:selected { border: 2px solid $accent; }
QScrollBar::handle { background: $ink3; }
QProgressBar { border: 1px solid $line; }
#nav QPushButton:checked { border-left: 4px solid $accent; padding-left: 8px; }
"""
"""What high contrast adds: whoever sees little finds the focus and the choice by thick lines."""

_GROWS = re.compile(r"(?<![\w-])(font-size|icon-size|min-height|height|width): (\d{2,})px")
"""What grows with the text: not lines, gaps, and the thin bars of progress."""


def style_sheet(theme: Theme, scale: float, *, strong: bool) -> str:
    """The style sheet of all windows. scale: of the text; strong: with thick lines."""
    sheet = _SHEET + (_STRONG if strong else "")
    grown = _GROWS.sub(lambda it: f"{it[1]}: {round(int(it[2]) * scale)}px", sheet)
    tick = "check-on" if theme.accent_ink == "#FFFFFF" else "check-on-dark"
    icons = (RESOURCES / "icons").as_posix()
    return Template(grown).substitute(asdict(theme), icons=icons, tick=tick)
