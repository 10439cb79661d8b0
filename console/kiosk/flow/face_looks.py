"""Several pictures of the camera as one look: their vectors are fused before a decision."""

from collections import deque

import numpy as np

from console.domain.login_chance import FRAMES_OF_A_LOOK
from console.kiosk.cache.face_index import Vector

SAME_FACE_COSINE = 0.30
"""Pictures of one face a moment apart are far more alike; of other people 3 in 100 are so."""


class FaceLooks:
    """The newest usable pictures of the face that is there. Another face begins anew."""

    def __init__(self) -> None:
        self._vectors: deque[Vector] = deque(maxlen=FRAMES_OF_A_LOOK)

    def add(self, vector: Vector) -> None:
        """One more picture. vector: protected, length 1."""
        probe = self._mean()
        if probe is not None and float(probe @ vector) < SAME_FACE_COSINE:
            self._vectors.clear()
        self._vectors.append(vector)

    def clear(self) -> None:
        """The face is gone, or the look was taken: the next one is made of new pictures."""
        self._vectors.clear()

    @property
    def probe(self) -> Vector | None:
        """The mean of the pictures, length 1; None until there are enough."""
        return self._mean() if len(self._vectors) == FRAMES_OF_A_LOOK else None

    def _mean(self) -> Vector | None:
        if not self._vectors:
            return None
        mean = np.mean(np.stack(self._vectors), axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
