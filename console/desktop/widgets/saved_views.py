"""The views of a list: some that ship, and those that the operator has saved under a name. CO19."""

from collections.abc import Iterable, Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QMenu, QPushButton

from console.desktop.view_memory import SavedView, State
from console.domain.language import tr
from console.qt.questions import ask_text
from console.qt.sizes import sized
from console.qt.theme import icon

MOST_VIEWS, MOST_CHARS = 50, 60
BUTTON_PX = 210


class SavedViews(QPushButton):
    """Shows the name of the view that the list shows, and offers all of them in its menu.

    chosen: a State that the list should show; kept: the operator's own views, which have changed.
    """

    chosen = pyqtSignal(object)
    kept = pyqtSignal(object)

    def __init__(self, shipped: Sequence[SavedView]) -> None:
        super().__init__()
        self._shipped = tuple(shipped)
        self._own: list[SavedView] = []
        self._deleted: SavedView | None = None
        self._state: State = {}
        self.setIcon(icon("eye"))
        self.setAutoDefault(False)
        sized(self, most_width=BUTTON_PX)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        self._show_name()

    @property
    def own(self) -> Sequence[SavedView]:
        """What the operator has saved."""
        return tuple(self._own)

    @property
    def current(self) -> SavedView | None:
        """The view that the list shows."""
        return self._showing((*self._own, *self._shipped))

    def _showing(self, views: Iterable[SavedView]) -> SavedView | None:
        return next((view for view in views if view.state == self._state), None)

    def show_own(self, views: Iterable[SavedView]) -> None:
        """Offers these, which the operator saved earlier."""
        self._own = list(views)[:MOST_VIEWS]
        self._show_name()

    def show_state(self, state: State) -> None:
        """The list shows this now, whoever chose it."""
        self._state = state
        self._show_name()

    def save(self, name: str) -> None:
        """Keeps what the list shows under this name, in place of a view of the same name."""
        name = " ".join(name.split())[:MOST_CHARS]
        if name:
            self._own = [view for view in self._own if view.name != name][-MOST_VIEWS + 1 :]
            self._keep([*self._own, SavedView(name=name, state=self._state)])

    def rename(self, name: str) -> None:
        """Gives the view that the list shows this name."""
        view, name = self._showing(self._own), " ".join(name.split())[:MOST_CHARS]
        if view is not None and name and name != view.name:
            others = [one for one in self._own if one.name not in (name, view.name)]
            self._keep([*others, SavedView(name=name, state=view.state)])

    def delete(self) -> None:
        """Forgets the view that the list shows; it can be brought back until another one goes."""
        self._deleted = self._showing(self._own)
        self._keep([view for view in self._own if view is not self._deleted])

    def bring_back(self) -> None:
        """Takes the last deletion back."""
        if self._deleted is not None:
            view, self._deleted = self._deleted, None
            self._keep([*(one for one in self._own if one.name != view.name), view])

    def _keep(self, views: list[SavedView]) -> None:
        self._own = views
        self._show_name()
        self.kept.emit(tuple(views))

    def _show_name(self) -> None:
        view = self.current
        self.setText(_plain(view.name) if view is not None else tr("Views"))
        self.setAccessibleName(tr("Saved views"))
        self.setToolTip(view.name if view is not None else tr("Saved views of this list"))

    def _fill(self) -> None:
        self._menu.clear()
        for views in (self._shipped, sorted(self._own, key=lambda one: one.name.casefold())):
            for view in views:
                self._offer(view)
            if views:
                self._menu.addSeparator()
        own = self._showing(self._own)
        self._menu.addAction(tr("Save this view…"), self._ask_save)
        if own is not None:
            name = _plain(own.name)
            self._menu.addAction(tr("Rename “{name}”…", name=name), self._ask_rename)
            self._menu.addAction(tr("Delete “{name}”", name=name), self.delete)
        if self._deleted is not None:
            name = _plain(self._deleted.name)
            self._menu.addAction(tr("Bring back “{name}”", name=name), self.bring_back)

    def _offer(self, view: SavedView) -> None:
        action = self._menu.addAction(_plain(view.name))
        assert action is not None
        action.setCheckable(True)
        action.setChecked(view is self.current)
        action.triggered.connect(lambda _checked: self.chosen.emit(dict(view.state)))

    def _ask_save(self) -> None:
        question = tr("Name of this view. A view of the same name is replaced.")
        name = ask_text(self, tr("Save view"), question, tr("Save"))
        self.save(name or "")

    def _ask_rename(self) -> None:
        own = self._showing(self._own)
        if own is not None:
            title, action = tr("Rename view"), tr("Rename")
            name = ask_text(self, title, tr("New name of this view"), action, text=own.name)
            self.rename(name or "")


def _plain(name: str) -> str:
    """As a menu and a button show it: an ampersand would mark a key."""
    return name.replace("&", "&&")
