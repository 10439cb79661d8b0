"""The process of the service, as its host sees it."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

from console import runtime

ERRORS = "service.err"
"""In the data folder: what the service wrote when it could not start."""
ENDED = "service.ended"
"""In the data folder while a service that ended by itself is not started again. The set-up and
`ready` look at it."""


class ServiceProcess:
    """Starts `muster serve` on a data folder, time after time; there is one at a time."""

    def __init__(self, data_dir: Path, options: Sequence[str], ended: Callable[[], None]) -> None:
        """ended: called in a thread of its own whenever the process is gone."""
        self._data_dir = data_dir
        self._command = [sys.executable, "-m", "console.cli", "--data", str(data_dir), "serve"]
        self._command += ["--stop-with-input", *options]
        self._ended = ended
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the process that was started last; 0 before the first."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Starts the service. Raises OSError."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        (self._data_dir / ENDED).unlink(missing_ok=True)
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        with (self._data_dir / ERRORS).open("wb") as errors:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                creationflags=flags,
            )
        self._process = process
        Thread(target=self._wait, args=(process,), daemon=True).start()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        announced = runtime.find(self._data_dir)
        if announced is not None and announced.pid == process.pid:
            runtime.withdraw(self._data_dir)  # its ports may soon be somebody else's
        self._ended()

    def note_end(self, why: str) -> None:
        """Leaves word that the service ended by itself; a full disk loses it."""
        with contextlib.suppress(OSError):
            (self._data_dir / ENDED).write_text(why, "utf-8")

    def ask_to_end(self) -> None:
        """Ends the service's input, upon which it stops cleanly."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """Ends the process at once; its workers end with their pipes."""
        if self._process is not None:
            self._process.kill()

    def last_words(self) -> str:
        """Why the process ended, in its own words; or empty."""
        try:
            text = (self._data_dir / ERRORS).read_text("utf-8", "replace")
        except OSError:
            return ""
        return (text.strip().splitlines() or [""])[-1].removeprefix("muster: ")
