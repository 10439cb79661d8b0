"""TE30: what of a record becomes templates."""

import numpy as np
import pytest

from console.biometrics.fingers.minutiae import Minutiae, minutiae
from console.biometrics.fingers.record_templates import (
    LEAST_MINUTIAE,
    VIEWS_KEPT,
    packed,
    templates_of_record,
)
from console.biometrics.fingers.records import FingerRecord, FingerView, RecordError, Standard
from console.biometrics.fingers.templates import unpack_template

PER_CM_500, PER_CM_1000 = 197, 394


def print_of(count: int) -> Minutiae:
    places = np.arange(count) * 10 + 20
    return minutiae(places, places[::-1], places * 0.1, size=(400, 500))


def record(*views: FingerView, per_cm: int = PER_CM_500) -> FingerRecord:
    return FingerRecord(Standard.ISO_2005, 400, 500, views, (per_cm, per_cm))


def test_TE30_the_prints_with_the_most_points_are_kept_and_poor_ones_are_not() -> None:
    counts = (LEAST_MINUTIAE - 1, 20, 14, 16, 18)
    views = [FingerView(print_of(count), 2, n) for n, count in enumerate(counts)]
    found = templates_of_record(record(*views, FingerView(print_of(3), 7)))
    assert [len(one.minutiae) for one in found[2]] == [20, 18, 16]
    assert len(found[2]) == VIEWS_KEPT
    assert found[7] == [], "named, so that it is said that it was left out"


def test_TE30_other_resolutions_are_brought_to_500_dpi() -> None:
    usual, fine = (
        templates_of_record(record(FingerView(print_of(20), 1), per_cm=per_cm))[1][0]
        for per_cm in (PER_CM_500, PER_CM_1000)
    )
    assert np.allclose(usual.minutiae.x, 2 * fine.minutiae.x)
    assert (fine.minutiae.width, fine.minutiae.height) == (200, 250)
    (stored,) = packed([fine])
    assert np.allclose(unpack_template(stored).minutiae.y, fine.minutiae.y, atol=0.25)


def test_TE30_a_resolution_or_a_finger_that_cannot_be_is_refused() -> None:
    with pytest.raises(RecordError, match="how many dpi"):
        templates_of_record(record(FingerView(print_of(20), 1), per_cm=0))
    with pytest.raises(RecordError, match="a finger 13"):
        templates_of_record(record(FingerView(print_of(20), 13)))
