"""Two hands drawn from above; each finger is a button that shows what is enrolled of it."""

import math

from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PyQt6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.api.fingers import FingerRow
from console.domain.fingers import ON_TERMINALS, FingerPosition
from console.domain.language import labelled, tr
from console.qt.sizes import sized
from console.qt.theme import pixmap, px, theme

WIDTH, HEIGHT = 660.0, 340.0
"""The drawing's own units."""
PALM = (30.0, 186.0, 200.0, 122.0)
"""Left edge, top, width and height of the left hand's palm."""
LEFT_HAND = {  # left edge, top, height, degrees
    FingerPosition.LEFT_LITTLE: (22.0, 96.0, 132.0, -8.0),
    FingerPosition.LEFT_RING: (73.0, 52.0, 174.0, -3.0),
    FingerPosition.LEFT_MIDDLE: (125.0, 32.0, 192.0, 1.0),
    FingerPosition.LEFT_INDEX: (177.0, 54.0, 172.0, 6.0),
    FingerPosition.LEFT_THUMB: (229.0, 150.0, 132.0, 34.0),
}
FINGER_WIDTH = 46.0
TAG = 22.0
CAPTION, FAR_CAPTION = 13, 25


class FingerButton(QAbstractButton):
    """One finger."""

    def __init__(self, position: FingerPosition, parent: QWidget) -> None:
        super().__init__(parent)
        self.position = position
        self.row: FingerRow | None = None
        self.plain = False
        self.degrees = 0.0
        self.shape_rect = QRectF()
        self.setCheckable(True)
        self.setAutoExclusive(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_row(None)

    def show_row(self, row: FingerRow | None) -> None:
        """Shows what is stored of this finger; None: nothing."""
        self.row = row
        words = tr(self.position.words)
        if row is None:
            state = tr("not enrolled")
        elif row.quality is not None:
            state = tr("enrolled, quality {quality}", quality=row.quality)
        else:
            state = tr("being taken off the terminals") if row.leaving else tr("on terminals only")
        self.setAccessibleName(labelled(f"{words[:1].upper()}{words[1:]}", state))
        self.setToolTip(self.accessibleName())
        self.update()

    def path(self) -> QPainterPath:
        """The outline of the finger."""
        path = QPainterPath()
        radius = self.shape_rect.width() / 2
        path.addRoundedRect(
            QRectF(-radius, -self.shape_rect.height() / 2, 2 * radius, self.shape_rect.height()),
            radius,
            radius,
        )
        return path

    def hitButton(self, pos: QPoint) -> bool:
        """The whole box of the finger reacts."""
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Paints the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme()
        painter.translate(QRectF(self.rect()).center())
        painter.rotate(self.degrees)
        fill, ink = colours.line2, colours.ink3
        if self.row is not None:
            fill, ink = (
                (colours.accent_soft, colours.accent)
                if self.row.quality is not None
                else (colours.info_soft, colours.info)
            )
            if self.row.leaving:
                fill, ink = colours.warn_soft, colours.warn
        edge = (
            colours.accent
            if self.isChecked()
            else colours.ink3
            if self.underMouse()
            else ink
            if self.row is not None
            else colours.surface
        )
        painter.setBrush(QColor(fill))
        painter.setPen(QPen(QColor(edge), 2.5 if self.isChecked() else 1.5))
        painter.drawPath(self.path())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 1.2, Qt.PenStyle.DashLine))
            inner, height = self.shape_rect.width() / 2 - 5, self.shape_rect.height() - 10
            painter.drawRoundedRect(QRectF(-inner, -height / 2, 2 * inner, height), inner, inner)
        if self.row is not None:
            self._paint_state(painter, ink)

    def _paint_state(self, painter: QPainter, ink: str) -> None:
        assert self.row is not None
        name = (
            "check"
            if self.row.quality is not None
            else "clock"
            if self.row.leaving
            else "device-tablet"
        )
        top = -self.shape_rect.height() / 2 + 14
        painter.save()
        painter.translate(0, top + 8)
        painter.rotate(-self.degrees)
        painter.drawPixmap(QPointF(-8, -8), pixmap(name, ink))
        if self.row.quality is not None and not self.plain:
            font = QFont(self.font())
            font.setPixelSize(px(11))
            painter.setFont(font)
            painter.setPen(QColor(ink))
            painter.drawText(
                QRectF(-20, 10, 40, 14), Qt.AlignmentFlag.AlignCenter, str(self.row.quality)
            )
        painter.restore()


class HandsView(QWidget):
    """The left and the right hand.

    chosen: a finger was chosen by mouse, touch or keyboard; activated: by a double tap or Enter.
    """

    chosen = pyqtSignal(int)
    activated = pyqtSignal(int)

    def __init__(self, plain: bool = False) -> None:
        """plain: shows which fingers are enrolled, without their quality, for viewing from afar."""
        super().__init__()
        self._caption = FAR_CAPTION if plain else CAPTION
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        sized(self, least_width=380, least_height=200)
        self.setAccessibleName(tr("Hands"))
        self.position = 0
        self.fingers = {position: FingerButton(position, self) for position in ON_TERMINALS}
        for position, finger in self.fingers.items():
            finger.plain = plain
            finger.clicked.connect(lambda _, position=position: self.choose(position))

    def show_rows(self, rows: list[FingerRow]) -> None:
        """Shows what is stored of each finger."""
        by_position = {row.position: row for row in rows}
        for position, finger in self.fingers.items():
            finger.show_row(by_position.get(position))

    def choose(self, position: int) -> None:
        """Marks a finger and reports it; 0: none."""
        self.mark(position)
        if position:
            self.chosen.emit(position)

    def mark(self, position: int) -> None:
        """Marks a finger without reporting it; 0: none."""
        self.position = position
        for each, finger in self.fingers.items():
            finger.setChecked(each == position)
        self.update()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Moves from finger to finger with the arrow keys, over both hands; Enter enrols."""
        if event is None:
            return
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        focused = next(
            (
                place
                for place, position in enumerate(ON_TERMINALS)
                if self.fingers[position].hasFocus()
            ),
            None,
        )
        if step is not None and focused is not None:
            self.fingers[ON_TERMINALS[(focused + step) % len(ON_TERMINALS)]].setFocus(
                Qt.FocusReason.TabFocusReason
            )
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and focused is not None:
            self.choose(ON_TERMINALS[focused])
            self.activated.emit(ON_TERMINALS[focused])
        else:
            super().keyPressEvent(event)

    def _scale(self) -> tuple[float, QPointF]:
        scale = min(self.width() / WIDTH, self.height() / HEIGHT)
        return scale, QPointF(
            (self.width() - WIDTH * scale) / 2, (self.height() - HEIGHT * scale) / 2
        )

    def resizeEvent(self, _event: QResizeEvent | None) -> None:
        """Fits the content to the new size."""
        scale, corner = self._scale()
        for position, finger in self.fingers.items():
            left, top, height, degrees = _place(position)
            finger.degrees = degrees
            finger.shape_rect = QRectF(0, 0, FINGER_WIDTH * scale, height * scale)
            around = abs(height * scale * _sin(degrees)) + FINGER_WIDTH * scale + 4
            centre = corner + QPointF(left + FINGER_WIDTH / 2, top + height / 2) * scale
            finger.setGeometry(
                QRectF(
                    centre.x() - around / 2,
                    centre.y() - height * scale / 2 - 2,
                    around,
                    height * scale + 4,
                ).toRect()
            )

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Paints the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale, corner = self._scale()
        painter.translate(corner)
        painter.scale(scale, scale)
        colours = theme()
        left, top, width, height = PALM
        for at, name in ((left, tr("Left hand")), (WIDTH - left - width, tr("Right hand"))):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.line2))
            painter.drawRoundedRect(QRectF(at, top, width, height), 48, 48)
            font = QFont(self.font())
            font.setPixelSize(self._caption)
            painter.setFont(font)
            painter.setPen(QColor(colours.ink2))
            painter.drawText(
                QRectF(at, top + height, width, HEIGHT - top - height),
                Qt.AlignmentFlag.AlignCenter,
                name,
            )
        if self.position:
            self._paint_tag(painter)

    def _paint_tag(self, painter: QPainter) -> None:
        """Paints the name of the chosen finger above its tip, or beside the others for a thumb."""
        position = FingerPosition(self.position)
        left, top, height, degrees = _place(position)
        thumb = position in (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB)
        tip = left + FINGER_WIDTH / 2 + height / 2 * _sin(degrees)
        font = QFont(self.font())
        font.setPixelSize(13)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme().accent))
        middle = min(max(tip, 60.0), WIDTH - 60.0)
        painter.drawText(
            QRectF(middle - 90, top - TAG if thumb else 4, 180, 20),
            Qt.AlignmentFlag.AlignCenter,
            tr(position.words),
        )


def _place(position: FingerPosition) -> tuple[float, float, float, float]:
    """(left, top, height, degrees) in the drawing; the right hand is the left one mirrored."""
    if position.left:
        return LEFT_HAND[position]
    left, top, height, degrees = LEFT_HAND[FingerPosition(position + 5)]
    return WIDTH - left - FINGER_WIDTH, top, height, -degrees


def _sin(degrees: float) -> float:
    return math.sin(math.radians(degrees))
