"""The kiosk's side of its face worker. Blocking; call it from one thread. Imports numpy only."""

import threading
from dataclasses import dataclass
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.biometrics.workers.frame_shrinking import shrunk
from console.biometrics.workers.host import WorkerDied, WorkerHost
from console.biometrics.workers.messages import WatchAnswer, WatchRequest

PAUSE_S = 0.05
"""Seconds that one call waits while no frame is wanted."""
DEADLINE_S = 20.0
"""Seconds; includes loading the nets at the first frame on a slow disk."""


@dataclass(frozen=True)
class WatchedFrame:
    """What a frame shows. vector: float32 (192,), not protected; None for an unusable frame."""

    sight: WatchAnswer
    vector: NDArray[np.float32] | None


class FaceWatcher:
    """Analyses frames while `wanted` is set, which any thread may do.

    While it is not set the computer is left to the fingers.
    """

    def __init__(self) -> None:
        self._host = WorkerHost("console.biometrics.workers.login_face_worker", DEADLINE_S)
        self.wanted = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._host.close()

    def start(self) -> None:
        """Start the worker ahead of the first frame. Raises WorkerDied."""
        self._host.start()

    def analyse_frame(self, frame: NDArray[np.uint8]) -> WatchedFrame | None:
        """Analyse a frame of any size, RGB, uint8 (height, width, 3).

        None when no frame is wanted, or when the worker died of it; the next frame gets a fresh
        worker.
        """
        if not self.wanted.wait(PAUSE_S):
            return None
        small, step = shrunk(frame)
        request = WatchRequest(width=small.shape[1], height=small.shape[0], scale=float(step))
        try:
            header, vector = self._host.call(request, small.tobytes())
        except WorkerDied:
            return None
        return WatchedFrame(
            sight=msgspec.json.decode(header, type=WatchAnswer),
            vector=np.frombuffer(vector, np.float32) if vector else None,
        )
