"""Puts the console's window as the operator left it: its size, the last page, tables, views."""

from collections.abc import Iterable
from functools import partial

import msgspec
from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QMainWindow

from console.desktop.page import Page
from console.desktop.view_memory import OperatorView, SavedView, ViewMemory
from console.desktop.widgets.saved_views import SavedViews
from console.qt.table_view import TableView, show_view, view_of
from console.qt.tables import Table


class Arrangement:
    """What one window takes from the memory, and what it leaves there."""

    def __init__(self, window: QMainWindow, memory: ViewMemory) -> None:
        self._window, self._memory = window, memory
        self._username, self._view = "", memory.newest

    def size_window(self, usual: QSize) -> None:
        """The size of last time, or the usual one, as far as the screen of today has room."""
        size = QSize(*self._view.size) if self._view.size is not None else usual
        screen = self._window.screen()
        self._window.resize(size.boundedTo(screen.availableSize()) if screen is not None else size)

    @property
    def fills_screen(self) -> bool:
        """Whether the window did the last time."""
        return self._view.maximized

    def begin(self, username: str) -> None:
        """From now on for this operator."""
        self._username, self._view = username, self._memory.of(username)
        if self._view.size is not None and not self._window.isMaximized():
            self.size_window(QSize(*self._view.size))

    def first_page(self, allowed: Iterable[type[Page]], usual: type[Page]) -> type[Page]:
        """The page that was left, if it is still there and the role may see it."""
        return next((page for page in allowed if page.__name__ == self._view.page), usual)

    def arrange(self, page: Page) -> None:
        """The tables and the saved views of a page that was built just now."""
        for name, table in _tables(page):
            if name in self._view.tables:
                show_view(table, self._view.tables[name])
        kind = type(page).__name__
        for views in page.findChildren(SavedViews):
            views.show_own(self._view.saved.get(kind, []))
            views.kept.connect(partial(self._keep_saved, kind))

    def _keep_saved(self, kind: str, views: Iterable[SavedView]) -> None:
        """At once: a name that somebody thought of is not lost with the computer's power."""
        view = self._memory.of(self._username)
        saved = {**view.saved, kind: list(views)}
        self._memory.keep(self._username, msgspec.structs.replace(view, saved=saved))

    def end(self, shown: Page | None, pages: Iterable[Page]) -> None:
        """Remembers what the operator leaves, if one was here. Nothing is kept of what was read."""
        if not self._username:
            return
        tables: dict[str, TableView] = {**self._view.tables}
        for page in pages:
            tables |= {name: view_of(table) for name, table in _tables(page)}
        self._view = self._left(shown, tables)
        self._memory.keep(self._username, self._view)
        self._username = ""

    def _left(self, shown: Page | None, tables: dict[str, TableView]) -> OperatorView:
        size, fills = self._window.normalGeometry().size(), self._window.isMaximized()
        return msgspec.structs.replace(
            self._memory.of(self._username),  # the look may have been chosen meanwhile
            page=type(shown).__name__ if shown is not None else "",
            size=(size.width(), size.height()),
            maximized=fills,
            tables=tables,
        )


def _tables(page: Page) -> Iterable[tuple[str, Table]]:
    """Those of the page itself, not of its dialogs, by a name that the next start has, too."""
    own = [table for table in page.findChildren(Table) if table.window() is page.window()]
    for table in own:
        yield f"{type(page).__name__}: {table.accessibleName()}", table
