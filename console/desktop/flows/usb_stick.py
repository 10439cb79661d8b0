"""Files that a terminal wrote to a USB stick: chosen, and made ready for the service."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QMessageBox, QWidget

from console.api import usb_stick as api
from console.desktop.files import read_file
from console.desktop.words import local_text
from console.domain.language import tr
from console.qt.dialog import MessageBox

QUESTION = tr(
    "A copied file often has the date on which it was copied. Check that this date is when you "
    "were at the terminal: people who had left by then and are not in the file count as removed "
    "from the terminal. If you are not sure, nobody counts as removed."
)


@dataclass(frozen=True)
class Written:
    """When a terminal wrote a file, None where nobody is sure of it."""

    at: datetime | None


def ask_log_file(parent: QWidget) -> Path | None:
    """Asks for a log. None if it was cancelled."""
    kinds = tr("Terminal logs (*attlog*.dat *.dat *.txt)")
    return _ask(parent, tr("Import log from USB stick"), kinds)


def ask_people_file(parent: QWidget) -> Path | None:
    """Asks for a file of people. None if it was cancelled."""
    kinds = tr("People on a terminal (*user*.dat *.dat)")
    return _ask(parent, tr("Import people from USB stick"), kinds)


def _ask(parent: QWidget, title: str, kinds: str) -> Path | None:
    name, _ = QFileDialog.getOpenFileName(parent, title, "", kinds)
    return Path(name) if name else None


def log_file(path: Path, terminal_id: str) -> api.LoadLogFile:
    """The log in this file. Raises OSError."""
    return api.LoadLogFile(terminal_id=terminal_id, name=path.name, content=read_file(path))


def people_file(path: Path, terminal_id: str, written_at: datetime | None) -> api.PeopleFile:
    """The people in this file. written_at: as somebody has confirmed it. Raises OSError."""
    content = read_file(path)
    return api.PeopleFile(
        terminal_id=terminal_id, name=path.name, content=content, written_at=written_at
    )


def date_of(path: Path) -> datetime:
    """The stamp of a file, which the terminal gave it, or whoever has copied it. Raises OSError."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


class WrittenQuestion(MessageBox):
    """Asks whether the terminal wrote a file at the date that the file has."""

    def __init__(self, date: datetime, parent: QWidget) -> None:
        super().__init__(
            QMessageBox.Icon.Question,
            tr("File date"),
            tr("Was this file written at the terminal on {time}?", time=local_text(date)),
            parent=parent,
        )
        self.setInformativeText(QUESTION)
        self._date = date
        self.yes = self.addButton(tr("Yes, written then"), QMessageBox.ButtonRole.YesRole)
        self.unsure = self.addButton(tr("Not sure"), QMessageBox.ButtonRole.NoRole)
        self.addButton(QMessageBox.StandardButton.Cancel)
        self.setDefaultButton(self.unsure)

    def answer(self) -> Written | None:
        """None if it was cancelled."""
        self.exec()
        if self.clickedButton() is self.yes:
            return Written(self._date)
        return Written(None) if self.clickedButton() is self.unsure else None
