"""What is installed on a Windows computer, as an administrator finds it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx

from console import installation, runtime
from console.api.client import trusting
from installer.wine import Wine

PROGRAM = r"C:\Łęcka\Muster"
DATA = r"C:\ProgramData\Muster"
MENU = r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Muster"
UNINSTALL_KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Muster"
RUN_KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run"
WITHIN_S = 120
T = TypeVar("T")


def until(condition: Callable[[], T | None], within_s: float = WITHIN_S) -> T:
    """Waits for a program of the other computer, which may be very slow."""
    end = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.5)
    return found


class Installed:
    """The program in PROGRAM, its service, and what Windows knows of it."""

    def __init__(self, wine: Wine) -> None:
        self.wine = wine
        self.program, self.menu = wine.path(PROGRAM), wine.path(MENU)
        self.folder = wine.path(DATA)
        self.data = self.folder / "data"
        self.options = self.folder / installation.SERVE_OPTIONS

    def set_up(self, setup: Path, *options: str) -> tuple[int, str]:
        """Runs a set-up that asks nothing: its exit status and what it printed."""
        return self.wine.run(str(setup), "/S", *options)

    def remove(self, *options: str) -> None:
        """Runs the uninstaller, which goes on in a copy of itself, up to its last file."""
        self.wine.run(rf"{PROGRAM}\uninstall.exe", "/S", *options)
        until(lambda: not self.knows(UNINSTALL_KEY) or None)
        until(lambda: not (self.program / "site" / "zxcvbn").exists() or None)

    def announced(self) -> runtime.Running | None:
        """The service as it announced itself."""
        file = self.folder / installation.ANNOUNCED / runtime.FILE
        try:
            return runtime.Running(**json.loads(file.read_text()))
        except (OSError, ValueError):
            return None

    def health(self) -> dict[str, object]:
        """What the service says of itself, once it has announced itself."""
        found = until(self.announced)
        answer: dict[str, object] = httpx.get(
            f"{found.api}/api/health", timeout=60, verify=trusting(found.certificate)
        ).json()
        return answer

    def service(self) -> str:
        """What Windows says of the service; empty where it knows none."""
        status, text = self.wine.run("sc", "query", "Muster")
        return text if status == 0 else ""

    def restart_service(self) -> None:
        """Wine's `net stop` does not wait until it has ended."""
        self.wine.run("net", "stop", "Muster")
        until(lambda: "STOPPED" in self.service() or None)
        assert self.wine.run("net", "start", "Muster")[0] == 0

    def knows(self, key: str, value: str = "") -> bool:
        """Whether the registry has this key, or this value of it."""
        return self.wine.run("reg", "query", key, *(("/v", value) if value else ()))[0] == 0
