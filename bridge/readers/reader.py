"""The interface of every fingerprint reader, and what can go wrong with one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.wording import worded


class ReaderError(Exception):
    """The root of these errors.

    reason: a stable name; remedy: what the operator can do about it.
    """

    reason: ClassVar[str] = "failed"
    remedy: ClassVar[str] = worded("Unplug the reader, plug it in again, and try once more.")


class ReaderAbsent(ReaderError):
    """No such reader is plugged in."""

    reason = "absent"
    remedy = worded("Plug the reader in. If it is, try another socket or cable.")


class NoPermission(ReaderError):
    """The user may not open the reader."""

    reason = "no_permission"
    remedy = worded(
        "This user may not open the reader. On Linux, install "
        "installer/linux/60-muster-readers.rules; on Windows, close what else uses it."
    )


class WrongPassword(ReaderError):
    """The reader is locked by a password, and was given none or another one."""

    reason = "wrong_password"
    remedy = worded("Enter the password under Readers › Password of the serial module.")


class NoLibrary(ReaderError):
    """libusb is not installed on this computer."""

    reason = "no_library"
    remedy = worded(
        "Install libusb: on Debian the package libusb-1.0-0; on Windows install Muster again."
    )


class WrongDriver(ReaderError):
    """Windows has bound another driver than WinUSB."""

    reason = "wrong_driver"
    remedy = worded(
        "Windows uses another driver for this reader. Bind it to WinUSB; "
        "it will no longer work with Windows Hello then."
    )


class ReaderBusy(ReaderError):
    """Another program holds the reader."""

    reason = "busy"
    remedy = worded("Another program holds the reader. Close it, or the Windows Biometric Service.")


class Unplugged(ReaderError):
    """The reader was there and does not answer any more."""

    reason = "unplugged"
    remedy = worded("Plug the reader in again.")


class NoPower(ReaderError):
    """The reader is there, but does not wake up."""

    reason = "no_power"


class PoorImage(ReaderError):
    """The scan cannot be used; the next one may be good."""

    reason = "poor_image"
    remedy = worded("Lift the finger and put it down again.")


class NothingHappened(ReaderError):
    """The waiting time is over; the caller may wait again."""

    reason = "nothing_happened"
    remedy = worded("Put a finger on the reader.")


class ScanCancelled(ReaderError):
    """`cancel` was set while the reader waited or scanned."""

    reason = "cancelled"
    remedy = worded("Nothing to do.")


@dataclass(frozen=True)
class ReaderInfo:
    """versions: as the reader tells them, for a bug report.

    live: whether the reader gives several pictures a second.
    """

    name: str
    versions: str = ""
    live: bool = True


@dataclass(frozen=True)
class FingerScan:
    """A picture of a finger.

    image: (rows, columns) uint8, tip up, dark ridges on light ground.
    """

    image: NDArray[np.uint8]
    dpi: int


Progress = Callable[[int, int], None]
"""Called with (done, total) while a picture comes in."""


def no_progress(_done: int, _total: int) -> None:
    """Ignore the progress."""


class Reader(Protocol):
    """A fingerprint reader. Implement this to add a driver.

    One thread uses a reader: the one that opened it. Every wait ends by itself, or early if
    `cancel` is set; any thread may set it, and the owner clears it. Methods raise nothing but
    `ReaderError`s.
    """

    cancel: threading.Event

    def open(self) -> None:
        """Find, claim and wake the reader.

        Raises ReaderAbsent, NoLibrary, NoPermission, WrongDriver, ReaderBusy, Unplugged, NoPower;
        the reader is closed then.
        """
        ...

    def info(self) -> ReaderInfo:
        """Return what the reader is; complete only while it is open."""
        ...

    def wait_for_finger(self, timeout_s: float) -> None:
        """Return when a finger lies on the reader.

        Raises NothingHappened after timeout_s seconds, ScanCancelled, Unplugged.
        """
        ...

    def scan(self, progress: Progress = no_progress) -> FingerScan:
        """Return a picture of the finger. Raises PoorImage, ScanCancelled, Unplugged.

        A reader that needs longer than a moment calls `progress`.
        """
        ...

    def wait_for_lift(self, timeout_s: float) -> None:
        """Return when no finger lies on the reader. Raises as `wait_for_finger` does."""
        ...

    def close(self) -> None:
        """Release the reader; never fails, not even on a reader that was not opened."""
        ...
