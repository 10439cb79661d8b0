"""Timers of the windows."""

from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer


def timer(
    parent: QObject, interval_ms: int, on_timeout: Callable[[], object], once: bool = False
) -> QTimer:
    """A timer that is not running yet."""
    made = QTimer(parent)
    made.setInterval(interval_ms)
    made.setSingleShot(once)
    made.timeout.connect(on_timeout)
    return made
