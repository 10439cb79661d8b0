"""What turns a located face into a vector."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh


@dataclass(frozen=True)
class Embedding:
    """A face as a recogniser sees it.

    vector: float32 (d,), length 1; clarity: how long the net made it before that, the mean of the
    photo and its mirror image: a face of which it sees less gets a shorter vector. None for nets of
    which that is not known.
    """

    vector: NDArray[np.float32]
    clarity: float | None = None


class Recogniser(Protocol):
    """A net that embeds faces. Vectors of two recognisers never compare."""

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> Embedding:
        """Return the face as this net sees it. rgb: uint8 (height, width, 3).

        Raises AlignmentError.
        """
        ...
