"""Sizes of widgets that follow the size of the text."""

from collections.abc import Callable
from typing import cast

from PyQt6.QtWidgets import QApplication, QWidget

from console.qt.theme import px

_KEPT = "sizes"
"""The property of a widget in which its sizes lie, px at a text size of 100 %."""


def sized(
    part: QWidget,
    *,
    width: int | None = None,
    height: int | None = None,
    least_width: int | None = None,
    least_height: int | None = None,
    most_width: int | None = None,
    most_height: int | None = None,
) -> None:
    """Sets sizes, px at a text size of 100 %. The part keeps them when the text grows.

    width, height: no more and no less. No window gets wider than its screen.
    """
    given = {
        "width": width,
        "height": height,
        "least_width": least_width,
        "least_height": least_height,
        "most_width": most_width,
        "most_height": most_height,
    }
    asked = {name: length for name, length in given.items() if length is not None}
    part.setProperty(_KEPT, {**_sizes_of(part), **asked})
    _set(part, asked)


def fit_sizes(app: QApplication) -> None:
    """Sets all sizes anew, for another size of the text."""
    for part in app.allWidgets():
        _set(part, _sizes_of(part))


def _sizes_of(part: QWidget) -> dict[str, int]:
    return cast("dict[str, int] | None", part.property(_KEPT)) or {}


def _set(part: QWidget, sizes: dict[str, int]) -> None:
    setters: dict[str, Callable[[int], None]] = {
        "width": part.setFixedWidth,
        "height": part.setFixedHeight,
        "least_width": part.setMinimumWidth,
        "least_height": part.setMinimumHeight,
        "most_width": part.setMaximumWidth,
        "most_height": part.setMaximumHeight,
    }
    for name, length in sizes.items():
        setters[name](min(px(length), _room(part)) if name.endswith("width") else px(length))


def _room(part: QWidget) -> int:
    screen = part.screen()
    return screen.availableSize().width() if screen is not None else 1 << 20
