"""Identification as the field reports it: misses (FNIR) at a false-positive rate (FPIR) of 0.003.

People of the gallery have templates of one photo or of three, and are looked for by one probe or by
two that are fused. Everybody else is a stranger. A mate is missed when the threshold is not
reached, or somebody else is more similar.
"""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.recognition.vectors import fuse

Vectors = NDArray[np.float32]
FPIR, FMR = 0.003, 1e-3
GALLERIES = (300, 1000)
LARGE = 10_000
"""More people than there are photos of: the threshold is extrapolated, see _Trial.fnir_large."""
MEASURED = (300, 2000)
"""Gallery sizes from which it is extrapolated."""
ONE_PERSON = {
    "Martha_Bowen": "Gabrielle_Rose",
    "Hasan_Wirayuda": "Hassan_Wirajuda",
    "Dai_Chul_Chyung": "Chyung_Dai-chul",
    "John_Burnett": "John_Barnett",
    "Wang_Nan": "Nan_Wang",
    "Elena_de_Chavez": "Hugo_Chavez",
}
"""People whom LFW has under two names, as one sees when one looks at their photos.

At this FPIR a handful of them decides the threshold. Their names in LFW -> the one used here.
"""
TEMPLATES = {1: "_single", 3: ""}
PROBES = {1: "", 2: "_two_probes"}
DRAWS = 20
"""Galleries drawn at random; their figures are pooled."""


def search_figures(people: Mapping[str, list[Vectors]]) -> dict[str, float]:
    """Return FNIR by gallery size, photos in the template and probes.

    people: the vectors of each person's photos. The names end in `_single` for templates of one
    photo and in `_two_probes` for two probes.
    """
    figures = {"fnir_at_fpir_0003_1000_as_labelled": _Trial(people, 3, 1).fnir(1000)}
    merged: dict[str, list[Vectors]] = defaultdict(list)
    for name in sorted(people):
        merged[ONE_PERSON.get(name, name)] += people[name]
    figures["fused_probe_shift"] = _fused_shift(merged)
    for photos, template in TEMPLATES.items():
        for probes, probe in PROBES.items():
            trial = _Trial(merged, photos, probes)
            for size in GALLERIES:
                figures[f"fnir_at_fpir_0003_{size}{template}{probe}"] = trial.fnir(size)
            figures[f"fnir_at_fpir_0003_{LARGE}{template}{probe}"] = trial.fnir_large()
    return {name: round(value, 4) for name, value in figures.items()}


def _fused_shift(people: Mapping[str, list[Vectors]]) -> float:
    """By how much the cosine of FMR 0.001 is higher for probes of three photos than of one."""
    one, three = (_Trial(people, 3, probes).threshold(FMR) for probes in (1, 3))
    return three - one


class _Trial:
    """Everybody's template, the probes of each, and the scores between them."""

    def __init__(self, people: Mapping[str, list[Vectors]], photos: int, probes: int) -> None:
        names = sorted(people)
        self._templates = np.stack([fuse(people[name][:photos]) for name in names])
        by_person: dict[int, list[Vectors]] = defaultdict(list)
        for person, name in enumerate(names):
            rest = people[name][photos:] if len(people[name]) >= photos + probes else []
            spare = rest or people[name]
            by_person[person] = [
                fuse(spare[first : first + probes])
                for first in range(0, len(spare) - probes + 1, probes)
            ]
        self._mates = np.array([len(people[name]) >= photos + probes for name in names])
        self._owner = np.array([who for who, found in by_person.items() for _ in found])
        rows = np.stack([probe for found in by_person.values() for probe in found])
        self._scores = rows @ self._templates.T
        self._dice = np.random.default_rng(1)

    def fnir(self, size: int) -> float:
        """Return the FNIR in galleries of this many people."""
        mates, threshold = self._measure(size)
        return float((mates <= threshold).mean())

    def fnir_large(self) -> float:
        """Return the FNIR in a gallery of 10,000, at a threshold that grows with its logarithm."""
        few, many = (self._measure(size)[1] for size in MEASURED)
        mates = self._measure(MEASURED[1])[0]
        growth = (many - few) / np.log(MEASURED[1] / MEASURED[0])
        return float((mates <= many + growth * np.log(LARGE / MEASURED[1])).mean())

    def threshold(self, fmr: float) -> float:
        """Return the cosine that this fraction of comparisons with other people exceeds."""
        strange = self._owner[:, None] != np.arange(len(self._templates))[None]
        enough = strange & self._mates[None]
        return float(np.quantile(self._scores[enough], 1 - fmr))

    def _measure(self, size: int) -> tuple[NDArray[np.float32], float]:
        """The scores of the mates, and the threshold that strangers reach at the stated rate."""
        strangers, mates = [], []
        for _ in range(DRAWS):
            gallery = self._draw(size)
            inside = np.isin(self._owner, gallery)
            strangers.append(self._scores[~inside][:, gallery].max(axis=1))
            mates.append(self._best_of_mates(inside & self._mates[self._owner], gallery))
        threshold = float(np.quantile(np.concatenate(strangers), 1 - FPIR))
        return np.concatenate(mates), threshold

    def _draw(self, size: int) -> NDArray[np.int64]:
        """Some people of whom there are photos enough, then others, up to the size."""
        order = self._dice.permutation(len(self._templates))
        order = order[np.argsort(~self._mates[order], kind="stable")]
        mates = int(self._mates.sum())
        wanted = min(mates, size // 2)  # enough people remain whom nobody knows
        others = order[mates : mates + size - wanted]
        return np.concatenate([order[:wanted], others])

    def _best_of_mates(
        self, rows: NDArray[np.bool_], gallery: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Each probe's score with its own template; below every threshold where another is best."""
        scores = self._scores[rows][:, gallery]
        own = self._scores[rows, self._owner[rows]]
        return np.where(own >= scores.max(axis=1), own, -2.0).astype(np.float32)
