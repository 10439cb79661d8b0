"""Keys that do something, each with what it does in words."""

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence, QShortcut
from PyQt6.QtWidgets import QWidget

INSIDE = Qt.ShortcutContext.WidgetWithChildrenShortcut
"""A key that counts only while the focus is in its part."""


@dataclass(frozen=True)
class Key:
    """A key as it is written, and what it does."""

    key: str
    does: str


def shortcut(
    key: str,
    part: QWidget,
    does: str,
    act: Callable[[], object],
    context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
) -> QShortcut:
    """Lets a key do something where the part is. does: told to whoever asks for the keys."""
    made = QShortcut(QKeySequence(key), part, act, context=context)
    made.setWhatsThis(does)
    return made


def keys_of(
    part: QWidget, within: Qt.FindChildOption = Qt.FindChildOption.FindChildrenRecursively
) -> list[Key]:
    """The keys of all that is inside, each once."""
    found = [
        Key(_written(one.key()), one.whatsThis())
        for one in part.findChildren(QShortcut, options=within)
    ]
    found += [
        Key(_written(one.shortcut()), one.text().rstrip("…"))
        for one in part.findChildren(QAction, options=within)
        if not one.shortcut().isEmpty()
    ]
    return list(dict.fromkeys(one for one in found if one.does))


def _written(key: QKeySequence) -> str:
    return key.toString(QKeySequence.SequenceFormat.PortableText)
