"""The service that a console starts for itself on a single PC."""

import os
import subprocess
import sys
from pathlib import Path

from console import runtime


class OwnService:
    """Starts `muster serve` when none runs on the data folder, and stops it again with the console."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None

    def locate(self) -> str | None:
        """The running service's address, or None after having started one that is not ready yet."""
        running = runtime.find(self._data_dir)
        if running is not None and _alive(running.pid):
            return running.api
        if self._process is None or self._process.poll() is not None:
            self.start()
        return None

    def start(self) -> None:
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        command = [sys.executable, "-m", "console.cli", "--data", str(self._data_dir), "serve"]
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, creationflags=flags
        )

    def stop(self) -> None:
        """Ends a service that this console started; one that ran before goes on."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # a dead service shows at the first call
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
