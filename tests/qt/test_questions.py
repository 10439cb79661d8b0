"""CO5: before what cannot be taken back, the safe button is the one that Return presses."""

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from console.qt.questions import is_sure


def asked(qtbot: QtBot, parent: QWidget, answer: str = "") -> bool:
    """Whether the act is done. answer: the button that is clicked; "" for the key Return."""

    def reply() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, reply)
        elif answer:
            buttons: list[QAbstractButton] = box.buttons()
            next(one for one in buttons if one.text() == answer).click()
        else:
            qtbot.keyClick(box, Qt.Key.Key_Return)

    QTimer.singleShot(0, reply)
    return is_sure(parent, "Delete", "Delete the finger?", "It cannot be taken back.")


def test_return_leaves_things_as_they_are_and_the_act_needs_its_own_button(qtbot, themed) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    assert not asked(qtbot, window)
    assert asked(qtbot, window, "Delete")
