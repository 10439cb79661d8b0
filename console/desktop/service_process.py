"""The service that a console starts for itself on a single PC."""

import subprocess
import sys
from pathlib import Path

from console import runtime
from console.api.address import ServiceAddress
from console.domain.language import tr

APART = tr(
    "The service of this site is not running. It was set up separately, so the console does not "
    "start it. Start it the way it was started before, or ask the person who set it up. To let "
    "this console start it from now on, start the console once with: muster console --start-service"
)


class OwnService:
    """Starts `muster serve` when none runs on the data folder, and stops it with the console.

    A service that was set up apart is left to whoever starts it: in its place, one with other ports
    and without its certificates would lock it out. CO3.
    """

    def __init__(self, data_dir: Path, take_over: bool = False) -> None:
        """take_over: also in place of a service that was set up apart."""
        self._data_dir = data_dir
        self._take_over = take_over
        self._errors = data_dir / "service.err"
        self.problem = ""
        """Why the service that this console started has ended, in its own words; or empty."""
        self._process: subprocess.Popen[bytes] | None = None

    def locate(self) -> ServiceAddress | None:
        """The running service's address, or None after having started one that is not ready yet."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        if runtime.is_running(self._data_dir):
            self.problem = ""
            running = runtime.find(self._data_dir)
            return running.address if running else None
        if self._process is None and runtime.is_apart(self._data_dir) and not self._take_over:
            self.problem = APART
            return None
        if self._process is None:
            self.start()
        elif self._process.poll() is not None:
            self.problem = self._last_words()
            self.start()
        return None

    def start(self) -> None:
        """Starts the service."""
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        serve = ["--data", str(self._data_dir), "serve", "--for-console"]
        command = [sys.executable, "-m", "console.cli", *serve]
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                creationflags=flags,
            )

    def _last_words(self) -> str:
        lines = (
            self._errors.read_text("utf-8", "replace").strip().splitlines()
            if self._errors.is_file()
            else []
        )
        return lines[-1].removeprefix("muster: ") if lines else ""

    def stop(self) -> None:
        """Ends a service that this console started; one that ran before goes on."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
