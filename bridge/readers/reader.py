"""What any fingerprint reader can do, and what can go wrong with one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray


class ReaderError(Exception):
    """`reason`: a stable name; `remedy`: what a person can do about it."""

    reason: ClassVar[str] = "failed"
    remedy: ClassVar[str] = "Unplug the reader, plug it in again, and try once more."


class Absent(ReaderError):
    reason = "absent"
    remedy = "Plug the reader in. If it is, try another socket or cable."


class NoPermission(ReaderError):
    reason = "no_permission"
    remedy = "This user may not open the reader. On Linux, install installer/60-muster-readers.rules; on Windows, close what else uses it."


class NoLibrary(ReaderError):
    """libusb is not on this computer."""

    reason = "no_library"
    remedy = "Install libusb: on Debian the package libusb-1.0-0; on Windows install Muster again."


class WrongDriver(ReaderError):
    """Windows has bound another driver than WinUSB."""

    reason = "wrong_driver"
    remedy = "Windows uses another driver for this reader. Bind it to WinUSB; it will no longer work with Windows Hello then."


class Busy(ReaderError):
    reason = "busy"
    remedy = "Another program holds the reader. Close it, or the Windows Biometric Service."


class Unplugged(ReaderError):
    reason = "unplugged"
    remedy = "Plug the reader in again."


class NoPower(ReaderError):
    """It is there, but does not wake up."""

    reason = "no_power"


class PoorImage(ReaderError):
    """A scan that cannot be used; the next one may be."""

    reason = "poor_image"
    remedy = "Lift the finger and put it down again."


class NothingHappened(ReaderError):
    """The time for a finger is over; ask again."""

    reason = "nothing_happened"
    remedy = "Put a finger on the reader."


class Cancelled(ReaderError):
    reason = "cancelled"
    remedy = "Nothing to do."


@dataclass(frozen=True)
class ReaderInfo:
    """versions: as the reader tells them, for a bug report; live: it gives several pictures a second."""

    name: str
    versions: str = ""
    live: bool = True


@dataclass(frozen=True)
class Scan:
    """image: (rows, columns) uint8, dark ridges on light ground."""

    image: NDArray[np.uint8]
    dpi: int


Progress = Callable[[int, int], None]
"""(done, of how many), while a picture comes in."""


def silent(done: int, total: int) -> None:
    """The progress nobody watches."""


class Reader(Protocol):
    """Used by one thread only: the one that opened it. Every wait ends by itself or by `cancel`, which any thread may set."""

    cancel: threading.Event

    def open(self) -> None: ...
    def info(self) -> ReaderInfo: ...
    def wait_for_finger(self, timeout_s: float) -> None: ...
    def scan(self, progress: Progress = silent) -> Scan: ...
    def wait_for_lift(self, timeout_s: float) -> None: ...
    def close(self) -> None: ...
