"""A word on a soft ground."""

from PyQt6.QtWidgets import QLabel

from console.qt.theme import theme


def chip(text: str, tone: str) -> QLabel:
    """A word on a soft ground."""
    ink, ground = theme().tone(tone)
    made = QLabel(text)
    made.setStyleSheet(
        f"color: {ink}; background: {ground}; border-radius: 10px; padding: 0 9px;"
        "font-size: 12px; font-weight: 500;"
    )
    made.setFixedHeight(20)
    return made
