"""Follows one work of the service: starts it, hears of its progress, knows its end."""

from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from console.api import tasks as api
from console.api.operation import ApiError, ById, Operation
from console.qt.client import ServiceClient
from console.qt.language import tr
from console.qt.timers import timer
from console.qt.widgets import button, label, row

POLL_MS = 1000
"""Also looked at this often, should a change go unheard."""


class TaskWatch(QObject):
    """progressed and ended carry an `api.Work`; refused carries the ApiError when it could not even start."""

    progressed = pyqtSignal(object)
    ended = pyqtSignal(object)
    refused = pyqtSignal(object)

    def __init__(self, client: ServiceClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._id = ""
        self._poll = timer(self, POLL_MS, self._look)
        client.changed.connect(self._on_change)

    @property
    def running(self) -> bool:
        return bool(self._id)

    def start(self, operation: Operation[Any, api.Started], request: Any) -> None:
        """Starts a work and follows it."""
        self._client.call(
            operation,
            request,
            lambda started: self.follow(started.task_id),
            self.refused.emit,
            self,
        )

    def follow(self, task_id: str) -> None:
        self._id = task_id
        self._poll.start()
        self._look()

    def cancel(self) -> None:
        if self._id:
            self._client.call(
                api.cancel_task, ById(id=self._id), lambda work: None, lambda error: None, self
            )

    def _on_change(self, subject: str, row_id: str) -> None:
        if subject in ("tasks", "*") and self._id and row_id in (self._id, ""):
            self._look()

    def _look(self) -> None:
        if self._id:
            self._client.call(api.get_task, ById(id=self._id), self._show, self._lost, self)

    def _show(self, work: api.Task) -> None:
        if work.id != self._id:
            return
        if work.state == "running":
            self.progressed.emit(work)
            return
        self._id = ""
        self._poll.stop()
        self.ended.emit(work)

    def _lost(self, error: ApiError) -> None:
        if error.code == "service_gone":
            return
        self._id = ""
        self._poll.stop()
        self.refused.emit(error)


class WorkStrip(QWidget):
    """What is being done, how far it is, and Cancel; afterwards what came of it."""

    def __init__(self, watch: TaskWatch) -> None:
        super().__init__()
        self.title: QLabel = label("", "heading", wrap=True)
        self.text: QLabel = label("", "soft", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        self.cancel = button(tr("Cancel"), watch.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(row(self.title, None, self.cancel))
        layout.addWidget(self.bar)
        layout.addWidget(self.text)
        watch.progressed.connect(self._progress)
        watch.ended.connect(self._ended)
        watch.refused.connect(self._refused)
        self.hide()

    def _progress(self, work: api.Task) -> None:
        self._set(
            work.title,
            f"{work.step} {work.done:,} {tr('of')} {work.total:,}" if work.total else work.step,
            "soft",
        )
        self.bar.setRange(0, work.total)
        self.bar.setValue(work.done)
        self.bar.show()
        self.cancel.show()

    def _ended(self, work: api.Task) -> None:
        self.bar.hide()
        self.cancel.hide()
        if work.state == "done":
            self._set(work.title, work.result.text, "soft")
        else:
            self._set(work.title, f"{work.error} {work.remedy}".strip(), "error")

    def _refused(self, error: ApiError) -> None:
        self.bar.hide()
        self.cancel.hide()
        self._set("", error.message, "error")

    def _set(self, title: str, text: str, kind: str) -> None:
        self.title.setText(tr(title))
        self.text.setText(text)
        if self.text.objectName() != kind:
            self.text.setObjectName(kind)
            style = self.text.style()
            if style is not None:
                style.polish(self.text)
        self.show()
