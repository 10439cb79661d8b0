"""What drawn defects are drawn on: the portrait, and the few strokes that all of them share."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Sitter:
    """A portrait that gets a defect.

    rgb: uint8 (height, width, 3); dice: random numbers of its own; level: severity, 0 to 2;
    way: of drawing, 0 or 1.
    """

    rgb: Picture
    mesh: FaceMesh
    dice: np.random.Generator
    level: int
    way: int

    @property
    def eye(self) -> float:
        """Eye distance, px."""
        return self.mesh.eye_distance

    def at(self, *points: int) -> NDArray[np.float32]:
        """Return the mean of some mesh points, float32 (2,), px."""
        return np.asarray(self.mesh.points[list(points), :2].mean(axis=0), np.float32)

    def skin(self) -> NDArray[np.float64]:
        """Return the median colour of the cheeks, RGB, float64 (3,)."""
        patches = []
        for point in (50, 280):
            x, y = self.mesh.points[point, :2].astype(int)
            reach = max(2, int(0.1 * self.eye))
            patches.append(
                self.rgb[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach].reshape(
                    -1, 3
                )
            )
        return np.asarray(np.median(np.concatenate(patches), axis=0), np.float64)


def shaded(
    sitter: Sitter, mask: Picture, colour: NDArray[np.float64], texture: float = 6.0
) -> Picture:
    """The picture with the mask filled by a softly shaded colour."""
    height, width = mask.shape
    rows, columns = np.mgrid[:height, :width]
    light = 1 + 0.12 * np.sin(columns / max(20.0, sitter.eye) + sitter.dice.uniform(0, 6)) * np.cos(
        rows / max(20.0, sitter.eye)
    )
    grain = cv2.GaussianBlur(
        sitter.dice.normal(0, texture, (height, width)).astype(np.float32), (0, 0), 1.0
    )
    fill = colour[None, None] * light[..., None] + grain[..., None]
    soft = (
        cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.8, 0.01 * sitter.eye))[..., None]
        / 255
    )
    return picture_of(sitter.rgb * (1 - soft) + fill * soft)


def picture_of(values: NDArray[np.floating[Any]]) -> Picture:
    """The values as a picture, cut to 0 to 255, uint8."""
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def empty_mask(sitter: Sitter) -> Picture:
    """A mask of zeros as large as the portrait, uint8 (height, width)."""
    return np.zeros(sitter.rgb.shape[:2], np.uint8)
