"""Faces as vectors: what they are called, how several make one template. Imports numpy only, so that the service starts fast."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MODEL_ID = "mobilefacenet-192/5pt-mirror"
"""Vectors of different model ids never compare: model, alignment and fusion are all in the name."""
DIMENSION = 192


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector scaled to length 1."""
    scaled: NDArray[np.float32] = (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
    return scaled


def fuse(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """A template: the mean of unit vectors, scaled to length 1. Three photos lower FNMR more than a better net does."""
    if not vectors:
        raise ValueError("a template needs at least one vector")
    return unit(np.mean(np.stack([unit(v) for v in vectors]), axis=0))


class VectorIndex:
    """Exact search over the templates of one model: no index structure to keep in step, recall 1.0."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._matrix = np.empty((0, DIMENSION), np.float32)

    def put(self, owner: str, vector: NDArray[np.float32]) -> None:
        """Adds or replaces the owner's template."""
        self.remove(owner)
        self._ids.append(owner)
        self._matrix = np.vstack([self._matrix, unit(vector)])

    def remove(self, owner: str) -> None:
        if owner in self._ids:
            row = self._ids.index(owner)
            del self._ids[row]
            self._matrix = np.delete(self._matrix, row, axis=0)

    def nearest(self, probe: NDArray[np.float32], without: str = "") -> tuple[str, float] | None:
        """The owner with the highest cosine to the probe, other than `without`."""
        scores = self._matrix @ unit(probe)
        for row in np.argsort(-scores)[:2]:
            if self._ids[row] != without:
                return self._ids[row], float(scores[row])
        return None
