"""The site's own turn of all face vectors: cosines stay as they are, but vectors of two sites, or of before and after a renewal, no
longer compare. It is no secret-proof protection: who has the seed, or enough known pairs, can turn them back (docs/data-protection.md).
"""

import hashlib
import math
import secrets

import numpy as np
from numpy.typing import NDArray

SEED_BYTES = 32
_LABEL = b"muster face rotation v1"


def new_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)


class Rotation:
    """An orthonormal matrix for each dimension, from a secret seed: QR of a Gaussian matrix, its signs made unique."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._matrices: dict[int, NDArray[np.float64]] = {}

    def turn(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """As it is kept."""
        return np.asarray(self._matrix(len(vector)) @ vector, np.float32)

    def back(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """As the net made it."""
        return np.asarray(self._matrix(len(vector)).T @ vector, np.float32)

    def _matrix(self, dimension: int) -> NDArray[np.float64]:
        if dimension not in self._matrices:
            orthonormal, upper = np.linalg.qr(_gaussian(self._seed, dimension))
            self._matrices[dimension] = orthonormal * np.sign(np.diag(upper))
        return self._matrices[dimension]


def _gaussian(seed: bytes, dimension: int) -> NDArray[np.float64]:
    """Box and Muller's on SHAKE-256: NumPy's own generators may give other numbers in a later version, and every template would be lost."""
    count = dimension * dimension
    raw = hashlib.shake_256(_LABEL + seed + dimension.to_bytes(4, "big")).digest(16 * count)
    uniform = (np.frombuffer(raw, ">u8").astype(np.float64) + 0.5) / 2.0**64
    radius, angle = np.sqrt(-2 * np.log(uniform[:count])), 2 * math.pi * uniform[count:]
    return np.asarray((radius * np.cos(angle)).reshape(dimension, dimension))
