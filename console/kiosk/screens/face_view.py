"""The live picture of the login screen, mirrored. S31, S33, S38.

A black square stands round the face, and a line goes from eye to eye.
"""

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from console.biometrics.workers.messages import WatchAnswer
from console.qt.theme import theme

BLACK, HALO = QColor("#000000"), QColor(255, 255, 255, 170)
"""The halo keeps black marks visible on a dark face or background."""
MARK_PX = 7.0
CORNERS = 12.0


class FaceView(QWidget):
    """painted: the frame is on the screen and the next one may come."""

    painted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._sight: WatchAnswer | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 280)

    @property
    def has_frame(self) -> bool:
        """Whether a picture is shown."""
        return self._image is not None

    def show_frame(self, frame: NDArray[np.uint8]) -> None:
        """Shows a picture: RGB, uint8, (h, w, 3)."""
        height, width = frame.shape[:2]
        self._image = QImage(
            np.ascontiguousarray(frame).tobytes(),
            width,
            height,
            3 * width,
            QImage.Format.Format_RGB888,
        ).copy()
        self.update()

    def show_sight(self, sight: WatchAnswer | None) -> None:
        """Marks what was seen on the newest picture; None: nothing."""
        self._sight = sight
        self.update()

    def clear(self) -> None:
        """Shows nothing."""
        self._image, self._sight = None, None
        self.update()

    def face_square(self) -> QRectF | None:
        """Where the square is drawn, in pixels of the widget; None without a face."""
        if self._image is None or self._sight is None or self._sight.box is None:
            return None
        place, (left, top, width, height) = self._place(), self._sight.box
        centre = QPointF(
            place.left() + (1 - left - width / 2) * place.width(),
            place.top() + (top + height / 2) * place.height(),
        )
        side = 1.1 * max(width * place.width(), height * place.height())
        return QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)

    def eye_points(self) -> tuple[QPointF, QPointF] | None:
        """The ends of the line between the eyes; None without a face."""
        if self._image is None or self._sight is None or self._sight.eyes is None:
            return None
        place = self._place()
        first, second = (
            QPointF(place.left() + (1 - x) * place.width(), place.top() + y * place.height())
            for x, y in self._sight.eyes
        )
        return first, second

    def _place(self) -> QRectF:
        """The picture fills the widget; what does not fit is cut off on both sides."""
        assert self._image is not None
        scale = max(self.width() / self._image.width(), self.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draws it. Qt gives the name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(self.rect()), CORNERS, CORNERS)
        painter.setClipPath(clip)
        painter.fillRect(self.rect(), QColor(theme().surface))
        if self._image is None:
            return
        painter.save()
        painter.translate(self.width(), 0)
        painter.scale(-1, 1)
        painter.drawImage(self._place(), self._image)
        painter.restore()
        square, eyes = self.face_square(), self.eye_points()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((HALO, MARK_PX + 4), (BLACK, MARK_PX)):
            painter.setPen(
                QPen(colour, width, cap=Qt.PenCapStyle.RoundCap, join=Qt.PenJoinStyle.RoundJoin)
            )
            if square is not None:
                painter.drawRect(square)
            if eyes is not None:
                painter.drawLine(*eyes)
        self.painted.emit()
