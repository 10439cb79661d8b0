"""A field in which a day is typed or chosen in a calendar, or none."""

from datetime import date

from PyQt6.QtCore import QDate
from PyQt6.QtWidgets import QLineEdit

from console.desktop.widgets.day_calendar import DayCalendar
from console.domain.language import tr
from console.qt.shortcuts import INSIDE, shortcut
from console.qt.theme import icon
from console.qt.widgets import Field

OPEN_KEY = "Alt+Down"


class DayField(Field):
    """Takes a day as year, month and day, in the order in which it sorts."""

    def __init__(self, text: str) -> None:
        super().__init__(text, hint=tr("no limit"))
        self.edit.setToolTip(
            tr("Year-month-day, for example 2026-12-31. {key} opens a calendar.", key=OPEN_KEY)
        )
        opens = self.edit.addAction(icon("calendar"), QLineEdit.ActionPosition.TrailingPosition)
        assert opens is not None
        opens.setToolTip(tr("Choose a day in a calendar"))
        opens.triggered.connect(lambda _checked: self.open_calendar())
        shortcut(OPEN_KEY, self.edit, "", self.open_calendar, INSIDE)

    def show_day(self, day: date | None) -> None:
        """Fills it in."""
        self.edit.setText(day.isoformat() if day else "")

    def day(self) -> date | None:
        """The day, None for no limit. Raises ValueError, and says so, for anything else."""
        text = self.text().strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.set_problem(tr("Write the day as 2026-12-31, or leave it blank."))
            raise

    def open_calendar(self) -> DayCalendar:
        """Opens a calendar below the field, at the day that is typed, else at today."""
        typed = QDate.fromString(self.text().strip(), "yyyy-MM-dd")
        calendar = DayCalendar(typed if typed.isValid() else QDate.currentDate(), self.edit)
        calendar.chosen.connect(self._take)
        calendar.show_below(self.edit)
        return calendar

    def _take(self, day: date) -> None:
        self.set_problem("")
        self.show_day(day)
        self.edit.editingFinished.emit()
