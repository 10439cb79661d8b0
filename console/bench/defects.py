"""Defects drawn on good portraits, seeded, in three severities and two independent ways each.

`bench screening-quality` measures whether screening names them. A drawing is not a photograph: the
figures show that a gate reacts, not how well it does in the field.
"""

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from console.bench.defect_canvas import Picture, Sitter, empty_mask, picture_of, shaded
from console.biometrics.faces.quality.measures import light_ratio

SEVERITIES = ("slight", "clear", "severe")
WAYS = 2

Draw = Callable[[Sitter], Picture | bytes]
"""Draws a picture, or makes a file where the file itself is the defect."""


@dataclass(frozen=True)
class Defect:
    """A kind of defect. gates: any of these names it correctly."""

    name: str
    gates: frozenset[str]
    draw: Draw


def defocus(s: Sitter) -> Picture:
    """Blur by a Gaussian, or by a disc as a lens does it."""
    sigma = s.eye * (0.025, 0.04, 0.07)[s.level]
    if s.way == 0:
        return np.asarray(cv2.GaussianBlur(s.rgb, (0, 0), sigma), np.uint8)
    radius = max(1, round(1.6 * sigma))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(
        np.float32
    )
    return np.asarray(cv2.filter2D(s.rgb, -1, disc / disc.sum()), np.uint8)


def motion(s: Sitter) -> Picture:
    """Blur along a line: evenly, or lingering in the middle as a shaking hand does."""
    length = max(3.0, s.eye * (0.10, 0.16, 0.25)[s.level])
    angle = s.dice.uniform(0, np.pi)
    steps = np.linspace(-0.5, 0.5, 15)
    weights = np.ones(15) if s.way == 0 else np.abs(np.cos(np.pi * steps)) + 0.3
    out = np.zeros(s.rgb.shape, np.float64)
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        shift = np.array(
            [[1, 0, step * length * np.cos(angle)], [0, 1, step * length * np.sin(angle)]],
            np.float32,
        )
        out += weight * cv2.warpAffine(
            s.rgb, shift, s.rgb.shape[1::-1], borderMode=cv2.BORDER_REPLICATE
        )
    return picture_of(out)


def low_resolution(s: Sitter) -> Picture:
    """Scale down and up again, by cubic or by linear interpolation."""
    scale = (32, 24, 14)[s.level] / s.eye
    small = cv2.resize(s.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(
            small,
            s.rgb.shape[1::-1],
            interpolation=cv2.INTER_CUBIC if s.way == 0 else cv2.INTER_LINEAR,
        ),
        np.uint8,
    )


def dark(s: Sitter) -> Picture:
    """Darken by a factor, or by a gamma curve."""
    share = (0.5, 0.33, 0.16)[s.level]
    if s.way == 0:
        return picture_of(s.rgb * share)
    return picture_of(255 * (s.rgb / 255.0) ** (1 / share**0.8))


def bright(s: Sitter) -> Picture:
    """Brighten by a factor, or by an offset."""
    gain = (1.35, 1.7, 2.6)[s.level]
    if s.way == 0:
        return picture_of(s.rgb * gain)
    return picture_of(s.rgb + 95.0 * (gain - 1))


def flat(s: Sitter) -> Picture:
    """Lower the contrast round a fixed grey, or round the mean."""
    share = (0.5, 0.35, 0.2)[s.level]
    middle = 140.0 if s.way == 0 else float(s.rgb.mean())
    return picture_of(middle + (s.rgb - middle) * share)


def side_light(s: Sitter) -> Picture:
    """Darken the side that is darker already, in linear light."""
    ratio = (2.0, 4.0, 8.0)[s.level]
    left, right = s.at(234), s.at(454)
    side = 1 if light_ratio(s.rgb, s.mesh) > 0 else -1
    across = (np.arange(s.rgb.shape[1]) - left[0]) / max(1.0, right[0] - left[0])
    fall = (
        ratio ** (-side * (across - 0.5))
        if s.way == 0
        else np.where(side * (across - 0.5) > 0, 1 / ratio, 1.0)
    )
    if s.way == 1:
        fall = cv2.GaussianBlur(fall.reshape(1, -1), (0, 0), max(1.0, 0.15 * s.eye)).ravel()
    linear = (s.rgb / 255.0) ** 2.2 * np.clip(fall, 0.02, 2.0)[None, :, None]
    return picture_of(255 * np.clip(linear, 0, 1) ** (1 / 2.2))


def rolled(s: Sitter) -> Picture:
    """Rotate the picture; the border is repeated or mirrored."""
    degrees = (14, 22, 36)[s.level] * (1 if s.dice.random() < 0.5 else -1)
    x, y = s.at(1)
    border = cv2.BORDER_REPLICATE if s.way == 0 else cv2.BORDER_REFLECT
    turn = cv2.getRotationMatrix2D((float(x), float(y)), degrees + s.mesh.roll, 1.0)
    return np.asarray(cv2.warpAffine(s.rgb, turn, s.rgb.shape[1::-1], borderMode=border), np.uint8)


def far_away(s: Sitter) -> Picture:
    """Scale the picture down, alone or on an empty ground."""
    scale = (36, 30, 22)[s.level] / s.eye
    small = cv2.resize(s.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if s.way == 0:
        return np.asarray(small, np.uint8)
    canvas = np.full(s.rgb.shape, np.median(s.rgb.reshape(-1, 3), axis=0), np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas


def cut(s: Sitter) -> Picture:
    """Cut off a part of the head, at the top or at a side."""
    left, top, right, bottom = s.mesh.bounds
    share = (0.0, 0.08, 0.2)[s.level]
    if s.way == 0:
        return np.ascontiguousarray(s.rgb[max(0, int(top + share * (bottom - top))) :])
    return np.ascontiguousarray(s.rgb[:, max(0, int(left + share * (right - left))) :])


def sunglasses(s: Sitter) -> Picture:
    """Draw dark glasses, round or square."""
    mask = empty_mask(s)
    for outer, inner in ((33, 133), (263, 362)):
        x, y = s.at(outer, inner) + np.array([0, 0.06 * s.eye], np.float32)
        size = (int(s.eye * (0.34, 0.38, 0.44)[s.level]), int(s.eye * (0.24, 0.28, 0.34)[s.level]))
        if s.way == 0:
            cv2.ellipse(mask, (int(x), int(y)), size, s.mesh.roll, 0, 360, 255, -1)
        else:
            cv2.rectangle(
                mask,
                (int(x - size[0]), int(y - size[1])),
                (int(x + size[0]), int(y + size[1])),
                255,
                -1,
            )
    opacity = (0.6, 0.8, 0.95)[s.level]
    filled = shaded(s, mask, np.array([22.0, 20.0, 24.0]), 2.0)
    return picture_of(s.rgb * (1 - opacity) + filled * opacity)


JAW = (
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361,
    323, 454,
)  # fmt: skip
"""Mesh points along the jaw, from one ear to the other."""


def face_mask(s: Sitter) -> Picture:
    """Draw a mask over mouth and nose, blue or black."""
    mask = empty_mask(s)
    top = ((195,), (5,), (4,))[2 - s.level]
    outline = [s.at(point) for point in JAW] + [s.at(*top)]
    cv2.fillPoly(mask, [np.array(outline, np.int32)], 255)
    colour = np.array([[150.0, 190.0, 215.0], [35.0, 35.0, 40.0]][s.way])
    return shaded(s, mask, colour, 4.0)


def _hand(s: Sitter, centre: NDArray[np.float32], degrees: float, size: float) -> Picture:
    """The picture with a palm, four fingers and a thumb in the sitter's own skin colour."""
    mask = empty_mask(s)
    turn = np.radians(degrees)
    cos, sin = np.cos(turn), np.sin(turn)

    def place(x: float, y: float) -> tuple[int, int]:
        return int(centre[0] + size * (cos * x - sin * y)), int(
            centre[1] + size * (sin * x + cos * y)
        )

    thick = max(2, int(0.22 * size))
    cv2.ellipse(
        mask, place(0, 0.25), (int(0.48 * size), int(0.55 * size)), degrees, 0, 360, 255, -1
    )
    spread = 0.26 if s.way == 0 else 0.2
    for finger in range(4):
        x = (finger - 1.5) * spread
        cv2.line(
            mask, place(x * 0.9, 0.0), place(x * 1.25, -0.95 + 0.12 * abs(finger - 1.5)), 255, thick
        )
    cv2.line(mask, place(-0.4, 0.35), place(-0.85, -0.1), 255, thick)
    cv2.line(mask, place(0, 0.6), place(0.05, 2.2), 255, int(0.75 * size))
    drawn = shaded(s, mask, s.skin() * s.dice.uniform(0.82, 1.1), 5.0)
    edges = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    for finger in range(3):
        x = (finger - 1) * spread
        line = empty_mask(s)
        cv2.line(line, place(x * 0.9, 0.05), place(x * 1.2, -0.85), 255, max(1, int(0.03 * size)))
        edges |= line > 0
    drawn[edges] = (drawn[edges] * 0.7).astype(np.uint8)
    return drawn


def hand_on_mouth(s: Sitter) -> Picture:
    """Draw a hand over the mouth."""
    return _hand(s, s.at(13, 14), s.dice.uniform(-35, 35), s.eye * (0.7, 0.9, 1.15)[s.level])


def hand_on_eye(s: Sitter) -> Picture:
    """Draw a hand over one eye."""
    side = ((33, 133), (263, 362))[int(s.dice.random() < 0.5)]
    return _hand(s, s.at(*side), s.dice.uniform(-35, 35), s.eye * (0.6, 0.8, 1.05)[s.level])


def hand_on_cheek(s: Sitter) -> Picture:
    """Draw a hand over one cheek."""
    side = (50, 280)[int(s.dice.random() < 0.5)]
    return _hand(s, s.at(side), s.dice.uniform(-30, 30), s.eye * (0.7, 0.9, 1.2)[s.level])


def object_before_face(s: Sitter) -> Picture:
    """Draw a sheet of paper, or a phone, in front of the lower part of the face."""
    mask = empty_mask(s)
    x, y = s.at(13, 14, 152) + s.dice.normal(0, 0.08 * s.eye, 2).astype(np.float32)
    half = s.eye * np.array([(0.8, 0.6), (1.0, 0.75), (1.3, 0.95)][s.level])
    corners = cv2.boxPoints(
        ((float(x), float(y)), (2 * half[0], 2 * half[1]), float(s.dice.uniform(-20, 20)))
    )
    cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
    return shaded(
        s,
        mask,
        np.array([238.0, 236.0, 230.0]) if s.way == 0 else np.array([28.0, 28.0, 32.0]),
        3.0,
    )


LIDS = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
"""Upper and lower rim of each eye, corner to corner."""


def closed_eyes(s: Sitter) -> Picture:
    """Draw lowered lids, with a line of lashes at the rim."""
    share = (0.6, 0.85, 1.0)[s.level]
    out = s.rgb.astype(np.float32)
    for upper_points, lower_points in LIDS:
        upper, lower = s.mesh.points[list(upper_points), :2], s.mesh.points[list(lower_points), :2]
        edge = upper + share * (lower - upper)
        lift = np.array([0, max(1.5, 0.06 * s.eye)], np.float32)
        outline = np.concatenate([upper - lift, edge[::-1]])
        mask = empty_mask(s)
        cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 255)
        soft = (
            cv2.GaussianBlur(mask, (0, 0), max(0.7, 0.012 * s.eye))[..., None].astype(np.float32)
            / 255
        )
        out = np.asarray(out * (1 - soft) + _lid(s, upper, edge) * soft, np.float32)
        for a, b in itertools.pairwise(np.round(edge).astype(int).tolist()):
            cv2.line(
                out, a, b, (s.skin() * 0.35).tolist(), max(1, round(0.025 * s.eye)), cv2.LINE_AA
            )
    return picture_of(out)


def _lid(s: Sitter, upper: NDArray[np.float32], edge: NDArray[np.float32]) -> NDArray[np.float32]:
    """A lowered lid, computed for the whole picture, float32 (height, width, 3).

    Painted in the colour of the skin, or copied from the skin below the eye.
    """
    columns = np.arange(s.rgb.shape[1], dtype=np.float32)
    order = np.argsort(upper[:, 0])
    top = np.interp(columns, upper[order, 0], upper[order, 1])
    order = np.argsort(edge[:, 0])
    bottom = np.interp(columns, edge[order, 0], edge[order, 1])
    rows = np.arange(s.rgb.shape[0], dtype=np.float32)[:, None]
    along = np.clip((rows - top) / np.maximum(bottom - top, 1.0), 0, 1)
    if s.way == 0:
        grain = cv2.GaussianBlur(
            s.dice.normal(0, 5, s.rgb.shape[:2]).astype(np.float32), (0, 0), 1.0
        )
        shade = 0.86 + 0.12 * np.sin(np.pi * along)
        return np.asarray(s.skin()[None, None] * shade[..., None] + grain[..., None], np.float32)
    source = bottom + (0.10 + 0.10 * (1 - along)) * s.eye
    across = np.broadcast_to(columns, along.shape).astype(np.float32)
    stretched = cv2.remap(
        s.rgb, across, source.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(stretched.astype(np.float32) * (1 - 0.10 * along[..., None]), np.float32)


def second_person(s: Sitter) -> Picture:
    """Put a second face beside the first, mirrored or not."""
    scale = (0.45, 0.7, 1.0)[s.level]
    other = cv2.resize(s.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    other = other[:, ::-1] if s.way == 0 else other
    canvas = np.full(
        (max(s.rgb.shape[0], other.shape[0]), s.rgb.shape[1] + other.shape[1], 3), 200, np.uint8
    )
    canvas[: s.rgb.shape[0], : s.rgb.shape[1]] = s.rgb
    canvas[canvas.shape[0] - other.shape[0] :, s.rgb.shape[1] :] = other
    return canvas


def grey(s: Sitter) -> Picture:
    """Take away the colour, with or without a warm tint."""
    luminance = cv2.cvtColor(s.rgb, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float64)
    share = (0.75, 0.9, 1.0)[s.level]
    tint = np.array([1.0, 1.0, 1.0]) if s.way == 0 else np.array([1.03, 1.0, 0.96])
    return picture_of(s.rgb * (1 - share) + luminance * tint * share)


def colour_cast(s: Sitter) -> Picture:
    """Shift all colours towards blue, or towards green."""
    strength = (0.85, 0.7, 0.5)[s.level]
    gains = np.array(
        [[strength, 1.0, 1 / strength**0.5], [strength**0.5, 1.0 / strength**0.5, strength]][s.way]
    )
    return picture_of(s.rgb * gains)


def jpeg_damage(s: Sitter) -> bytes:
    """Save with strong compression, which shows in the file's tables more than in its pixels."""
    out = io.BytesIO()
    Image.fromarray(s.rgb).save(out, "JPEG", quality=(40, 25, 8)[s.level], subsampling=2 * s.way)
    return out.getvalue()


def _local(s: Sitter, along: float, down: float) -> tuple[int, int]:
    """A point in px, given in eye distances from the middle of the brows.

    along: in the direction of the eye line; down: at right angles to it.
    """
    left, right = s.mesh.eyes
    axis = (right - left) / max(s.eye, 1.0)
    middle = s.at(105, 334)
    x, y = middle + s.eye * (along * axis + down * np.array([-axis[1], axis[0]]))
    return round(float(x)), round(float(y))


def _cloth(s: Sitter, mask: Picture, stripes: bool) -> Picture:
    """The picture with the mask filled by cloth of any colour but that of skin.

    stripes: the cloth is folded or knitted.
    """
    hue, value = s.dice.choice([(110, 120), (60, 90), (140, 110), (100, 45), (0, 20), (125, 230)])
    pixel = np.array([[[hue, s.dice.uniform(60, 190) if value < 200 else 12, value]]], np.uint8)
    colour = cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float64)
    filled = shaded(s, mask, colour, 9.0)
    if not stripes:
        return filled
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    wave = 1 + 0.22 * np.sin((columns + 0.6 * rows) / max(1.5, 0.05 * s.eye))
    soft = (mask[..., None] / 255.0) * (wave[..., None] - 1)
    return picture_of(filled * (1 + soft))


def _forehead_left(s: Sitter) -> float:
    """Height of the forehead that stays free, in eye distances above the brows."""
    height = float(np.linalg.norm(s.at(10) - s.at(105, 334))) / max(s.eye, 1.0)
    return height * (0.7, 0.45, 0.12)[s.level]


def hat(s: Sitter) -> Picture:
    """Draw a knitted cap, or one with a peak, pulled down over the forehead."""
    mask, edge = empty_mask(s), -_forehead_left(s)
    outline = [
        _local(s, 1.22 * np.cos(a), edge + 1.5 * np.sin(a))
        for a in np.linspace(np.pi, 2 * np.pi, 24)
    ]
    cv2.fillPoly(mask, [np.array(outline, np.int32)], 255)
    worn = _cloth(s, mask, stripes=s.way == 0)
    if s.way == 0:
        return worn
    peak = empty_mask(s)
    brim = [
        _local(s, 1.1 * np.cos(a), edge - 0.04 + 0.2 * np.sin(a))
        for a in np.linspace(0, 2 * np.pi, 32)
    ]
    cv2.fillPoly(peak, [np.array(brim, np.int32)], 255)
    return shaded(Sitter(worn, s.mesh, s.dice, s.level, s.way), peak, np.full(3, 25.0))


def headscarf(s: Sitter) -> Picture:
    """Draw cloth round the face, plain or folded; from brows to chin the face stays free."""
    mask, edge = empty_mask(s), -_forehead_left(s)
    bottom = float(np.linalg.norm(s.at(152) - s.at(105, 334))) / max(s.eye, 1.0)
    around = [
        _local(s, 1.5 * np.cos(a), 0.45 * bottom + 1.25 * bottom * np.sin(a))
        for a in np.linspace(0, 2 * np.pi, 40)
    ]
    cv2.fillPoly(mask, [np.array(around, np.int32)], 255)
    height = bottom - edge
    opening = [
        _local(s, 0.86 * np.cos(a), edge + height / 2 + 0.5 * height * np.sin(a))
        for a in np.linspace(0, 2 * np.pi, 40)
    ]
    cv2.fillPoly(mask, [np.array(opening, np.int32)], 0)
    return _cloth(s, mask, stripes=s.way == 1)


def busy_background(s: Sitter) -> Picture:
    """Draw coloured boxes, or clutter without edges, behind the person."""
    person, shape = empty_mask(s), s.rgb.shape
    for centre, radii in (((0.0, 0.3), (1.35, 2.3)), ((0.0, 4.6), (3.4, 2.7))):
        outline = [
            _local(s, centre[0] + radii[0] * np.cos(a), centre[1] + radii[1] * np.sin(a))
            for a in np.linspace(0, 2 * np.pi, 40)
        ]
        cv2.fillPoly(person, [np.array(outline, np.int32)], 255)
    cells = tuple(max(2, round(side / (0.7 * s.eye))) for side in shape[:2])
    coarse = s.dice.uniform(0, 255, (*cells, 3)).astype(np.float32)
    scene = cv2.resize(
        coarse, shape[1::-1], interpolation=cv2.INTER_NEAREST if s.way == 0 else cv2.INTER_CUBIC
    )
    strength = (0.35, 0.6, 1.0)[s.level]
    soft = (
        cv2.GaussianBlur(person.astype(np.float32), (0, 0), max(0.8, 0.03 * s.eye))[..., None] / 255
    )
    return picture_of(s.rgb * soft + (1 - soft) * (strength * scene + (1 - strength) * s.rgb))


DEFECTS = (
    Defect("defocus", frozenset({"sharpness"}), defocus),
    Defect("motion", frozenset({"motion", "sharpness"}), motion),
    Defect("low_resolution", frozenset({"sharpness"}), low_resolution),
    Defect("dark", frozenset({"brightness", "clipped"}), dark),
    Defect("bright", frozenset({"brightness", "clipped", "contrast"}), bright),
    Defect("flat", frozenset({"contrast"}), flat),
    Defect("side_light", frozenset({"even_light"}), side_light),
    Defect("rolled", frozenset({"roll"}), rolled),
    Defect("far_away", frozenset({"eye_distance"}), far_away),
    Defect("cut", frozenset({"in_frame", "one_face"}), cut),
    Defect("sunglasses", frozenset({"eyes_visible", "covered", "face_found"}), sunglasses),
    Defect("mask", frozenset({"covered", "face_found", "one_face"}), face_mask),
    Defect("hand_on_mouth", frozenset({"covered", "face_found", "one_face"}), hand_on_mouth),
    Defect("hand_on_eye", frozenset({"covered", "face_found", "one_face"}), hand_on_eye),
    Defect("hand_on_cheek", frozenset({"covered", "face_found", "one_face"}), hand_on_cheek),
    Defect("object", frozenset({"covered", "face_found", "one_face"}), object_before_face),
    Defect("closed_eyes", frozenset({"eyes_open"}), closed_eyes),
    Defect("second_person", frozenset({"one_face"}), second_person),
    Defect("grey", frozenset({"colour"}), grey),
    Defect("colour_cast", frozenset({"colour"}), colour_cast),
    Defect("hat", frozenset({"headwear", "covered"}), hat),
    Defect("headscarf", frozenset({"headwear", "covered", "face_found"}), headscarf),
    Defect("busy_background", frozenset({"background"}), busy_background),
    Defect("jpeg", frozenset({"compression"}), jpeg_damage),
)
