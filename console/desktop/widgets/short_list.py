"""A card with a heading and a short table that is as high as its rows."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from console.qt.tables import Column, PagedModel, Table
from console.qt.theme import px
from console.qt.widgets import label, row

Row = TypeVar("Row")
ROW_PX = 36
"""The compact height of a row."""


class ShortList(QFrame, Generic[Row]):
    """Shows rows without a scroll bar of its own; none: what is said where there are none."""

    def __init__(
        self, title: str, columns: Sequence[Column[Row]], none: str, more: QWidget | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("card")
        self.model: PagedModel[Row] = PagedModel(columns, id, self)
        self.table = Table(self.model, title, row_height=ROW_PX)
        self.table.setSelectionMode(Table.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.none = label(none, "soft", wrap=True)
        self.none.setContentsMargins(16, 0, 16, 12)
        head = row(label(title, "heading"), None, *([more] if more else []))
        head.setContentsMargins(16, 12, 16, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        for part in (head, self.table, self.none):
            layout.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.show_rows([])

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Shows these rows, all at once."""
        self.model.show_rows(rows)
        self._fit()
        self.table.setVisible(bool(rows))
        self.none.setVisible(not rows)

    def changeEvent(self, event: QEvent | None) -> None:
        """Fits the table to another size of the text."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        header = self.table.horizontalHeader()
        head = header.sizeHint().height() if header is not None else 0
        self.table.setFixedHeight(head + px(ROW_PX) * self.model.rowCount() + 2)
