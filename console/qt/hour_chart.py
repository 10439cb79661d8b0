"""Logins by the hour; pyqtgraph is loaded with the first chart, to keep the start fast."""

from datetime import UTC, datetime, timedelta
from typing import Any

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QBrush, QColor, QShowEvent
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.domain.language import tr
from console.qt.theme import SMALL_PX, px, theme

AXIS_PX = 24
BARS = (
    ("accent", Qt.BrushStyle.SolidPattern),
    ("warn", Qt.BrushStyle.BDiagPattern),
    ("bad", Qt.BrushStyle.Dense4Pattern),
)
"""Colour and pattern of each part, from below: nothing is told by its colour alone."""
BAR_MARKS = ("■", "▨", "▒")
"""These patterns in text."""


class HourChart(QWidget):
    """Stacked bars by the hour: people here, numbers that nobody has here, and refusals."""

    hour_chosen = pyqtSignal(object)
    """A bar was clicked: the beginning of its hour."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Logins by hour"))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._plot: Any = None
        self._since = datetime.min.replace(tzinfo=UTC)
        self._counts: list[list[int]] = []

    def show_counts(
        self, since: datetime, accepted: list[int], unknown: list[int], refused: list[int]
    ) -> None:
        """One count an hour of each, from `since` on."""
        self._since, self._counts = since, [accepted, unknown, refused]
        if self._plot is not None:
            self._draw()

    def showEvent(self, _event: QShowEvent | None) -> None:
        """Loads pyqtgraph when the chart is first shown."""
        if self._plot is None:
            import pyqtgraph

            pyqtgraph.setConfigOptions(antialias=True)
            self._plot = pyqtgraph.PlotWidget()
            self._plot.setMouseEnabled(False, False)
            self._plot.setMenuEnabled(False)
            self._plot.hideButtons()
            self._plot.hideAxis("left")
            self._plot.scene().sigMouseClicked.connect(self._clicked)
            self._plot.setToolTip(tr("Click an hour to see its logins"))
            self._layout.addWidget(self._plot)
            self._draw()

    def changeEvent(self, event: QEvent | None) -> None:
        """Draws the chart in the new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange and self._plot is not None:
            self._draw()

    def _clicked(self, event: Any) -> None:
        place = self._plot.getPlotItem().vb.mapSceneToView(event.scenePos())
        hour = round(place.x())
        if self._counts and 0 <= hour < len(self._counts[0]):
            self.hour_chosen.emit(self._since + timedelta(hours=hour))

    def _draw(self) -> None:
        import pyqtgraph

        self._plot.setBackground(theme().surface)
        axis, font = self._plot.getAxis("bottom"), self.font()
        font.setPixelSize(px(SMALL_PX))
        axis.setPen(theme().line)
        axis.setTextPen(theme().ink3)
        axis.setTickFont(font)
        axis.setHeight(px(AXIS_PX))
        if not self._counts:
            return
        hours = range(len(self._counts[0]))
        below = [0 for _ in hours]
        self._plot.clear()
        for counts, (colour, pattern) in zip(self._counts, BARS, strict=True):
            ink = QColor(theme().colour(colour))
            bars = pyqtgraph.BarGraphItem(
                x=list(hours),
                y0=below,
                height=counts,
                width=0.6,
                brush=QBrush(ink, pattern),
                pen=None,
            )
            self._plot.addItem(bars)
            below = [a + b for a, b in zip(below, counts, strict=True)]
        labels = [
            (hour, f"{(self._since + timedelta(hours=hour)).astimezone():%H}")
            for hour in hours
            if hour % 3 == 0
        ]
        axis.setTicks([labels])
        self._plot.setYRange(0, max(4, *below))
