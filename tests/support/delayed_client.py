"""A client whose answers come when, and in the order in which, a test says so."""

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject

from console.api.operation import ApiError, Operation
from console.qt.client import ServiceClient


class Pending:
    """One request that waits for its answer."""

    def __init__(
        self,
        operation: Operation[Any, Any],
        request: Any,
        done: Callable[[Any], Any],
        failed: Callable[[ApiError], Any] | None,
    ) -> None:
        self.operation, self.request = operation, request
        self._done, self._failed = done, failed

    def answer(self, answer: Any) -> None:
        """The service answers this request now."""
        self._done(answer)

    def refuse(self, error: ApiError) -> None:
        """The service refuses this request now."""
        if self._failed is not None:
            self._failed(error)


class DelayedClient(ServiceClient):
    """Sends nothing: keeps every request in `pending` until the test answers it."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.pending: list[Pending] = []

    def call(
        self,
        operation: Operation[Any, Any],
        request: Any,
        done: Callable[[Any], Any],
        failed: Callable[[ApiError], Any] | None = None,
        owner: QObject | None = None,
    ) -> None:
        """Keeps the request. The owner is alive as long as the test is."""
        del owner
        self.pending.append(Pending(operation, request, done, failed))

    def waiting(self, operation: Operation[Any, Any], **fields: Any) -> Pending:
        """Takes the oldest waiting request to the operation whose fields have these values."""
        found = next(
            one
            for one in self.pending
            if one.operation is operation
            and all(getattr(one.request, name) == value for name, value in fields.items())
        )
        self.pending.remove(found)
        return found
