"""From when to when a log is shown: the time up to now, two days, or a part of a chart."""

from datetime import UTC, date, datetime, time, timedelta

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox

from console.desktop.widgets.day_field import DayField
from console.domain.language import tr
from console.qt.sizes import sized
from console.qt.widgets import row

SPANS: tuple[tuple[str, timedelta | None], ...] = (
    (tr("All times"), None),
    (tr("Last 24 hours"), timedelta(days=1)),
    (tr("Last 7 days"), timedelta(days=7)),
    (tr("Last 30 days"), timedelta(days=30)),
    (tr("Last 365 days"), timedelta(days=365)),
    (tr("From day to day"), None),
)
DAYS = len(SPANS) - 1
DAY_PX = 150
Times = tuple[datetime | None, datetime | None]
"""(since, until); None for no limit."""


class SpanChoice(QComboBox):
    """Offers spans. days: two days, to be shown below it where days are chosen."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Time"))
        self.addItems([words for words, _ in SPANS])
        self.first, self.last = DayField(tr("First day")), DayField(tr("Last day"))
        for field in (self.first, self.last):
            sized(field, width=DAY_PX)
            field.edit.editingFinished.connect(self.changed.emit)
        self.days = row(self.first, self.last, None)
        self.days.hide()
        self.activated.connect(lambda _place: self._chosen())

    def choose(self, place: int) -> None:
        """Chooses the span at this place, as a person does."""
        self.setCurrentIndex(place)
        self._chosen()

    def show_part(self, words: str, since: datetime, until: datetime) -> None:
        """Chooses a part of a chart, which stands behind the spans until another one is chosen."""
        if self.count() > len(SPANS):
            self.removeItem(len(SPANS))
        self.addItem(words, (since, until))
        self.choose(len(SPANS))

    def _chosen(self) -> None:
        self.days.setVisible(self.currentIndex() == DAYS)
        self.changed.emit()

    def times(self) -> Times:
        """The moments. Raises ValueError, and says so, for no day, or days in the wrong order."""
        if (part := self.currentData()) is not None:
            since, until = part
            return since, until
        if self.currentIndex() != DAYS:
            span = SPANS[self.currentIndex()][1]
            return (None if span is None else datetime.now(UTC) - span), None
        for field in (self.first, self.last):
            field.set_problem("")
        first, last = self.first.day(), self.last.day()
        if first and last and first > last:
            self.last.set_problem(tr("The last day lies before the first one."))
            raise ValueError("the days are in the wrong order")
        return _midnight(first), _midnight(last + timedelta(days=1) if last else None)


def _midnight(day: date | None) -> datetime | None:
    """The beginning of a day where the console stands."""
    return datetime.combine(day, time()).astimezone() if day else None
