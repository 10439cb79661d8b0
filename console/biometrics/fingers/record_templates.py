"""Templates of prints that another program found: from records of ISO 19794-2 and ANSI 378. TE30.

They are compared as own ones are, and let in no more strangers; a person is found by them less
often than by own scans (`bench fingers` measures both).
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from console.biometrics.fingers.calibration import EXTRACTOR
from console.biometrics.fingers.minutiae import DPI, Minutiae
from console.biometrics.fingers.records import FingerRecord, FingerView, RecordError
from console.biometrics.fingers.templates import MinutiaeTemplate, pack_template
from console.domain.language import tr

VIEWS_KEPT = 3
"""Of a finger: those with the most minutiae."""
LEAST_MINUTIAE = 12
"""A print with fewer says too little of whose it is."""
CM_PER_INCH = 2.54
LOWEST_DPI, HIGHEST_DPI = 200, 1200
"""What readers have; a record that says something else was written wrong."""
MOST_QUALITY = 100
FINGERS = range(11)
"""Positions; 0 is unknown."""


def templates_of_record(record: FingerRecord) -> dict[int, list[MinutiaeTemplate]]:
    """Position -> its usable prints, the best first; a finger without one has an empty list.

    Raises RecordError for positions or a resolution that no record has.
    """
    factor = _to_500_dpi(record.resolution)
    found: dict[int, list[MinutiaeTemplate]] = defaultdict(list)
    for view in sorted(record.views, key=lambda one: len(one.minutiae), reverse=True):
        if view.position not in FINGERS:
            raise RecordError(
                tr(
                    "A finger is 1 to 10, and this record has a finger {position}.",
                    position=view.position,
                )
            )
        kept = found[view.position]
        if len(view.minutiae) >= LEAST_MINUTIAE and len(kept) < VIEWS_KEPT:
            kept.append(_template(view, factor))
    return dict(found)


def packed(templates: list[MinutiaeTemplate]) -> list[bytes]:
    """The templates as they are stored."""
    return [pack_template(one) for one in templates]


def _to_500_dpi(resolution: tuple[int, int]) -> tuple[float, float]:
    """How much larger a picture of 500 dpi is, in each direction."""
    x, y = (per_cm * CM_PER_INCH for per_cm in resolution)
    if not all(LOWEST_DPI <= dpi <= HIGHEST_DPI for dpi in (x, y)):
        raise RecordError(tr("The record does not say at how many dpi the prints were taken."))
    return DPI / x, DPI / y


def _template(view: FingerView, factor: tuple[float, float]) -> MinutiaeTemplate:
    best = view.minutiae.best()
    return MinutiaeTemplate(_scaled(best, factor), EXTRACTOR, min(view.quality, MOST_QUALITY))


def _scaled(found: Minutiae, factor: tuple[float, float]) -> Minutiae:
    across, down = factor
    size = np.rint([found.width * across, found.height * down]).astype(int)
    return replace(
        found,
        x=(found.x * across).astype(np.float32),
        y=(found.y * down).astype(np.float32),
        width=int(min(size[0], 0xFFFF)),
        height=int(min(size[1], 0xFFFF)),
    )
