"""The live picture of a camera, mirrored like a mirror's, with what screening sees in it."""

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QBuffer, QIODevice, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from console.biometrics.faces.live.advice import LiveAdvice
from console.qt.sizes import sized
from console.qt.theme import theme

TONES = {"pass": "#5CC98E", "warn": "#E0B04A", "reject": "#F0765B"}
"""Marks lie on a photo: the same in both themes."""
OVAL = (0.36, 0.62)
"""Width over height of the oval for the head, and its height as a share of the picture's."""


class LiveView(QWidget):
    """painted: the frame is on the screen and the next one may come."""

    painted = pyqtSignal()

    def __init__(self, empty_text: str) -> None:
        super().__init__()
        self._empty_text = empty_text
        self._frame: NDArray[np.uint8] | None = None
        self._image: QImage | None = None
        self._advice: LiveAdvice | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        sized(self, least_width=320, least_height=240)

    @property
    def frame(self) -> NDArray[np.uint8] | None:
        """The newest one, as the camera gave it."""
        return self._frame

    def show_frame(self, frame: NDArray[np.uint8]) -> None:
        """Shows an RGB frame (height, width, 3)."""
        self._frame = np.ascontiguousarray(frame)
        height, width = frame.shape[:2]
        self._image = QImage(
            self._frame.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888
        ).copy()
        self.update()

    def show_advice(self, advice: LiveAdvice | None) -> None:
        """Marks the face as this advice says; None: marks nothing."""
        self._advice = advice
        self.update()

    def clear(self, text: str) -> None:
        """Shows this text in place of a picture."""
        self._frame, self._image, self._advice, self._empty_text = None, None, None, text
        self.update()

    def jpeg(self) -> bytes:
        """The newest frame as a file; empty when there is none."""
        if self._image is None:
            return b""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._image.save(buffer, "JPEG", 93)
        return bytes(buffer.data().data())

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Paints the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is None:
            painter.setBrush(QColor(theme().bg))
            painter.setPen(QPen(QColor(theme().line), 1.5, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
            painter.setPen(QColor(theme().ink2))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._empty_text)
            return
        place = self._place()
        painter.save()
        painter.translate(place.center().x() * 2, 0)
        painter.scale(-1, 1)
        painter.drawImage(place, self._image)
        painter.restore()
        self._paint_oval(painter, place)
        if self._advice is not None and self._advice.box is not None:
            self._paint_face(painter, place, self._advice)
        self.painted.emit()

    def _place(self) -> QRectF:
        """Where the whole frame fits."""
        assert self._image is not None
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def _paint_oval(self, painter: QPainter, place: QRectF) -> None:
        height = OVAL[1] * place.height()
        width = height * OVAL[0] * 2
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255, 150), 2, Qt.PenStyle.DashLine))
        painter.drawEllipse(place.center(), width / 2, height / 2)

    def _paint_face(self, painter: QPainter, place: QRectF, advice: LiveAdvice) -> None:
        """The picture is mirrored, so what is on its left is painted on the right."""
        assert advice.box is not None
        left, top, width, height = advice.box
        painter.setPen(QPen(QColor(TONES[advice.outcome.value]), 2.5))
        x, y = place.left() + (1 - left - width) * place.width(), place.top() + top * place.height()
        painter.drawRect(QRectF(x, y, width * place.width(), height * place.height()))
        if advice.eyes is not None:
            points = [
                QPointF(place.left() + (1 - x) * place.width(), place.top() + y * place.height())
                for x, y in advice.eyes
            ]
            painter.drawLine(points[0], points[1])
