"""Import of a list of employees: how it is read, what it would do, and then that."""

from collections.abc import Mapping
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIntValidator
from PyQt6.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from console.api import employee_lists as api
from console.api.operation import ApiError
from console.api.tasks import Task, TaskState
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.list_reading import ListReading, is_certain
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.words import LIST_FIELDS
from console.domain.employee_lists import MAX_IMPORT_ROWS, Effect
from console.domain.language import labelled, paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import Switch, button, card, label, row

_EFFECTS = {
    Effect.ERROR: (tr("Skipped"), "bad"),
    Effect.DUPLICATE: (tr("Probably here already"), "warn"),
    Effect.RETURNS: (tr("Returns after leaving"), "warn"),
    Effect.LEAVES: (tr("Leaves"), "warn"),
    Effect.MISSING: (tr("Not in the list, leaves"), "warn"),
    Effect.CHANGED: (tr("Changed"), "info"),
    Effect.NEW: (tr("New"), "pass"),
}
"""In the order of showing."""
_ORDER = list(_EFFECTS)


def counts_text(counts: Mapping[Effect, int]) -> str:
    """How many rows are new, changed, unchanged or skipped."""
    count = {effect: counts.get(effect, 0) for effect in Effect}
    wrong = count[Effect.ERROR]
    words = {
        Effect.NEW: tr("{count:,} new", count=count[Effect.NEW]),
        Effect.CHANGED: tr("{count:,} to update", count=count[Effect.CHANGED]),
        Effect.SAME: tr("{count:,} unchanged", count=count[Effect.SAME]),
        Effect.ERROR: tr_count(
            "{count:,} with an error (skipped)", "{count:,} with errors (skipped)", wrong
        ),
    }
    said = [text for effect, text in words.items() if count[effect]]
    return " · ".join(said) or tr("Nothing changes.")


def what_changes(line: api.ImportLine) -> str:
    """The note, and each field before and after."""
    changes = [
        labelled(LIST_FIELDS[one.field], f"{one.before or '–'} → {one.after or '–'}")
        for one in line.changes
    ]
    return " · ".join([part for part in (line.note,) if part] + changes)


class ImportDialog(Dialog):
    """What is certain of a file is not asked; what surprises is asked before it happens."""

    done_text = pyqtSignal(str)

    def __init__(self, client: ServiceClient, data: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Import employees"))
        self.open_at(QSize(1040, 640))
        self._client, self._data = client, data
        self._failed_rows = ""
        self._watch = TaskWatch(client, self)
        strip = TaskStrip(self._watch)  # hears of an end first; leaving then hides it
        self._watch.ended.connect(self._ended)
        self._watch.refused.connect(self._refused)
        self.summary = label(tr("Reading the file…"), "heading", wrap=True)
        self.reading = ListReading()
        self.reading.changed.connect(self._look)
        self.body = Switch(QWidget(), self.reading, self._preview())
        self.columns = button(tr("How the file is read…"), self._show_reading)
        self.show_preview = button(tr("Preview changes"), self._start_preview, "primary")
        self.save_failed = button(tr("Save skipped rows…"), self._save, icon_name="download")
        self.apply = button(tr("Import"), self._apply, "primary")
        self.close_ = button(tr("Cancel"), self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.summary)
        layout.addWidget(strip)
        layout.addWidget(self.body, 1)
        layout.addWidget(
            row(self.columns, self.save_failed, None, self.close_, self.show_preview, self.apply)
        )
        self._offer()
        self._look()

    def _preview(self) -> QWidget:
        columns: list[Column[api.ImportLine]] = [
            Column(tr("Line"), lambda line: str(line.line or "–"), 56),
            Column(tr("Number"), lambda line: line.number, 96),
            Column(tr("Full name"), lambda line: line.name, 170),
            Column(
                tr("Effect"),
                lambda line: _EFFECTS[line.effect][0],
                190,
                tone=lambda line: _EFFECTS[line.effect][1],
            ),
            Column(tr("What changes"), what_changes),
        ]
        self.model: PagedModel[api.ImportLine] = PagedModel(
            columns, lambda line: (line.line, line.number), self
        )
        self.returns, self.leavers, self.duplicates = QCheckBox(), QCheckBox(), QCheckBox()
        self.missing = QLineEdit()
        self.missing.setAccessibleName(tr("How many people leave"))
        sized(self.missing, most_width=90)
        self.missing.setValidator(QIntValidator(0, MAX_IMPORT_ROWS, self))
        self.missing_text = label("", wrap=True)
        self._missing_row = row(self.missing, self.missing_text)
        for box in (self.returns, self.leavers, self.duplicates):
            box.toggled.connect(lambda _on: self._count())
        self.missing.textChanged.connect(lambda _text: self._count())
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card([Table(self.model, tr("Rows of the file"))], margin=1), 1)
        for part in (self.returns, self.leavers, self.duplicates, self._missing_row):
            layout.addWidget(part)
        self._page = page
        return page

    # how the file is read

    def _look(self) -> None:
        request = api.LookAtList(data=self._data, reading=self.reading.reading())
        self._client.call(api.look_at_list, request, self._looked, self._refused, self)

    def _looked(self, look: api.ListLook) -> None:
        self.reading.show_look(look)
        if is_certain(look) and self.body.shown is not self.reading:
            self._start_preview()
        else:
            self._show_reading()

    def _show_reading(self) -> None:
        self.summary.setText(tr("How should this file be read?"))
        self.body.show_part(self.reading)
        self._offer(self.show_preview)

    def _start_preview(self) -> None:
        self.summary.setText(tr("Reading the file…"))
        self._offer()
        self._start(apply=False)

    # what it would do

    def _start(self, apply: bool) -> None:
        self._applying = apply
        typed = self.missing.text()
        request = api.ImportEmployees(
            data=self._data,
            reading=self.reading.reading(),
            apply=apply,
            clear_empty=self.reading.clear_empty.isChecked(),
            returns=self.returns.isChecked(),
            leavers=self.leavers.isChecked(),
            duplicates=self.duplicates.isChecked(),
            everybody=self.reading.everybody.isChecked(),
            missing=int(typed) if typed else 0,
        )
        self._watch.start(api.import_employees, request)

    def _ended(self, task: Task) -> None:
        report = task.result.imported
        if task.state is not TaskState.DONE or report is None:
            written = tr("Rows already written are kept. Import the file again to continue.")
            self.summary.setText(paragraph(task.error, written if self._applying else ""))
            self._offer(self.columns)
            return
        self._watch.leave()
        if report.applied:
            self._applied(report)
        else:
            self._show(report)

    def _show(self, report: api.ImportReport) -> None:
        self._counts = report.counts
        lines = sorted(report.lines, key=lambda line: (_ORDER.index(line.effect), line.line))
        self.model.show_rows(lines)
        self.summary.setText(counts_text(report.counts))
        self._show_questions(report.counts)
        self.body.show_part(self._page)
        self._offer(self.columns, self.apply)
        self._count()

    def _show_questions(self, counts: Mapping[Effect, int]) -> None:
        """Asks about whatever surprises, as far as there is any of it."""
        returns, leaves = counts.get(Effect.RETURNS, 0), counts.get(Effect.LEAVES, 0)
        known, missing = counts.get(Effect.DUPLICATE, 0), counts.get(Effect.MISSING, 0)
        self.returns.setText(
            tr_count(
                "Bring back {count:,} person who had left",
                "Bring back {count:,} people who had left",
                returns,
            )
        )
        self.leavers.setText(
            tr_count(
                "Mark {count:,} person as left, as this list says",
                "Mark {count:,} people as left, as this list says",
                leaves,
            )
        )
        self.duplicates.setText(
            tr_count(
                "Add {count:,} person who is probably here already",
                "Add {count:,} people who are probably here already",
                known,
            )
        )
        self.missing_text.setText(
            tr_count(
                "{count:,} person is not in this list. Type this number to mark them as left.",
                "{count:,} people are not in this list. Type this number to mark them as left.",
                missing,
            )
        )
        for part, count in (
            (self.returns, returns),
            (self.leavers, leaves),
            (self.duplicates, known),
            (self._missing_row, missing),
        ):
            part.setVisible(count > 0)

    def _count(self) -> None:
        """How many rows the button imports."""
        counts = dict(self._counts)
        missing = counts.get(Effect.MISSING, 0)
        agreed = {
            Effect.NEW: True,
            Effect.CHANGED: True,
            Effect.RETURNS: self.returns.isChecked(),
            Effect.LEAVES: self.leavers.isChecked(),
            Effect.DUPLICATE: self.duplicates.isChecked(),
            Effect.MISSING: self.missing.text() == str(missing),
        }
        count = sum(counts.get(effect, 0) for effect, yes in agreed.items() if yes)
        typed = not missing or agreed[Effect.MISSING]
        self.apply.setEnabled(count > 0 and typed)
        self.apply.setText(tr("Import {count:,}", count=count))

    def _apply(self) -> None:
        self._offer()
        self._start(apply=True)

    def _applied(self, report: api.ImportReport) -> None:
        said = tr_count(
            "{count:,} employee imported.", "{count:,} employees imported.", report.written
        )
        if not report.failed:
            self.done_text.emit(said)
            self.accept()
            return
        self._failed_rows = report.failed
        skipped = tr("The other rows were skipped. Save them, correct them and import them again.")
        self.summary.setText(paragraph(said, skipped))
        self.close_.setText(tr("Close"))
        self._offer(self.save_failed)
        self.done_text.emit(said)

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Skipped rows"), "skipped rows.csv", tr("CSV files (*.csv)")
        )
        if name:
            self.save_rows(Path(name))

    def save_rows(self, path: Path) -> None:
        """Writes the rows that were left out, with what is wrong with each."""
        try:
            path.write_bytes(self._failed_rows.encode("utf-8-sig"))
        except OSError as error:
            self.summary.setText(
                tr("The file cannot be written: {problem}", problem=error.strerror)
            )
            return
        self.summary.setText(tr("Saved as {file}.", file=path.name))

    def _refused(self, error: ApiError) -> None:
        self.summary.setText(error.message)
        self._offer()

    def _offer(self, *offered: QWidget) -> None:
        """Shows these of the acts, and no other."""
        for part in (self.columns, self.show_preview, self.save_failed, self.apply):
            part.setVisible(part in offered)
        self.apply.setEnabled(self.apply in offered)
