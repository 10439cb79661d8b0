"""What is plugged into this computer: readers and cameras."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bridge.cameras import CameraSource, FrameSource, cameras
from bridge.readers.catalogue import first_reader, module_on, serial_ports
from bridge.readers.files import PictureFiles
from bridge.readers.models import ReaderAlias
from bridge.readers.reader import Reader
from console.qt.language import tr

AUTOMATIC, FILES = "automatic", "files"
Aliases = tuple[ReaderAlias, ...]


@dataclass(frozen=True)
class ReaderSource:
    """Where scans come from.

    make: the reader, not opened yet, given the site's aliases; it may raise ReaderError.
    """

    key: str
    name: str
    make: Callable[[Aliases], Reader]


@dataclass(frozen=True)
class CameraChoice:
    """Where frames come from; `make` opens it and may raise CameraError."""

    key: str
    name: str
    make: Callable[[], FrameSource]


class Equipment:
    """Finds readers and cameras; those given as `extra`, such as simulated ones, come first."""

    def __init__(
        self, extra: tuple[ReaderSource, ...] = (), extra_cameras: tuple[CameraChoice, ...] = ()
    ) -> None:
        self._extra, self._extra_cameras = extra, extra_cameras
        self._files = PictureFiles()

    def reader_sources(self) -> list[ReaderSource]:
        """The readers in the order of offering; the first is used unless another is chosen."""
        automatic = ReaderSource(AUTOMATIC, tr("USB reader"), first_reader)
        files = ReaderSource(FILES, tr("Picture files"), lambda _aliases: self._files)
        serial = [
            ReaderSource(
                f"serial:{port.name}",
                f"{tr('Serial module on')} {port.name}",
                partial(_module, port.name),
            )
            for port in serial_ports()
        ]
        return [*self._extra, automatic, *serial, files]

    def camera_choices(self) -> list[CameraChoice]:
        """The cameras in the order of offering; looks for them each time."""
        found = [
            CameraChoice(f"camera:{one.number}", one.name, partial(CameraSource, one.number))
            for one in cameras()
        ]
        return [*self._extra_cameras, *found]

    def offer_files(self, paths: list[Path]) -> None:
        """Offers pictures to be scanned next, in this order."""
        for path in paths:
            self._files.offer(path)


def _module(port: str, _aliases: Aliases) -> Reader:
    return module_on(port)
