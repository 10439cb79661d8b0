"""From when to when a log is shown: a usual span, two days, or a part of a chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox

from console.desktop.widgets.day_field import DayField
from console.domain.day_spans import A_DAY, WEEKDAYS, SpanName, days_of
from console.domain.language import labelled, tr, tr_short_day
from console.qt.sizes import sized
from console.qt.widgets import row

SPANS = {
    SpanName.ALL: tr("All times"),
    SpanName.TODAY: tr("Today"),
    SpanName.YESTERDAY: tr("Yesterday"),
    SpanName.THIS_WEEK: tr("This week"),
    SpanName.LAST_WEEK: tr("Last week"),
    SpanName.LAST_24_HOURS: tr("Last 24 hours"),
    SpanName.LAST_7_DAYS: tr("Last 7 days"),
    SpanName.LAST_30_DAYS: tr("Last 30 days"),
    SpanName.LAST_365_DAYS: tr("Last 365 days"),
    SpanName.DAYS: tr("From day to day"),
    SpanName.MONDAY: tr("Last Monday"),
    SpanName.TUESDAY: tr("Last Tuesday"),
    SpanName.WEDNESDAY: tr("Last Wednesday"),
    SpanName.THURSDAY: tr("Last Thursday"),
    SpanName.FRIDAY: tr("Last Friday"),
    SpanName.SATURDAY: tr("Last Saturday"),
    SpanName.SUNDAY: tr("Last Sunday"),
}
"""In the order in which they are offered."""
DAY_PX = 160
Times = tuple[datetime | None, datetime | None]
"""(since, until); None for no limit."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a chart. hours: only these times between since and until; () for all of it."""

    words: str
    since: datetime
    until: datetime
    hours: tuple[tuple[datetime, datetime], ...] = ()


class SpanChoice(QComboBox):
    """Offers spans. days: two days, to be shown below it where days are chosen."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Time"))
        for name in SPANS:
            self.addItem("", name)
        self._name_days()
        self.setMaxVisibleItems(len(SPANS) + 1)
        self._part: Part | None = None
        self.first, self.last = DayField(tr("First day")), DayField(tr("Last day"))
        for field in (self.first, self.last):
            sized(field, width=DAY_PX)
            field.edit.editingFinished.connect(self._typed)
        self._days = ("", "")
        self.days = row(self.first, self.last, None)
        self.days.hide()
        self.activated.connect(lambda _place: self._chosen())

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        """Says which days are meant today: the console may have been open since yesterday."""
        self._name_days()
        view = self.view()
        if view is not None:
            view.setMinimumWidth(view.sizeHintForColumn(0) + 24)
        super().showPopup()

    def _name_days(self) -> None:
        for place, (name, words) in enumerate(SPANS.items()):
            days = days_of(name, _today()) if name in WEEKDAYS else None
            text = labelled(words, tr_short_day(days.first)) if days is not None else words
            self.setItemText(place, text)

    @property
    def name(self) -> SpanName:
        """What is chosen."""
        return SpanName(self.currentData())

    @property
    def hours(self) -> tuple[tuple[datetime, datetime], ...]:
        """Only these times between the two moments; () for all of it."""
        return self._part.hours if self._part is not None and self.name is SpanName.PART else ()

    def choose(self, name: SpanName) -> None:
        """Chooses this span, as a person does."""
        self.setCurrentIndex(self.findData(name))
        self._chosen()

    def choose_days(self, first: date | None, last: date | None) -> None:
        """Chooses these days, both included; None for no limit."""
        self.first.show_day(first)
        self.last.show_day(last)
        self.choose(SpanName.DAYS)

    def show_part(self, part: Part) -> None:
        """Chooses a part of a chart, which stands behind the spans until another one is chosen."""
        self._part = part
        if (place := self.findData(SpanName.PART)) >= 0:
            self.removeItem(place)
        self.addItem(part.words, SpanName.PART)
        self.choose(SpanName.PART)

    def _chosen(self) -> None:
        self._name_days()
        self.days.setVisible(self.name is SpanName.DAYS)
        self._days = self.first.text(), self.last.text()
        self.changed.emit()

    def _typed(self) -> None:
        """Leaving a field in which nothing was changed is no choice."""
        if (self.first.text(), self.last.text()) != self._days:
            self._days = self.first.text(), self.last.text()
            self.changed.emit()

    def times(self) -> Times:
        """The moments. Raises ValueError, and says so, for no day, or days in the wrong order."""
        if self.name is SpanName.PART and self._part is not None:
            return self._part.since, self._part.until
        if self.name is SpanName.LAST_24_HOURS:
            return datetime.now(UTC) - A_DAY, None
        if self.name is SpanName.DAYS:
            return self._typed_times()
        days = days_of(self.name, _today())
        if days is None:
            return None, None
        return _midnight(days.first), _midnight(days.last + A_DAY)

    def _typed_times(self) -> Times:
        for field in (self.first, self.last):
            field.set_problem("")
        first, last = self.first.day(), self.last.day()
        if first and last and first > last:
            self.last.set_problem(tr("The last day is before the first one."))
            raise ValueError("the days are in the wrong order")
        return _midnight(first), _midnight(last + A_DAY if last else None)

    def state(self) -> dict[str, str]:
        """What is chosen, to be shown again on another day. A part of a chart becomes its days."""
        days = self._state_days()
        if days is None:
            return {} if self.name is SpanName.ALL else {"span": self.name}
        return {"span": SpanName.DAYS, "first": days[0], "last": days[1]}

    def _state_days(self) -> tuple[str, str] | None:
        if self.name is SpanName.DAYS:
            return self.first.text().strip(), self.last.text().strip()
        if self.name is SpanName.PART and self._part is not None:
            ends = self._part.since, self._part.until - (self._part.until - self._part.since) / 1000
            first, last = (f"{moment.astimezone():%Y-%m-%d}" for moment in ends)
            return first, last
        return None

    def show_state(self, state: Mapping[str, str]) -> None:
        """Chooses what `state` said; all times for what it cannot have said."""
        name = state.get("span", SpanName.ALL)
        self.first.edit.setText(state.get("first", ""))
        self.last.edit.setText(state.get("last", ""))
        place = place_of(self, name) if name != SpanName.PART else -1
        self.setCurrentIndex(max(0, place))
        self._chosen()


def place_of(box: QComboBox, data: str) -> int:
    """Where a box offers this; -1 if it does not. Qt's own search tells an enum from its text."""
    return next((place for place in range(box.count()) if box.itemData(place) == data), -1)


def _today() -> date:
    return datetime.now().astimezone().date()


def _midnight(day: date | None) -> datetime | None:
    """The beginning of a day where the console stands."""
    return datetime.combine(day, time()).astimezone() if day else None
