"""A list that is written row by row, as CSV, workbook or PDF; a part never has its name."""

import csv
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter
from PyQt6.QtGui import QPagedPaintDevice, QPdfWriter
from xlsxwriter.exceptions import XlsxWriterException

from console.desktop.list_paper import PAPER, PaperList
from console.domain.language import tr
from console.domain.list_cells import guarded

MOST_OF_SHEET = 1_048_575
"""Rows of a sheet below its headings."""
DPI = 300
COLUMN_CHARS = 20
"""The width of a workbook's columns: enough for a time."""


class ListTarget(Protocol):
    """Where a list goes: a file, or a printer. All methods raise OSError."""

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """Takes rows below those before."""

    def pack(self) -> None:
        """Makes the list whole."""

    def take_place(self) -> None:
        """Lets the packed list be found."""

    def drop(self) -> None:
        """Leaves nothing behind but a list that has taken its place."""


class _Writer(Protocol):
    def add(self, cells: Sequence[str]) -> None: ...
    def pack(self) -> None: ...
    def drop(self) -> None: ...


class ListFile:
    """A list on its way to its file, in a folder beside it until it is whole.

    No cell is run as a formula. All methods raise OSError, and may be called from any one thread at
    a time.
    """

    def __init__(self, path: Path, headings: Sequence[str], paper: PaperList | None = None) -> None:
        """paper: what becomes a PDF, with headings of its own."""
        self._path = path
        self._folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        self._part = self._folder / "part"
        self._writer: _Writer
        if paper is not None:
            self._writer = _Pdf(self._part, paper)
            return
        is_workbook = path.suffix.lower() == ".xlsx"
        self._writer = _Workbook(self._part) if is_workbook else _Csv(self._part)
        self._writer.add(headings)

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """Writes rows below those before."""
        for cells in rows:
            self._writer.add(cells)

    def pack(self) -> None:
        """Makes the list whole, and sees it on the disk."""
        self._writer.pack()
        with self._part.open("r+b") as file:
            os.fsync(file.fileno())

    def take_place(self) -> None:
        """Gives the packed list its name, at once; what was there before goes."""
        self._part.replace(self._path)

    def drop(self) -> None:
        """Leaves nothing behind but a list that has taken its place."""
        self._writer.drop()
        shutil.rmtree(self._folder, ignore_errors=True)


class PrintedList:
    """A list on its way to a printer, which gets its pages when all rows are there."""

    def __init__(self, printer: QPagedPaintDevice, paper: PaperList) -> None:
        self._printer, self._paper = printer, paper

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """Collects rows. Raises OSError for too many."""
        self._paper.add(rows)

    def pack(self) -> None:
        """Draws the pages. Raises OSError."""
        self._paper.draw(self._printer)

    def take_place(self) -> None:
        """The pages are with the printer already."""

    def drop(self) -> None:
        """Nothing is left behind."""


class _Pdf:
    def __init__(self, path: Path, paper: PaperList) -> None:
        self._path, self._paper = path, paper

    def add(self, cells: Sequence[str]) -> None:
        self._paper.add([cells])

    def pack(self) -> None:
        self._path.write_bytes(b"")  # QPdfWriter does not say why it cannot write
        writer = QPdfWriter(str(self._path))
        writer.setResolution(DPI)
        writer.setPageLayout(PAPER)
        writer.setTitle(self._paper.head.title)
        self._paper.draw(writer)

    def drop(self) -> None:
        """There is no file until the list is packed."""


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file, lineterminator="\r\n")

    def add(self, cells: Sequence[str]) -> None:
        self._rows.writerow([guarded(cell) for cell in cells])

    def pack(self) -> None:
        self._file.close()

    def drop(self) -> None:
        with suppress(OSError):  # of a full disk
            self._file.close()


class _Workbook:
    """Its cells are all texts, which no spreadsheet runs; its rows lie on the disk meanwhile."""

    def __init__(self, path: Path) -> None:
        options: dict[str, Any] = {"constant_memory": True, "tmpdir": str(path.parent)}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._rows = 0

    def add(self, cells: Sequence[str]) -> None:
        if self._rows == 0:
            self._sheet.set_column(0, len(cells) - 1, COLUMN_CHARS)
        if self._rows > MOST_OF_SHEET:
            raise OSError(
                0, tr("An Excel workbook cannot hold so many rows. Choose CSV, or a shorter time.")
            )
        for column, cell in enumerate(cells):
            self._sheet.write_string(self._rows, column, cell)
        self._rows += 1

    def drop(self) -> None:
        """Packs nothing: that takes a minute for a million rows."""
        with suppress(OSError):
            self._sheet.row_data_fh.close()

    def pack(self) -> None:
        try:
            self._book.close()
        except XlsxWriterException as problem:
            raise OSError(0, str(problem)) from problem
