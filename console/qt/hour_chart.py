"""Logins by the hour; pyqtgraph is loaded with the first chart, to keep the start fast."""

from datetime import datetime, timedelta
from typing import Any

from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.qt.language import tr
from console.qt.theme import theme


class HourChart(QWidget):
    """Two stacked bars an hour: known people, and numbers that nobody has."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Logins by hour"))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._plot: Any = None
        self._data: tuple[datetime, list[int], list[int]] | None = None

    def show_counts(self, since: datetime, known: list[int], unknown: list[int]) -> None:
        """One count an hour, from `since` on."""
        self._data = (since, known, unknown)
        if self._plot is not None:
            self._draw()

    def showEvent(self, _event: QShowEvent | None) -> None:
        """Loads pyqtgraph when the chart is first shown."""
        if self._plot is None:
            import pyqtgraph

            pyqtgraph.setConfigOptions(
                antialias=True, background=theme().surface, foreground=theme().ink3
            )
            self._plot = pyqtgraph.PlotWidget()
            self._plot.setMouseEnabled(False, False)
            self._plot.setMenuEnabled(False)
            self._plot.hideButtons()
            self._plot.hideAxis("left")
            self._plot.getAxis("bottom").setPen(theme().line)
            self._layout.addWidget(self._plot)
            self._draw()

    def _draw(self) -> None:
        import pyqtgraph

        if self._data is None:
            return
        since, known, unknown = self._data
        hours = list(range(len(known)))
        self._plot.clear()
        self._plot.addItem(
            pyqtgraph.BarGraphItem(x=hours, height=known, width=0.6, brush=theme().accent, pen=None)
        )
        self._plot.addItem(
            pyqtgraph.BarGraphItem(
                x=hours, y0=known, height=unknown, width=0.6, brush=theme().bad, pen=None
            )
        )
        labels = [
            (hour, f"{(since + timedelta(hours=hour)).astimezone():%H}")
            for hour in hours
            if hour % 3 == 0
        ]
        self._plot.getAxis("bottom").setTicks([labels])
        self._plot.setYRange(0, max(4, *(a + b for a, b in zip(known, unknown, strict=True))))
