"""Whether skin has the colour it has in daylight or lamplight: no grey picture, no colour cast."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh

SKIN_POINTS = (50, 280, 205, 425, 151, 9)
"""Mesh points on the cheeks and the forehead."""
GREY_CHROMA = 6.0
"""Lab units: the skin of a colour photo has more."""
GREY_ERROR = 90.0
"""Degrees; what a grey picture, which has no hue, counts as."""
SKIN_HUE = (19.0, 75.0)
"""Degrees in the a, b plane between which skin of every tone lies in common light."""
MAX_CHROMA = 46.0
"""Lab units: 99 % of good portraits have less."""
DEGREES_PER_CHROMA = 4.0
"""What each unit beyond it counts as."""
NO_PIXELS = (50.0, 10.0, 15.0)
"""Lab; an ordinary skin colour, for a face that lies outside the picture."""


def to_lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return RGB pixels (rows, columns, 3) as CIELAB, float32: lightness 0 to 100, a and b."""
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def skin_lab(rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float64]:
    """Return the median skin colour of cheeks and forehead, CIELAB, float64 (3,)."""
    reach = max(1, int(0.08 * mesh.eye_distance))
    patches = []
    for point in SKIN_POINTS:
        x, y = mesh.points[point, :2].astype(int)
        patch = rgb[max(0, y - reach) : max(0, y + reach), max(0, x - reach) : max(0, x + reach)]
        patches.append(patch.reshape(-1, 3))
    pixels = np.concatenate(patches)
    if not len(pixels):
        return np.array(NO_PIXELS)
    return np.asarray(np.median(to_lab(pixels[None])[0], axis=0), np.float64)


def skin_tone(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """Return the individual typology angle of the skin as pictured, degrees: 55 light, -30 dark.

    It describes the picture with its light, not the person. Nothing is decided by it.
    """
    lightness, _, b = skin_lab(rgb, mesh)
    return float(np.degrees(np.arctan2(lightness - 50.0, b)))


def colour_error(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """Return degrees of hue outside the colours of skin: 0 for skin, 90 for a grey picture.

    Colours that are too strong count as well.
    """
    _, a, b = skin_lab(rgb, mesh)
    chroma = float(np.hypot(a, b))
    if chroma < GREY_CHROMA:
        return GREY_ERROR
    hue = float(np.degrees(np.arctan2(b, a)))
    low, high = SKIN_HUE
    return max(0.0, low - hue, hue - high, DEGREES_PER_CHROMA * (chroma - MAX_CHROMA))
