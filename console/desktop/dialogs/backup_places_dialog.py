"""Where backups go: folders on other disks or network shares."""

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from console.api import backups as api
from console.api.operation import ApiError, Nothing
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.questions import is_sure
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import button, card, label, row

EXPLAINED = tr(
    "Each backup is written to every place. Choose folders on another disk or a network share; "
    "the service must be able to write there."
)
OWN = tr(
    "Until you add a place, backups are kept in the data folder and are lost if the disk fails."
)
REMOVE = tr(
    "No more backups are written there. Existing ones stay until you delete them; people's keys "
    "are deleted after 35 days."
)


class BackupPlacesDialog(Dialog):
    """The places and how they are now. change: places may be added and removed."""

    def __init__(self, client: ServiceClient, *, change: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Places for backups"))
        self.open_at(QSize(760, 400))
        self._client = client
        columns: list[Column[api.PlaceRow]] = [
            Column(tr("Folder"), lambda one: one.folder, 420),
            Column(
                tr("State"),
                lambda one: tr("Unusable") if one.problem else tr("Ready"),
                tone=lambda one: "bad" if one.problem else "pass",
            ),
        ]
        self.model: PagedModel[api.PlaceRow] = PagedModel(columns, lambda one: one.folder, self)
        self.table = Table(self.model, tr("Places"))
        self.own = label(OWN, "soft", wrap=True)
        self.own.hide()
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.add = button(tr("Add…"), self._ask_folder, icon_name="plus")
        self.remove = button(tr("Remove…"), self._ask_remove)
        for part in (self.add, self.remove):
            part.setVisible(change)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for text in (label(EXPLAINED, "soft", wrap=True), self.own):
            layout.addWidget(text)
        layout.addWidget(card([self.table], margin=1), 1)
        layout.addWidget(self.problem)
        layout.addWidget(row(self.add, self.remove, None, button(tr("Close"), self.reject)))
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._chosen_changed())
        self.reload()

    @property
    def chosen(self) -> api.PlaceRow | None:
        """The place that is selected."""
        chosen = self.table.selected()
        return chosen[0] if len(chosen) == 1 else None

    def reload(self) -> None:
        """Reads the places again."""
        self._client.call(api.list_backups, Nothing(), self._show, self._failed, self)

    def _show(self, found: api.BackupsState) -> None:
        self.model.show_rows(found.places)
        self.own.setVisible(any(one.own for one in found.places))
        self.table.selectRow(0)
        self._chosen_changed()

    def _chosen_changed(self) -> None:
        one = self.chosen
        self.remove.setEnabled(one is not None and not one.own)
        self._say(one.problem if one is not None else "")

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder for backups"))
        if folder:
            self.add_folder(folder)

    def add_folder(self, folder: str) -> None:
        """Backups go there, too, from now on."""
        self._client.call(
            api.add_place, api.Place(folder=folder), lambda _: self.reload(), self._failed, self
        )

    def _ask_remove(self) -> None:
        one = self.chosen
        question = tr("Remove this place?")
        if one is None or not is_sure(self, tr("Remove"), question, f"{one.folder}\n{REMOVE}"):
            return
        place = api.Place(folder=one.folder)
        self._client.call(api.remove_place, place, lambda _: self.reload(), self._failed, self)

    def _failed(self, error: ApiError) -> None:
        self._say(error.message)

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
