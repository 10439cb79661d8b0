"""What is wrong with a fingerprint reader, and what to do about it, in the operator's language."""

from typing import NamedTuple

from bridge.readers.reader import ReaderError
from console.domain.language import paragraph, tr


class _Words(NamedTuple):
    what: str
    remedy: str


_TRY_AGAIN = tr("Unplug the reader, plug it in again, and try once more.")
_WORDS = {
    "failed": _Words(tr("The reader does not work."), _TRY_AGAIN),
    "absent": _Words(
        tr("No fingerprint reader is plugged in."),
        tr("Plug in the reader. If it is plugged in, try another socket or cable."),
    ),
    "no_permission": _Words(
        tr("You do not have permission to open the reader."),
        tr(
            "On Linux, install installer/60-muster-readers.rules. On Windows, close other programs "
            "that use it."
        ),
    ),
    "wrong_password": _Words(
        tr("The module is locked by a password."),
        tr("Enter the password under Readers › Password of the serial module."),
    ),
    "no_library": _Words(
        tr("The library libusb is missing."),
        tr("On Debian, install the package libusb-1.0-0. On Windows, install Muster again."),
    ),
    "wrong_driver": _Words(
        tr("Windows uses another driver for this reader."),
        tr("Bind it to WinUSB. It will then no longer work with Windows Hello."),
    ),
    "busy": _Words(
        tr("Another program is using the reader."),
        tr("Close that program, or the Windows Biometric Service."),
    ),
    "unplugged": _Words(
        tr("The reader no longer answers."), tr("Unplug the reader and plug it in again.")
    ),
    "no_power": _Words(tr("The reader does not wake up."), _TRY_AGAIN),
    "poor_image": _Words(
        tr("The scan cannot be used."), tr("Lift the finger and put it down again.")
    ),
    "nothing_happened": _Words(
        tr("The reader is waiting for a finger."), tr("Put a finger on the reader.")
    ),
    "cancelled": _Words(tr("The scan was cancelled."), ""),
}
"""By `ReaderError.reason`."""


def trouble_text(error: ReaderError) -> str:
    """What happened, then what to do. What the reader itself has said is in `str(error)`."""
    return paragraph(*_WORDS[error.reason])
