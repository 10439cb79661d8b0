"""What a task is doing, how far it is, and how it ended."""

from PyQt6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from console.api import tasks as api
from console.api.operation import ApiError
from console.desktop.flows.task_watch import TaskWatch
from console.domain.language import paragraph, tr
from console.qt.widgets import button, label, row


class TaskStrip(QWidget):
    """Shows the task that is followed, its progress and Cancel; afterwards how it ended."""

    def __init__(self, watch: TaskWatch) -> None:
        super().__init__()
        self._watch = watch
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
        watch.left.connect(self.hide)
        self.hide()

    def _progress(self, task: api.Task) -> None:
        done = tr("{done:,} of {total:,}", done=task.done, total=task.total) if task.total else ""
        self._set(task.title, " · ".join(filter(None, (task.step, done))), "soft")
        self.bar.setRange(0, task.total)
        self.bar.setValue(task.done)
        self.bar.show()
        self.cancel.setVisible(self._watch.may_cancel)

    def _ended(self, task: api.Task) -> None:
        self.bar.hide()
        self.cancel.hide()
        if task.state == "done":
            self._set(task.title, task.result.text, "soft")
        else:
            self._set(task.title, paragraph(task.error, task.remedy), "error")

    def _refused(self, error: ApiError) -> None:
        self.bar.hide()
        self.cancel.hide()
        self._set("", error.message, "error")

    def _set(self, title: str, text: str, kind: str) -> None:
        self.title.setText(title)
        self.text.setText(text)
        if self.text.objectName() != kind:
            self.text.setObjectName(kind)
            style = self.text.style()
            if style is not None:
                style.polish(self.text)
        self.show()
