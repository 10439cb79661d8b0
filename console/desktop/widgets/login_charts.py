"""The charts beside the login log, one at a time, each also as a table. CO19."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from console.desktop.widgets.chart_words import (
    CHARTS,
    WEEKDAYS,
    ChartPart,
    place_parts,
    reason_parts,
    time_part,
)
from console.domain.language import paragraph, tr, tr_count, tr_short_minute
from console.domain.login_charts import (
    HOURS_OF_DAY,
    Chart,
    Counted,
    Tally,
    day_bars,
    hour_bars,
    place_of,
    week_bars,
)
from console.qt.charts import BAR_MARKS, BarChart, HeatMap
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import ElidedLabel, Switch, row

CHOICE_PX, LOW_PX, HIGH_PX = 260, 112, 190
MOST_BARS, MOST_CHARS = 8, 18
"""Of reasons and places: their names must have room. The table has all of them."""
BY_NAME = frozenset({Chart.REASON, Chart.PLACE})
Span = tuple[datetime, datetime]


class LoginCharts(QWidget):
    """A choice of charts and the one that is chosen.

    wanted: another chart was chosen; chosen: a ChartPart that the list should show.
    """

    wanted = pyqtSignal()
    chosen = pyqtSignal(object)

    def __init__(self, *beside: QWidget) -> None:
        """beside: stands at the end of the line above the chart."""
        super().__init__()
        self.parts: Sequence[ChartPart] = []
        self.counted: Counted | None = None
        self._gaps: Sequence[Span] = ()
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Chart"))
        sized(self.choice, width=CHOICE_PX)
        for chart, words in CHARTS.items():
            self.choice.addItem(words, chart)
        self.choice.activated.connect(lambda _place: self._choose())
        self.said = ElidedLabel("soft")
        self.as_table = QPushButton(tr("Table"))
        self.as_table.setCheckable(True)
        self.as_table.setToolTip(tr("Shows the numbers of the chart as a table"))
        self.as_table.toggled.connect(lambda _on: self._show_form())
        tip = tr("Click a part to see its logins")
        self.bars = BarChart(tr("Logins"), tip)
        self.week = HeatMap(CHARTS[Chart.WEEK], tip, HOURS_OF_DAY)
        for chart_view in (self.bars, self.week):
            chart_view.chosen.connect(self._click)
        columns: list[Column[ChartPart]] = [
            Column(tr("Part"), lambda one: one.words),
            Column(tr("Accepted"), lambda one: f"{one.tally.accepted:,}", 110),
            Column(tr("Unknown number"), lambda one: f"{one.tally.unknown:,}", 140),
            Column(tr("Refused or abandoned"), lambda one: f"{one.tally.refused:,}", 140),
        ]
        self.model: PagedModel[ChartPart] = PagedModel(columns, lambda one: one.words, self)
        self.table = Table(self.model, tr("Numbers of the chart"))
        self.table.setToolTip(tr("Enter or a double click shows the logins of a line"))
        self.table.activated.connect(self._click_row)
        self.view = Switch(self.bars, self.week, self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        head = row(self.choice, self.said, self.as_table, *beside)
        layout.addWidget(head)
        layout.addWidget(self.view)
        self._show_form()

    @property
    def chart(self) -> Chart:
        """The one that is chosen."""
        return Chart(self.choice.currentData())

    def choose(self, chart: Chart) -> None:
        """Shows this chart, as a person chooses it."""
        self.choice.setCurrentIndex(list(CHARTS).index(chart))
        self._choose()

    def _choose(self) -> None:
        self.parts, self._gaps, self.counted = [], (), None
        self._draw()
        self.wanted.emit()

    def show_counts(
        self,
        counted: Counted,
        tallies: Mapping[str, Tally],
        places: Mapping[str, str],
        reached: datetime | None = None,
    ) -> None:
        """tallies: by the number of the hour, the reason or the place, as the chart needs.

        places: names by ids; reached: down to where it is counted so far, None when it is whole.
        """
        self.counted = counted
        self.parts = self._parts(counted, tallies, places)
        self._draw()
        total = sum(tallies.values(), Tally())
        self.said.show_text(self._words(counted, total, reached))

    def _parts(
        self, counted: Counted, tallies: Mapping[str, Tally], places: Mapping[str, str]
    ) -> list[ChartPart]:
        if self.chart is Chart.REASON:
            return reason_parts(tallies)
        if self.chart is Chart.PLACE:
            return place_parts(tallies, places)
        by_hour = {int(key): one for key, one in tallies.items()}
        made = {Chart.HOUR: hour_bars, Chart.DAY: day_bars, Chart.WEEK: week_bars}[self.chart]
        bars = made(counted, by_hour)
        return [time_part(self.chart, number, bar) for number, bar in enumerate(bars)]

    def show_gaps(self, gaps: Sequence[Span]) -> None:
        """Marks the times of which logins may be missing."""
        self._gaps = gaps
        self._draw()

    def _words(self, counted: Counted, total: Tally, reached: datetime | None) -> str:
        if reached is not None:
            return tr("Counting… {moment}", moment=tr_short_minute(reached.astimezone()))
        solid, striped, dotted = BAR_MARKS
        parts = [
            tr("{mark} accepted {count:,}", mark=solid, count=total.accepted),
            tr("{mark} unknown {count:,}", mark=striped, count=total.unknown)
            if total.unknown
            else "",
            tr("{mark} refused {count:,}", mark=dotted, count=total.refused),
        ]
        span = tr(
            "{begin} to {end}",
            begin=tr_short_minute(counted.since.astimezone()),
            end=tr_short_minute(counted.until.astimezone()),
        )
        more = len(self.parts) - MOST_BARS
        hidden = self.chart in BY_NAME and more > 0
        rest = tr_count("{count} more in the table", "{count} more in the table", more)
        return " · ".join([paragraph(*parts), span, *([rest] if hidden else [])])

    def _draw(self) -> None:
        tallies = [part.tally for part in self.parts]
        labels = [(number, part.short) for number, part in enumerate(self.parts)]
        if self.chart is Chart.WEEK:
            hours = labels[:HOURS_OF_DAY:3]
            self.week.show_counts([one.total for one in tallies], WEEKDAYS, hours)
        elif self.chart in BY_NAME:
            short = [(number, _short(text)) for number, text in labels[:MOST_BARS]]
            self.bars.show_bars(_stacked(tallies[:MOST_BARS]), short)
        else:
            bars = [part.bar for part in self.parts if part.bar is not None]
            marks = [(place_of(a, bars), place_of(b, bars)) for a, b in self._gaps] if bars else []
            self.bars.show_bars(_stacked(tallies), labels, marks)
        self.model.show_rows([part for part in self.parts if part.bar is None or part.bar.spans])
        self.bars.setAccessibleName(CHARTS[self.chart])
        self._show_form()

    def _show_form(self) -> None:
        high = self.chart is Chart.WEEK or self.as_table.isChecked()
        sized(self.view, height=HIGH_PX if high else LOW_PX)
        drawn = self.week if self.chart is Chart.WEEK else self.bars
        self.view.show_part(self.table if self.as_table.isChecked() else drawn)

    def _click(self, number: int) -> None:
        if number < len(self.parts):
            self._choose_part(self.parts[number])

    def _click_row(self, index: QModelIndex) -> None:
        self._choose_part(self.model.row(index.row()))

    def _choose_part(self, part: ChartPart) -> None:
        """A part without a time, and refusals without a reason, have no list of their own."""
        if part.key if part.bar is None else part.bar.spans:
            self.chosen.emit(part)


def _stacked(tallies: Sequence[Tally]) -> list[list[int]]:
    return [
        [one.accepted for one in tallies],
        [one.unknown for one in tallies],
        [one.refused for one in tallies],
    ]


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARS else f"{text[: MOST_CHARS - 1]}…"
