"""The photos of one submission: do they show one person, and which is best. Pure; numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.recognition.vectors import unit

FULL_AGREEMENT = (0.35, 0.75)
"""Cosines to the other photos between which the weight rises from 0 to 1. Chosen, not fitted."""
MIN_WEIGHT = 0.25
"""What quality counts for a photo that does not agree with the others at all."""


class BestPhotoReason(StrEnum):
    """Why a photo is the best of its set."""

    ONLY = "only"
    CLEAREST = "clearest"
    TYPICAL = "typical"
    BOTH = "both"


@dataclass(frozen=True)
class RankedPhoto:
    """One photo of a set.

    score: 0 to 1, comparable within the set only;
    agreement: cosine to the mean of the other photos, None for a single photo.
    """

    score: float
    agreement: float | None


def agreement(vectors: Sequence[NDArray[np.float32]]) -> list[float | None]:
    """Return, for each photo, the cosine to the mean of the others. vectors: float32 (d,) each."""
    if len(vectors) < 2:
        return [None] * len(vectors)
    rows = np.stack([unit(vector) for vector in vectors])
    total = rows.sum(axis=0)
    return [float(row @ unit(total - row)) for row in rows]


def rank_photos(
    qualities: Sequence[float], agreements: Sequence[float | None]
) -> list[RankedPhoto]:
    """Weigh each photo's quality (0 to 1) by its agreement with the others.

    A clear photo that does not look like the others is a poor one to store.
    """
    ranked = []
    for quality, agrees in zip(qualities, agreements, strict=True):
        weight = 1.0 if agrees is None else float(np.interp(agrees, FULL_AGREEMENT, (0.0, 1.0)))
        ranked.append(RankedPhoto(quality * (MIN_WEIGHT + (1 - MIN_WEIGHT) * weight), agrees))
    return ranked


def why_best(
    qualities: Sequence[float], ranked: Sequence[RankedPhoto], best: int
) -> BestPhotoReason:
    """Return what sets the photo at place `best` apart."""
    if len(ranked) < 2:
        return BestPhotoReason.ONLY
    clearest = qualities[best] >= max(qualities)
    agrees = [one.agreement if one.agreement is not None else -1.0 for one in ranked]
    typical = agrees[best] >= max(agrees)
    if clearest and typical:
        return BestPhotoReason.BOTH
    return BestPhotoReason.CLEAREST if clearest else BestPhotoReason.TYPICAL
