"""What a page of the console is."""

from collections.abc import Callable
from typing import ClassVar

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from console.api.operation import ApiError, Operation, Req, Res
from console.qt.client import ServiceClient
from console.qt.equipment import Equipment
from console.qt.timers import timer

SEARCH_PAUSE_MS = 200
"""Typing pauses this long before a search is sent."""


class Page(QWidget):
    """A page shows what the service has; `subjects` are the changes it wants to hear of.

    state_text: one line beside the title; message: something the operator should read (text, is it bad).
    """

    subjects: ClassVar[frozenset[str]] = frozenset()
    title: ClassVar[str] = ""
    searches: ClassVar[str] = ""
    """What the search field finds on this page; empty: nothing."""

    state_text = pyqtSignal(str)
    message = pyqtSignal(str, bool)

    def __init__(self, client: ServiceClient) -> None:
        super().__init__()
        self.setObjectName("body")
        self.client = client
        self.search_text = ""
        self._search = timer(self, SEARCH_PAUSE_MS, self.refresh, once=True)

    def equip(self, equipment: Equipment) -> None:
        """Told once what is plugged into this computer."""

    def refresh(self) -> None:
        """Reads again what is shown."""
        raise NotImplementedError

    def search(self, text: str) -> None:
        self.search_text = text
        self._search.start()

    def call(
        self, operation: Operation[Req, Res], request: Req, done: Callable[[Res], object]
    ) -> None:
        """Calls an operation for this page; failures become a message."""
        self.client.call(operation, request, done, self.failed, self)

    def failed(self, error: ApiError) -> None:
        if error.code not in ("service_gone", "not_signed_in"):  # the shell says those itself
            self.message.emit(error.message, True)
