"""Files that an operator chooses are read in the window's thread, so none without a limit. CO4."""

import errno
from pathlib import Path

import pytest

from console.api.fingers import MOST_RECORD_BYTES
from console.desktop.flows import usb_stick
from console.desktop.flows.files import MOST_BYTES, read_file


def of_size(path: Path, size: int) -> Path:
    """A file that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_TE30_a_file_is_read_up_to_its_limit_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    fits = of_size(tmp_path / "1.iso", MOST_RECORD_BYTES)
    assert len(read_file(fits, MOST_RECORD_BYTES)) == MOST_RECORD_BYTES
    image = of_size(tmp_path / "2.iso", 1 << 40)
    with pytest.raises(OSError, match="too large") as refused:
        read_file(image, MOST_RECORD_BYTES)
    assert refused.value.errno == errno.EFBIG
    assert "1 MiB" in str(refused.value.strerror)


def test_P8_a_file_of_a_usb_stick_that_fits_into_no_request_is_refused(tmp_path: Path) -> None:
    long = of_size(tmp_path / "user.dat", MOST_BYTES + 1)
    for read in (usb_stick.log_file, usb_stick.people_file):
        with pytest.raises(OSError, match="too large"):
            read(long, "terminal")
