"""The part of a picture that a gate speaks of."""

from collections.abc import Sequence

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.quality.face_covering import REGIONS
from console.biometrics.faces.quality.headwear import FOREHEAD_OUTLINE
from console.biometrics.faces.quality.verdict import PictureRegion

MOUTH = (61, 291, 13, 14)
"""Mesh points: the corners of the mouth and the middle of both lips."""
WHOLE_PICTURE = PictureRegion(0.0, 0.0, 1.0, 1.0)


def gate_region(
    gate: str, mesh: FaceMesh, covered_region: str, width: int, height: int
) -> PictureRegion:
    """Return the region of a gate.

    covered_region: the key of face_covering.REGIONS to show for the gate `covered`;
    width, height: of the picture, px.
    """
    eye = mesh.eye_distance
    if gate == "background":
        return WHOLE_PICTURE
    if gate == "covered":
        bounds = _bounds_of(mesh, REGIONS[covered_region], margin=0.2 * eye)
    elif gate in ("eyes_open", "eyes_visible"):
        (lx, ly), (rx, ry) = mesh.eyes.tolist()
        reach = 0.45 * eye
        bounds = (
            min(lx, rx) - reach,
            min(ly, ry) - reach,
            max(lx, rx) + reach,
            max(ly, ry) + reach,
        )
    elif gate == "headwear":
        left, top, right, bottom = _bounds_of(mesh, FOREHEAD_OUTLINE, margin=0.0)
        bounds = (left, top - 0.3 * eye, right, bottom)
    elif gate == "mouth":
        bounds = _bounds_of(mesh, MOUTH, margin=0.25 * eye)
    else:
        bounds = mesh.bounds
    return as_region(bounds, width, height)


def as_region(bounds: tuple[float, float, float, float], width: int, height: int) -> PictureRegion:
    """Return (left, top, right, bottom) in px as a region, cut at the border of the picture."""
    left, top, right, bottom = bounds
    left, right = max(0.0, left / width), min(1.0, right / width)
    top, bottom = max(0.0, top / height), min(1.0, bottom / height)
    return PictureRegion(left, top, max(0.0, right - left), max(0.0, bottom - top))


def _bounds_of(
    mesh: FaceMesh, points: Sequence[int], margin: float
) -> tuple[float, float, float, float]:
    xy = mesh.points[list(points), :2]
    (left, top), (right, bottom) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    return left - margin, top - margin, right + margin, bottom + margin
