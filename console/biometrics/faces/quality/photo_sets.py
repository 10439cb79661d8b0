"""The photos of one submission beside each other: the same person, each a picture of its own, and which is best. Pure; numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.recognition.vectors import unit

LOOKS_SIDE = 16
LOOKS_BYTES = LOOKS_SIDE * LOOKS_SIDE // 8
AGREES = (0.35, 0.75)
"""Cosines to the other photos between which agreement counts from nothing to full; chosen, not fitted."""


class Why(StrEnum):
    """Why a photo is the best of its set."""

    ONLY = "only"
    CLEAREST = "clearest"
    TYPICAL = "typical"
    BOTH = "both"


@dataclass(frozen=True)
class Ranked:
    """score: 0 to 1, comparable within the set; agreement: cosine to the mean of the other photos, None when there is none."""

    score: float
    agreement: float | None


def perceptual_hash(rgb: NDArray[np.uint8]) -> bytes:
    """256 bits: where a 17 x 16 grey copy brightens to the right (difference hash). Re-saved or scaled copies differ in a few bits."""
    grey = rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    rows = _means(grey, LOOKS_SIDE, axis=0)
    cells = _means(rows, LOOKS_SIDE + 1, axis=1)
    return np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes()


def _means(values: NDArray[np.float32], count: int, axis: int) -> NDArray[np.float32]:
    """Means of as many equal stretches."""
    edges = np.linspace(0, values.shape[axis], count + 1).astype(int)
    starts = np.minimum(edges[:-1], values.shape[axis] - 1)
    sums = np.add.reduceat(values, starts, axis=axis)
    widths = np.maximum(1, np.diff(np.append(starts, values.shape[axis])))
    return np.asarray(sums / (widths[:, None] if axis == 0 else widths[None]), np.float32)


def unlike(a: bytes, b: bytes) -> float:
    """The share of bits in which two looks differ, 0 to 1; two different pictures: about a half."""
    differing = np.unpackbits(np.frombuffer(a, np.uint8) ^ np.frombuffer(b, np.uint8))
    return float(differing.mean())


def agreement(vectors: Sequence[NDArray[np.float32]]) -> list[float | None]:
    """Of each photo: the cosine to the mean of the others."""
    if len(vectors) < 2:
        return [None] * len(vectors)
    rows = np.stack([unit(vector) for vector in vectors])
    total = rows.sum(axis=0)
    return [float(row @ unit(total - row)) for row in rows]


def rank(qualities: Sequence[float], agreements: Sequence[float | None]) -> list[Ranked]:
    """A clear photo that is unlike the others is a poor one to keep: quality counts in full only with full agreement."""
    ranked = []
    for quality, agrees in zip(qualities, agreements, strict=True):
        weight = 1.0 if agrees is None else float(np.interp(agrees, AGREES, (0.0, 1.0)))
        ranked.append(Ranked(quality * (0.25 + 0.75 * weight), agrees))
    return ranked


def why_best(qualities: Sequence[float], ranked: Sequence[Ranked], best: int) -> Why:
    """What sets the best one apart."""
    if len(ranked) < 2:
        return Why.ONLY
    clearest = qualities[best] >= max(qualities)
    agrees = [one.agreement if one.agreement is not None else -1.0 for one in ranked]
    typical = agrees[best] >= max(agrees)
    return Why.BOTH if clearest and typical else Why.CLEAREST if clearest else Why.TYPICAL
