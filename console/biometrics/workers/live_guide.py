"""Live guidance by a process of its own, so that a window never waits for a net.

Imports numpy only.
"""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.live.advice import LiveAdvice
from console.biometrics.faces.quality.profiles import ScreeningProfile
from console.biometrics.workers.frame_shrinking import shrunk
from console.biometrics.workers.host import WorkerDied, WorkerHost
from console.biometrics.workers.messages import GuideRequest

DEADLINE_S = 20.0
"""Seconds; includes loading the nets at the first frame on a slow disk."""


class LiveGuide:
    """The parent's side of the guidance worker. Blocking; call it from one thread."""

    def __init__(self, profile: ScreeningProfile) -> None:
        self._profile = profile
        self._host = WorkerHost("console.biometrics.workers.guidance_worker", DEADLINE_S)
        self._fresh = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def analyse_frame(self, frame: NDArray[np.uint8]) -> LiveAdvice | None:
        """Judge a frame of any size, RGB, uint8 (height, width, 3).

        None when the worker died of it; the next frame gets a fresh worker.
        """
        small, step = shrunk(frame)
        request = GuideRequest(
            width=small.shape[1],
            height=small.shape[0],
            scale=float(step),
            profile=self._profile,
            fresh=self._fresh,
        )
        try:
            (answer,) = self._host.call(request, small.tobytes())
        except WorkerDied:
            self._fresh = True
            return None
        self._fresh = False
        return msgspec.json.decode(answer, type=LiveAdvice)

    def close(self) -> None:
        """Stop the worker."""
        self._host.close()
