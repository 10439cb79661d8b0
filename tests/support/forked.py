"""Starts `python -m MODULE` by forking a process that has imported the service already.

Importing the service takes two seconds of a core, and the tests start hundreds of services.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
from pathlib import Path

PRELOADED = ["console.service.app", "console.store.migrate", __name__]
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(PRELOADED)


class ForkedProcess:
    """A process as `subprocess.Popen` would start it, with the methods that a site needs."""

    def __init__(self, module: str, arguments: list[str], out: Path) -> None:
        """out: the file that what it prints is appended to."""
        # daemon: it ends with the tests at the latest
        self._process = _server.Process(
            target=_become, args=(module, arguments, out, dict(os.environ)), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Asks it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it has ended. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process.name), timeout or 0)
        return self._process.exitcode


def _become(module: str, arguments: list[str], out: Path, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with out.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
