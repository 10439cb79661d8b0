"""Protected templates: all face vectors of a site, rotated by a matrix that only the site knows.

Cosines stay the same, but vectors of two sites, or from before and after a renewal, do not compare.
This makes templates renewable, not secret: whoever has the seed, or enough pairs of vectors before
and after, can undo the rotation (docs/screening.md).
"""

import hashlib
import math
import secrets

import numpy as np
from numpy.typing import NDArray

SEED_BYTES = 32
_LABEL = b"muster face rotation v1"
"""Part of every matrix: with another label every stored template would be lost."""


def new_seed() -> bytes:
    """Return 32 random bytes for a site's protection."""
    return secrets.token_bytes(SEED_BYTES)


class TemplateProtection:
    """An orthonormal matrix per dimension, from a secret seed.

    QR decomposition of a Gaussian matrix, with the signs of the diagonal made unique.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._matrices: dict[int, NDArray[np.float64]] = {}

    def protect(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the protected template of a recogniser's vector, float32 (d,)."""
        return np.asarray(self._matrix(len(vector)) @ vector, np.float32)

    def unprotect(self, template: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the recogniser's vector of a protected template, float32 (d,)."""
        return np.asarray(self._matrix(len(template)).T @ template, np.float32)

    def _matrix(self, dimension: int) -> NDArray[np.float64]:
        if dimension not in self._matrices:
            orthonormal, upper = np.linalg.qr(_gaussian(self._seed, dimension))
            self._matrices[dimension] = orthonormal * np.sign(np.diag(upper))
        return self._matrices[dimension]


def _gaussian(seed: bytes, dimension: int) -> NDArray[np.float64]:
    """Normal numbers by Box and Muller's method on SHAKE-256, (dimension, dimension).

    NumPy's own generators may give other numbers in a later version: every template would be lost.
    """
    count = dimension * dimension
    raw = hashlib.shake_256(_LABEL + seed + dimension.to_bytes(4, "big")).digest(16 * count)
    uniform = (np.frombuffer(raw, ">u8").astype(np.float64) + 0.5) / 2.0**64
    radius, angle = np.sqrt(-2 * np.log(uniform[:count])), 2 * math.pi * uniform[count:]
    return np.asarray((radius * np.cos(angle)).reshape(dimension, dimension))
