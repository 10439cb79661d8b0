"""Tables whose model holds the rows fetched so far; the service searches, sorts and pages."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PyQt6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QPainter, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from console.qt.theme import SMALL_PX, px, text_scale, theme

Row = TypeVar("Row")
ROW_HEIGHT, CHIP_PX = 40, 20
REST_PX = 140
"""What a column gets at least that takes what the others leave; then the table scrolls."""
PAGE = 100
MAX_PAGE = 500
TONE_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a table.

    sort: the service's name for the order by this column; tone: the tone of a row's chip (pass,
    warn, bad, info, mut), or "" for plain text.
    """

    title: str
    text: Callable[[Row], str]
    width: int = 0
    sort: str = ""
    tone: Callable[[Row], str] | None = None


Fetch = Callable[[str, int, Callable[[Sequence[Any], str, int], None]], None]
"""fetch(cursor, limit, deliver) asks for a page; deliver(rows, next cursor, total or -1)."""


class PagedModel(QAbstractTableModel, Generic[Row]):
    """Rows by page; answers overtaken by a newer load are dropped."""

    loaded = pyqtSignal(int)

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], Any],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = columns
        self._key = key
        self._rows: list[Row] = []
        self._cursor = ""
        self._fetch: Fetch | None = None
        self._load = 0
        self._fetching = False

    def load(self, fetch: Fetch) -> None:
        """Reads from the start, as many rows as are shown now."""
        self._fetch = fetch
        self._load += 1
        self._fetching = True
        number = self._load
        limit = max(PAGE, min(MAX_PAGE, len(self._rows)))
        fetch("", limit, lambda rows, cursor, total: self._replace(number, rows, cursor, total))

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Shows these rows, which are all that there are."""
        self.load(lambda _cursor, _limit, deliver: deliver(rows, "", len(rows)))

    def _replace(self, number: int, rows: Sequence[Row], cursor: str, total: int) -> None:
        if number != self._load:
            return
        self._fetching = False
        self.beginResetModel()
        self._rows, self._cursor = list(rows), cursor
        self.endResetModel()
        self._go_on_or_say(total)

    def _go_on_or_say(self, total: int) -> None:
        """A page without rows that has a next one tells nothing yet: the service looks further."""
        if not self._rows and self._cursor:
            self.fetchMore()
        else:
            self.loaded.emit(total)

    def canFetchMore(self, parent: QModelIndex = QModelIndex()) -> bool:  # noqa: B008 - Qt's own signature
        """Whether the service has more rows."""
        return not parent.isValid() and bool(self._cursor) and not self._fetching

    def fetchMore(self, parent: QModelIndex = QModelIndex()) -> None:  # noqa: B008
        """Asks for the next page."""
        if self._fetch is not None and self.canFetchMore(parent):
            self._fetching = True
            number = self._load
            self._fetch(
                self._cursor,
                PAGE,
                lambda rows, cursor, total: self._append(number, rows, cursor, total),
            )

    def _append(self, number: int, rows: Sequence[Row], cursor: str, total: int) -> None:
        if number != self._load:
            return
        self._fetching = False
        self._cursor = cursor
        was_empty = not self._rows
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()
        if was_empty:
            self._go_on_or_say(total)
        elif not rows:
            self.fetchMore()

    def row(self, index: int) -> Row:
        """The row at this place."""
        return self._rows[index]

    def keys(self) -> list[Any]:
        """The keys of the rows, in order."""
        return [self._key(row) for row in self._rows]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """The number of rows fetched so far."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """The number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The title of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows in this role."""
        if not index.isValid():
            return None
        column, row = self.columns[index.column()], self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _plain_tip(column.text(row))
        if role == TONE_ROLE and column.tone is not None:
            return column.tone(row)
        return None


def _plain_tip(text: str) -> str:
    """A tip that is text alone: Qt takes what looks like HTML for it, and may come from outside."""
    return f"<span>{html.escape(text)}</span>" if "<" in text else text


class ChipDelegate(QStyledItemDelegate):
    """Paints a status as a rounded chip: a word on a soft ground."""

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Paints a cell, with a chip where its column has tones."""
        tone, text = index.data(TONE_ROLE), index.data()
        if painter is None or not tone or not text:
            super().paint(painter, option, index)
            return
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        widget = option.widget
        style = widget.style() if widget else None
        if style is not None:
            style.drawControl(style.ControlElement.CE_ItemViewItem, blank, painter, widget)
        paint_chip(painter, QRectF(option.rect).adjusted(12, 0, -6, 0), text, tone)


def paint_chip(painter: QPainter, area: QRectF, text: str, tone: str) -> None:
    """A chip at the left of the area, centred vertically."""
    ink, ground = theme().tone(tone)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setPixelSize(px(SMALL_PX))
    font.setWeight(QFont.Weight.Medium)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(area.width() - 18))
    width, height = metrics.horizontalAdvance(shown) + 18, px(CHIP_PX)
    chip = QRectF(area.left(), area.center().y() - height / 2, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(chip, height / 2, height / 2)
    painter.setPen(QColor(ink))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, shown)
    painter.restore()


class Table(QTableView):
    """A table of the house style. Keeps selection and place through a refresh."""

    sort_requested = pyqtSignal(str, bool)

    def __init__(
        self,
        model: PagedModel[Any],
        name: str,
        parent: QWidget | None = None,
        row_height: int = ROW_HEIGHT,
    ) -> None:
        """row_height: px at a text size of 100 %, as the widths of columns are."""
        super().__init__(parent)
        self._scale, self._row_height = text_scale(), row_height
        self.setModel(model)
        self._model = model
        self._kept: tuple[set[Any], int] = (set(), 0)
        self._sorted = ("", False)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setItemDelegate(ChipDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_up_headers()
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)

    def wrap(self) -> None:
        """Rows as high as their texts need; for short tables in narrow places."""
        rows = self.verticalHeader()
        assert rows is not None
        self.setWordWrap(True)
        rows.setMinimumSectionSize(px(self._row_height - 4))
        rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)

    def _set_up_headers(self) -> None:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None and columns is not None
        rows.setVisible(False)
        rows.setDefaultSectionSize(px(self._row_height))
        columns.setHighlightSections(False)
        columns.setSectionsMovable(True)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.sectionClicked.connect(self._ask_sort)
        for number, column in enumerate(self._model.columns):
            if column.width:
                self.setColumnWidth(number, px(column.width))
            else:
                columns.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        if any(column.sort for column in self._model.columns):
            columns.setSectionsClickable(True)
            columns.setSortIndicatorShown(True)

    def changeEvent(self, event: QEvent | None) -> None:
        """Fits rows and columns to another size of the text."""
        super().changeEvent(event)
        if event is None or event.type() != QEvent.Type.StyleChange or text_scale() == self._scale:
            return
        grown, self._scale = text_scale() / self._scale, text_scale()
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None and columns is not None
        rows.setDefaultSectionSize(px(self._row_height))
        for number, column in enumerate(self._model.columns):
            if column.width:
                columns.resizeSection(number, round(columns.sectionSize(number) * grown))
        self._fit_rest()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Leaves enough for the columns that share the rest."""
        self._fit_rest()
        super().resizeEvent(event)

    def _fit_rest(self) -> None:
        columns, port = self.horizontalHeader(), self.viewport()
        assert columns is not None and port is not None
        numbers = range(len(self._model.columns))
        rest = [n for n in numbers if not self._model.columns[n].width]
        taken = sum(columns.sectionSize(n) for n in numbers if n not in rest)
        has_room = port.width() - taken >= px(REST_PX) * len(rest)
        for number in rest:
            if has_room:
                columns.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
            else:
                columns.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                columns.resizeSection(number, px(REST_PX))

    def _ask_sort(self, section: int) -> None:
        name = self._model.columns[section].sort
        if name:
            descending = self._sorted == (name, False)
            self.show_sorted(name, descending)
            self.sort_requested.emit(name, descending)

    def show_sorted(self, name: str, descending: bool) -> None:
        """Shows the arrow of the order in force."""
        self._sorted = (name, descending)
        header = self.horizontalHeader()
        section = next(
            (n for n, column in enumerate(self._model.columns) if column.sort == name), -1
        )
        if header is not None and section >= 0:
            header.setSortIndicator(
                section, Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
            )

    @property
    def columns(self) -> Sequence[Column[Any]]:
        """The columns in the order of the model, whatever the person has made of it."""
        return self._model.columns

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """The order in force: its name, and whether it descends; "" if the page has but one."""
        return self._sorted

    def selected(self) -> list[Any]:
        """The rows selected, top to bottom."""
        selection = self.selectionModel()
        return (
            []
            if selection is None
            else [
                self._model.row(index.row())
                for index in sorted(selection.selectedRows(), key=lambda i: i.row())
            ]
        )

    def _keep(self) -> None:
        bar, selection = self.verticalScrollBar(), self.selectionModel()
        keys = self._model.keys()
        chosen = {keys[index.row()] for index in selection.selectedRows()} if selection else set()
        self._kept = (chosen, bar.value() if bar else 0)

    def _restore(self) -> None:
        chosen, place = self._kept
        selection, bar = self.selectionModel(), self.verticalScrollBar()
        if selection is not None:
            for number, key in enumerate(self._model.keys()):
                if key in chosen:
                    selection.select(
                        self._model.index(number, 0),
                        selection.SelectionFlag.Select | selection.SelectionFlag.Rows,
                    )
        if bar is not None:
            bar.setValue(place)
