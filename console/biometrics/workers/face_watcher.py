"""The kiosk's side of its face worker. Blocking; call it from one thread. Imports numpy only."""

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.biometrics.workers.host import WorkerDied, WorkerHost
from console.biometrics.workers.messages import WatchAnswer, WatchRequest
from console.biometrics.workers.shrinking import shrunk

PAUSE_S = 0.05
DEADLINE_S = 20.0
"""Seconds; includes loading the nets at the first frame on a slow disk."""


@dataclass(frozen=True)
class Seen:
    """What is to be seen on a frame; vector: as the net made it, None where none was wanted or possible."""

    sight: WatchAnswer
    vector: NDArray[np.float32] | None


class FaceWatcher:
    """wanted: whether anything is looked at; set from any thread. While nothing is, the computer is left to the fingers."""

    def __init__(self) -> None:
        self._host = WorkerHost("console.biometrics.workers.watch", DEADLINE_S)
        self.wanted = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._host.close()

    def start(self) -> None:
        """Ahead of the first frame."""
        self._host.start()

    def look(self, frame: NDArray[np.uint8]) -> Seen | None:
        """frame: RGB, of any size. None when nothing is wanted, or the worker died of it; the next frame gets a fresh one."""
        if not self.wanted.wait(PAUSE_S):
            return None
        small, step = shrunk(frame)
        request = WatchRequest(width=small.shape[1], height=small.shape[0], scale=float(step))
        try:
            header, vector = self._host.call(request, small.tobytes())
        except WorkerDied:
            return None
        return Seen(
            msgspec.json.decode(header, type=WatchAnswer),
            np.frombuffer(vector, np.float32) if vector else None,
        )
