"""Sends a file with an update to the service, portion by portion."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from PyQt6.QtCore import QObject

from console.api import updates as api
from console.api.operation import ApiError, Nothing
from console.domain.language import tr
from console.qt.client import ServiceClient


class UpdateFile(QObject):
    """One file. It ends with `sent`, or with `failed` and a sentence."""

    def __init__(
        self,
        client: ServiceClient,
        sent: Callable[[], object],
        failed: Callable[[str], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._client, self._sent, self._failed = client, sent, failed
        self._file: BinaryIO | None = None

    @property
    def under_way(self) -> bool:
        """A file is being sent."""
        return self._file is not None

    def send(self, path: Path) -> None:
        """Begins; a file that is being sent already goes on alone."""
        if self._file is not None:
            return
        try:
            size = path.stat().st_size
            if not 0 < size <= api.MOST_FILE:
                self._failed(tr("This file is not an update of Muster."))
                return
            self._file = path.open("rb")
        except OSError as error:
            self._failed(error.strerror or str(error))
            return
        self._send_next(0)

    def _send_next(self, start: int) -> None:
        assert self._file is not None
        try:
            data = self._file.read(api.PORTION)
        except OSError as error:  # the stick was pulled out
            self._end()
            self._failed(error.strerror or str(error))
            return
        if not data:
            self._end()
            self._sent()
            return
        portion = api.Portion(start=start, data=data)

        def go_on(_answer: Nothing) -> None:
            self._send_next(start + len(data))

        self._client.call(api.send_file, portion, go_on, self._refused, self)

    def _refused(self, error: ApiError) -> None:
        self._end()
        self._failed(error.message)

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
