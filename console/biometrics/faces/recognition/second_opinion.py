"""Recognisers by file, and two of them in one vector: its cosine is the weighted sum of both cosines."""

from pathlib import Path
from typing import Any, Protocol

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.recognition.recogniser import FaceRecogniser, aligned
from console.biometrics.faces.recognition.site_models import SHIPPED, Choice, SiteModel, model_file
from console.biometrics.faces.recognition.vectors import unit
from console.biometrics.models import open_session
from console.biometrics.refusals import ModelRefused

DLIB_SIDE, DLIB_PADDING = 150, 0.25
DLIB_POINTS = (263, 362, 33, 133, 2)
"""Mesh points in the order of dlib's five landmarks: both eyes' outer and inner corners, the base of the nose."""


class Recogniser(Protocol):
    """Turns a located face into a unit vector."""

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32]:
        """Raises CannotAlign."""
        ...


class DlibRecogniser:
    """dlib's ResNet: the mean of a photo and its mirror image, float32 (128,)."""

    def __init__(self, path: Path) -> None:
        self._net: Any = dlib.face_recognition_model_v1(str(path))

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32]:
        shrink = min(1.0, DLIB_SIDE / max(mesh.eye_distance, 1.0))
        small = np.ascontiguousarray(
            cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        )
        points = [
            dlib.point(int(x), int(y))
            for x, y in np.round(mesh.points[list(DLIB_POINTS), :2] * shrink).tolist()
        ]
        left, top, right, bottom = (int(edge * shrink) for edge in mesh.bounds)
        shape = dlib.full_object_detection(dlib.rectangle(left, top, right, bottom), points)
        chip = dlib.get_face_chip(small, shape, DLIB_SIDE, DLIB_PADDING)
        vectors = [
            np.array(self._net.compute_face_descriptor(one))
            for one in (chip, np.ascontiguousarray(chip[:, ::-1]))
        ]
        return unit(np.sum(vectors, axis=0).astype(np.float32))


class OnnxRecogniser:
    """A net for aligned faces of 112 x 112 px; rows or channels first, one picture at a time or two."""

    def __init__(self, path: Path, model: SiteModel) -> None:
        self._net = open_session(path)
        self._model = model
        taken = self._net.get_inputs()[0]
        self._input = taken.name
        shape = [side if isinstance(side, int) else 0 for side in taken.shape]
        if len(shape) != 4 or 112 not in shape:
            raise ModelRefused(
                f"{model.name} does not take faces of 112 x 112 px (it takes {taken.shape})"
            )
        self._channels_first, self._pairs = shape[1] == 3, shape[0] != 1

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32]:
        chip = aligned(rgb, mesh)
        batch = (
            np.stack([chip, chip[:, ::-1]]).astype(np.float32) - self._model.mean
        ) / self._model.scale
        if self._channels_first:
            batch = batch.transpose(0, 3, 1, 2)
        batch = np.ascontiguousarray(batch, np.float32)
        rows = [
            self._net.run(None, {self._input: part})[0]
            for part in ([batch] if self._pairs else [batch[:1], batch[1:]])
        ]
        photo, mirror = np.concatenate(rows).reshape(2, -1).astype(np.float32)
        return unit(unit(photo) + unit(mirror))


class Paired:
    """Two unit vectors in one, the second scaled by the root of its weight."""

    def __init__(self, first: Recogniser, second: Recogniser, weight: float) -> None:
        self._first, self._second, self._root = first, second, float(np.sqrt(weight))

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32]:
        return unit(
            np.concatenate(
                [self._first.embed(rgb, mesh), self._root * self._second.embed(rgb, mesh)]
            ).astype(np.float32)
        )


def open_recogniser(choice: Choice = SHIPPED, folder: Path | None = None) -> Recogniser:
    """Loads what was chosen; folder: the site's models. Raises ModelRefused."""
    if choice.site is None or folder is None:
        return FaceRecogniser()
    path = model_file(folder, choice.site)
    try:
        site: Recogniser = (
            DlibRecogniser(path)
            if choice.site.kind == "dlib"
            else OnnxRecogniser(path, choice.site)
        )
    except (RuntimeError, ValueError) as error:
        raise ModelRefused(f"{choice.site.file} cannot be loaded: {error}") from error
    return Paired(FaceRecogniser(), site, choice.site.weight) if choice.shipped else site
