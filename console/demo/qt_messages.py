"""What Qt complains of while the tour runs: a clean tour has none."""

from collections.abc import Iterator
from contextlib import contextmanager

from PyQt6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

OFFSCREEN = "This plugin does not support "
"""What Qt's platform without a screen says of hints to a window manager, which it lacks."""
BAD = frozenset(
    {QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg}  # not debug, not info
)


@contextmanager
def collecting_warnings() -> Iterator[list[str]]:
    """Inside, the warnings of Qt are printed and collected as they come."""
    warnings: list[str] = []

    def heard(kind: QtMsgType, _where: QMessageLogContext, text: str | None) -> None:
        if kind in BAD and text and not text.startswith(OFFSCREEN):
            warnings.append(text)
            print(f"Qt: {text}")

    before = qInstallMessageHandler(heard)
    try:
        yield warnings
    finally:
        qInstallMessageHandler(before)
