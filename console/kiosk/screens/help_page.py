"""Help at the login screen: fingers, faces, and the way to the home screen as a chart. S4."""

from functools import partial

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain import texts
from console.domain.language import tr
from console.kiosk.screens.page import push
from console.qt.theme import theme
from console.qt.widgets import Switch, label

BOX = (280.0, 150.0)
"""Width and height of a box of the chart, in its own units."""
CHART = (960.0, 640.0)
SIZES = (36, 34, 32, 30, 28, 26)
"""The sizes of its letters to choose from, in the same units."""
BOXES: tuple[tuple[float, float, str], ...] = (
    (0, 245, texts.CHART_SCAN),
    (340, 20, texts.CHART_KNOWN),
    (340, 470, texts.CHART_NUMBER),
    (680, 20, texts.CHART_STATUS),
    (680, 245, texts.CHART_HOME),
    (680, 470, texts.CHART_MATCH),
)
ARROWS = ((0, 1), (0, 2), (1, 3), (3, 4), (2, 5), (5, 4))
"""Pairs of boxes, from where to where."""


class FlowChart(QWidget):
    """From the login screen to the home screen."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(600, 260)
        self.retranslate()

    def retranslate(self) -> None:
        """Sets all texts in the present language."""
        self.setAccessibleName(" → ".join(tr(text) for _, _, text in BOXES))
        self.update()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draws it. Qt gives the name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = min(self.width() / CHART[0], self.height() / CHART[1])
        painter.translate(
            (self.width() - CHART[0] * scale) / 2, (self.height() - CHART[1] * scale) / 2
        )
        painter.scale(scale, scale)
        for start, end in ARROWS:
            self._arrow(painter, _rect(start), _rect(end))
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.setFont(self._font(flags))
        for number, (_, _, text) in enumerate(BOXES):
            painter.setPen(QPen(QColor(theme().accent), 2))
            painter.setBrush(QColor(theme().surface))
            painter.drawRoundedRect(_rect(number), 12, 12)
            painter.setPen(QColor(theme().ink))
            painter.drawText(_inside(number), flags, tr(text))

    def _font(self, flags: int) -> QFont:
        """The largest font in which every box holds its words."""
        font = QFont(self.font())
        for size in SIZES:
            font.setPixelSize(size)
            measure = QFontMetricsF(font)
            inside = [(_inside(number), tr(text)) for number, (_, _, text) in enumerate(BOXES)]
            if all(
                measure.boundingRect(box, flags, text).height() <= box.height()
                for box, text in inside
            ):
                break
        return font

    def _arrow(self, painter: QPainter, start: QRectF, end: QRectF) -> None:
        painter.setPen(QPen(QColor(theme().ink2), 3))
        painter.setBrush(QColor(theme().ink2))
        if abs(start.center().x() - end.center().x()) < 1:  # straight up or down
            down = end.top() > start.top()
            first = QPointF(start.center().x(), start.bottom() if down else start.top())
            last = QPointF(end.center().x(), end.top() if down else end.bottom())
            tip = -10.0 if down else 10.0
            painter.drawLine(first, last)
            painter.drawPolygon(QPolygonF([last, last + QPointF(-7, tip), last + QPointF(7, tip)]))
            return
        first, last = (
            QPointF(start.right(), start.center().y()),
            QPointF(end.left(), end.center().y()),
        )
        painter.drawLine(first, last)
        painter.drawPolygon(QPolygonF([last, last + QPointF(-10, -7), last + QPointF(-10, 7)]))


def _rect(number: int) -> QRectF:
    left, top, _ = BOXES[number]
    return QRectF(left, top, *BOX)


def _inside(number: int) -> QRectF:
    return _rect(number).adjusted(10, 6, -10, -6)


class HelpPage(QWidget):
    """closed: back to the login screen."""

    closed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.finger, self.face = label("", "soft", wrap=True), label("", "soft", wrap=True)
        self.chart = FlowChart()
        self.parts = Switch(self.finger, self.face, self.chart)
        for one in (self.finger, self.face):
            one.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.tabs = [push("", partial(self.show_part, part)) for part in self.parts.parts]
        self.back = push("", self.closed.emit, "primary")
        left = QVBoxLayout()
        left.setSpacing(12)
        for tab in self.tabs:
            left.addWidget(tab)
        left.addStretch(1)
        left.addWidget(self.back)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(48, 24, 48, 24)
        layout.setSpacing(48)
        layout.addLayout(left)
        layout.addWidget(self.parts, 1)
        self.retranslate()

    def retranslate(self) -> None:
        """Sets all texts in the present language."""
        for tab, text in zip(
            self.tabs, (texts.ABOUT_FINGER, texts.ABOUT_FACE, texts.ABOUT_FLOW), strict=True
        ):
            tab.setText(tr(text))
        self.finger.setText("\n\n".join(tr(text) for text in texts.FINGER_HELP))
        self.face.setText("\n\n".join(tr(text) for text in texts.FACE_HELP))
        self.back.setText(tr(texts.CLOSE_HELP))
        self.chart.retranslate()

    def show_part(self, part: QWidget) -> None:
        """Shows one of the three parts."""
        self.parts.show_part(part)
