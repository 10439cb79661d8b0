"""What is plugged into this computer. Pages that use none of it ignore it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bridge.cameras import CameraSource, FrameSource, cameras
from bridge.readers.catalogue import first_reader, module_on, serial_ports
from bridge.readers.files import PictureFiles
from bridge.readers.models import Alias
from bridge.readers.reader import Reader
from console.qt.language import tr

AUTOMATIC, FILES = "automatic", "files"
Aliases = tuple[Alias, ...]


@dataclass(frozen=True)
class ReaderSource:
    """Where scans come from. make: the reader, not opened yet, given the site's aliases; it may raise ReaderError."""

    key: str
    name: str
    make: Callable[[Aliases], Reader]


@dataclass(frozen=True)
class CameraChoice:
    """Where frames come from. make opens it; it may raise CameraError."""

    key: str
    name: str
    make: Callable[[], FrameSource]


class Equipment:
    """extra: readers and cameras that somebody brought along, the demo its simulated ones; they come first."""

    def __init__(
        self, extra: tuple[ReaderSource, ...] = (), extra_cameras: tuple[CameraChoice, ...] = ()
    ) -> None:
        self._extra, self._extra_cameras = extra, extra_cameras
        self._files = PictureFiles()

    def reader_sources(self) -> list[ReaderSource]:
        """In the order in which they are offered; the first is used unless somebody chooses another."""
        automatic = ReaderSource(AUTOMATIC, tr("USB reader"), first_reader)
        files = ReaderSource(FILES, tr("Picture files"), lambda aliases: self._files)
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
        """In the order in which they are offered; looks for cameras each time."""
        found = [
            CameraChoice(f"camera:{one.number}", one.name, partial(CameraSource, one.number))
            for one in cameras()
        ]
        return [*self._extra_cameras, *found]

    def offer_files(self, paths: list[Path]) -> None:
        """Pictures that are to be scanned next, in this order."""
        for path in paths:
            self._files.offer(path)


def _module(port: str, _aliases: Aliases) -> Reader:
    return module_on(port)
