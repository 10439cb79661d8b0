"""How often a stranger is taken for somebody: what is set, and what follows for one comparison.

A stranger may try several times, and each try may match each person by chance. So what a site sets
holds for all looks of a visit together, and a search among many people is stricter than a
comparison with one.
"""

import math

from console.domain.kiosks import KioskSettings

FRAMES_OF_A_LOOK = 3
"""So many pictures of the camera are fused into one probe: they are one look, not three."""
MOST_PICTURES = 3
"""The last of so many pictures of one finger counts, if none before it matched."""
MOST_FALSE_IDENTIFICATIONS = 0.01
"""The largest share of strangers who may be taken for somebody in a search among all faces.

Where no stricter comparison keeps it, a kiosk asks for the number before it compares a face.
"""
LEAST_FMR = 1e-6
"""No false match rate of one comparison below this is claimed: the test pairs cannot show it."""
ROUNDING = 1e-6
"""Rates come as logarithms; one at the limit is not above it."""
LEAST_FINGER_FMR = 1e-9
"""The same for fingers."""


def chance_of_any(fmr: float, comparisons: int) -> float:
    """The largest share of strangers (0 to 1) who match in one of so many comparisons.

    fmr: of one comparison. It is 1 - (1 - fmr) ** comparisons.
    """
    return -math.expm1(comparisons * math.log1p(-min(fmr, 1 - 1e-12)))


def fmr_of_each(chance: float, comparisons: int) -> float:
    """The false match rate of one comparison at which so many of them have this chance."""
    return -math.expm1(math.log1p(-min(chance, 1 - 1e-12)) / max(1, comparisons))


def face_fmr(settings: KioskSettings) -> float:
    """The highest false match rate of one look at one person's face."""
    return max(LEAST_FMR, fmr_of_each(settings.limits.face_fmr, settings.face_attempts))


def finger_fmr(settings: KioskSettings) -> float:
    """The highest false match rate of one picture of a finger."""
    return fmr_of_each(settings.limits.finger_fmr, settings.finger_attempts * MOST_PICTURES)


def finger_search_fmr(fmr: float, fingers: int) -> float:
    """The highest rate of one picture searched among so many fingers, as far as one is claimed.

    fmr: what is asked for, see finger_fmr.
    """
    return max(fmr, LEAST_FINGER_FMR * fingers * (1 + ROUNDING))


def search_chance(settings: KioskSettings, faces: int) -> float:
    """The largest share of strangers who are taken for somebody among so many faces."""
    return chance_of_any(search_fmr(settings, faces), faces * settings.face_attempts)


def search_fmr(settings: KioskSettings, faces: int) -> float:
    """The highest false match rate of one look at one of so many faces."""
    allowed = fmr_of_each(MOST_FALSE_IDENTIFICATIONS, faces * settings.face_attempts)
    return max(LEAST_FMR, min(face_fmr(settings), allowed))


def most_faces(settings: KioskSettings) -> int:
    """The number of faces up to which the face alone says who somebody is."""
    looks = math.log1p(-MOST_FALSE_IDENTIFICATIONS) / math.log1p(-LEAST_FMR)
    return int(looks / settings.face_attempts)


def may_search(settings: KioskSettings, faces: int) -> bool:
    """Whether a search among so many faces takes few enough strangers for somebody."""
    return faces <= most_faces(settings)
