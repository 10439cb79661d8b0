"""The funnel of a campaign: a button for each stage, with how many came so far."""

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QAbstractButton, QGridLayout, QWidget

from console.api.board import StageRow
from console.domain.funnel import STAGE_LABELS, Stage
from console.domain.language import tr
from console.qt.sizes import sized
from console.qt.theme import SMALL_PX, TITLE_PX, px, theme

HEIGHT_PX, LEAST_PX, BAR_PX = 80, 96, 4
BETWEEN_PX = 8


class StageButton(QAbstractButton):
    """One stage. Clicked, it shows those who came no further."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self._share, self._words = 0.0, ("", "")
        self.setText(tr(STAGE_LABELS[stage]))
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        sized(self, least_width=LEAST_PX, least_height=HEIGHT_PX)

    def show_counts(self, row: StageRow, everybody: int) -> None:
        """Shows how many of everybody have come so far."""
        self._share = row.reached / everybody if everybody else 0.0
        stuck = tr("{count:,} stuck", count=row.here) if row.here else ""
        if self.stage is Stage.IN_USE:
            stuck = f"{self._share:.0%}" if everybody else ""
        self._words = (f"{row.reached:,}", stuck)
        told = tr(
            "{stage}: {count:,} of {total:,}", stage=self.text(), count=row.reached, total=everybody
        )
        self.setAccessibleName(f"{told} · {stuck}" if stuck else told)
        self.setToolTip(self.accessibleName())
        self.update()

    def sizeHint(self) -> QSize:
        """As small as a stage can be read."""
        return QSize(px(LEAST_PX), px(HEIGHT_PX))

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Title, count, who is stuck, one below the other, and a bar for the share of everybody."""
        colours, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        edge = colours.accent if chosen or self.hasFocus() else colours.line
        painter.setPen(QColor(edge))
        painter.setBrush(QColor(colours.accent_soft if chosen else colours.surface))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        inside = self.rect().adjusted(9, 7, -9, -10)
        small = painter.font()
        small.setPixelSize(px(SMALL_PX))
        large = painter.font()
        large.setPixelSize(px(TITLE_PX))
        large.setBold(True)
        painter.setFont(small)
        painter.setPen(QColor(colours.ink2))
        fitted = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignTop, fitted)
        count, stuck = self._words
        painter.setFont(large)
        painter.setPen(QColor(colours.ink))
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, count)
        painter.setFont(small)
        painter.setPen(QColor(colours.ink3))
        fitted = painter.fontMetrics().elidedText(
            stuck, Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignBottom, fitted)
        self._paint_bar(painter)

    def _paint_bar(self, painter: QPainter) -> None:
        whole = self.rect().adjusted(9, self.height() - 4 - BAR_PX, -9, -4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme().line))
        painter.drawRoundedRect(whole, 2, 2)
        whole.setWidth(round(whole.width() * self._share))
        if whole.width():
            painter.setBrush(QColor(theme().accent))
            painter.drawRoundedRect(whole, 2, 2)


class FunnelBar(QWidget):
    """All stages, in as many rows as the width asks for. chosen: a Stage, or None for all."""

    chosen = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.buttons = {stage: StageButton(stage) for stage in Stage}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSizeConstraint(QGridLayout.SizeConstraint.SetNoConstraint)
        self._grid.setSpacing(BETWEEN_PX)
        for button in self.buttons.values():
            button.clicked.connect(lambda on, one=button: self._choose(one, on))
        self._lay_out(len(self.buttons))

    @property
    def stage(self) -> Stage | None:
        """The stage that is chosen."""
        return next((one.stage for one in self.buttons.values() if one.isChecked()), None)

    def show_rows(self, rows: Sequence[StageRow]) -> None:
        """Shows how many people came to each stage."""
        everybody = max((row.reached for row in rows), default=0)
        for row in rows:
            self.buttons[row.stage].show_counts(row, everybody)

    def clear_choice(self) -> None:
        """Shows everybody again, without saying so."""
        for button in self.buttons.values():
            button.setChecked(False)

    def _choose(self, button: StageButton, on: bool) -> None:
        self.clear_choice()
        button.setChecked(on)
        self.chosen.emit(self.stage)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Takes another row where the stages do not fit side by side."""
        super().resizeEvent(event)
        fit = max(1, (self.width() + BETWEEN_PX) // (px(LEAST_PX) + BETWEEN_PX))
        rows = -(-len(self.buttons) // fit)
        self._lay_out(-(-len(self.buttons) // rows))

    def minimumSizeHint(self) -> QSize:
        """Three stages side by side can always be shown."""
        return QSize(3 * px(LEAST_PX) + 2 * BETWEEN_PX, px(HEIGHT_PX))

    def _lay_out(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, button in enumerate(self.buttons.values()):
            self._grid.addWidget(button, number // columns, number % columns)
        for column in range(len(self.buttons)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
