"""Files that an operator has chosen, read and written in the window's thread."""

import errno
import os
from pathlib import Path

from console.domain.language import tr

MOST_BYTES = 23 << 20
"""Of a file that goes into one request: the service takes 32 MiB, and base64 adds a third."""


def read_file(path: Path, most: int = MOST_BYTES) -> bytes:
    """The content of a file. Raises OSError, also for a file of more bytes than `most`."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        too_large = tr("The file is too large. The limit is {size} MiB.", size=most >> 20)
        raise OSError(errno.EFBIG, too_large)
    return data


def write_secret(path: Path, data: bytes) -> None:
    """Writes a file that only this account can read. Raises OSError."""
    path.touch(mode=0o600)
    if os.name == "posix":
        path.chmod(0o600)  # it was there before, and others could read it
    path.write_bytes(data)


def not_read(error: OSError) -> str:
    """What is said of a file that could not be read."""
    return tr("The file could not be read: {reason}", reason=error.strerror or error)


def not_written(error: OSError) -> str:
    """What is said of a file that could not be written."""
    return tr("The file could not be written: {reason}", reason=error.strerror or error)
