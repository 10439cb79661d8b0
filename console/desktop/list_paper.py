"""A list on paper: a table on A4 pages that name the site, the filter and their number. CO19."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QMarginsF, QRectF, Qt
from PyQt6.QtGui import (
    QFont,
    QFontMetricsF,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPen,
    QTextOption,
)

from console.domain.language import tr

MOST_ON_PAPER = 20_000
"""Rows: some 800 pages, held in memory until the number of pages is known."""
MARGIN_MM = 12.0
TEXT_PT, TITLE_PT, LINE_PT = 8.0, 12.0, 0.4
GAP = 0.5
"""Between lines and columns, as a share of a line."""
PAPER = QPageLayout(
    QPageSize(QPageSize.PageSizeId.A4),
    QPageLayout.Orientation.Landscape,
    QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM),
    QPageLayout.Unit.Millimeter,
)


@dataclass(frozen=True, kw_only=True)
class PaperHead:
    """What stands on each page. chosen: the filter in words; made: when and by whom."""

    title: str
    site: str = ""
    chosen: str = ""
    made: str = ""


class PaperList:
    """Collects the rows of a list, and draws them when their number is known."""

    def __init__(self, headings: Sequence[str], widths: Sequence[float]) -> None:
        """widths: of the columns, as shares of the page."""
        self._headings, self._widths = headings, widths
        self._rows: list[Sequence[str]] = []
        self.head = PaperHead(title="")

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """Raises OSError for more than a person reads on paper."""
        self._rows.extend(rows)
        if len(self._rows) > MOST_ON_PAPER:
            raise OSError(
                0,
                tr(
                    "Paper is limited to {most:,} rows. Choose a shorter time, CSV or Excel.",
                    most=MOST_ON_PAPER,
                ),
            )

    def draw(self, device: QPagedPaintDevice) -> int:
        """Draws all pages on a device with the layout PAPER; returns how many there are."""
        painter = QPainter()
        if not painter.begin(device):
            raise OSError(0, tr("The printer or the file does not accept pages."))
        try:
            pages = _Pages(painter, self.head, self._headings, self._widths)
            starts = pages.starts(self._rows)
            for number, start in enumerate(starts, 1):
                if number > 1 and not device.newPage():
                    raise OSError(0, tr("The printer or the file does not accept pages."))
                end = starts[number] if number < len(starts) else len(self._rows)
                pages.draw(self._rows[start:end], number, len(starts))
        finally:
            painter.end()
        return len(starts)


class _Pages:
    """Where things stand on a page, in the pixels of its device."""

    def __init__(
        self,
        painter: QPainter,
        head: PaperHead,
        headings: Sequence[str],
        widths: Sequence[float],
    ) -> None:
        self._painter, self._head, self._headings = painter, head, headings
        device = painter.device()
        assert device is not None
        self._text, self._bold, self._title = QFont(), QFont(), QFont()
        self._text.setPointSizeF(TEXT_PT)
        self._bold.setPointSizeF(TEXT_PT)
        self._bold.setBold(True)
        self._title.setPointSizeF(TITLE_PT)
        self._title.setBold(True)
        self._metrics = QFontMetricsF(self._text, device)
        self._line, self._gap = self._metrics.height(), GAP * self._metrics.height()
        self._width, height = float(device.width()), float(device.height())
        whole = sum(widths)
        self._columns = [share / whole * self._width for share in widths]
        self._title_height = QFontMetricsF(self._title, device).height()
        chosen = self._needed(head.chosen, self._width) if head.chosen else 0.0
        self._top = self._title_height + chosen + self._line + 3 * self._gap
        self._bottom = height - self._line - self._gap

    def starts(self, rows: Sequence[Sequence[str]]) -> list[int]:
        """The number of the first row of each page; one page where there are no rows."""
        found, y = [0], self._top
        for number, cells in enumerate(rows):
            height = self._height(cells)
            if y + height > self._bottom and number > found[-1]:
                found.append(number)
                y = self._top
            y += height
        return found

    def _height(self, cells: Sequence[str]) -> float:
        """Of a row: as many lines as its longest cell needs."""
        lines = [
            self._line
            if self._metrics.horizontalAdvance(cell) <= width - self._gap
            else self._needed(cell, width - self._gap)
            for cell, width in zip(cells, self._columns, strict=True)
        ]
        return max(lines) + self._gap

    def _needed(self, text: str, width: float) -> float:
        flags = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)
        return self._metrics.boundingRect(QRectF(0, 0, width, 1e6), flags, text).height()

    def draw(self, rows: Sequence[Sequence[str]], number: int, count: int) -> None:
        """Draws one page."""
        self._draw_head(number, count)
        y = self._top
        for cells in rows:
            height = self._height(cells)
            self._draw_cells(cells, y, height)
            y += height

    def _draw_head(self, number: int, count: int) -> None:
        whole, y = self._width, 0.0
        self._write(self._title, self._head.title, QRectF(0, y, whole, self._title_height))
        right = Qt.AlignmentFlag.AlignRight
        self._write(self._title, self._head.site, QRectF(0, y, whole, self._title_height), right)
        y += self._title_height
        below = self._top - self._line - 2 * self._gap
        self._write(self._text, self._head.chosen, QRectF(0, y, whole, below - y))
        self._painter.setFont(self._bold)
        self._draw_cells(self._headings, below, self._line, self._bold)
        self._painter.setPen(QPen(Qt.GlobalColor.black, LINE_PT * self._line / TEXT_PT))
        line = self._top - 1.5 * self._gap
        self._painter.drawLine(0, round(line), round(whole), round(line))
        foot = QRectF(0, self._bottom + self._gap, whole, self._line)
        self._write(self._text, self._head.made, foot)
        page = tr("Page {number} of {count}", number=number, count=count)
        self._write(self._text, page, foot, right)

    def _draw_cells(
        self, cells: Sequence[str], y: float, height: float, font: QFont | None = None
    ) -> None:
        x = 0.0
        for cell, width in zip(cells, self._columns, strict=True):
            self._write(font or self._text, cell, QRectF(x, y, width - self._gap, height))
            x += width

    def _write(
        self,
        font: QFont,
        text: str,
        place: QRectF,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        option = QTextOption(side | Qt.AlignmentFlag.AlignTop)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._painter.setFont(font)
        self._painter.drawText(place, text, option)
