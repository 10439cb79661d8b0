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
from console.domain.language import tr
from console.qt.module_passwords import ModulePasswords

AUTOMATIC, FILES = "automatic", "files"
Aliases = tuple[ReaderAlias, ...]


@dataclass(frozen=True)
class ReaderSource:
    """Where scans come from.

    make: the reader, not opened yet, given the site's aliases; it may raise ReaderError. port: of a
    serial module, which may have a password; empty for all others.
    """

    key: str
    name: str
    make: Callable[[Aliases], Reader]
    port: str = ""


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
        self.module_passwords = ModulePasswords()

    def reader_sources(self) -> list[ReaderSource]:
        """The readers in the order of offering; the first is used unless another is chosen."""
        automatic = ReaderSource(AUTOMATIC, tr("USB reader"), first_reader)
        files = ReaderSource(FILES, tr("Picture files"), lambda _aliases: self._files)
        serial = [self.serial_source(port.name) for port in serial_ports()]
        return [*self._extra, automatic, *serial, files]

    def serial_source(self, port: str) -> ReaderSource:
        """The serial module on a port, which is opened with the password stored for it."""
        name = tr("Serial module on {port}", port=port)
        return ReaderSource(f"serial:{port}", name, partial(self._module, port), port)

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

    def _module(self, port: str, _aliases: Aliases) -> Reader:
        return module_on(port, self.module_passwords.get(port))
