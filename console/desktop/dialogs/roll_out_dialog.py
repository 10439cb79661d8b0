"""Many terminals approved with one look: a list of serial numbers beside what waits. TE31."""

from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from console.api import tasks as tasks_api
from console.api import terminal_life as api
from console.api.operation import ApiError
from console.desktop.files import not_read
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.domain.language import tr, tr_count
from console.domain.roll_out import MOST_CHARS
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

ADVICE = tr(
    "Paste serial numbers, one per line, or open a CSV file with serial number, name and time zone."
)


@dataclass(frozen=True)
class _Line:
    """A line of the comparison."""

    serial: str
    name: str
    state: str
    tone: str


def lines_of(found: api.SerialMatch) -> list[_Line]:
    """The comparison line by line: what can be approved first."""
    ready, missing = tr("Ready to approve"), tr("Has not connected yet")
    return [
        *(
            _Line(m.serial, m.name, m.problem or ready, "bad" if m.problem else "pass")
            for m in found.matched
        ),
        *(_Line(serial, "", missing, "warn") for serial in found.missing),
        *(_Line("", "", text, "bad") for text in found.bad),
        *(
            _Line(serial, "", tr("Awaiting approval, but not in the list"), "warn")
            for serial in found.unexpected
        ),
        *(_Line(serial, "", tr("Already approved or blocked"), "mut") for serial in found.known),
    ]


class RollOutDialog(Dialog):
    """Compares a list with what awaits approval; then approves what is in both."""

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Approve from a list"))
        self.open_at(QSize(820, 620))
        self._client, self._compared = client, ""
        self.watch = TaskWatch(client, self)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("Serial numbers"))
        sized(self.text, height=130)
        columns: list[Column[_Line]] = [
            Column(tr("Serial number"), lambda line: line.serial, 190),
            Column(tr("Name"), lambda line: line.name, 190),
            Column(tr("State"), lambda line: line.state, tone=lambda line: line.tone),
        ]
        self.model: PagedModel[_Line] = PagedModel(columns, lambda line: line, self)
        table = Table(self.model, tr("Comparison"))
        nothing = EmptyState("list", tr("No comparison yet"), ADVICE)
        self.list = Switch(table, nothing)
        self.list.show_part(nothing)
        self._table = table
        self.summary = label("", "soft", wrap=True)
        self.compare = button(tr("Compare"), self._compare, "", "search")
        self.approve = button(tr("Approve"), self._approve, "primary", "check")
        self.approve.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.addWidget(label(ADVICE, "soft", wrap=True))
        layout.addWidget(self.text)
        layout.addWidget(row(button(tr("Open file…"), self._open), self.compare, None))
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(self.summary)
        layout.addWidget(TaskStrip(self.watch))
        layout.addWidget(row(None, button(tr("Close"), self.reject), self.approve))
        self.text.textChanged.connect(lambda: self.approve.setEnabled(False))
        self.watch.ended.connect(self._ended)

    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, tr("List of serial numbers"), "", tr("Lists (*.csv *.txt)")
        )
        if name:
            self.open_file(Path(name))

    def open_file(self, path: Path) -> None:
        """Reads a file and compares it."""
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(MOST_CHARS + 1)
        except OSError as error:
            self.summary.setText(not_read(error))
            return
        self.text.setPlainText(text)
        self._compare()

    def _compare(self) -> None:
        self._compared = self.text.toPlainText()
        request = api.SerialList(text=self._compared)
        self._client.call(api.match_serials, request, self._show, self._failed, self)

    def _show(self, found: api.SerialMatch) -> None:
        lines = lines_of(found)
        self.model.show_rows(lines)
        self.list.show_part(self._table)
        ready = sum(not one.problem for one in found.matched)
        self.approve.setText(tr_count("Approve {count:,}", "Approve {count:,}", ready))
        self.approve.setEnabled(bool(ready) and self._compared == self.text.toPlainText())

    def _failed(self, error: ApiError) -> None:
        self.summary.setText(error.message)

    def _approve(self) -> None:
        self.approve.setEnabled(False)
        self.watch.start(api.approve_many, api.ApproveMany(text=self._compared))

    def _ended(self, task: tasks_api.Task) -> None:
        self.summary.setText(task.result.text or task.error)
        self._compare()
