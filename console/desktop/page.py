"""The base of every page of the console."""

from collections.abc import Callable
from typing import Any, ClassVar

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from console.api.operation import ApiError, Operation, Req, Res
from console.desktop.narrow_bar import NarrowBar
from console.domain.today import Concern
from console.qt.client import ServiceClient
from console.qt.equipment import Equipment
from console.qt.requests import ViewRequests
from console.qt.shortcuts import Key
from console.qt.timers import timer

SEARCH_PAUSE_MS, BUSY_PAUSE_MS = 10, 200
"""Typing pauses this long before a search is sent; longer while an answer is still awaited, so that
a slow service is not asked for every letter."""


class Page(QWidget):
    """A page shows what the service has; `subjects` are the changes that it wants to hear of.

    state_text: one line beside the title; message: something that the operator should read, and
    whether it is bad news.
    """

    subjects: ClassVar[frozenset[str]] = frozenset()
    title: ClassVar[str] = ""
    searches: ClassVar[str] = ""
    """What the search field finds on this page; empty: nothing."""
    keys: ClassVar[tuple[Key, ...]] = ()
    """Keys that parts of the page answer themselves, beside those that are set as shortcuts."""

    state_text = pyqtSignal(str)
    message = pyqtSignal(str, bool)
    searched = pyqtSignal(str)
    """The page has chosen by itself what is searched for on it."""

    def __init__(self, client: ServiceClient) -> None:
        super().__init__()
        self.setObjectName("body")
        self.client = client
        self.requests = ViewRequests(client, self, self.failed)
        """Requests about the one thing that is chosen on this page."""
        self._lists = ViewRequests(client, self, self.failed)
        self.search_text = ""
        self.concern: Concern | None = None
        """The list shows only what this line of the first page counts."""
        self.narrowed = NarrowBar(lambda: self.show_concern(None))
        """For the layout of a page with such a list."""
        self._search = timer(self, SEARCH_PAUSE_MS, self.refresh, once=True)

    def equip(self, equipment: Equipment) -> None:
        """Learns what is plugged into this computer; called once, before the page is shown."""

    def refresh(self) -> None:
        """Reads again what is shown."""
        raise NotImplementedError

    def finish(self) -> bool:
        """Lets what was asked for arrive at the service, before the session or the window ends.

        False if the operator should read first that something was refused.
        """
        return True

    def show_concern(self, concern: Concern | None) -> None:
        """Shows only what this line of the first page counts; None: everything."""
        self.concern = concern
        self.narrowed.show_concern(concern)
        self.refresh()

    def search(self, text: str) -> None:
        """Shows what fits the text, as soon as typing pauses."""
        self.search_text = text
        self._search.start(SEARCH_PAUSE_MS if self.client.idle else BUSY_PAUSE_MS)

    def set_search(self, text: str) -> None:
        """Searches for this from the next reading on, and shows it in the search field."""
        self._search.stop()
        self.search_text = text
        self.searched.emit(text)

    @property
    def about_to_search(self) -> bool:
        """Whether a search has been typed that is not asked for yet."""
        return self._search.isActive()

    def call(
        self, operation: Operation[Req, Res], request: Req, done: Callable[[Res], object]
    ) -> None:
        """Calls an operation for this page; failures become a message."""
        self.client.call(operation, request, done, self.failed, self)

    def read(
        self,
        operation: Operation[Req, Res],
        request: Req,
        done: Callable[[Res], object],
        failed: Callable[[ApiError], object] | None = None,
    ) -> None:
        """Asks for what the whole page shows; an answer overtaken by a later one is dropped."""
        self._lists.read(operation, request, done, failed)

    def offer(self, operation: Operation[Any, Any], *parts: QWidget) -> bool:
        """Whether the role permits the operation; if it does not, these parts go away for good.

        A page is built for one session. Called before the parts are shown.
        """
        if self.client.may(operation):
            return True
        for part in parts:
            part.hide()
        return False

    def failed(self, error: ApiError) -> None:
        """Shows why something was refused."""
        if error.code not in ("service_gone", "not_signed_in"):  # the shell shows those itself
            self.message.emit(error.message, True)
