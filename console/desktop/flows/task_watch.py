"""Follows one task of the service: starts it, shows its progress, knows its end."""

from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from console.api import tasks as api
from console.api.operation import ApiError, ById, Operation, Started
from console.qt.client import ServiceClient
from console.qt.requests import ViewRequests
from console.qt.timers import timer

POLL_MS = 1000
"""The task is also read this often, should a change go unheard."""


class TaskWatch(QObject):
    """Follows the task that was started last.

    progressed, ended: an `api.Task`; refused: the ApiError of a task that could not even start;
    left: no task is followed any more.
    """

    progressed = pyqtSignal(object)
    ended = pyqtSignal(object)
    refused = pyqtSignal(object)
    left = pyqtSignal()

    def __init__(self, client: ServiceClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._requests = ViewRequests(client, self, self.refused.emit)
        self._id = ""
        self._poll = timer(self, POLL_MS, self._read)
        client.changed.connect(self._on_change)

    @property
    def running(self) -> bool:
        """A task is being followed."""
        return bool(self._id)

    def start(self, operation: Operation[Any, Started], request: Any) -> None:
        """Starts a task and follows it, in place of the one that was followed."""
        self._forget()
        self._requests.read(operation, request, lambda started: self.follow(started.task_id))

    def follow(self, task_id: str) -> None:
        """Follows a task that runs already."""
        self._forget()
        self._id = task_id
        self._poll.start()
        self._read()

    def leave(self) -> None:
        """Follows nothing; the task goes on."""
        self._forget()
        self.left.emit()

    @property
    def may_cancel(self) -> bool:
        """Whether the role of whoever is signed in permits it."""
        return self._client.may(api.cancel_task)

    def cancel(self) -> None:
        """Asks the service to end the task; it ends as soon as it can."""
        if self._id:
            self._requests.change(api.cancel_task, ById(id=self._id), _ignore, _ignore)

    def _forget(self) -> None:
        self._requests.forget()
        self._id = ""
        self._poll.stop()

    def _on_change(self, subject: str, row_id: str) -> None:
        if subject in ("tasks", "*") and self._id and row_id in (self._id, ""):
            self._read()

    def _read(self) -> None:
        if self._id:
            self._requests.read(api.get_task, ById(id=self._id), self._show, self._lost)

    def _show(self, task: api.Task) -> None:
        if task.state == "running":
            self.progressed.emit(task)
            return
        self._forget()
        self.ended.emit(task)

    def _lost(self, error: ApiError) -> None:
        if error.code == "service_gone":
            return
        self._forget()
        self.refused.emit(error)


def _ignore(_answer: object) -> None:
    """How a cancelled task ends is read like any other end."""
