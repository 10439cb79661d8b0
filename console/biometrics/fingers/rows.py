"""Rows of many references one after the other, in memory or in a mapped file."""

import mmap
import tempfile
import weakref
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

LEAST_ROWS = 1024


class Rows:
    """Rows that references own, in memory that grows by doubling.

    With a folder they lie in a file there, of which the system keeps in memory what it has room
    for. The file has no name: it is gone with the object, also after a crash.
    """

    def __init__(self, kind: type, width: int, folder: Path | None = None) -> None:
        self._kind, self._width, self._folder = kind, width, folder
        self._file: IO[bytes] | None = None
        if folder is not None:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - as long as the object
            weakref.finalize(self, self._file.close)
        self._rows = self._with_room(np.empty((0, width), kind), LEAST_ROWS)
        self._start = np.zeros(256, np.int64)
        self._count = 0

    @property
    def rows(self) -> NDArray[Any]:
        """All rows, and room for more."""
        return self._rows

    @property
    def start(self) -> NDArray[np.int64]:
        """Where the rows of each reference begin, and where those of the last end."""
        return self._start[: self._count + 1]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each reference."""
        return np.diff(self.start)

    @property
    def bytes(self) -> int:
        """Of all rows, and of where they begin."""
        row = self._rows.itemsize * self._width
        return int(self._start[self._count]) * row + self.start.nbytes

    def append(self, rows: NDArray[Any]) -> None:
        """Add the rows of one more reference."""
        begin = int(self._start[self._count])
        end = begin + len(rows)
        if end > len(self._rows):
            self._rows = self._with_room(self._rows, max(2 * len(self._rows), end))
        if self._count + 2 > len(self._start):
            self._start = np.concatenate([self._start, np.zeros_like(self._start)])
        self._rows[begin:end] = rows
        self._count += 1
        self._start[self._count] = end

    def blank(self, place: int) -> None:
        """Set the rows of a place to zero: they match nothing."""
        self._rows[self._start[place] : self._start[place + 1]] = 0

    def only(self, places: list[int]) -> "Rows":
        """Return a copy with the rows of these places, in this order."""
        rows = Rows(self._kind, self._width, self._folder)
        for place in places:
            rows.append(self._rows[self._start[place] : self._start[place + 1]])
        return rows

    def _with_room(self, rows: NDArray[Any], wanted: int) -> NDArray[Any]:
        """The same rows with room for `wanted`. A file grows where it is."""
        if self._file is None:
            larger: NDArray[Any] = np.empty((wanted, self._width), self._kind)
            larger[: len(rows)] = rows
            return larger
        size = wanted * self._width * np.dtype(self._kind).itemsize
        self._file.truncate(size)
        mapped = mmap.mmap(self._file.fileno(), size)
        return np.frombuffer(mapped, self._kind).reshape(wanted, self._width)
