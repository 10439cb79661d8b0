"""A calendar in which one day is chosen, by the mouse or by the keyboard."""

from datetime import date

from PyQt6.QtCore import QDate, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QTextCharFormat
from PyQt6.QtWidgets import QCalendarWidget, QFrame, QToolButton, QVBoxLayout, QWidget

from console.domain.language import tr
from console.qt.shortcuts import INSIDE, shortcut
from console.qt.sizes import sized

WIDTH, HEIGHT = 308, 264
"""Room for two digits a day and seven rows."""


class DayCalendar(QFrame):
    """Opens over the window and goes with its choice, or without one.

    Arrows move by a day or a week, Page Up and Page Down by a month; Return chooses, Esc does not.
    """

    chosen = pyqtSignal(object)
    """The day (date)."""

    def __init__(self, shown: QDate, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.days = QCalendarWidget()
        self.days.setAccessibleName(tr("Calendar"))
        self.days.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.days.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        for weekday in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):  # not red, which means bad
            self.days.setWeekdayTextFormat(weekday, QTextCharFormat())
        self._turn("qt_calendar_prevmonth", "‹", tr("Previous month"))
        self._turn("qt_calendar_nextmonth", "›", tr("Next month"))
        sized(self.days, width=WIDTH, height=HEIGHT)
        self.days.setSelectedDate(shown)
        self.days.clicked.connect(self._choose)
        self.days.activated.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.days)
        shortcut("Esc", self, "", self.close, INSIDE)

    def _turn(self, name: str, mark: str, words: str) -> None:
        """Qt's own arrows are black in every theme."""
        turn = self.days.findChild(QToolButton, name)
        if turn is not None:
            turn.setIcon(QIcon())
            turn.setText(mark)
            turn.setAccessibleName(words)
            turn.setToolTip(words)

    def show_below(self, part: QWidget) -> None:
        """Opens below the part, or above it where the screen ends."""
        self.adjustSize()
        place = part.mapToGlobal(QPoint(0, part.height() + 2))
        screen = part.screen()
        if screen is not None:
            room = screen.availableGeometry()
            if place.y() + self.height() > room.bottom():
                place.setY(part.mapToGlobal(QPoint(0, 0)).y() - self.height() - 2)
            place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
        self.move(place)
        self.show()
        self.days.setFocus()

    def _choose(self, day: QDate) -> None:
        if self.isVisible():  # Return and a double click come as two signals
            self.close()
            self.chosen.emit(date(day.year(), day.month(), day.day()))
