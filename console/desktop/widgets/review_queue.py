"""The queue of reviews: painted row by row, so that 500 who wait cost no more than ten."""

from collections.abc import Sequence
from typing import Any

from PyQt6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QRectF,
    QSize,
    Qt,
    pyqtSignal,
)
from PyQt6.QtGui import QColor, QPainter
from PyQt6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem

from console.api.review import QueueItem
from console.domain.invitations import Status
from console.domain.language import tr
from console.qt.tables import paint_chip
from console.qt.theme import SMALL_PX, px, theme

ROW_HEIGHT, MARGIN, CHIP_WIDTH = 56, 12, 52
"""In px at a text size of 100 %."""


def mark_of(item: QueueItem) -> tuple[str, str]:
    """What the chip says, and its tone: how many photos passed, or that help is needed."""
    if item.status is Status.NEEDS_HELP:
        return tr("Help"), "warn"
    return f"{item.passed}/{item.photos}", "pass" if item.passed == item.photos else "warn"


class QueueModel(QAbstractListModel):
    """The submissions that wait."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: list[QueueItem] = []

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """How many wait."""
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A submission, or the words for it."""
        if not index.isValid():
            return None
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return item
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.employee}, {item.number}, {mark_of(item)[0]}"
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return f"{item.employee}\n{item.number} · {item.department}"
        return None

    def show(self, items: Sequence[QueueItem]) -> None:
        """These and no others."""
        self.beginResetModel()
        self.items = list(items)
        self.endResetModel()

    def remove(self, row: int) -> None:
        """One waits no longer."""
        self.beginRemoveRows(QModelIndex(), row, row)
        del self.items[row]
        self.endRemoveRows()


class QueueDelegate(QStyledItemDelegate):
    """Name over number and department, and the chip at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex) -> QSize:
        """All rows are alike."""
        return QSize(0, px(ROW_HEIGHT))

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Paints a row; the ground, selection and focus are the style's."""
        item, widget = index.data(Qt.ItemDataRole.UserRole), option.widget
        if painter is None or item is None or widget is None:
            return
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        style = widget.style()
        assert style is not None
        style.drawControl(style.ControlElement.CE_ItemViewItem, blank, painter, widget)
        area = QRectF(option.rect).adjusted(MARGIN, px(8), -MARGIN, -px(8))
        words = area.adjusted(0, 0, -px(CHIP_WIDTH), 0)
        painter.save()
        painter.setFont(widget.font())
        _line(painter, words, theme().ink, item.employee, Qt.AlignmentFlag.AlignTop)
        small = widget.font()
        small.setPixelSize(px(SMALL_PX))
        painter.setFont(small)
        second = f"{item.number} · {item.department}" if item.department else item.number
        _line(painter, words, theme().ink3, second, Qt.AlignmentFlag.AlignBottom)
        painter.restore()
        chip = QRectF(words.right() + 8, area.top(), px(CHIP_WIDTH) - 8, area.height())
        paint_chip(painter, chip, *mark_of(item))


def _line(painter: QPainter, area: QRectF, ink: str, text: str, where: Qt.AlignmentFlag) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
    painter.setPen(QColor(ink))
    painter.drawText(area, where | Qt.AlignmentFlag.AlignLeft, shown)


class ReviewQueue(QListView):
    """The list. opened: the id of the submission that is turned to, "" for none."""

    opened = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows = QueueModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(QueueDelegate(self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Submissions waiting for review"))
        self._showing = False
        chosen = self.selectionModel()
        assert chosen is not None
        chosen.currentChanged.connect(self._turn)

    def changeEvent(self, event: QEvent | None) -> None:
        """Fits the rows to another size of the text."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self.scheduleDelayedItemsLayout()

    def _turn(self) -> None:
        if not self._showing:
            self.opened.emit(self.current_id)

    @property
    def current_id(self) -> str:
        """The id of the submission that is turned to, or ""."""
        row = self.currentIndex().row()
        return self._rows.items[row].id if 0 <= row < len(self._rows.items) else ""

    def count(self) -> int:
        """How many wait."""
        return len(self._rows.items)

    def name_of(self, submission_id: str) -> str:
        """Whose submission this is; "" if it does not wait."""
        names = (one.employee for one in self._rows.items if one.id == submission_id)
        return next(names, "")

    def show_items(self, items: Sequence[QueueItem], turn_to: str = "") -> None:
        """Shows what waits now. turn_to: the submission to turn to, "" for no other.

        The submission that is turned to stays so, and stays where it is on the screen; if it waits
        no longer, the one that has taken its place is turned to.
        """
        current, row = turn_to or self.current_id, max(0, self.currentIndex().row())
        bar = self.verticalScrollBar()
        assert bar is not None
        top = bar.value() - row * px(ROW_HEIGHT)
        ids = [item.id for item in items]
        self._showing = True
        try:
            self._rows.show(items)
            there = ids.index(current) if current in ids else min(row, len(ids) - 1)
            self.setCurrentIndex(self._rows.index(there))
            self.updateGeometries()
            bar.setValue(top + there * px(ROW_HEIGHT))
            self.scrollTo(self.currentIndex())
        finally:
            self._showing = False
        self.opened.emit(self.current_id)

    def take_out(self, submission_id: str) -> None:
        """Takes out what is decided, and turns to the next before the service is asked again."""
        ids = [item.id for item in self._rows.items]
        if submission_id in ids:
            self._rows.remove(ids.index(submission_id))

    def go_to(self, row: int) -> None:
        """Turns to this row, or the nearest that there is."""
        self.setCurrentIndex(self._rows.index(min(max(0, row), self.count() - 1)))

    def step(self, by: int) -> None:
        """Turns to the next (1) or the one before (-1)."""
        self.go_to(self.currentIndex().row() + by)
