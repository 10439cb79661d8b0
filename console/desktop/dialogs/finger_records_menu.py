"""Fingers to and from files of other programs: what an administrator does under More."""

from collections.abc import Sequence
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QWidget

from console.api import fingers as api
from console.api.operation import ApiError
from console.desktop.dialogs.record_file import ChosenRecordFile, ask_record_file
from console.desktop.dialogs.record_import_dialog import (
    RecordFile,
    RecordImportDialog,
    ask_folder,
    ask_records,
)
from console.desktop.files import not_written
from console.domain.language import tr
from console.qt.client import ServiceClient


class FingerRecords(QObject):
    """The acts, and what they say: (text, whether it failed)."""

    message = pyqtSignal(str, bool)
    taken = pyqtSignal()
    """Fingers may have been imported."""

    def __init__(self, client: ServiceClient, parent: QWidget) -> None:
        super().__init__(parent)
        self._client, self._parent = client, parent
        self._person: api.Hands | None = None
        self._position = 0
        self.export = QAction(tr("Export fingers…"), parent)
        self.take = QAction(tr("Import fingers from files…"), parent)
        self.take_folder = QAction(tr("Import a folder of records…"), parent)
        self.export.triggered.connect(self._export)
        self.take.triggered.connect(self._take)
        self.take_folder.triggered.connect(lambda: self.open_import(ask_folder(parent)))

    @property
    def actions(self) -> list[QAction]:
        """In the order of the menu."""
        return [self.export, self.take, self.take_folder]

    def show_person(self, person: api.Hands | None, position: int, *, free: bool) -> None:
        """Who is shown, the finger that is chosen (0: none), and whether anything can be done."""
        self._person, self._position = person, position
        session = self._client.session
        for action in self.actions:
            action.setVisible(session is not None and session.role == "admin")
        own = person is not None and any(one.quality is not None for one in person.fingers)
        self.export.setEnabled(free and own)
        self.take.setEnabled(free and person is not None and person.may_enrol)
        self.take_folder.setEnabled(free)

    def _take(self) -> None:
        if self._person is not None:
            who, position = self._person.employee_id, self._position
            paths = ask_records(self._parent)
            self.open_import([RecordFile(path, who, position=position) for path in paths])

    def open_import(self, files: Sequence[RecordFile]) -> RecordImportDialog | None:
        """Imports these files, if there are any."""
        if not files:
            return None
        dialog = RecordImportDialog(self._client, files, self._parent)
        dialog.finished.connect(lambda _: self.taken.emit())
        dialog.open()
        return dialog

    def _export(self) -> None:
        if self._person is None:
            return
        file = ask_record_file(self._parent, self._person.number)
        if file is not None:
            request = api.Export(employee_id=self._person.employee_id, standard=file.standard)
            self._client.call(api.export, request, partial(self._write, file), self._failed, self)

    def _failed(self, error: ApiError) -> None:
        self.message.emit(error.message, True)

    def _write(self, file: ChosenRecordFile, record: api.RecordFile) -> None:
        try:
            file.write(record.data)
        except OSError as error:
            self.message.emit(not_written(error), True)
            return
        saved = tr(
            "Saved to {file}. The file contains biometric data: keep it safe.", file=file.path.name
        )
        self.message.emit(saved, False)
