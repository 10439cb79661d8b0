"""Tasks: what runs and what has ended lately, found again wherever it was begun. CO19."""

from PyQt6.QtWidgets import QCheckBox, QVBoxLayout

from console.api import tasks as api
from console.api.operation import ApiError, ById, Nothing
from console.api.tasks import TaskState
from console.desktop.page import Page
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.tables import Column, PagedModel, Table
from console.qt.timers import timer
from console.qt.widgets import EmptyState, Switch, button, card, label, row

AT_LEAST_MS = 500
"""Between two readings: a task that runs tells its progress ten times a second."""
STATES = {
    TaskState.RUNNING: (tr("Running"), "info"),
    TaskState.DONE: (tr("Done"), "pass"),
    TaskState.FAILED: (tr("Failed"), "bad"),
    TaskState.CANCELLED: (tr("Cancelled"), "mut"),
    TaskState.INTERRUPTED: (tr("Ended by a restart"), "warn"),
}
"""In words, with the tone."""
NONE_YET = (
    tr("No tasks yet"),
    tr("Imports, campaigns, backups and changes to terminals appear here while they run."),
)


def progress(task: api.Task) -> str:
    """How far it is, and what it is doing; nothing once it has ended."""
    if task.state is not TaskState.RUNNING:
        return ""
    done = tr("{done:,} of {total:,}", done=task.done, total=task.total) if task.total else ""
    return " · ".join(part for part in (done, task.step) if part)


def outcome(task: api.Task) -> str:
    """How it ended, in words; what it is doing while it runs."""
    if task.state is TaskState.RUNNING:
        return progress(task)
    return task.result.text or paragraph(task.error, task.remedy)


class TasksPage(Page):
    """The tasks of whoever is signed in, or of everybody; the chosen one with its outcome."""

    subjects = frozenset({"tasks"})
    title = tr("Tasks")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self._all: list[api.Task] = []
        self._pause = timer(self, AT_LEAST_MS, self._read_if_wanted, once=True)
        self._wanted = False
        columns: list[Column[api.Task]] = [
            Column(tr("Task"), lambda one: one.title, 260),
            Column(
                tr("State"),
                lambda one: STATES[one.state][0],
                150,
                tone=lambda o: STATES[o.state][1],
            ),
            Column(tr("Progress"), progress),
            Column(tr("Since"), lambda one: local_text(one.started_at), MOMENT_PX),
            Column(tr("Ended"), lambda one: local_text(one.ended_at), MOMENT_PX),
            Column(tr("By"), lambda one: one.by or tr("the service"), 120),
        ]
        self.model: PagedModel[api.Task] = PagedModel(columns, lambda one: one.id, self)
        self.table = Table(self.model, tr("Tasks"))
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.everybody = QCheckBox(tr("Tasks of all operators"))
        self.cancel = button(tr("Cancel"), self.cancel_chosen, icon_name="x")
        self.list = Switch(self.table, EmptyState("clock", *NONE_YET))
        self.outcome = label("", "soft", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(row(self.everybody, None, self.cancel))
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(self.outcome)
        self.offer(api.cancel_task, self.cancel)
        self.everybody.toggled.connect(lambda _on: self._show_rows())
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._show_chosen())
        self._show_chosen()

    def refresh(self) -> None:
        """Reads again what is shown, at most once in a while."""
        self._wanted = True
        if not self._pause.isActive():
            self._read_if_wanted()

    def _read_if_wanted(self) -> None:
        if self._wanted:
            self._wanted = False
            self._pause.start()
            self.read(api.list_tasks, Nothing(), self._show)

    def _show(self, found: api.TaskList) -> None:
        self._all = found.rows
        self._show_rows()

    def _show_rows(self) -> None:
        shown = [one for one in self._all if one.own or self.everybody.isChecked()]
        self.model.show_rows(shown)
        self.list.show_part(self.list.parts[0 if shown else 1])
        running = sum(one.state is TaskState.RUNNING for one in shown)
        state = (
            tr_count("{count:,} running", "{count:,} running", running),
            tr_count("{count:,} task", "{count:,} tasks", len(shown)),
        )
        self.state_text.emit(" · ".join(state))
        self._show_chosen()

    @property
    def chosen(self) -> api.Task | None:
        """The task that is selected."""
        selected = self.table.selected()
        return selected[0] if selected else None

    def _show_chosen(self) -> None:
        task = self.chosen
        running = task is not None and task.state is TaskState.RUNNING
        self.cancel.setEnabled(running)
        self.outcome.setText(outcome(task) if task is not None else "")
        self.outcome.setVisible(bool(self.outcome.text()))

    def cancel_chosen(self) -> None:
        """Asks the service to end the chosen task as soon as it can."""
        task = self.chosen
        if task is not None:
            self.cancel.setEnabled(False)
            self.call(api.cancel_task, ById(id=task.id), lambda _task: self.refresh())

    def failed(self, error: ApiError) -> None:
        """Shows why, and what is true now."""
        super().failed(error)
        self._show_chosen()
