"""Answers questions that open while the code under test waits for them, by keys and clicks."""

from collections.abc import Callable

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from console.qt.questions import Asking

LOOK_MS = 10


def when_asked(answer: Callable[[Asking], object]) -> None:
    """Lets this answer the next question."""

    def look() -> None:
        asking = QApplication.activeModalWidget()
        if isinstance(asking, Asking):
            answer(asking)
        else:
            QTimer.singleShot(LOOK_MS, look)

    QTimer.singleShot(0, look)


def type_and_go(text: str) -> None:
    """Types into the next question, in place of what stands there, and clicks its button.

    Where the button does not let it pass, the question is cancelled.
    """

    def answer(asking: Asking) -> None:
        line = asking.findChild(QLineEdit) or asking.findChild(QPlainTextEdit)
        assert line is not None
        line.selectAll()
        QtBot.keyClicks(line, text)
        if asking.go.isEnabled():
            QtBot.mouseClick(asking.go, Qt.MouseButton.LeftButton)
        else:
            asking.reject()

    when_asked(answer)


def choose_and_go(choice: str) -> None:
    """Chooses in the next question, and clicks its button."""

    def answer(asking: Asking) -> None:
        box = asking.findChild(QComboBox)
        assert box is not None
        box.setCurrentText(choice)
        QtBot.mouseClick(asking.go, Qt.MouseButton.LeftButton)

    when_asked(answer)
