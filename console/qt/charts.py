"""Charts of counts that can be clicked. pyqtgraph is loaded with the first: the start is fast."""

from collections.abc import Sequence
from typing import Any

from PyQt6.QtCore import QEvent, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QBrush, QColor, QShowEvent
from PyQt6.QtWidgets import QVBoxLayout, QWidget

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
MOST_LABELS = 12
"""More would run into each other."""
SHADES = 256
Labels = Sequence[tuple[int, str]]
"""(place, text) along an axis."""


class Chart(QWidget):
    """Draws itself when it is first shown, and anew in another theme.

    chosen: the number of the part that was clicked.
    """

    chosen = pyqtSignal(int)

    def __init__(self, name: str, tool_tip: str) -> None:
        """name: for screen readers."""
        super().__init__()
        self.setAccessibleName(name)
        self._tool_tip = tool_tip
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._plot: Any = None

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
            self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its table is there for the keyboard
            self._plot.setToolTip(self._tool_tip)
            self._layout.addWidget(self._plot)
            self.redraw()

    def changeEvent(self, event: QEvent | None) -> None:
        """Draws the chart in the new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self.redraw()

    def redraw(self) -> None:
        """Draws what is to be shown now."""
        if self._plot is None:
            return
        self._plot.clear()
        self._plot.setBackground(theme().surface)
        for side in ("bottom", "left"):
            axis, font = self._plot.getAxis(side), self.font()
            font.setPixelSize(px(SMALL_PX))
            axis.setPen(theme().line)
            axis.setTextPen(theme().ink3)
            axis.setTickFont(font)
        self._plot.getAxis("bottom").setHeight(px(AXIS_PX))
        self._draw()

    def _clicked(self, event: Any) -> None:
        place = self._plot.getPlotItem().vb.mapSceneToView(event.scenePos())
        number = self._part_at(place.x(), place.y())
        if number is not None:
            self.chosen.emit(number)

    def _draw(self) -> None:
        raise NotImplementedError

    def _part_at(self, x: float, y: float, /) -> int | None:
        raise NotImplementedError


class BarChart(Chart):
    """Stacked bars, one part over the other; some times may be marked as doubtful."""

    def __init__(self, name: str, tool_tip: str) -> None:
        super().__init__(name, tool_tip)
        self._parts: Sequence[Sequence[int]] = []
        self._labels: Labels = []
        self._marked: Sequence[tuple[float, float]] = []

    def show_bars(
        self,
        parts: Sequence[Sequence[int]],
        labels: Labels,
        marked: Sequence[tuple[float, float]] = (),
    ) -> None:
        """parts: for each of BARS one number a bar; marked: from where to where, in bars."""
        self._parts, self._labels, self._marked = parts, labels, marked
        self.redraw()

    def _part_at(self, x: float, _y: float, /) -> int | None:
        number = round(x)
        return number if self._parts and 0 <= number < len(self._parts[0]) else None

    def _draw(self) -> None:
        import pyqtgraph

        count = len(self._parts[0]) if self._parts else 0
        if not count:
            return
        bars, below = range(count), [0] * count
        for begin, end in self._marked:
            region = pyqtgraph.LinearRegionItem(
                (begin - 0.5, end - 0.5),
                movable=False,
                brush=QBrush(QColor(theme().colour("line")), Qt.BrushStyle.FDiagPattern),
                pen=theme().line,
            )
            region.setZValue(-10)
            self._plot.addItem(region)
        for counts, (colour, pattern) in zip(self._parts, BARS, strict=True):
            self._plot.addItem(
                pyqtgraph.BarGraphItem(
                    x=list(bars),
                    y0=below,
                    height=list(counts),
                    width=0.6,
                    brush=QBrush(QColor(theme().colour(colour)), pattern),
                    pen=None,
                )
            )
            below = [a + b for a, b in zip(below, counts, strict=True)]
        self._plot.getAxis("bottom").setTicks([_thinned(self._labels)])
        self._plot.setXRange(-0.5, max(count, 4) - 0.5, padding=0)
        self._plot.setYRange(0, max(4, *below) if count > 1 else max(4, below[0]))


class HeatMap(Chart):
    """A grid of counts, the first row at the top; the more, the darker."""

    def __init__(self, name: str, tool_tip: str, columns: int) -> None:
        super().__init__(name, tool_tip)
        self._columns = columns
        self._counts: Sequence[int] = []
        self._rows: Sequence[str] = []
        self._labels: Labels = []

    def show_counts(self, counts: Sequence[int], rows: Sequence[str], labels: Labels) -> None:
        """counts: row by row; rows: what these are called; labels: of the columns."""
        self._counts, self._rows, self._labels = counts, rows, labels
        self.redraw()

    def _part_at(self, x: float, y: float, /) -> int | None:
        if not self._counts or not (0 <= x < self._columns and 0 <= y < len(self._rows)):
            return None
        return (len(self._rows) - 1 - int(y)) * self._columns + int(x)

    def _draw(self) -> None:
        import numpy as np
        import pyqtgraph

        if not self._counts:
            return
        height, width = len(self._rows), self._columns
        grid = np.array(self._counts, dtype=float).reshape(height, width)[::-1]
        picture = pyqtgraph.ImageItem(grid, axisOrder="row-major")
        picture.setLookupTable(_shades(theme().surface, theme().colour("accent")))
        picture.setLevels((0.0, max(1.0, float(grid.max()))))
        picture.setRect(QRectF(0, 0, width, height))
        self._plot.addItem(picture)
        self._plot.showAxis("left")
        names = [(height - number - 0.5, name) for number, name in enumerate(self._rows)]
        self._plot.getAxis("left").setTicks([names])
        self._plot.getAxis("bottom").setTicks([[(at + 0.5, text) for at, text in self._labels]])
        self._plot.setXRange(0, width, padding=0)
        self._plot.setYRange(0, height, padding=0)


def _shades(lightest: str, darkest: str) -> Any:
    """Colours from one to the other (SHADES x RGB); the second begins at a tenth, to be seen."""
    import numpy as np

    ends = [np.array(QColor(name).getRgb()[:3], dtype=float) for name in (lightest, darkest)]
    share = np.linspace(0.1, 1.0, SHADES)[:, None]
    share[0] = 0.0
    return (ends[0] + (ends[1] - ends[0]) * share).astype(np.uint8)


def _thinned(labels: Labels) -> list[tuple[int, str]]:
    every = -(-len(labels) // MOST_LABELS)
    return list(labels[:: max(1, every)])
