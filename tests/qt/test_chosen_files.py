"""Files that an operator chooses are read in the window's thread, so none without a limit. CO4."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from console.api.fingers import MOST_RECORD_BYTES
from console.desktop.files import MOST_BYTES, read_file
from console.desktop.flows import usb_stick
from console.desktop.flows.usb_stick import Written, WrittenQuestion
from console.desktop.words import local_text

DATE = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


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
    with pytest.raises(OSError, match="too large"):
        usb_stick.log_file(long, "terminal")
    with pytest.raises(OSError, match="too large"):
        usb_stick.people_file(long, "terminal", None)


@pytest.mark.parametrize(
    ("choice", "known"), [("yes", Written(DATE)), ("unsure", Written(None)), ("cancel", None)]
)
def test_TE14_the_date_of_a_file_counts_only_when_somebody_confirms_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, choice: str, known: Written | None
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    question = WrittenQuestion(DATE, window)
    assert local_text(DATE) in question.text()
    assert question.defaultButton() is question.unsure, "nothing is shown by a hasty Return"
    cancel = question.button(QMessageBox.StandardButton.Cancel)
    clicked = {"yes": question.yes, "unsure": question.unsure, "cancel": cancel}[choice]
    assert clicked is not None

    def click(box: QMessageBox) -> int:
        box.show()
        clicked.click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", click)
    assert question.answer() == known


def test_TE14_the_date_of_a_file_is_the_one_it_has(tmp_path: Path) -> None:
    path = of_size(tmp_path / "user.dat", 72)
    os.utime(path, (DATE.timestamp(), DATE.timestamp()))
    assert usb_stick.date_of(path) == DATE
