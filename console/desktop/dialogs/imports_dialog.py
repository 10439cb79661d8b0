"""The imports of the last days, each of which can be undone as a whole."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QMessageBox, QVBoxLayout, QWidget

from console.api import employee_lists as api
from console.api.operation import ApiError, ById, Nothing
from console.api.tasks import Task, TaskState
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog, MessageBox
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row


class ImportsDialog(Dialog):
    """Lists imports; undoes the chosen one after a question."""

    done_text = pyqtSignal(str)

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Imports of employees"))
        self.open_at(QSize(720, 420))
        self._client = client
        self._watch = TaskWatch(client, self)
        strip = TaskStrip(self._watch)
        self._watch.ended.connect(self._ended)
        self._watch.refused.connect(self._failed)
        columns: list[Column[api.ImportRow]] = [
            Column(tr("Imported"), lambda one: local_text(one.imported_at), MOMENT_PX),
            Column(tr("By"), lambda one: one.imported_by),
            Column(tr("Employees"), lambda one: f"{one.employees:,}", 110),
            Column(tr("Can be undone until"), lambda one: local_text(one.until), 180),
        ]
        self.model: PagedModel[api.ImportRow] = PagedModel(columns, lambda one: one.id, self)
        self.table = Table(self.model, tr("Imports"))
        self.nothing = EmptyState(
            "upload", tr("Nothing to undo"), tr("Imports can be undone for seven days.")
        )
        self.nothing.shrink()
        self.list = Switch(self.table, self.nothing)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.undo = button(tr("Undo this import…"), self._ask, "danger")
        self.undo.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.addWidget(strip)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(self.problem)
        layout.addWidget(row(None, button(tr("Close"), self.reject), self.undo))
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._chosen())
        self.reload()

    def reload(self) -> None:
        """Reads the imports again."""
        self._client.call(api.list_imports, Nothing(), self._show, self._failed, self)

    def _show(self, found: api.Imports) -> None:
        self.model.show_rows(found.rows)
        self.list.show_part(self.table if found.rows else self.nothing)
        if found.rows:
            self.table.selectRow(0)
        self._chosen()

    def _chosen(self) -> None:
        self.undo.setEnabled(bool(self.table.selected()) and not self._watch.running)

    def _ask(self) -> None:
        chosen: api.ImportRow = self.table.selected()[0]
        box = MessageBox(
            QMessageBox.Icon.Question,
            tr("Undo an import"),
            tr("Undo the import of {when}?", when=local_text(chosen.imported_at)),
            parent=self,
        )
        box.setInformativeText(
            tr(
                "People it added are removed, and people it changed are restored. Changes made "
                "since then are kept. People who have a history here by now are marked as left."
            )
        )
        yes = box.addButton(tr("Undo"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is yes:
            self.undo_import(chosen.id)

    def undo_import(self, import_id: str) -> None:
        """Undoes an import."""
        self.undo.setEnabled(False)
        self._watch.start(api.undo_import, ById(id=import_id))

    def _ended(self, task: Task) -> None:
        if task.state is TaskState.DONE:
            self._watch.leave()
            self.done_text.emit(tr("The import was undone: {result}", result=task.result.text))
        self.reload()

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
        self._chosen()
