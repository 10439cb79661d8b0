"""The running service as a file in the data folder: how a console finds it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock

FILE = "service.json"
LOCK = "service.lock"
"""Held while the service runs. The operating system frees it however the service ends."""
APART = "service.apart"
"""Lies in the data folder of a service that no console starts: it has settings of its own. CO3."""


@dataclass(frozen=True)
class Running:
    """Process id and the addresses of the listeners on this computer."""

    pid: int
    api: str
    portal: str
    push: str


def announce(data_dir: Path, running: Running) -> None:
    """Written whole or not at all."""
    draft = data_dir / f"{FILE}.new"
    draft.write_text(json.dumps(asdict(running)), "utf-8")
    os.replace(draft, data_dir / FILE)


def find(data_dir: Path) -> Running | None:
    """The service that announced itself last; it may be gone meanwhile, which only a call shows."""
    try:
        return Running(**json.loads((data_dir / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_running(data_dir: Path) -> bool:
    """Whether a service runs on this folder, announced or still starting."""
    lock = filelock.FileLock(data_dir / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    lock.release()
    return False


def withdraw(data_dir: Path) -> None:
    """Removes the announcement of a service that ends."""
    (data_dir / FILE).unlink(missing_ok=True)


def note_start(data_dir: Path, *, for_console: bool) -> None:
    """Keeps whether the service was started by a console, for itself."""
    if for_console:
        (data_dir / APART).unlink(missing_ok=True)
    else:
        (data_dir / APART).touch()


def is_apart(data_dir: Path) -> bool:
    """Whether the service is started by somebody or something else than a console."""
    return (data_dir / APART).exists()
