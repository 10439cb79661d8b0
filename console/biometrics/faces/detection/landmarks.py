"""478 points on a face (MediaPipe FaceMesh V2), and how sure the net is that it is a face."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import FaceBox
from console.biometrics.models import load_session

INPUT_SIDE = 256
CROP_SCALE = 1.5
"""Side of the crop in sides of the face, as the net was trained."""
FIRST_CROP_LIFT = 0.05
"""The first crop is moved up by this fraction of HOG's box, which sits low on the face."""

LEFT_EYE, RIGHT_EYE = (33, 133), (263, 362)
NOSE_TIP, MOUTH_CORNERS = 1, (61, 291)
FOREHEAD, CHIN = 10, 152

FACE_FLAG = 5.0
"""Above this logit a box shows a face: portraits have 12 and more, other things less than 0."""


@dataclass(frozen=True)
class FaceMesh:
    """The mesh of one face.

    points: float32 (478, 3), x and y in pixels of the picture, z in pixels away from the camera;
    upright: the same with roll removed, in the frame of the crop;
    flag: logit that this is a face (portraits 16 to 35, other things below 0).
    """

    points: NDArray[np.float32]
    upright: NDArray[np.float32]
    flag: float

    @property
    def eyes(self) -> NDArray[np.float32]:
        """float32 (2, 2): the centres of the eyes, the one on the picture's left first."""
        xy = self.points[:, :2]
        return np.stack([xy[list(LEFT_EYE)].mean(axis=0), xy[list(RIGHT_EYE)].mean(axis=0)])

    @property
    def eye_distance(self) -> float:
        """Distance of the centres of the eyes, px."""
        left, right = self.eyes
        return float(np.linalg.norm(right - left))

    @property
    def roll(self) -> float:
        """Degrees; positive when the head leans towards the picture's right."""
        left, right = self.eyes
        return float(np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0])))

    @property
    def height(self) -> float:
        """From between the eyes to the chin, px; the unit of the openness measures."""
        return float(np.linalg.norm(self.eyes.mean(axis=0) - self.points[CHIN, :2]))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of all points, px."""
        xy = self.points[:, :2]
        return (
            float(xy[:, 0].min()),
            float(xy[:, 1].min()),
            float(xy[:, 0].max()),
            float(xy[:, 1].max()),
        )


@dataclass(frozen=True)
class LocatedFace:
    """A face with its box and its mesh."""

    box: FaceBox
    mesh: FaceMesh


class Landmarker:
    """Finds the mesh of a detected face in two passes.

    The first pass works on the detector's box, the second on the first mesh with roll removed.
    """

    def __init__(self) -> None:
        self._net = load_session("face_landmarks")
        self._input = self._net.get_inputs()[0].name

    def locate(self, rgb: NDArray[np.uint8], face: FaceBox) -> FaceMesh:
        """Return the mesh of the face in the box, whether or not there is one: see its flag."""
        x, y = face.centre
        first = self.locate_in_crop(
            rgb, (x, y - FIRST_CROP_LIFT * face.side), CROP_SCALE * face.side, 0.0
        )
        left, top, right, bottom = first.bounds
        side = CROP_SCALE * max(right - left, bottom - top)
        return self.locate_in_crop(rgb, ((left + right) / 2, (top + bottom) / 2), side, first.roll)

    def locate_in_crop(
        self, rgb: NDArray[np.uint8], centre: tuple[float, float], side: float, roll: float
    ) -> FaceMesh:
        """Return the mesh in one square crop; centre and side in px, roll in degrees."""
        scale = INPUT_SIDE / max(side, 1.0)
        to_crop = cv2.getRotationMatrix2D(centre, roll, scale)
        to_crop[:, 2] = to_crop[:, 2] + INPUT_SIDE / 2 - np.asarray(centre)
        crop = cv2.warpAffine(rgb, to_crop, (INPUT_SIDE, INPUT_SIDE), flags=cv2.INTER_LINEAR)
        outputs = self._net.run(None, {self._input: crop[None].astype(np.float32) / 255})
        by_size = {np.size(output): output for output in outputs}
        upright = by_size[1434].reshape(478, 3)
        flag = next(float(np.ravel(o)[0]) for o in outputs if np.ndim(o) == 4 and np.size(o) == 1)
        to_picture = cv2.invertAffineTransform(to_crop)
        xy = upright[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
        points = np.concatenate([xy, upright[:, 2:] / scale], axis=1).astype(np.float32)
        return FaceMesh(points, upright / scale, flag)
