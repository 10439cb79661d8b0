"""Defects as the field has them, drawn as `defects.py` draws: seeded, three severities, two ways.

They are what other tools for drawing defects draw as well; nothing here is copied from them.
"""

import io

import cv2
import numpy as np
from PIL import Image

from console.bench.defect_canvas import Picture, Sitter, empty_mask, picture_of
from console.bench.defects import DEFECTS, Defect
from console.biometrics.faces.quality.skin_colour import to_lab


def noise(s: Sitter) -> Picture:
    """Add the grain of each pixel, or the blotches of a sensor in the dark."""
    strength = (14, 26, 45)[s.level]
    if s.way == 0:
        return picture_of(s.rgb + s.dice.normal(0, strength, s.rgb.shape))
    few = max(4.0, (160, 60, 22)[s.level])
    counted = s.dice.poisson(s.rgb / 255.0 * few) / few * 255.0
    coarse = tuple(max(2, side // 2) for side in s.rgb.shape[:2])
    blotches = s.dice.normal(0, strength, (*coarse, 3)).astype(np.float32)
    return picture_of(counted + cv2.resize(blotches, s.rgb.shape[1::-1]))


def open_mouth(s: Sitter) -> Picture:
    """Pull the lower face down and fill the gap: dark, or with teeth and a tongue."""
    gap = s.eye * (0.22, 0.4, 0.6)[s.level]
    lips, corners = s.at(13, 14), s.mesh.points[[61, 291], :2]
    half = float(np.linalg.norm(corners[1] - corners[0])) / 2
    rows, columns = np.mgrid[: s.rgb.shape[0], : s.rgb.shape[1]].astype(np.float32)
    across = np.clip(1 - ((columns - lips[0]) / (1.25 * half)) ** 2, 0, 1)
    reach = max(1.0, float(s.at(152)[1] - lips[1]))
    below = rows - lips[1]
    moved = gap * across * np.clip(1 - (below - gap) / (2.2 * reach), 0, 1)
    source = np.where(below > 0, np.maximum(rows - moved, lips[1] + 0.5), rows).astype(np.float32)
    out = cv2.remap(s.rgb, columns, source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = empty_mask(s)
    centre = (round(float(lips[0])), round(float(lips[1] + gap / 2)))
    cv2.ellipse(
        mask, centre, (max(1, round(0.85 * half)), max(1, round(gap / 2))), 0, 0, 360, 255, -1
    )
    inside = np.full(s.rgb.shape, (45.0, 18.0, 18.0))
    if s.way == 1:
        inside[rows < lips[1] + 0.22 * gap] = (225.0, 215.0, 200.0)
        inside[rows > lips[1] + 0.62 * gap] = (170.0, 80.0, 85.0)
    soft = (
        cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.8, 0.02 * s.eye))[..., None] / 255
    )
    return picture_of(out * (1 - soft) + inside * soft)


def saved_twice(s: Sitter) -> bytes:
    """Save with strong compression, then well; the second time as it is, or cut by a few pixels."""
    first, second = io.BytesIO(), io.BytesIO()
    quality = (30, 18, 8)[s.level]
    Image.fromarray(s.rgb).save(first, "JPEG", quality=quality, subsampling=2 * s.way)
    again = Image.open(first).convert("RGB")
    if s.way == 1:
        again = again.crop((3, 5, again.width, again.height))
    again.save(second, "JPEG", quality=93)
    return second.getvalue()


def any_cast(s: Sitter) -> Picture:
    """Shift all colours to any hue: by gains of the channels, or in Lab."""
    hue = s.dice.uniform(0, 2 * np.pi)
    if s.way == 0:
        strength = (0.18, 0.35, 0.6)[s.level]
        gains = 1 + strength * np.cos(hue + np.array([0.0, 2.1, 4.2]))
        return picture_of(s.rgb * gains)
    shift = (12, 24, 42)[s.level] * np.array([0.0, np.cos(hue), np.sin(hue)], np.float32)
    lab = (to_lab(s.rgb) + shift).astype(np.float32)
    return picture_of(255.0 * np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.float64))


def harsh(s: Sitter) -> Picture:
    """Raise the contrast until light and dark burn out: by a steep curve, or by stretching."""
    if s.way == 0:
        steep = (5.0, 9.0, 16.0)[s.level]
        middle = float(np.median(s.skin())) / 255.0
        return picture_of(255 / (1 + np.exp(-steep * (s.rgb / 255.0 - middle))))
    gain = (1.4, 2.0, 3.2)[s.level]
    return picture_of(128 + gain * (s.rgb - float(np.median(s.rgb))))


FIELD_DEFECTS = (
    Defect("noise", frozenset({"noise"}), noise),
    Defect("open_mouth", frozenset({"mouth"}), open_mouth),
    Defect("saved_twice", frozenset({"compression"}), saved_twice),
    Defect("any_cast", frozenset({"colour"}), any_cast),
    Defect("harsh", frozenset({"contrast", "clipped"}), harsh),
)
ALL_DEFECTS = (*DEFECTS, *FIELD_DEFECTS)
