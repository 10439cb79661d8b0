"""Error against discard: how many misses are left when the photos of the worst quality are put by.

The FNMR is that of all pairs of photos of one person, at a threshold that stays: the one for the
stated false match rate among all photos.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DISCARDS = {"5pct": 0.05, "10pct": 0.10, "20pct": 0.20}
FMRS = {"": 1e-3, "_1e4": 1e-4}


def discard_figures(
    vectors: NDArray[np.float32], people: Sequence[str], quality: Sequence[float]
) -> dict[str, float]:
    """Return the FNMR of all pairs, and by how much it drops without the worst ones, relative.

    vectors: float32 (n, d), length 1; people, quality: of each. A pair is as good as the worse of
    its two photos.
    """
    names, qualities = np.array(people), np.asarray(quality, np.float64)
    rows, columns = np.triu_indices(len(vectors), 1)
    cosines = (vectors @ vectors.T)[rows, columns]
    same = names[rows] == names[columns]
    worse = np.minimum(qualities[rows[same]], qualities[columns[same]])
    order = np.argsort(worse, kind="stable")
    figures = {}
    for name, fmr in FMRS.items():
        missed = cosines[same] < np.quantile(cosines[~same], 1 - fmr)
        figures[f"edc_fnmr{name}"] = round(float(missed.mean()), 4)
        for share, discard in DISCARDS.items():
            kept = missed[order[int(discard * len(order)) :]]
            drop = 1 - float(kept.mean() / max(missed.mean(), 1e-12))
            figures[f"edc_drop_{share}{name}"] = round(drop, 3)
    return figures
