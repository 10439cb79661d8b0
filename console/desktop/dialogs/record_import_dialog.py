"""Fingers out of files of other programs: of one person, or a folder named by number. TE30."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from console.api import fingers as api
from console.api.operation import ApiError
from console.desktop.files import read_file
from console.domain.language import tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import button, card, label, row

ENDINGS = frozenset({".fmr", ".ansi-fmr", ".iso", ".iso-fmr", ".fmd", ".ansi"})
_NAMED = re.compile(r"(.+?)(?:_(10|[1-9]))?")
HINT = tr(
    "Records of ISO/IEC 19794-2:2005 and ANSI 378-2004 can be imported. They are saved only for "
    "people who have agreed to the use of their fingerprints. Scan the fingers again when you can: "
    "kiosks recognise scans made with Muster more often."
)


@dataclass(frozen=True)
class RecordFile:
    """A file, and whose it is: an employee id, or else a number. position: 0 as the file says."""

    path: Path
    employee_id: str = ""
    number: str = ""
    position: int = 0


@dataclass(frozen=True)
class _Result:
    file: str
    person: str
    text: str
    tone: str


def ask_records(parent: QWidget) -> list[Path]:
    """Asks for files of one person."""
    patterns = " ".join(f"*{ending}" for ending in sorted(ENDINGS))
    kinds = tr("Fingerprint records ({patterns});;All files (*)", patterns=patterns)
    names, _ = QFileDialog.getOpenFileNames(parent, tr("Import fingers"), "", kinds)
    return [Path(name) for name in names]


def ask_folder(parent: QWidget) -> list[RecordFile]:
    """Asks for a folder. Its files are named by employee number, and perhaps _1 to _10."""
    name = QFileDialog.getExistingDirectory(parent, tr("Folder with fingerprint records"))
    return files_of(Path(name)) if name else []


def files_of(folder: Path) -> list[RecordFile]:
    """The records in a folder, by name: 1042.fmr, or 1042_6.fmr where it names no finger."""
    found = []
    for path in sorted(folder.iterdir()):
        named = _NAMED.fullmatch(path.stem)
        if named and path.is_file() and path.suffix.lower() in ENDINGS:
            found.append(RecordFile(path, number=named[1], position=int(named[2] or 0)))
    return found


class RecordImportDialog(Dialog):
    """Imports the files one after the other, and shows what became of each."""

    def __init__(
        self, client: ServiceClient, files: Sequence[RecordFile], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Import fingers"))
        self.open_at(QSize(860, 460))
        self._client = client
        self._left = deque(files)
        self._count, self.saved = len(files), 0
        self.results: list[_Result] = []
        columns: list[Column[_Result]] = [
            Column(tr("File"), lambda x: x.file, 200),
            Column(tr("Person"), lambda x: x.person, 220),
            Column(tr("Result"), lambda x: x.text, tone=lambda x: x.tone),
        ]
        self.model: PagedModel[_Result] = PagedModel(columns, lambda x: (x.file, x.text), self)
        self.summary = label("", "heading", wrap=True)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self.summary)
        layout.addWidget(label(HINT, "soft", wrap=True))
        layout.addWidget(card([Table(self.model, tr("Files"))], margin=1), 1)
        layout.addWidget(row(None, button(tr("Close"), self.reject)))
        self._next()

    def _next(self) -> None:
        done = self._count - len(self._left)
        read = tr_count(
            "{done:,} of {count:,} file read",
            "{done:,} of {count:,} files read",
            self._count,
            done=done,
        )
        saved = tr_count("{count:,} finger enrolled", "{count:,} fingers enrolled", self.saved)
        self.summary.setText(f"{read} · {saved}")
        if not self._left:
            return
        file = self._left.popleft()
        try:
            data = read_file(file.path, api.MOST_RECORD_BYTES)
        except OSError as error:
            self._show(file, file.number, [(error.strerror or str(error), "bad")])
            return
        request = api.ImportRecord(
            data=data, employee_id=file.employee_id, number=file.number, position=file.position
        )
        taken, failed = partial(self._taken, file), partial(self._failed, file)
        self._client.call(api.import_record, request, taken, failed, self)

    def _taken(self, file: RecordFile, found: api.RecordImported) -> None:
        saved = [one.outcome == "saved" for one in found.fingers]
        self.saved += sum(saved)
        texts = [
            (one.text, "pass" if good else "warn")
            for one, good in zip(found.fingers, saved, strict=True)
        ]
        self._show(file, f"{found.employee} ({found.number})", texts)

    def _failed(self, file: RecordFile, error: ApiError) -> None:
        self._show(file, file.number, [(error.message, "bad")])

    def _show(self, file: RecordFile, person: str, texts: list[tuple[str, str]]) -> None:
        self.results += [_Result(file.path.name, person, text, tone) for text, tone in texts]
        self.model.show_rows(self.results)
        self._next()
