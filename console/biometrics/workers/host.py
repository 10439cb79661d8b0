"""The service's side of a worker process: starts it, gives it a deadline, replaces it when it dies or has worked enough."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from console.biometrics.workers.frames import FrameError, read_frame, write_frame


class WorkerDied(Exception):
    """The worker was killed by its limits or by the deadline while it handled this input."""


class _DiedIdle(WorkerDied):
    """It had died before it could read the input."""


Exchange = Callable[..., list[bytes]]
"""Sends one frame to a worker and returns the parts of its answer, as `WorkerHost.call` does."""


class WorkerHost:
    """One worker process behind a lock. Calls are served one after the other; the process starts with the first call.

    prime: tells a fresh process what it must know before its first call; it must use the exchange that it is given.
    """

    def __init__(
        self,
        module: str,
        deadline_s: float,
        recycle_after: int = 0,
        prime: Callable[[Exchange], None] | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        """recycle_after: calls after which the process is replaced; 0: never. arguments: of the module's command line."""
        self._module = module
        self._arguments = arguments
        self._prime = prime
        self._deadline_s = deadline_s
        self._recycle_after = recycle_after
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def call(self, header: Any, *bodies: bytes) -> list[bytes]:
        """Sends one frame and returns the parts of the answer. Raises WorkerDied; the next call gets a fresh process."""
        with self._lock:
            try:
                self._make_ready()
                return self._exchange(header, *bodies)
            except _DiedIdle:  # it never got this input: no reason to suspect it
                self._make_ready()
                return self._exchange(header, *bodies)

    def _exchange(self, header: Any, *bodies: bytes) -> list[bytes]:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        deadline = threading.Timer(self._deadline_s, process.kill)
        deadline.start()
        try:
            write_frame(process.stdin, header, *bodies)
            parts = read_frame(process.stdout)
        except (FrameError, OSError) as error:
            self._stop()
            died = _DiedIdle if isinstance(error, BrokenPipeError) else WorkerDied
            raise died(f"{self._module} died or ran past {self._deadline_s:g} s") from error
        finally:
            deadline.cancel()
        self._served += 1
        return parts

    def peak_memory_mb(self) -> float:
        """The most memory the present process has held, in MB; 0 where the system does not tell."""
        try:
            status = (
                Path(f"/proc/{self._process.pid}/status").read_text("ascii")
                if self._process
                else ""
            )
        except OSError:
            return 0.0
        peak = next(
            (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0"
        )
        return int(peak) / 1024

    def start(self) -> None:
        """Starts the process ahead of the first call."""
        with self._lock:
            self._make_ready()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _make_ready(self) -> None:
        worn = bool(self._recycle_after) and self._served >= self._recycle_after
        if self._process is not None and (worn or self._process.poll() is not None):
            self._stop()
        if self._process is None:
            command = [sys.executable, "-I", "-m", self._module, *self._arguments]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._served = 0
            if self._prime is not None:
                self._prime(self._exchange)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
