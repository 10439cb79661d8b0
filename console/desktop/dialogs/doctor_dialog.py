"""The connection doctor: each step with its cause and its remedy. N13."""

from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from console.api import tasks as api
from console.desktop.files import not_written
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import button, card, label, row

OUTCOMES = {
    "ok": (tr("Passed"), "pass"),
    "warn": (tr("Check this"), "warn"),
    "fail": (tr("Failed"), "bad"),
    "skipped": (tr("Skipped"), "mut"),
}
"""How a step ended: in words, and their tone."""
Examination = api.OnUnit | api.ExamineAddress


class DoctorDialog(Dialog):
    """Examines one terminal, or an address, as soon as it opens."""

    def __init__(
        self,
        client: ServiceClient,
        name: str,
        examination: Examination,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Connection of {terminal}", terminal=name))
        self.open_at(QSize(900, 520))
        self._name, self._examination = name, examination
        self._recording = ""
        self.watch = TaskWatch(client, self)
        columns: list[Column[api.DoctorFinding]] = [
            Column(tr("Step"), lambda f: f.step, 140),
            Column(
                tr("Result"),
                lambda f: OUTCOMES[f.outcome][0],
                130,
                tone=lambda f: OUTCOMES[f.outcome][1],
            ),
            Column(tr("Finding"), lambda f: f.cause, 330),
            Column(tr("What to do"), lambda f: f.remedy),
        ]
        self.model: PagedModel[api.DoctorFinding] = PagedModel(columns, lambda f: f.step, self)
        self.table = Table(self.model, tr("Findings"))
        self.table.wrap()
        self.again = button(tr("Diagnose again"), self._start, icon_name="refresh")
        self.save = button(tr("Save recording…"), self._save, icon_name="download")
        self.save.setToolTip(
            tr("Saves the exchange, without keys, serial numbers or people, to send to support.")
        )
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(
            label(tr("Checks each step, from name lookup to reading the log."), "soft")
        )
        layout.addWidget(card([self.table], margin=1), 1)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        layout.addWidget(self.problem)
        layout.addWidget(TaskStrip(self.watch))
        layout.addWidget(row(self.save, None, self.again, button(tr("Close"), self.reject)))
        self.watch.progressed.connect(lambda task: self._show(task.result))
        self.watch.ended.connect(self._ended)
        self._start()

    def _start(self) -> None:
        self.save.setEnabled(False)
        self.again.setEnabled(False)
        if isinstance(self._examination, api.OnUnit):
            self.watch.start(api.on_unit, self._examination)
        else:
            self.watch.start(api.examine_address, self._examination)

    def _show(self, result: api.TaskResult) -> None:
        self.model.load(
            lambda _cursor, _limit, deliver: deliver(result.findings, "", len(result.findings))
        )

    def _ended(self, task: api.Task) -> None:
        if task.result.findings:
            self._show(task.result)
        self._recording = task.result.recording
        self.save.setEnabled(bool(self._recording))
        self.again.setEnabled(True)

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save recording"), f"{self._name}.exchange.jsonl"
        )
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Writes the recording."""
        try:
            path.write_text(self._recording, "utf-8")
        except OSError as error:
            self.problem.setText(not_written(error))
            self.problem.show()
