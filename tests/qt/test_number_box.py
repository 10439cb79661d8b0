"""CO13: the wheel changes a number only where somebody is at it."""

from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QVBoxLayout, QWidget

from console.qt.number_box import NumberBox


def turn_wheel(part: QWidget) -> bool:
    """Whether the part took it; else Qt hands it to what scrolls."""
    middle = QPointF(part.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(part.mapToGlobal(part.rect().center())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(part, event)
    return event.isAccepted()


def test_CO13_the_wheel_passes_by_a_number_that_has_no_focus(qtbot, themed) -> None:
    form = QWidget()
    layout = QVBoxLayout(form)
    first, second = (NumberBox(words, 0, 99) for words in ("First", "Second"))
    for box in (first, second):
        box.setValue(50)
        layout.addWidget(box)
    qtbot.addWidget(form)
    form.show()
    form.activateWindow()
    second.setFocus()
    qtbot.waitUntil(second.hasFocus)
    assert not turn_wheel(first)
    assert first.value() == 50
    assert turn_wheel(second)
    assert second.value() == 49


def test_one_day_is_no_days(qtbot, themed) -> None:
    box = NumberBox("Kept for", 1, 30)
    qtbot.addWidget(box)
    box.count_days()
    assert box.text() == "1 day"
    box.setValue(2)
    assert box.text() == "2 days"
