"""Help: a list of pages that can be searched, and the page that is read, without a network."""

from PyQt6.QtCore import QEvent, QSize, Qt, QUrl
from PyQt6.QtGui import QTextCursor
from PyQt6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from console.desktop.help_pages import BEGINNING, help_pages
from console.domain.help_text import find_help
from console.domain.language import tr
from console.qt.dialog import Dialog
from console.qt.offline_browser import OfflineBrowser
from console.qt.sizes import sized
from console.qt.theme import px
from console.qt.widgets import button, label, row

SIZE, LIST_PX = QSize(940, 640), 260
HEADING_GAP_PX, GAP_PX = 14, 5
NOTHING = tr("No help page contains all these words. Try fewer or different words.")


class HelpReader(OfflineBrowser):
    """Shows one page, and follows links to other pages of the help only."""

    def __init__(self) -> None:
        super().__init__()
        self.name = ""
        self._sought = ""
        self.setAccessibleName(tr("Help page"))
        self.setObjectName("help")
        self.anchorClicked.connect(self._follow)

    def show_help(self, name: str, sought: str = "") -> None:
        """Shows the page of this name. sought: what is marked in it, and brought into sight."""
        pages = help_pages()
        self.name, self._sought = name if name in pages else BEGINNING, sought
        self.setMarkdown(pages[self.name].text.replace("`", "**"))
        self._space_out()
        for word in sought.split()[:1]:
            self.find(word)

    def _space_out(self) -> None:
        """Sets headings off from what stands above them."""
        document = self.document()
        assert document is not None
        block = document.begin()
        while block.isValid():
            layout = block.blockFormat()
            is_heading = bool(layout.headingLevel())
            layout.setTopMargin(px(HEADING_GAP_PX) if is_heading and block.position() else 0)
            layout.setBottomMargin(px(GAP_PX))
            QTextCursor(block).setBlockFormat(layout)
            block = block.next()

    def changeEvent(self, event: QEvent | None) -> None:
        """Writes the page anew in other colours or another size."""
        super().changeEvent(event)
        if self.name and event is not None and event.type() == QEvent.Type.StyleChange:
            self.show_help(self.name, self._sought)

    def _follow(self, link: QUrl) -> None:
        name = link.toString().removesuffix(".md")
        if name in help_pages():
            self.show_help(name)


class HelpDialog(Dialog):
    """Stays open beside the console, which can be used meanwhile."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Help"))
        self.setModal(False)
        self.open_at(SIZE)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search the help"))
        self.search.setAccessibleName(tr("Search the help"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._find())
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Pages of the help"))
        self.list.setObjectName("help")
        self.list.setWordWrap(True)
        self.list.currentItemChanged.connect(lambda item, _: self._show(item))
        self.nothing = label(NOTHING, "soft", wrap=True)
        self.reader = HelpReader()
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.search, self.nothing):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        sized(left, width=LIST_PX)
        parts = QSplitter()
        parts.setChildrenCollapsible(False)
        parts.addWidget(left)
        parts.addWidget(self.reader)
        close = button(tr("Close"), self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(parts, 1)
        said = label(tr("F1 opens the help for the current page."), "small")
        layout.addWidget(row(said, None, close))
        self._find()

    def open_help(self, name: str) -> None:
        """Shows the page of this name, in front of the console."""
        self.search.clear()
        for place in range(self.list.count()):
            item = self.list.item(place)
            if item is not None and item.data(Qt.ItemDataRole.UserRole) == name:
                self.list.setCurrentItem(item)
        self.show()
        self.activateWindow()
        self.reader.setFocus()

    def _find(self) -> None:
        sought = self.search.text().strip()
        self.list.blockSignals(True)
        self.list.clear()
        for found in find_help(help_pages().values(), sought):
            text = f"{found.page.title}\n{found.line}" if sought else found.page.title
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, found.page.name)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.nothing.setVisible(self.list.count() == 0)
        self.list.setCurrentRow(0)

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            name = item.data(Qt.ItemDataRole.UserRole)
            self.reader.show_help(name, self.search.text().strip())
