"""What a desk, or anybody with a reader, asks about a scan: is it good, does it belong to the others, whose is it?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from console.biometrics.fingers.calibration import log10_fmr, search_log10_fmr
from console.biometrics.fingers.enrolment import Assessment, assess, probe_score, usable
from console.biometrics.fingers.extractor import Extractor, Image, at_500_dpi, checked
from console.biometrics.fingers.minutiae import DPI, minutiae
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.quality import Quality, glance, judge
from console.biometrics.fingers.search import Gallery
from console.biometrics.fingers.templates import FingerTemplate, pack_template, unpack_template

CANDIDATES = 8
"""Fingers whose scans are all compared after a search."""


@dataclass(frozen=True)
class Match:
    """A finger that looks like the probe. fmr, search_fmr: log10 of the chance that another finger scores so high, in one comparison
    and in this whole search."""

    key: str
    score: float
    fmr: float
    search_fmr: float


@dataclass(frozen=True)
class Examined:
    """A scan of an enrolment. template: packed; quality and hint are of this scan."""

    template: bytes
    quality: Quality
    minutiae: int
    assessment: Assessment


@dataclass(frozen=True)
class Identified:
    """matches: best first; seconds: of the search alone; fingers: searched."""

    quality: Quality
    matches: list[Match]
    fingers: int
    seconds: float


class Examiner:
    """Holds the extractor and everybody's references."""

    def __init__(self, extract: Extractor) -> None:
        self._extract = extract
        self._gallery = Gallery()

    def __len__(self) -> int:
        """Fingers known."""
        return self._gallery.keys

    def warm_up(self) -> None:
        """Has the comparisons compiled, so that nobody waits for it with a finger on the glass. Seconds at the first start, then cached."""
        grid = np.mgrid[40:260:40, 40:260:40].reshape(2, -1)
        made_up = FingerTemplate(
            minutiae(grid[0], grid[1], grid[0] * 0.1, size=(300, 300)), self._extract.id
        )
        self.put("", [pack_template(made_up)])
        self._search(made_up)
        self.drop("")

    def put(self, key: str, templates: Sequence[bytes]) -> None:
        """One finger's templates, in place of those there were; those of another extractor are left out. Raises TemplateError."""
        self.drop(key)
        unpacked = [unpack_template(template) for template in templates]
        for one in unpacked:
            if one.extractor == self._extract.id:
                self._gallery.add(key, prepare(one.minutiae))

    def drop(self, key: str) -> None:
        self._gallery.remove(key)

    def look(self, image: Image, dpi: int = DPI) -> Quality:
        """A first judgement in some milliseconds, without minutiae. Raises BadImage."""
        return glance(at_500_dpi(checked(image), dpi))

    def read(self, image: Image, dpi: int = DPI) -> tuple[FingerTemplate, Quality]:
        """The template of a scan. An image without a finger has an empty one. Raises BadImage."""
        upright = at_500_dpi(checked(image), dpi)
        first = glance(upright)
        if not first.value:
            return FingerTemplate(
                minutiae([], [], [], size=(upright.shape[1], upright.shape[0])), self._extract.id
            ), first
        found = self._extract(upright)
        quality = judge(upright, found)
        return FingerTemplate(found, self._extract.id, quality.value), quality

    def scan(self, image: Image, dpi: int, earlier: Sequence[bytes], tries: int) -> Examined:
        """One more scan of an enrolment. earlier: its usable scans; tries: scans made before this one. Raises BadImage, TemplateError."""
        template, quality = self.read(image, dpi)
        scans = [unpack_template(one) for one in earlier]
        good = usable(template)
        assessment = assess([*scans, template] if good else scans, tries + 1, poor=not good)
        return Examined(pack_template(template), quality, len(template.minutiae), assessment)

    def identify(self, image: Image, dpi: int = DPI) -> Identified:
        """Whose finger this is, as far as can be said. Raises BadImage."""
        template, quality = self.read(image, dpi)
        start = time.perf_counter()
        matches = self._search(template)
        return Identified(quality, matches, len(self), time.perf_counter() - start)

    def duplicates(self, templates: Sequence[bytes], known_as: str) -> list[Match]:
        """Fingers under another key that look like this one: for each the middle of what the scans score. Raises TemplateError."""
        found: dict[str, list[Match]] = {}
        for template in templates:
            for one in self._search(unpack_template(template)):
                if one.key != known_as:
                    found.setdefault(one.key, []).append(one)
        middle = [
            sorted(rows, key=lambda row: row.score)[len(rows) // 2]
            for rows in found.values()
            if len(rows) > len(templates) // 2
        ]
        return sorted(middle, key=lambda row: -row.score)

    def _search(self, template: FingerTemplate) -> list[Match]:
        probe = as_probe(prepare(template.minutiae))
        matches = []
        for candidate in self._gallery.identify(probe, CANDIDATES):
            key = str(candidate.key)
            score = probe_score(self._gallery.scores_of(probe, key))
            matches.append(Match(key, score, log10_fmr(score), search_log10_fmr(score, len(self))))
        return sorted(matches, key=lambda one: -one.score)
