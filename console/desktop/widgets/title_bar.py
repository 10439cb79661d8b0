"""The bar above every page: its title, one line of state, what comes next, and its search."""

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from console.desktop.page import Page
from console.qt.sizes import sized
from console.qt.widgets import ElidedLabel, label

HEIGHT, SEARCH_PX, LEAST_SEARCH_PX = 48, 320, 96
FIND_KEY = "Ctrl+F"


class TitleBar(QFrame):
    """search: narrows the list of the page."""

    def __init__(self, steps: QWidget) -> None:
        super().__init__()
        self.setObjectName("top")
        sized(self, height=HEIGHT)
        self.title, self.state = label("", "title"), ElidedLabel("state")
        self.search = QLineEdit()
        sized(self.search, least_width=LEAST_SEARCH_PX, most_width=SEARCH_PX)
        self.search.setClearButtonEnabled(True)
        across = QHBoxLayout(self)
        across.setContentsMargins(24, 0, 16, 0)
        across.setSpacing(8)
        across.addWidget(self.title)
        across.addWidget(self.state)
        across.addStretch(1)
        across.addWidget(steps)
        across.addWidget(self.search, 2)

    def show_page(self, page: Page) -> None:
        """Shows what the page is, and what was searched for on it."""
        self.title.setText(page.title)
        self.state.show_text("")
        self.search.setVisible(bool(page.searches))
        self.search.setPlaceholderText(f"{page.searches}   {FIND_KEY}")
        self.search.setAccessibleName(page.searches)
        self.show_search(page.search_text)

    def show_search(self, text: str) -> None:
        """Shows what the page searches for already."""
        self.search.blockSignals(True)
        self.search.setText(text)
        self.search.blockSignals(False)

    def clear(self) -> None:
        """Says nothing of the site: nobody is signed in."""
        self.search.clear()
        self.title.clear()
        self.state.show_text("")
