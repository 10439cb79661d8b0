"""A Windows computer for tests and figures: a Wine prefix, and a screen that nobody sees."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

from installer.wine_libraries import COMPILER, OVERRIDES, READER, complete

NEEDED = {
    "wine": "wine wine64",
    "Xvfb": "xvfb",
    "import": "imagemagick",
    COMPILER: "gcc-mingw-w64-x86-64-win32",
    READER: "binutils-mingw-w64-x86-64",
    "makensis": "nsis",
    "wixl": "wixl",
}
"""Programs, and the Debian packages that bring them."""
SCREEN = "1366x768x24"
PATIENCE_S = 240
USER = "Žofie Łęcka"
"""Whose folders no code page of Western Windows can name."""
NOT_THERE = "mscoree,mshtml,winedbg.exe="
"""Else Wine offers to fetch the first two, and holds a program that crashed."""


class Wine:
    """One computer. Its programs end with it."""

    def __init__(self, folder: Path, display: str) -> None:
        self.drive = folder / "drive_c"
        self._display = display
        self._environment = {
            **os.environ,
            "WINEPREFIX": str(folder),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": NOT_THERE,
            "DISPLAY": display,
            "USER": USER,
            "LC_ALL": "C.UTF-8",
        }

    def assemble(self) -> None:
        """Makes the computer: Windows 10, with what Wine lacks of it."""
        self._quietly("wine", "winecfg", "-v", "win10")
        self._quietly("wineserver", "-w")
        complete(self.path(r"C:\windows\system32"))
        self._environment["WINEDLLOVERRIDES"] += f";{OVERRIDES}"

    def path(self, windows_path: str) -> Path:
        r"""The file that Windows' programs find at `C:\…`."""
        return self.drive.joinpath(*PureWindowsPath(windows_path).parts[1:])

    def boot(self) -> None:
        """Turns the computer on and signs in; services that start by themselves do.

        Any program does this, and `wineboot` twice, with two service managers. What is started
        first keeps the pipes that it got, so it gets none. When the last program of the user ends,
        Wine ends the services, too: an idle one stays.
        """
        self._session = subprocess.Popen(
            ["wine", "cmd"],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._quietly("wine", "cmd", "/c", "exit")  # ends when all of Windows runs

    def shut_down(self) -> None:
        """Ends all its programs."""
        self._quietly("wineserver", "-k")
        self._quietly("wineserver", "-w")
        self._session.communicate()

    def run(self, *command: str, patience_s: float = PATIENCE_S) -> tuple[int, str]:
        """Runs a program to its end: its exit status and what it printed."""
        process = self.start(*command)
        try:
            text, _ = process.communicate(timeout=patience_s)
        finally:
            process.kill()
        return process.returncode, text

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Starts a program. With a plain file instead of a pipe, Python ends at once under Wine."""
        return subprocess.Popen(
            ["wine", *command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def screenshot(self, file: Path) -> int:
        """Writes what the screen shows as a PNG; how many colours it has. An empty one has one."""
        shot = ["import", "-display", self._display, "-window", "root", str(file)]
        subprocess.run(shot, check=True, timeout=60)
        count = ["identify", "-format", "%k", str(file)]
        return int(subprocess.run(count, capture_output=True, check=True, timeout=60).stdout)

    def _quietly(self, *command: str) -> None:
        subprocess.run(
            command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=PATIENCE_S,
        )


def name_of(path: Path) -> str:
    """How Windows' programs name a file of this computer."""
    return f"Z:{path.resolve()}"


def missing() -> str:
    """The Debian packages that a computer lacks for this, or empty."""
    return " ".join(package for program, package in NEEDED.items() if not shutil.which(program))


@contextmanager
def computer(folder: Path) -> Iterator[Wine]:
    """A computer that was just installed."""
    folder.mkdir(parents=True)
    reader, writer = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=(writer,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as numbers:
        wine = Wine(folder, f":{numbers.readline().strip()}")
    try:
        wine.assemble()
        wine.boot()
        yield wine
    finally:
        wine.shut_down()
        screen.terminate()
        screen.wait()
