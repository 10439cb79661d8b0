"""What turns a located face into a vector."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh


class Recogniser(Protocol):
    """A net that embeds faces. Vectors of two recognisers never compare."""

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32]:
        """Return a vector of length 1, float32 (d,). rgb: uint8 (height, width, 3).

        Raises AlignmentError.
        """
        ...
