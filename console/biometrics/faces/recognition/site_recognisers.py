"""Recognisers by file, alone or paired with the one that ships.

The cosine of a paired vector is the weighted sum of both cosines.
"""

from pathlib import Path

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.recognition.alignment import SIDE, aligned
from console.biometrics.faces.recognition.recogniser import Embedding, Recogniser
from console.biometrics.faces.recognition.shipped_recogniser import ShippedRecogniser
from console.biometrics.faces.recognition.site_models import (
    SHIPPED,
    RecogniserChoice,
    SiteModel,
    model_file,
)
from console.biometrics.faces.recognition.vectors import unit
from console.biometrics.models import open_session
from console.biometrics.refusals import ModelRefused
from console.domain.language import tr

DLIB_SIDE, DLIB_PADDING = 150, 0.25
"""Side of the chip, px, and the border round the face as a fraction of it."""
DLIB_POINTS = (263, 362, 33, 133, 2)
"""Mesh points in the order of dlib's five landmarks: corners of both eyes, base of the nose."""


class DlibRecogniser:
    """dlib's ResNet, 128 values. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        """Raises RuntimeError when dlib cannot read the file."""
        self._net = dlib.face_recognition_model_v1(str(path))

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> Embedding:
        """Return the mean of the photo and its mirror image, 128 values."""
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
        return Embedding(unit(np.sum(vectors, axis=0).astype(np.float32)))


class OnnxRecogniser:
    """A net for aligned faces of 112 x 112 px. Not thread-safe.

    Takes channels first or last, and two pictures in one batch or one at a time.
    """

    def __init__(self, path: Path, model: SiteModel) -> None:
        """Raises ModelRefused when the net does not take such faces."""
        self._net = open_session(path)
        self._model = model
        given = self._net.get_inputs()[0]
        self._input = given.name
        shape = [side if isinstance(side, int) else 0 for side in given.shape]
        if len(shape) != 4 or SIDE not in shape:
            raise ModelRefused(
                tr(
                    "{name} does not take faces of 112 x 112 px (it takes {shape})",
                    name=model.name,
                    shape=given.shape,
                )
            )
        self._channels_first, self._pairs = shape[1] == 3, shape[0] != 1

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> Embedding:
        """Return the mean of the photo and its mirror image. Raises AlignmentError."""
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
        return Embedding(unit(unit(photo) + unit(mirror)))


class PairedRecogniser:
    """Two recognisers as one: both vectors end to end, the second scaled by its weight's root."""

    def __init__(self, first: Recogniser, second: Recogniser, weight: float) -> None:
        self._first, self._second, self._root = first, second, float(np.sqrt(weight))

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> Embedding:
        """Return both vectors in one, with the clarity of the first. Raises AlignmentError."""
        first, second = self._first.embed(rgb, mesh), self._second.embed(rgb, mesh)
        both = np.concatenate([first.vector, self._root * second.vector]).astype(np.float32)
        return Embedding(unit(both), first.clarity)


def open_recogniser(choice: RecogniserChoice = SHIPPED, folder: Path | None = None) -> Recogniser:
    """Load the chosen recogniser. folder: holds the site's models. Raises ModelRefused."""
    if choice.site is None or folder is None:
        return ShippedRecogniser()
    path = model_file(folder, choice.site)
    try:
        site: Recogniser = (
            DlibRecogniser(path)
            if choice.site.kind == "dlib"
            else OnnxRecogniser(path, choice.site)
        )
    except (RuntimeError, ValueError) as error:
        raise ModelRefused(
            tr("{file} cannot be loaded: {error}", file=choice.site.file, error=error)
        ) from error
    return (
        PairedRecogniser(ShippedRecogniser(), site, choice.site.weight) if choice.shipped else site
    )
