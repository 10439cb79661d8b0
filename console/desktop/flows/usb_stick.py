"""Files that a terminal wrote to a USB stick: chosen, and made ready for the service."""

from datetime import UTC, datetime
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QWidget

from console.api import usb_stick as api
from console.desktop.flows.files import read_file
from console.qt.language import tr


def ask_log_file(parent: QWidget) -> Path | None:
    """Asks for a log. None if it was cancelled."""
    kinds = f"{tr('Logs of terminals')} (*attlog*.dat *.dat *.txt)"
    return _ask(parent, tr("Read a log from a USB stick"), kinds)


def ask_people_file(parent: QWidget) -> Path | None:
    """Asks for a file of people. None if it was cancelled."""
    kinds = f"{tr('People of a terminal')} (*user*.dat *.dat)"
    return _ask(parent, tr("People from a USB stick"), kinds)


def _ask(parent: QWidget, title: str, kinds: str) -> Path | None:
    name, _ = QFileDialog.getOpenFileName(parent, title, "", kinds)
    return Path(name) if name else None


def log_file(path: Path, terminal_id: str) -> api.LoadLogFile:
    """The log in this file. Raises OSError."""
    return api.LoadLogFile(terminal_id=terminal_id, name=path.name, content=read_file(path))


def people_file(path: Path, terminal_id: str) -> api.PeopleFile:
    """The people in this file, with the stamp that the terminal gave it. Raises OSError."""
    return api.PeopleFile(
        terminal_id=terminal_id,
        name=path.name,
        content=read_file(path),
        written_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )
