"""Import of a CSV file: first a preview, row by row, then the import itself."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QDialog, QVBoxLayout, QWidget

from console.api import employees as api
from console.api.operation import ApiError
from console.api.tasks import Task, TaskState
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.qt.client import ServiceClient
from console.qt.language import tr
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import button, card, label, row

_EFFECTS = {
    "new": ("New", "pass"),
    "changed": ("Changed", "info"),
    "same": ("No change", "mut"),
    "error": ("Left out", "bad"),
}
_ORDER = ("error", "changed", "new", "same")


class ImportDialog(QDialog):
    """Rows with errors come first; they are left out, all others can be imported."""

    done_text = pyqtSignal(str)

    def __init__(self, client: ServiceClient, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Import employees"))
        self.resize(940, 560)
        self._text = text
        columns: list[Column[api.ImportLine]] = [
            Column(tr("Line"), lambda line: str(line.line), 64),
            Column(tr("Number"), lambda line: line.number, 96),
            Column(tr("Name"), lambda line: line.name, 180),
            Column(
                tr("Effect"),
                lambda line: tr(_EFFECTS[line.effect][0]),
                110,
                tone=lambda line: _EFFECTS[line.effect][1],
            ),
            Column(tr("What is wrong"), lambda line: line.error),
        ]
        self.model: PagedModel[api.ImportLine] = PagedModel(columns, lambda line: line.line, self)
        self._watch = TaskWatch(client, self)
        strip = TaskStrip(self._watch)  # hears of an end first; leaving then hides it
        self._watch.ended.connect(self._ended)
        self._watch.refused.connect(self._failed)
        self.summary = label(tr("Reading the file…"), "heading", wrap=True)
        self.apply = button(tr("Import"), self._apply, "primary")
        self.apply.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.addWidget(self.summary)
        layout.addWidget(strip)
        layout.addWidget(card([Table(self.model, tr("Rows of the file"))], margin=1), 1)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.apply))
        self._start(apply=False)

    def _start(self, apply: bool) -> None:
        self._applying = apply
        request = api.ImportEmployees(csv=self._text, apply=apply)
        self._watch.start(api.import_employees, request)

    def _ended(self, task: Task) -> None:
        report = task.result.imported
        if task.state is not TaskState.DONE or report is None:
            self.summary.setText(task.error)
            if self._applying:
                written = tr("Rows that were written stay. Import the file again to go on.")
                self.summary.setText(f"{task.error} {written}")
            return
        self._watch.leave()
        if report.applied:
            self._applied(report)
        else:
            self._show(report)

    def _show(self, report: api.ImportReport) -> None:
        lines = sorted(report.lines, key=lambda line: (_ORDER.index(line.effect), line.line))
        self.model.show_rows(lines)
        self.summary.setText(
            f"{report.new} {tr('new')}, {report.changed} {tr('changed')}, {report.failed} "
            f"{tr('with errors, which are left out.')}"
        )
        self.apply.setEnabled(report.new + report.changed > 0)
        self.apply.setText(f"{tr('Import')} {report.new + report.changed}")

    def _apply(self) -> None:
        self.apply.setEnabled(False)
        self._start(apply=True)

    def _applied(self, report: api.ImportReport) -> None:
        left_out = f" {report.failed} {tr('left out.')}" if report.failed else ""
        self.done_text.emit(f"{report.new + report.changed} {tr('employees imported.')}{left_out}")
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.summary.setText(error.message)
