"""Faces as vectors: what they are called, how several make one template. Imports numpy only, so that the service starts fast."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

MODEL_ID = "mobilefacenet-192/5pt-ls-mirror"
"""Vectors of different model ids never compare: model, alignment and fusion are all in the name."""
DIMENSION = 192
MOST_PAIRED = 4000
"""Eight million pairs: as many as are looked at at once."""


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector scaled to length 1."""
    scaled: NDArray[np.float32] = (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(
        np.float32
    )
    return scaled


def fuse(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """A template: the mean of unit vectors, scaled to length 1. Three photos lower FNMR more than a better net does."""
    if not vectors:
        raise ValueError("a template needs at least one vector")
    return unit(np.mean(np.stack([unit(v) for v in vectors]), axis=0))


class VectorIndex:
    """Exact search over the templates of one model: no index structure to keep in step, recall 1.0. Rows grow by doubling."""

    def __init__(self, dimension: int = DIMENSION) -> None:
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._matrix = np.empty((64, dimension), np.float32)

    def __len__(self) -> int:
        return len(self._ids)

    def put(self, owner: str, vector: NDArray[np.float32]) -> None:
        """Adds or replaces the owner's template."""
        row = self._rows.get(owner)
        if row is None:
            row = self._rows[owner] = len(self._ids)
            self._ids.append(owner)
            if row == len(self._matrix):
                self._matrix = np.concatenate([self._matrix, np.empty_like(self._matrix)])
        self._matrix[row] = unit(vector)

    def put_all(self, templates: Iterable[tuple[str, NDArray[np.float32]]]) -> None:
        for owner, vector in templates:
            self.put(owner, vector)

    def remove(self, owner: str) -> None:
        """Nothing happens when there is none. The last row takes the free place."""
        row = self._rows.pop(owner, None)
        if row is None:
            return
        last = self._ids.pop()
        if last != owner:
            self._ids[row], self._rows[last] = last, row
            self._matrix[row] = self._matrix[len(self._ids)]
        self._matrix[len(self._ids)] = 0

    def nearest(self, probe: NDArray[np.float32], without: str = "") -> tuple[str, float] | None:
        """The owner with the highest cosine to the probe, other than `without`."""
        found = self.best(probe, 1, without)
        return found[0] if found else None

    def pairs(self, count: int) -> tuple[list[tuple[str, str, float]], NDArray[np.float32]]:
        """The most alike pairs of owners with their cosines, and the cosines of all pairs (of the first 4,000 owners)."""
        rows = self._matrix[: min(len(self._ids), MOST_PAIRED)]
        first, second = np.triu_indices(len(rows), 1)
        cosines = (rows @ rows.T)[first, second]
        best = np.argsort(-cosines, kind="stable")[:count].tolist()
        return [
            (self._ids[first[place]], self._ids[second[place]], float(cosines[place]))
            for place in best
        ], cosines

    def best(
        self, probe: NDArray[np.float32], count: int, without: str = ""
    ) -> list[tuple[str, float]]:
        """As many owners with their cosines, the highest first; never `without`."""
        if not self._ids:
            return []
        scores = self._matrix[: len(self._ids)] @ unit(probe)
        wanted = min(len(scores), count + 1)
        rows = np.argpartition(scores, len(scores) - wanted)[len(scores) - wanted :]
        ordered = rows[np.argsort(-scores[rows], kind="stable")].tolist()
        return [
            (self._ids[row], float(scores[row])) for row in ordered if self._ids[row] != without
        ][:count]
