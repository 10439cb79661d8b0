"""A photo framed by its face, with sharp marks; zoom and pan can follow another view."""

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

from console.api.review import Region
from console.qt.sizes import sized
from console.qt.theme import theme

ASPECT = 3 / 4
FACE_SHARE = 0.5
"""The face takes this share of the frame's height, so that two photos show it equally large."""
MAX_ZOOM = 8.0
Eyes = tuple[tuple[float, float], tuple[float, float]]


class PhotoView(QWidget):
    """Shows one photo, or says why there is none."""

    view_changed = pyqtSignal(float, QPointF)
    clicked = pyqtSignal()

    def __init__(self, empty_text: str, small: bool = False) -> None:
        super().__init__()
        self._empty_text = empty_text
        self._small = small
        self._pixmap: QPixmap | None = None
        self._face: Region | None = None
        self._eyes: Eyes | None = None
        self._marks: list[tuple[Region, str]] = []
        self._zoom, self._offset = 1.0, QPointF()
        self._drag: QPointF | None = None
        self.chosen = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        if small:
            sized(self, width=84, height=104)

    @property
    def has_photo(self) -> bool:
        """A photo is shown."""
        return self._pixmap is not None

    def clear(self, text: str) -> None:
        """Shows this text in place of a photo."""
        self._pixmap, self._empty_text = None, text
        self.update()

    def show_photo(
        self, jpeg: bytes, face: Region | None, eyes: Eyes | None, marks: list[tuple[Region, str]]
    ) -> None:
        """marks: regions with their tone."""
        self._pixmap = QPixmap.fromImage(QImage.fromData(jpeg))
        self._face, self._eyes, self._marks = face, eyes, marks
        self.set_view(1.0, QPointF())

    def set_view(self, zoom: float, offset: QPointF) -> None:
        """Shows the photo at this zoom, moved by this share of the frame."""
        self._zoom, self._offset = zoom, offset
        self.update()

    def _source(self) -> QRectF:
        """The part of the photo that fills the frame."""
        assert self._pixmap is not None
        width, height = self._pixmap.width(), self._pixmap.height()
        aspect = self.width() / max(1, self.height())
        if self._face is None:
            shown = min(height, width / aspect)
            centre = QPointF(width / 2, height / 2)
        else:
            shown = max(self._face.height * height, self._face.width * width) / FACE_SHARE
            shown = min(shown, height, width / aspect)
            centre = QPointF(
                (self._face.left + self._face.width / 2) * width,
                (self._face.top + self._face.height / 2) * height,
            )
        size = QPointF(shown * aspect, shown) / self._zoom
        centre += QPointF(self._offset.x() * size.x(), self._offset.y() * size.y())
        left = min(max(0.0, centre.x() - size.x() / 2), width - size.x())
        top = min(max(0.0, centre.y() - size.y() / 2), height - size.y())
        return QRectF(left, top, size.x(), size.y())

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Paints the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._pixmap is None or self._pixmap.isNull():
            self._paint_empty(painter)
            return
        source = self._source()
        painter.drawPixmap(QRectF(self.rect()), self._pixmap, source)
        self._paint_marks(painter, source)
        if self.chosen:
            painter.setPen(QPen(QColor(theme().accent), 3))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setBrush(QColor(theme().bg))
        painter.setPen(QPen(QColor(theme().line), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.setPen(QColor(theme().ink2))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(
            QRectF(self.rect()).adjusted(12, 12, -12, -12), int(flags), self._empty_text
        )

    def _paint_marks(self, painter: QPainter, source: QRectF) -> None:
        assert self._pixmap is not None
        size = QPointF(self._pixmap.width(), self._pixmap.height())
        scale = self.width() / source.width()

        def place(x: float, y: float) -> QPointF:
            return QPointF(
                (x * size.x() - source.left()) * scale, (y * size.y() - source.top()) * scale
            )

        width = 1.5 if self._small else 2.5
        for region, tone in self._marks:
            painter.setPen(
                QPen(QColor(theme().tone(tone)[0] if tone != "pass" else "#5CC98E"), width)
            )
            painter.setBrush(Qt.BrushStyle.NoBrush)
            corner = place(region.left, region.top)
            painter.drawRect(
                QRectF(corner, place(region.left + region.width, region.top + region.height))
            )
        if self._eyes is not None and not self._small:
            left, right = place(*self._eyes[0]), place(*self._eyes[1])
            painter.setPen(QPen(QColor("#5CC98E"), 2))
            painter.drawLine(left, right)
            painter.setBrush(QColor("#5CC98E"))
            for point in (left, right):
                painter.drawEllipse(point, 3.5, 3.5)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zooms."""
        if event is None or self._small or self._pixmap is None:
            return
        zoom = min(
            MAX_ZOOM, max(1.0, self._zoom * (1.2 if event.angleDelta().y() > 0 else 1 / 1.2))
        )
        self._announce(zoom, self._offset if zoom > 1 else QPointF())

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begins to drag."""
        if event is not None:
            self._drag = event.position()
            self.clicked.emit()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drags the photo."""
        if event is None or self._drag is None or self._small or self._zoom <= 1:
            return
        moved = event.position() - self._drag
        self._drag = event.position()
        self._announce(
            self._zoom, self._offset - QPointF(moved.x() / self.width(), moved.y() / self.height())
        )

    def mouseReleaseEvent(self, _event: QMouseEvent | None) -> None:
        """Ends a drag, or reports a click."""
        self._drag = None

    def _announce(self, zoom: float, offset: QPointF) -> None:
        self.set_view(zoom, offset)
        self.view_changed.emit(zoom, offset)
