"""Live guidance by a process of its own, so that a window never waits for a net. Imports numpy only."""

from types import TracebackType
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.judging import Advice
from console.biometrics.faces.profiles import Profile
from console.biometrics.workers.host import WorkerHost
from console.biometrics.workers.messages import GuideRequest

DEADLINE_S = 20.0
"""Seconds; includes loading the nets at the first frame on a slow disk."""
LONGEST = 640
"""Pixels of the longer side of what is sent: detection runs at this size anyway."""


class LiveGuide:
    """Blocking; call it from one thread."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._host = WorkerHost("console.biometrics.workers.guide", DEADLINE_S)
        self._fresh = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def advise(self, frame: NDArray[np.uint8]) -> Advice:
        """frame: RGB, of any size. Raises WorkerDied."""
        step = max(1, round(max(frame.shape[:2]) / LONGEST))
        small = np.ascontiguousarray(_shrunk(frame, step))
        request = GuideRequest(small.shape[1], small.shape[0], float(step), self._profile, self._fresh)
        (answer,) = self._host.call(request, small.tobytes())
        self._fresh = False
        return msgspec.json.decode(answer, type=Advice)

    def close(self) -> None:
        self._host.close()


def _shrunk(frame: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Means of squares of pixels: skipping them would look sharper than it is."""
    if step == 1:
        return frame
    height, width = (side // step * step for side in frame.shape[:2])
    cells = frame[:height, :width].reshape(height // step, step, width // step, step, 3)
    return np.asarray(cells.mean(axis=(1, 3), dtype=np.float32), np.uint8)
