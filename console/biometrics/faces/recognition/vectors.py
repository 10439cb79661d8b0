"""Faces as vectors: templates of several photos, and exact search.

Imports numpy only, so that the service starts fast.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

MODEL_ID = "mobilefacenet-192/5pt-ls-mirror"
"""Names net, alignment and fusion. Vectors of different model ids never compare."""
DIMENSION = 192
MAX_PAIRED_OWNERS = 4000
"""They make eight million pairs, as many as are computed at once."""
INITIAL_ROWS = 64


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vector scaled to length 1, float32."""
    length = max(float(np.linalg.norm(vector)), 1e-12)
    return np.asarray((vector / length).astype(np.float32))


def fuse(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return a template: the mean of the unit vectors, scaled to length 1.

    Three photos lower the FNMR more than a better net does. Raises ValueError without a vector.
    """
    if not vectors:
        raise ValueError("a template needs at least one vector")
    return unit(np.mean(np.stack([unit(v) for v in vectors]), axis=0))


class VectorIndex:
    """Exact search over one template per owner, in a matrix that grows by doubling.

    Not thread-safe.
    """

    def __init__(self, dimension: int = DIMENSION) -> None:
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._matrix = np.empty((INITIAL_ROWS, dimension), np.float32)

    def __len__(self) -> int:
        """Return the number of owners."""
        return len(self._ids)

    def add_reference(self, owner: str, vector: NDArray[np.float32]) -> None:
        """Add the owner's template, float32 (d,), or replace it."""
        row = self._rows.get(owner)
        if row is None:
            row = self._rows[owner] = len(self._ids)
            self._ids.append(owner)
            if row == len(self._matrix):
                self._matrix = np.concatenate([self._matrix, np.empty_like(self._matrix)])
        self._matrix[row] = unit(vector)

    def add_references(self, templates: Iterable[tuple[str, NDArray[np.float32]]]) -> None:
        """Add or replace the template of each owner."""
        for owner, vector in templates:
            self.add_reference(owner, vector)

    def remove_reference(self, owner: str) -> None:
        """Remove the owner's template, if there is one. The last row moves to the free place."""
        row = self._rows.pop(owner, None)
        if row is None:
            return
        last = self._ids.pop()
        if last != owner:
            self._ids[row], self._rows[last] = last, row
            self._matrix[row] = self._matrix[len(self._ids)]
        self._matrix[len(self._ids)] = 0

    def nearest(self, probe: NDArray[np.float32], without: str = "") -> tuple[str, float] | None:
        """Return the owner with the highest cosine to the probe, other than `without`."""
        found = self.most_similar(probe, 1, without)
        return found[0] if found else None

    def most_similar(
        self, probe: NDArray[np.float32], count: int, without: str = ""
    ) -> list[tuple[str, float]]:
        """Return up to `count` owners with their cosines, the highest first; never `without`."""
        if not self._ids:
            return []
        scores = self._matrix[: len(self._ids)] @ unit(probe)
        wanted = min(len(scores), count + 1)
        rows = np.argpartition(scores, len(scores) - wanted)[len(scores) - wanted :]
        ordered = rows[np.argsort(-scores[rows], kind="stable")].tolist()
        return [
            (self._ids[row], float(scores[row])) for row in ordered if self._ids[row] != without
        ][:count]

    def most_similar_pairs(
        self, count: int
    ) -> tuple[list[tuple[str, str, float]], NDArray[np.float32]]:
        """Return the `count` most similar pairs of owners, and the cosines of all pairs.

        Only the first 4,000 owners are compared.
        """
        rows = self._matrix[: min(len(self._ids), MAX_PAIRED_OWNERS)]
        first, second = np.triu_indices(len(rows), 1)
        cosines = (rows @ rows.T)[first, second]
        best = np.argsort(-cosines, kind="stable")[:count].tolist()
        return [
            (self._ids[first[place]], self._ids[second[place]], float(cosines[place]))
            for place in best
        ], cosines
