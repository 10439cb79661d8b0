"""The parent's side of a worker process: starts it, sets a deadline, replaces it when needed.

Two rules keep this free of deadlocks. The lock is held only while the process is started, spoken to
or stopped, which ends at the deadline at the latest. No code of the owner runs under the lock: the
messages that prime a fresh process are collected before it is taken.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import msgspec

from console.biometrics.workers.framing import FrameError, read_frame, write_frame
from console.process_tuning import use_all_cores
from console.waiting import refuse_inside_transaction

Message = tuple[msgspec.Struct, bytes]
"""The header and the body of one request."""


class WorkerDied(Exception):
    """The worker was killed by its limits or by the deadline while it handled this request."""


class _DiedIdle(WorkerDied):
    """The worker had died before it could read the request."""


class WorkerHost:
    """One worker process. Thread-safe: calls are served one after the other.

    The process starts with the first call. `prime` yields the requests that tell a fresh process
    what it must know; it may block and take locks of its owner's.
    """

    def __init__(
        self,
        module: str,
        deadline_s: float,
        *,
        recycle_after: int = 0,
        prime: Callable[[], Iterable[Message]] | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        """recycle_after: calls after which the process is replaced, 0: never.

        arguments: of the module's command line.
        """
        self.deadline_s = deadline_s
        self._module = module
        self._arguments = arguments
        self._prime = prime
        self._recycle_after = recycle_after
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._missed: list[list[Message]] = []
        """Updates made since each priming under way began to collect its messages."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, header: msgspec.Struct, body: bytes = b"") -> list[bytes]:
        """Send one request and return the parts of the answer: a JSON header and bodies.

        Starts the process if there is none. Raises WorkerDied; the next call gets a fresh process.
        """
        try:
            return self._call_once((header, body))
        except _DiedIdle:  # it never received this request, so the request is not to blame
            return self._call_once((header, body))

    def update(self, header: msgspec.Struct, body: bytes = b"") -> list[bytes] | None:
        """Send a request that changes what the process knows, if it runs; None if it does not.

        Call it after what it tells has been committed, so that `prime` finds it, too. A process
        that is being primed meanwhile receives the update after its messages. Raises WorkerDied.
        """
        refuse_inside_transaction("news for a worker process")
        message = (header, body)
        with self._lock:
            for missed in self._missed:
                missed.append(message)
            try:
                return self._exchange(message) if self._is_ready() else None
            except _DiedIdle:
                return None

    def start(self) -> None:
        """Start the process ahead of the first call. Raises WorkerDied."""
        self._call_once(None)

    @property
    def running(self) -> bool:
        """Whether there is a live process."""
        process = self._process
        return process is not None and process.poll() is None

    @property
    def process_id(self) -> int:
        """Of the present process; 0 without one."""
        process = self._process
        return process.pid if process is not None else 0

    def peak_memory_mb(self) -> float:
        """Return the most memory the present process has held, MB; 0 where that is unknown."""
        try:
            status = Path(f"/proc/{self.process_id}/status").read_text("ascii")
        except OSError:
            return 0.0
        peak = next(
            (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0"
        )
        return int(peak) / 1024

    def close(self) -> None:
        """Stop the process, after a call that is under way has ended."""
        with self._lock:
            self._stop()

    def _call_once(self, message: Message | None) -> list[bytes]:
        refuse_inside_transaction("a question to a worker process")
        if self._prime is None:
            with self._lock:
                if not self._is_ready():
                    self._start_process(())
                return self._exchange(message) if message is not None else []
        with self._lock:
            if self._is_ready():
                return self._exchange(message) if message is not None else []
            missed: list[Message] = []
            self._missed.append(missed)
        try:
            primer = list(self._prime())
            with self._lock:
                if not self._is_ready():
                    self._start_process([*primer, *missed])
                return self._exchange(message) if message is not None else []
        finally:
            with self._lock:
                self._missed = [one for one in self._missed if one is not missed]

    def _is_ready(self) -> bool:
        """Whether the process can serve; one that is dead or has served enough is removed."""
        if self._process is None:
            return False
        worn = bool(self._recycle_after) and self._served >= self._recycle_after
        if worn or self._process.poll() is not None:
            self._stop()
            return False
        return True

    def _start_process(self, primer: Iterable[Message]) -> None:
        command = [sys.executable, "-I", "-m", self._module, *self._arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        use_all_cores(self._process.pid)
        self._served = 0
        for message in primer:
            self._exchange(message)

    def _exchange(self, message: Message) -> list[bytes]:
        """One request and its answer. The process is stopped whenever that does not succeed.

        Otherwise it would know only a part of its primer, or the answer to this request would be
        read as the answer to the next one.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise WorkerDied(f"{self._module} does not run")
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            process.kill()

        deadline = threading.Timer(self.deadline_s, expire)
        deadline.start()
        try:
            write_frame(process.stdin, *message)
            parts = read_frame(process.stdout)
        except (FrameError, OSError) as error:
            self._stop()
            idle = isinstance(error, BrokenPipeError) and not expired.is_set()
            died = _DiedIdle if idle else WorkerDied
            raise died(f"{self._module} died or ran past {self.deadline_s:g} s") from error
        except BaseException:
            self._stop()
            raise
        finally:
            deadline.cancel()
        deadline.join()
        if expired.is_set():  # answered just in time, but killed: the next call needs a fresh one
            self._stop()
        self._served += 1
        return parts

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
