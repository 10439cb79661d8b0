"""The requests of one view: an answer is shown only beside the thing that it belongs to."""

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject

from console.api.operation import ApiError, Operation, Req, Res
from console.qt.client import ServiceClient

Failed = Callable[[ApiError], Any]


def _ignore(_answer: object) -> None:
    """Shows nothing."""


class ViewRequests:
    """The requests of a view that shows one thing at a time: a submission, a person, a terminal.

    Answers may arrive late and out of order. `read` delivers an answer only while the thing for
    which it was asked is still shown, and never after the answer to a later question of the same
    kind. `change` always reports its result, but the view shows it only beside its thing.
    """

    def __init__(self, client: ServiceClient, owner: QObject, failed: Failed) -> None:
        """Nobody hears of answers after `owner` is gone. failed: hears of errors by default."""
        self._client, self._owner, self._failed = client, owner, failed
        self._shown = 0
        self._last_number = 0
        self._delivered: dict[str, int] = {}
        self.key = ""

    def show(self, key: str) -> bool:
        """The view turns to the thing with this key; True when it is another one than before."""
        if key == self.key:
            return False
        self.key = key
        self.forget()
        return True

    def forget(self) -> None:
        """Drops every answer that is still on its way."""
        self._shown += 1
        self._delivered.clear()

    def read(
        self,
        operation: Operation[Req, Res],
        request: Req,
        done: Callable[[Res], Any],
        failed: Failed | None = None,
        *,
        kind: str = "",
    ) -> None:
        """Asks for something to show.

        kind: questions of one kind replace each other; by default all of one operation do.
        """
        shown, number = self._shown, self._next()
        kind = kind or operation.name

        def is_due() -> bool:
            return shown == self._shown and self._is_newest(kind, number)

        def deliver(answer: Res) -> None:
            if is_due():
                done(answer)

        def deliver_error(error: ApiError) -> None:
            if is_due():
                (failed or self._failed)(error)

        self._client.call(operation, request, deliver, deliver_error, self._owner)

    def change(
        self,
        operation: Operation[Req, Res],
        request: Req,
        done: Callable[[Res], Any],
        failed: Failed | None = None,
        *,
        late: Callable[[Res], Any] = _ignore,
        kind: str = "",
    ) -> None:
        """Changes something.

        late: hears of the answer in place of `done` when something else is shown by then. An
        error that comes so late goes to the view's own `failed`, not to the field of a form that
        shows something else.
        kind: the answer is also one to questions of this kind, see `read`.
        """
        shown, number = self._shown, self._next()

        def deliver(answer: Res) -> None:
            due = shown == self._shown and (not kind or self._is_newest(kind, number))
            (done if due else late)(answer)

        def deliver_error(error: ApiError) -> None:
            (failed if failed and shown == self._shown else self._failed)(error)

        self._client.call(operation, request, deliver, deliver_error, self._owner)

    def _is_newest(self, kind: str, number: int) -> bool:
        if number < self._delivered.get(kind, 0):
            return False
        self._delivered[kind] = number
        return True

    def _next(self) -> int:
        self._last_number += 1
        return self._last_number
