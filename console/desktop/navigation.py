"""The navigation at the left of the window: the pages by section, with counts of what waits."""

from collections.abc import Callable, Set

from PyQt6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
)

from console.desktop.page import Page
from console.desktop.sections import SECTIONS
from console.domain.language import tr
from console.qt.sizes import sized
from console.qt.theme import icon
from console.qt.widgets import IconLabel, label

WIDTH = 208
PALETTE_KEY = "Ctrl+K"
GO_TO = tr("Go to…")


class Navigation(QScrollArea):
    """entries: the button of each page; headings: with the pages below each; go_to: the palette."""

    def __init__(
        self, choose: Callable[[type[Page]], object], open_palette: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setObjectName("navigation")
        sized(self, width=WIDTH)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.entries: dict[type[Page], QPushButton] = {}
        self.headings: dict[QLabel, list[type[Page]]] = {}
        self._choose, self._group = choose, QButtonGroup(self)
        self.go_to = QPushButton(icon("search", "nav_ink"), f"  {GO_TO}   {PALETTE_KEY}")
        self.go_to.setAccessibleName(f"{GO_TO}, {PALETTE_KEY}")
        self.go_to.setToolTip(tr("Find people, devices, pages, actions and settings"))
        self.go_to.clicked.connect(lambda _: open_palette())
        inside = QFrame()
        inside.setObjectName("nav")
        self._column = QVBoxLayout(inside)
        self._lay_out()
        self.setWidget(inside)

    def _lay_out(self) -> None:
        self._column.setContentsMargins(8, 12, 8, 8)
        self._column.setSpacing(1)
        mark = IconLabel("fingerprint", "nav_mark", 20)
        mark.setObjectName("mark")
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(mark)
        head.addWidget(label("Muster", "brand"), 1)
        self._column.addLayout(head)
        self._column.addSpacing(8)
        self._column.addWidget(self.go_to)
        for section, entries in SECTIONS:
            if section:
                heading = label(section)
                self.headings[heading] = [entry.page for entry in entries]
                self._column.addWidget(heading)
            elif self.entries:
                self._column.addSpacing(4)
            for page, icon_name, _ in entries:
                self._add(page, icon_name)
        self._column.addStretch(1)

    def _add(self, page: type[Page], icon_name: str) -> None:
        entry = QPushButton(icon(icon_name, "nav_ink"), f"  {page.title}")
        entry.setCheckable(True)
        entry.setAccessibleName(page.title)
        entry.clicked.connect(lambda _: self._choose(page))
        self._group.addButton(entry)
        self.entries[page] = entry
        self._column.addWidget(entry)

    def show_for(self, allowed: Set[type[Page]]) -> None:
        """Shows these pages, and no heading without one."""
        for page, entry in self.entries.items():
            entry.setVisible(page in allowed)
        for heading, inside in self.headings.items():
            heading.setVisible(not allowed.isdisjoint(inside))

    def mark(self, page: type[Page]) -> None:
        """Shows which page is open."""
        self.entries[page].setChecked(True)
        self.ensureWidgetVisible(self.entries[page])

    def count(self, page: type[Page], count: int) -> None:
        """How many wait on a page; nothing is said of none."""
        self.entries[page].setText(f"  {page.title}   {count or ''}".rstrip())

    def clear(self) -> None:
        """Says nothing of the site: nobody is signed in."""
        for page in self.entries:
            self.count(page, 0)
