"""A day that is typed, or none."""

from datetime import date

from console.domain.language import tr
from console.qt.widgets import Field


class DayField(Field):
    """Takes a day as year, month and day, in the order in which it sorts."""

    def __init__(self, text: str) -> None:
        super().__init__(text, hint=tr("no limit"))
        self.edit.setToolTip(tr("Year-month-day, for example 2026-12-31"))

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
