"""The base of every dialog: none is larger than its screen, and its buttons stay in sight. CO11."""

from typing import ClassVar

from PyQt6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PyQt6.QtGui import QResizeEvent, QShowEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLayout,
    QMessageBox,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from console.qt.theme import px

EXPLAINED_PX = 340
LEAST_BODY_PX = 60
"""Two lines of text: as little as is left of a body on the smallest screen."""


class Dialog(QDialog):
    """Lays itself out as any dialog, with the row of its buttons as the last part.

    When it is first shown, all above this row goes into an area that scrolls where the screen has
    no room. What went wrong is said right above the buttons, and stays in sight with them.
    """

    scrolls: ClassVar[bool] = True
    """False for one that keeps within the screen, with all its parts, by itself."""
    _body: "_Body | None" = None

    def open_at(self, size: QSize) -> None:
        """How large it opens: px at a text size of 100 %, where the screen has room."""
        self.resize(QSize(px(size.width()), px(size.height())))

    def setVisible(self, visible: bool) -> None:  # noqa: N802 - Qt's name
        """Shows the dialog, as large as fits, or hides it."""
        layout = self.layout()
        if visible and self.scrolls and self._body is None and layout is not None:
            self._divide(layout)
            self._shrink()
        super().setVisible(visible)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keeps within the screen when its texts grow."""
        super().resizeEvent(event)
        if self._body is None or not self.isVisible():
            return
        if self.height() > room_for(self).height():  # a line was added below the body
            self._body.updateGeometry()
            QTimer.singleShot(0, self._shrink)
        self._move_up()

    def _shrink(self) -> None:
        self.resize(self.size().boundedTo(room_for(self)))

    def _move_up(self) -> None:
        screen = self.screen()
        assert screen is not None
        room = screen.availableGeometry()
        outside = self.frameGeometry().bottom() - room.bottom()
        if outside > 0:
            self.move(self.x(), max(room.top(), self.y() - outside))

    def _divide(self, layout: QLayout) -> None:
        """Leaves the buttons, and moves what is above them, layout and all, into the body."""
        focused = self.focusWidget()
        foot = _take_foot(layout)
        content = QWidget(self)
        margins, spacing = layout.contentsMargins(), layout.spacing()
        layout.setContentsMargins(0, 0, 0, 0)
        content.setLayout(layout)
        self._body = _Body(self, content, foot)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(margins)
        outer.setSpacing(spacing)
        outer.addWidget(self._body, 1)
        for part in foot:
            outer.addWidget(part)
        for part in self.findChildren(QWidget):
            part.ensurePolished()  # else it does not know yet how much room it needs
        if focused is not None:
            focused.setFocus()  # it has lost it by moving
        outer.activate()  # else the least size of before still holds


class MessageBox(QMessageBox):
    """A message or a question of Qt's own kind, whose long explanation scrolls in the same way."""

    _body: "_Body | None" = None

    def showEvent(self, event: QShowEvent | None) -> None:
        """Puts the explanation into the body, before Qt measures the whole."""
        explained = self.findChild(QLabel, "qt_msgbox_informativelabel")
        layout = self.layout()
        if explained is not None and layout is not None and explained.parent() is self:
            content = QWidget(self)
            inside = QVBoxLayout(content)
            inside.setContentsMargins(0, 0, 0, 0)
            others: list[QWidget] = [
                part
                for part in self.children()
                if isinstance(part, QDialogButtonBox | QCheckBox)
                or (isinstance(part, QLabel) and part.objectName() == "qt_msgbox_label")
            ]
            self._body = _Body(self, content, others)
            layout.replaceWidget(explained, self._body)
            inside.addWidget(explained)
            self._body.setMinimumWidth(px(EXPLAINED_PX))
            self._body.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            explained.setMinimumWidth(px(EXPLAINED_PX) // 2)  # else no less than some words of it
            policy = explained.sizePolicy()
            policy.setHeightForWidth(True)
            explained.setSizePolicy(policy)
            for part in (explained, content, self._body):
                part.show()  # what has another parent now is hidden, and would not be measured
            layout.activate()
        super().showEvent(event)


def room_for(window: QWidget) -> QSize:
    """What the screen has for the inside of a window."""
    screen, style = window.screen(), window.style()
    assert screen is not None and style is not None
    title = style.pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    return screen.availableSize() - QSize(0, title)


def _take_foot(layout: QLayout) -> list[QWidget]:
    """The last part, and the line above it that says what went wrong."""
    foot: list[QWidget] = []
    while layout.count():
        item = layout.itemAt(layout.count() - 1)
        part = item.widget() if item is not None else None
        is_error = isinstance(part, QLabel) and part.objectName() == "error"
        if part is None or (foot and not is_error):
            break
        layout.removeWidget(part)
        foot.insert(0, part)
    return foot


class _Body(QScrollArea):
    """Asks for the height that its content needs, as far as the screen has it beside the foot."""

    def __init__(self, dialog: QWidget, content: QWidget, foot: list[QWidget]) -> None:
        super().__init__(dialog)  # from the start, else Tab would come to the content last
        self._content, self._foot = content, foot
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName("words")
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Looks whether it scrolls now."""
        super().resizeEvent(event)
        self._let_keys_scroll()

    def _let_keys_scroll(self) -> None:
        """Mere words are scrolled by the arrow keys; a field brings itself into sight."""
        bar = self.verticalScrollBar()
        scrolls = bar is not None and bar.maximum() > 0
        parts = [one for one in self._content.findChildren(QWidget) if not isinstance(one, QLabel)]
        mere = all(part.focusPolicy() is Qt.FocusPolicy.NoFocus for part in parts)
        policy = Qt.FocusPolicy.StrongFocus if scrolls and mere else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(policy)

    def sizeHint(self) -> QSize:
        """All that the content wants, as far as there is room."""
        return self._content.sizeHint().boundedTo(self._room())

    def minimumSizeHint(self) -> QSize:
        """All that the content needs, as far as there is room."""
        return self._content.minimumSizeHint().boundedTo(self._room())

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """The height that the content needs at this width, as far as there is room."""
        layout = self._content.layout()
        assert layout is not None
        needs = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else -1
        return min(max(needs, layout.totalMinimumSize().height()), self._room().height())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Asks for more when the content grows."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._let_keys_scroll()
        return super().eventFilter(watched, event)

    def _room(self) -> QSize:
        window = self.window()
        outer = window.layout() if window is not None else None
        assert window is not None
        room = room_for(window)
        if outer is None:
            return room
        margins = outer.contentsMargins()
        beside = margins.top() + margins.bottom()
        shown = [part for part in self._foot if not part.isHidden()]
        spacing = outer.verticalSpacing() if isinstance(outer, QGridLayout) else outer.spacing()
        beside += sum(self._height_of(part) + max(0, spacing) for part in shown)
        return QSize(
            room.width() - margins.left() - margins.right(),
            max(px(LEAST_BODY_PX), room.height() - beside),
        )

    def _height_of(self, part: QWidget) -> int:
        """What a part of the foot needs: a text that wraps, at the width that it has."""
        wraps = part.hasHeightForWidth()
        return part.heightForWidth(self.width()) if wraps else part.sizeHint().height()
