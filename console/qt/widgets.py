"""Small parts that every page uses."""

from collections.abc import Callable, Sequence
from typing import Any

from PyQt6.QtCore import QEvent, QSize, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from console.qt.sizes import sized
from console.qt.theme import ICON_PX, icon, pixmap, px, theme

ADVICE_WIDTH, CHIP_PX = 420, 20
LEAST_ELIDED_PX = 80


def label(text: str = "", kind: str = "", wrap: bool = False) -> QLabel:
    """kind: heading, big, soft, small or error."""
    made = WrappedLabel(text) if wrap else QLabel(text)
    made.setObjectName(kind)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def button(
    text: str, on_click: Callable[[], Any], kind: str = "", icon_name: str = ""
) -> QPushButton:
    """kind: primary or danger."""
    made = QPushButton(text)
    made.setObjectName(kind)
    if icon_name:
        made.setIcon(icon(icon_name, "accent_ink" if kind == "primary" else "ink2"))
    made.clicked.connect(lambda _checked: on_click())
    made.setAutoDefault(False)
    return made


def chip(text: str, tone: str) -> QLabel:
    """A word on a soft ground."""
    made = label(text, "chip")
    made.setProperty("tone", tone)
    sized(made, height=CHIP_PX)
    return made


def set_tone(part: QWidget, tone: str) -> None:
    """Shows the part in this tone from now on; "" for none."""
    part.setProperty("tone", tone)
    repolish(part)


def repolish(part: QWidget) -> None:
    """Fits the part to the style sheet after its name or a property has changed."""
    style = part.style()
    assert style is not None
    style.unpolish(part)
    style.polish(part)


class IconLabel(QLabel):
    """A line icon that follows the theme and the size of the text."""

    def __init__(self, name: str, colour: str, size: int = ICON_PX) -> None:
        """colour: of the theme by its name, or a tone; size: px at a text size of 100 %."""
        super().__init__()
        self._size = size
        self.show_icon(name, colour)

    def show_icon(self, name: str, colour: str) -> None:
        """Shows this icon."""
        self._name, self._colour = name, colour
        self._draw()

    def changeEvent(self, event: QEvent | None) -> None:
        """Draws the icon in the new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._draw()

    def _draw(self) -> None:
        self.setPixmap(pixmap(self._name, theme().colour(self._colour), px(self._size)))


def card(parts: Sequence[QWidget], *, spacing: int = 8, margin: int = 16) -> QFrame:
    """A surface with a thin line round it."""
    frame = QFrame()
    frame.setObjectName("card")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    for part in parts:
        layout.addWidget(part)
    return frame


def row(*parts: QWidget | None, spacing: int = 8) -> QWidget:
    """Parts side by side; None takes the free space."""
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        else:
            layout.addWidget(part)
    return holder


class Field(QWidget):
    """A labelled line edit with room for what is wrong with it."""

    def __init__(self, text: str, password: bool = False, hint: str = "") -> None:
        super().__init__()
        self.edit = QLineEdit()
        self.edit.setAccessibleName(text)
        self.edit.setPlaceholderText(hint)
        if password:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        caption = label(text, "soft")
        caption.setBuddy(self.edit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(4)
        for part in (caption, self.edit, self.problem):
            layout.addWidget(part)

    def text(self) -> str:
        """What is filled in."""
        return self.edit.text()

    def set_problem(self, message: str) -> None:
        """Shows what is wrong, or clears it."""
        self.problem.setText(message)
        self.problem.setVisible(bool(message))
        self.edit.setProperty("wrong", bool(message))
        repolish(self.edit)
        if message:
            self.edit.setFocus()


class EmptyState(QWidget):
    """What a list shows when there is nothing in it: why, and what to do next."""

    def __init__(
        self, icon_name: str, title: str, advice: str, action: QPushButton | None = None
    ) -> None:
        super().__init__()
        picture = IconLabel(icon_name, "ink3", 40)
        self._advice = label(advice, "soft", wrap=True)
        sized(self._advice, width=ADVICE_WIDTH)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        self._title = label(title, "heading")
        for part in (picture, self._title, self._advice):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        self._advice.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        if action is not None:
            layout.addWidget(action, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def set_text(self, title: str, advice: str) -> None:
        """Changes what is said."""
        self._title.setText(title)
        self._advice.setText(advice)

    def shrink(self) -> None:
        """For narrow places."""
        sized(self._advice, width=ADVICE_WIDTH * 2 // 3)


def scrolled(part: QWidget) -> QScrollArea:
    """The part in a frameless area that scrolls up and down."""
    area = QScrollArea()
    area.setWidget(part)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


class WrappedLabel(QLabel):
    """Text on as many lines as it needs. CO14.

    Qt's layouts give a text that wraps the height of its longest words in one place and of one line
    in another; this asks for the height that its width needs.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self._least = 0
        self.setWordWrap(True)

    def setMinimumHeight(self, height: int) -> None:  # noqa: N802 - Qt's name
        """Keeps this height also where the text needs less."""
        self._least = height
        self._fit()

    def setText(self, text: str | None) -> None:  # noqa: N802 - Qt's name
        """Shows this text."""
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fits the height to the new width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent | None) -> None:
        """Fits the height to another font."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        super().setMinimumHeight(0)  # a label never says that it needs less than its minimum
        super().setMinimumHeight(max(self._least, self.heightForWidth(self.width())))


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where there is no room; a screen reader says the whole."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.setObjectName(kind)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.whole = ""

    def show_text(self, text: str) -> None:
        """Shows this text, shortened where there is no room."""
        self.whole = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        """The size that shows everything."""
        return QSize(
            self.fontMetrics().horizontalAdvance(self.whole) + 2, super().sizeHint().height()
        )

    def minimumSizeHint(self) -> QSize:
        """The least size that still shows something."""
        return QSize(
            min(self.sizeHint().width(), LEAST_ELIDED_PX), super().minimumSizeHint().height()
        )

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fits the content to the new size."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(
            self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, self.width())
        )


class Switch(QWidget):
    """Shows one of several widgets in the same place."""

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        self.parts = parts
        self._stack = QStackedLayout(self)
        for part in parts:
            self._stack.addWidget(part)

    def show_part(self, part: QWidget) -> None:
        """Shows this one of the widgets."""
        self._stack.setCurrentWidget(part)

    @property
    def shown(self) -> QWidget | None:
        """The widget that is shown."""
        return self._stack.currentWidget()


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout. Nothing of it is painted any more, not even once."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()  # it is deleted only when Qt comes round to it
            widget.deleteLater()
