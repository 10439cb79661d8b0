"""The running service as a file: how a console finds it.

It lies in the data folder, or where console/installation.py says.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock

from console.api.address import ServiceAddress
from console.installation import announced_by, installed_service_for

FILE = "service.json"
LOCK = "service.lock"
"""Held while the service runs. The operating system frees it however the service ends."""
APART = "service.apart"
"""Lies in the data folder of a service that no console starts: it has settings of its own. CO3."""


@dataclass(frozen=True)
class Running:
    """Process id and the addresses of the listeners on this computer.

    certificate: PEM, that of the API.
    """

    pid: int
    api: str
    portal: str
    push: str
    certificate: str = ""

    @property
    def address(self) -> ServiceAddress:
        """Where consoles and kiosks of this computer reach it."""
        return ServiceAddress(url=self.api, certificate=self.certificate)


def announce(data_dir: Path, running: Running) -> None:
    """Written whole or not at all."""
    folder = announced_by(data_dir)
    draft = folder / f"{FILE}.new"
    draft.write_text(json.dumps(asdict(running)), "utf-8")
    if folder != data_dir:
        draft.chmod(0o644)  # beside the data it is for every user of the computer
    os.replace(draft, folder / FILE)


def find(data_dir: Path) -> Running | None:
    """The service that announced itself last; it may be gone meanwhile, which only a call shows."""
    folder = installed_service_for(data_dir) or announced_by(data_dir)
    try:
        return Running(**json.loads((folder / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_running(data_dir: Path) -> bool:
    """Whether a service runs on this folder, announced or still starting.

    An installed service always counts as running: the operating system starts it, no console.
    """
    if installed_service_for(data_dir) is not None:
        return True
    lock = filelock.FileLock(data_dir / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    lock.release()
    return False


def withdraw(data_dir: Path) -> None:
    """Removes the announcement of a service that ends."""
    (announced_by(data_dir) / FILE).unlink(missing_ok=True)


def note_start(data_dir: Path, *, for_console: bool) -> None:
    """Keeps whether the service was started by a console, for itself."""
    if for_console:
        (data_dir / APART).unlink(missing_ok=True)
    else:
        (data_dir / APART).touch()


def is_apart(data_dir: Path) -> bool:
    """Whether the service is started by somebody or something else than a console."""
    return (data_dir / APART).exists()
