"""A folder of photos that are named by number or email address: who matches whom, and then that."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from console.api import photo_files as api
from console.api.operation import ApiError, ById, Started
from console.api.tasks import PhotoOutcome, PhotoReport, Task
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.domain.employee_lists import write_csv
from console.domain.language import msgid, tr, tr_count
from console.domain.photo_names import PhotoUse
from console.domain.uploads import MAX_PHOTO, MAX_PHOTO_WORDS
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.timers import timer
from console.qt.widgets import button, card, label, row

UNDER_WAY = 6
"""People whose photos may wait for screening before the next ones are read and sent."""
PAUSE_MS = 500
READY = msgid("Ready")


@dataclass(frozen=True)
class _Words:
    """How the dialog speaks of one use.

    again: of people who have such photos; taken: of a file; all_taken: of so many.
    """

    title: str
    hint: str
    again: str
    taken: str
    all_taken: Callable[[int], str]


_WORDS = {
    PhotoUse.ENROLMENT: _Words(
        title=tr("Photos by file name"),
        hint=tr(
            "The photos are screened like photos taken at the desk, and then wait for review. Only "
            "photos of people who have agreed to the use of their face are taken."
        ),
        again=tr("Also people who are already enrolled"),
        taken=msgid("Waiting for review"),
        all_taken=lambda count: tr_count(
            "{count:,} photo waiting for review", "{count:,} photos waiting for review", count
        ),
    ),
    PhotoUse.ID_PHOTO: _Words(
        title=tr("ID photos by file name"),
        hint=tr(
            "A first enrolment is compared with the photo from an ID document or a personnel file. "
            "The photo is kept sealed. It is screened and can be viewed only once the person has "
            "agreed to the use of their face. For people who have already agreed, the report says "
            "what was found."
        ),
        again=tr("Replace existing ID photos"),
        taken=msgid("Kept"),
        all_taken=lambda count: tr_count("{count:,} photo kept", "{count:,} photos kept", count),
    ),
}


class PhotoFilesDialog(Dialog):
    """Shows what would be taken, sends it person by person, and saves what became of it."""

    def __init__(
        self,
        client: ServiceClient,
        folder: Path,
        use: PhotoUse = PhotoUse.ENROLMENT,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._use, self._words = use, _WORDS[use]
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self._words.title)
        self.open_at(QSize(900, 600))
        self._client, self._folder = client, folder
        self._names = sorted(one.name for one in folder.iterdir() if one.is_file())
        self._matches: list[api.PhotoMatch] = []
        self._queue: deque[tuple[str, list[str]]] = deque()
        self._report: list[PhotoOutcome] = []
        self._unread: list[PhotoOutcome] = []
        self._task_id = ""
        self._retry = timer(self, PAUSE_MS, self._send_next, once=True)
        self.watch = TaskWatch(client, self)
        strip = TaskStrip(self.watch)
        self.watch.ended.connect(self._ended)
        self.summary = label(tr("Matching the file names…"), "heading", wrap=True)
        self.hint = label(self._words.hint, "soft", wrap=True)
        self.again = QCheckBox(self._words.again)
        self.again.toggled.connect(lambda _on: self.look())
        columns: list[Column[PhotoOutcome]] = [
            Column(tr("File"), lambda x: x.name, 220),
            Column(tr("Person"), lambda x: x.employee, 190),
            Column(tr("Number"), lambda x: x.number, 90),
            Column(tr("Status"), lambda x: tr(x.reason or self._good), 0, tone=self._tone),
        ]
        self.model: PagedModel[PhotoOutcome] = PagedModel(columns, lambda x: x.name, self)
        self.table = Table(self.model, tr("Files"))
        self.go = button(tr("Take the photos"), self.begin, "primary")
        self.save = button(tr("Save report…"), self._ask_where, icon_name="download")
        self.save.hide()
        self.close_ = button(tr("Close"), self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self.summary)
        layout.addWidget(self.hint)
        layout.addWidget(strip)
        layout.addWidget(card([self.table], margin=1), 1)
        layout.addWidget(row(self.again, None, self.save, self.close_, self.go))
        self.go.setEnabled(False)
        self.look()

    @property
    def _good(self) -> str:
        return self._words.taken if self._report else READY

    def _tone(self, outcome: PhotoOutcome) -> str:
        return "warn" if outcome.reason else "pass"

    def look(self) -> None:
        """Asks who matches whom."""
        again = self.again.isChecked()
        request = api.LookAtNames(names=self._names, use=self._use, again=again)
        self._client.call(api.look_at_names, request, self.show_matches, self._failed, self)

    def show_matches(self, found: api.PhotoMatches) -> None:
        """Shows every file with its person; those that are left out come first."""
        self._matches = found.rows
        rows = [
            PhotoOutcome(name=x.name, number=x.number, employee=x.employee, reason=x.reason)
            for x in sorted(found.rows, key=lambda x: not x.reason)
        ]
        self.model.show_rows(rows)
        taken = self._people()
        count = sum(len(names) for _, names in taken)
        out = len(found.rows) - count
        counts = (
            tr_count("{count:,} photo", "{count:,} photos", count),
            tr_count("{count:,} person", "{count:,} people", len(taken)),
            tr_count("{count:,} file left out", "{count:,} files left out", out),
        )
        self.summary.setText(" · ".join(counts))
        self.go.setEnabled(bool(taken))

    def _people(self) -> list[tuple[str, list[str]]]:
        """(employee id, names of the files) of those that are taken."""
        found: dict[str, list[str]] = {}
        for match in self._matches:
            if not match.reason:
                found.setdefault(match.employee_id, []).append(match.name)
        return list(found.items())

    def begin(self) -> None:
        """Starts the task, and sends the photos to it."""
        self._queue = deque(self._people())
        self.go.setEnabled(False)
        self.again.setEnabled(False)
        left_out = [match for match in self._matches if match.reason]
        request = api.BeginPhotos(
            people=len(self._queue),
            left_out=left_out,
            use=self._use,
            again=self.again.isChecked(),
        )
        self._client.call(api.begin_photos, request, self._begun, self._failed, self)

    def _begun(self, started: Started) -> None:
        self._task_id = started.task_id
        self.watch.follow(started.task_id)
        self._send_next()

    def _send_next(self) -> None:
        if not self._task_id:
            return
        if not self._queue:
            named = ById(id=self._task_id)
            self._client.call(api.end_photos, named, lambda _: None, self._failed, self)
            return
        employee_id, names = self._queue.popleft()
        files, room = list[api.PhotoFile](), MAX_PHOTO
        for name in names:
            found = self._read(name, room)
            if found is not None:
                files.append(found)
                room -= len(found.data)
        if not files:
            self._send_next()
            return
        request = api.SendPhotos(task_id=self._task_id, employee_id=employee_id, files=files)
        self._client.call(api.send_photos, request, self._sent, self._not_sent, self)

    def _read(self, name: str, room: int) -> api.PhotoFile | None:
        """room: bytes that the photos of one person may still have."""
        path = self._folder / name
        try:
            size = path.stat().st_size
            if 0 < size <= room:
                return api.PhotoFile(name=name, data=path.read_bytes())
            too_large = tr("The photos of one person may have {size} at most", size=MAX_PHOTO_WORDS)
            why = too_large if size else tr("The file is empty")
        except OSError as error:
            why = tr("The file cannot be read: {reason}", reason=error.strerror)
        self._unread.append(PhotoOutcome(name=name, number="", employee="", reason=why))
        return None

    def _sent(self, taken: api.PhotosTaken) -> None:
        if taken.waiting >= UNDER_WAY:
            self._retry.start()
        else:
            self._send_next()

    def _not_sent(self, error: ApiError) -> None:
        if error.code == "not_found":  # the task has ended
            self._queue.clear()
        else:
            self._failed(error)
            self._send_next()

    def _ended(self, task: Task) -> None:
        self._task_id = ""
        self._queue.clear()
        self.show_report(task.result.photos or PhotoReport(rows=[]))

    def show_report(self, report: PhotoReport) -> None:
        """Shows what became of every file."""
        rows = self._report = [*report.rows, *self._unread]
        self.model.show_rows(sorted(rows, key=lambda x: not x.reason))
        taken = sum(not one.reason for one in rows)
        not_taken = tr("{count:,} not taken", count=len(rows) - taken)
        self.summary.setText(f"{self._words.all_taken(taken)} · {not_taken}")
        self.save.setVisible(bool(rows))

    def _ask_where(self) -> None:
        title, kinds = tr("Save report"), tr("CSV files (*.csv)")
        path, _ = QFileDialog.getSaveFileName(self, title, "photos.csv", kinds)
        if path:
            self.save_report(Path(path))

    def save_report(self, path: Path) -> None:
        """Writes what became of every file, by reason."""
        head = [tr("File"), tr("Number"), tr("Person"), tr("Result")]
        rows = [
            [one.name, one.number, one.employee, one.reason or tr(self._words.taken)]
            for one in sorted(self._report, key=lambda x: (x.reason, x.name))
        ]
        try:
            path.write_text(write_csv([head, *rows]), "utf-8-sig")
        except OSError as error:
            self.summary.setText(tr("The file cannot be written: {reason}", reason=error.strerror))

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Photos that were sent are screened and handed in; no others are sent."""
        self._finish()
        super().closeEvent(event)

    def reject(self) -> None:
        """The same by Escape and the button."""
        self._finish()
        super().reject()

    def _finish(self) -> None:
        if self._task_id:
            named = ById(id=self._task_id)
            self._client.call(api.end_photos, named, lambda _: None, lambda _: None, self)
            self._queue.clear()

    def _failed(self, error: ApiError) -> None:
        self.summary.setText(error.message)
