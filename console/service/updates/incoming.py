"""Files with updates on their way from consoles: each operator has one at a time."""

import time
from pathlib import Path

from console.api.updates import MOST_FILE, PORTION
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.language import tr
from console.domain.updates import FILE_ENDING

LEFT_AFTER_S = 3600
"""A file that nobody goes on sending is deleted."""


class Incoming:
    """Lies in the folder of updates. Blocking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, operator_id: str, start: int, data: bytes) -> None:
        """Writes the next portion. Raises Invalid, Conflict."""
        if len(data) > PORTION or not 0 <= start <= MOST_FILE - len(data):
            raise Invalid("data", tr("This file is too large for an update."))
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(operator_id)
        with path.open("r+b" if start and path.exists() else "wb") as file:
            if file.seek(0, 2) != start:
                raise Conflict(tr("Part of the file did not arrive. Choose the file again."))
            file.write(data)

    def take(self, operator_id: str) -> Path:
        """The file as it was sent; whoever takes it deletes it. Raises NotFound."""
        path = self._path(operator_id)
        if not path.exists():
            raise NotFound(tr("No file was sent. Choose the file again."))
        return path.replace(path.with_name(f"taken-{operator_id}{FILE_ENDING}"))

    def delete_left(self) -> None:
        """Deletes what a console that was closed has left."""
        for path in self._folder.glob(f"*{FILE_ENDING}"):
            if not 0 <= time.time() - path.stat().st_mtime < LEFT_AFTER_S:
                path.unlink(missing_ok=True)

    def _path(self, operator_id: str) -> Path:
        return self._folder / f"incoming-{operator_id}{FILE_ENDING}"
