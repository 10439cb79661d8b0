"""The command palette: one field that finds people, devices, pages, acts and settings. CO19.

What the window knows is shown at once; people come from the service, for the text above them only.
"""

from PyQt6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from console.desktop.palette.hits import KIND_ICONS, KIND_WORDS, Hit, ranked
from console.desktop.palette.sources import Asked, Window, local_hits, searches
from console.domain.language import tr, tr_count
from console.qt.dialog import Dialog
from console.qt.theme import pixmap, px, theme
from console.qt.timers import timer
from console.qt.widgets import ElidedLabel, card, label, row

WIDTH, HEIGHT, ROW_PX, FROM_TOP_PX = 640, 460, 40, 56
MOST_HITS = 50
ASK_PAUSE_MS = 120
"""Typing pauses so long before people are asked for."""
SEPARATOR = " · "
KEYS = tr("Up/Down: choose · Enter: open · Esc: close")


class HitView(QWidget):
    """One row: icon, title and detail, what it is, and its key."""

    def __init__(self, hit: Hit) -> None:
        super().__init__()
        mark = QLabel()
        mark.setPixmap(pixmap(hit.icon or KIND_ICONS[hit.kind], theme().ink2))
        title, detail = ElidedLabel(""), ElidedLabel("soft")
        title.show_text(hit.title)
        detail.show_text(hit.detail)
        across = QHBoxLayout(self)
        across.setContentsMargins(12, 0, 12, 0)
        across.setSpacing(12)
        across.addWidget(mark)
        across.addWidget(title)
        across.addWidget(detail, 1)
        across.addWidget(label(hit.shortcut, "small"))
        across.addWidget(label(KIND_WORDS[hit.kind], "small"))


class PaletteDialog(Dialog):
    """Over the window, until something is chosen or Esc is pressed."""

    scrolls = False

    def __init__(self, window: Window, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Go to"))
        self._window, self._local = window, local_hits(window)
        self._asked = Asked(window, self)
        self.hits: list[Hit] = []
        self._found = 0
        """So many of them were found; behind them stand the searches of pages."""
        self._moved = False
        """The operator has chosen a row; until then the best one is chosen."""
        self._entered = False
        """Enter was pressed before the answer came."""
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Find people, devices, pages, actions and settings"))
        self.field.setAccessibleName(tr("Go to"))
        self.count = label("", "small")
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Results"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._ask = timer(self, ASK_PAUSE_MS, self._asked.ask_people, once=True)
        self._lay_out()
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._typed)
        self.list.itemClicked.connect(lambda item: self._go(self.list.row(item)))
        self._asked.changed.connect(self._show)
        self._asked.read_devices()
        self._show()

    def _lay_out(self) -> None:
        below = row(self.count, None, label(KEYS, "small"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card([self.field, self.list, below], margin=12))
        window = self.parentWidget()
        assert window is not None
        room = window.size()
        self.resize(min(px(WIDTH), room.width() - 32), min(px(HEIGHT), room.height() - 32))
        left = (room.width() - self.width()) // 2
        top = min(FROM_TOP_PX, (room.height() - self.height()) // 2)
        self.move(window.mapToGlobal(QPoint(left, top)))

    def _typed(self, text: str) -> None:
        """Another text: nothing that was found for the former one stays."""
        self._moved = self._entered = False
        self._asked.forget_people(text)
        self._ask.start()
        self._show()

    def _show(self) -> None:
        chosen = self._chosen
        found = [*self._asked.people, *self._asked.devices, *self._local]
        if not self.field.text().strip():
            found = self._local
        best = ranked(self.field.text(), found, MOST_HITS)
        self._found = len(best)
        self.hits = best + searches(self._window, self.field.text())
        self._fill()
        stays = self.hits.index(chosen) if self._moved and chosen in self.hits else 0
        self.list.setCurrentRow(stays)
        self._say()
        if self._entered and not self._asked.awaited:
            self._go(self.list.currentRow())

    def _fill(self) -> None:
        self.list.clear()
        for hit in self.hits:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.AccessibleTextRole, hit.spoken)
            item.setSizeHint(QSize(0, px(ROW_PX)))
            self.list.addItem(item)
            self.list.setItemWidget(item, HitView(hit))

    def _say(self) -> None:
        """How many there are, for the eye and for a screen reader that stays in the field."""
        found = tr_count("{count:,} result", "{count:,} results", self._found)
        said = found if self._found else tr("No results")
        if self._asked.awaited:
            said = SEPARATOR.join((said, tr("Searching for people…")))
        elif self._asked.problem:
            said = SEPARATOR.join((said, tr("People could not be searched")))
            self.count.setToolTip(self._asked.problem)
        self.count.setText(said)
        chosen = self._chosen
        spoken = SEPARATOR.join((said, chosen.spoken)) if chosen is not None else said
        self.field.setAccessibleDescription(spoken)

    @property
    def _chosen(self) -> Hit | None:
        row = self.list.currentRow()
        return self.hits[row] if 0 <= row < len(self.hits) else None

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """The field keeps the focus; up and down choose a row of the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            page = max(1, self.list.height() // ROW_PX - 1)
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: page,
                Qt.Key.Key_PageUp: -page,
            }
            if event.key() in steps:
                self._move(steps[Qt.Key(event.key())])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._enter()
                return True
        return super().eventFilter(watched, event)

    def _move(self, step: int) -> None:
        self._moved, self._entered = True, False
        row = min(max(0, self.list.currentRow() + step), len(self.hits) - 1)
        self.list.setCurrentRow(row)
        self._say()

    def _enter(self) -> None:
        """Goes to the chosen row; to the best one as soon as everybody has been asked."""
        if self._asked.awaited and not self._moved:
            self._entered = True
            self._ask.stop()
            self._asked.ask_people()
        else:
            self._go(self.list.currentRow())

    def _go(self, row: int) -> None:
        self._entered = False
        if 0 <= row < len(self.hits):
            hit = self.hits[row]
            self.accept()
            QTimer.singleShot(0, hit.go)  # once this window is gone

    def changeEvent(self, event: QEvent | None) -> None:
        """Whoever turns to another window has left this one."""
        super().changeEvent(event)
        turned = event is not None and event.type() == QEvent.Type.ActivationChange
        if turned and self.isVisible() and not self.isActiveWindow():
            self.reject()
