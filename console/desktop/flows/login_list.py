"""Writes what the login log shows to a file or a printer, while the window goes on. CO19."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QPagedPaintDevice

from console.api import logins as api
from console.api.operation import ApiError
from console.desktop.list_file import ListFile, ListTarget, PrintedList
from console.desktop.list_paper import PAPER, PaperHead, PaperList
from console.desktop.login_words import (
    LIST_HEADINGS,
    PAPER_HEADINGS,
    PAPER_WIDTHS,
    list_cells,
    paper_cells,
)
from console.domain.language import tr, tr_count
from console.qt.client import ServiceClient

WHOLE = 1000
"""Progress is counted in so many parts."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a list goes. kind: for the audit log; name: as the operator knows it.

    open: called in a thread, raises OSError; paper: what the pages are drawn of, None for data.
    """

    kind: str
    name: str
    open: Callable[[], ListTarget]
    paper: PaperList | None = None


def to_file(path: Path, head: PaperHead) -> Destination:
    """A file, by its ending. head: for a PDF, without the site, which the service names."""
    kind = {".xlsx": "xlsx", ".pdf": "pdf"}.get(path.suffix.lower(), "csv")
    paper = _paper(head) if kind == "pdf" else None
    return Destination(
        kind=kind,
        name=path.name,
        open=lambda: ListFile(path, LIST_HEADINGS, paper),
        paper=paper,
    )


def to_printer(printer: QPagedPaintDevice, name: str, head: PaperHead) -> Destination:
    """Pages for a printer."""
    paper = _paper(head)
    printer.setPageLayout(PAPER)
    return Destination(
        kind="paper", name=name, open=lambda: PrintedList(printer, paper), paper=paper
    )


def _paper(head: PaperHead) -> PaperList:
    paper = PaperList(PAPER_HEADINGS, PAPER_WIDTHS)
    paper.head = head
    return paper


class LoginListExport(QObject):
    """One list: while a part is written by a thread of its own, the next one is asked for.

    progressed: the rows so far, and how much of WHOLE; ended: what came of it in words, and whether
    it is bad news.
    """

    progressed = pyqtSignal(int, int)
    ended = pyqtSignal(str, bool)
    _step_done = pyqtSignal(object)

    def __init__(
        self, client: ServiceClient, target: Destination, wanted: api.BeginList, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._target = target
        self._cells = list_cells if target.paper is None else paper_cells
        self._client, self._wanted = client, wanted
        self._thread = ThreadPoolExecutor(1, "login list")
        self._file: ListTarget | None = None
        self._list: api.LoginList | None = None
        self._waiting: api.LoginListPart | None = None
        self._next: Callable[[], None] | None = None
        self._rows, self._ended = 0, False
        self._telling = threading.Lock()
        queued = Qt.ConnectionType.QueuedConnection  # never while `_telling` is held
        self._step_done.connect(self._on_step_done, queued)  # type: ignore[call-arg]  # stubs lack it

    def start(self) -> None:
        """Begins. The file is opened first: where it cannot be, nothing is asked for."""
        self._step(self._open, self._begin)

    def cancel(self) -> None:
        """Stops, and leaves no part of the list behind."""
        self._end(tr("The export was cancelled. Nothing was written."), bad=False)

    def _open(self) -> None:
        self._file = self._target.open()

    def _begin(self) -> None:
        self._client.call(api.begin_list, self._wanted, self._begun, self._failed, self)

    def _begun(self, begun: api.LoginList) -> None:
        self._list = begun
        paper = self._target.paper
        if paper is not None:
            paper.head = replace(paper.head, site=begun.site)
        self._ask("")

    def _ask(self, cursor: str) -> None:
        if self._list is not None and not self._ended:
            request = api.NextOfList(id=self._list.id, cursor=cursor)
            self._client.call(api.next_of_list, request, self._received, self._failed, self)

    def _received(self, part: api.LoginListPart) -> None:
        self._waiting = part
        if self._next is None:
            self._write()

    def _write(self) -> None:
        """Writes the part that has come, if one has, and asks for the one behind it."""
        part, self._waiting = self._waiting, None
        if part is None or self._ended:
            return
        self._rows += len(part.rows)
        self.progressed.emit(self._rows, self._how_far(part))
        self._step(lambda: self._add(part.rows), self._write if part.cursor else self._pack)
        if part.cursor:
            self._ask(part.cursor)

    def _add(self, rows: Sequence[api.LoginRow]) -> None:
        assert self._file is not None
        self._file.add(map(self._cells, rows))

    def _pack(self) -> None:
        assert self._file is not None
        self._step(self._file.pack, self._take_place)

    def _take_place(self) -> None:
        """Here, and not in the thread: what was cancelled until now does not get its name."""
        assert self._file is not None
        try:
            self._file.take_place()
        except OSError as problem:
            self._not_written(problem)
            return
        said = tr_count(
            "{count:,} login was exported to {file}.",
            "{count:,} logins were exported to {file}.",
            self._rows,
            file=self._target.name,
        )
        self._end(said, bad=False)

    def _how_far(self, part: api.LoginListPart) -> int:
        assert self._list is not None
        whole = (self._list.last - self._list.first).total_seconds()
        done = (self._list.last - part.reached).total_seconds()
        return round(WHOLE * min(1.0, max(0.0, done / whole))) if whole > 0 else WHOLE

    def _step(self, work: Callable[[], None], then: Callable[[], None]) -> None:
        """Does the work in the thread, and what follows here."""
        if not self._ended:
            self._next = then
            self._thread.submit(work).add_done_callback(self._tell)

    def _tell(self, step: Future[None]) -> None:
        """Called by the thread. Nobody hears of a step after the end: this may be deleted then."""
        with self._telling:
            if not self._ended:
                self._step_done.emit(step)

    def _on_step_done(self, step: Future[None]) -> None:
        then, self._next = self._next, None
        problem = step.exception()
        if self._ended:
            return
        if isinstance(problem, OSError):
            self._not_written(problem)
        elif problem is not None:
            self._end(tr("The export failed. Nothing was written."), bad=True)
            raise problem
        elif then is not None:
            then()

    def _not_written(self, problem: OSError) -> None:
        said = problem.strerror or str(problem)
        self._end(tr("The file could not be written: {problem}", problem=said), bad=True)

    def _failed(self, error: ApiError) -> None:
        self._end(error.message, bad=True)

    def _end(self, text: str, *, bad: bool) -> None:
        with self._telling:
            if self._ended:
                return
            self._ended = True
        self._thread.submit(self._drop)
        self._thread.shutdown(wait=False)
        self.ended.emit(text, bad)
        self.deleteLater()

    def _drop(self) -> None:
        """In the thread, behind whatever it is doing, which may be to open the file."""
        if self._file is not None:
            self._file.drop()
