"""Made-up readers and faults: what they do to a finger, and that quality sees only the faults."""

import numpy as np
import pytest

from bridge.simulator.fingers import impression
from console.bench.finger_readers import FAULTS, READERS
from console.biometrics.fingers.extractor import at_500_dpi
from console.biometrics.fingers.quality import ACCEPT, QualityReason, quick_quality

SIZE = (340, 300)


@pytest.mark.parametrize("reader", READERS)
def test_EN6_no_reader_makes_a_good_finger_poor(reader: str) -> None:
    for finger in (1, 2, 3):
        seen, dpi = READERS[reader](impression(finger, 1, SIZE), np.random.default_rng(finger))
        assert seen.dtype == np.uint8
        found = quick_quality(at_500_dpi(np.ascontiguousarray(seen), dpi))
        assert (found.reason, found.value >= ACCEPT) == (QualityReason.NONE, True), found


@pytest.mark.parametrize("fault", ["too_dry", "partial", "off_centre"])
def test_EN6_a_drawn_fault_is_named(fault: str) -> None:
    for finger in (1, 2, 3):
        spoilt = FAULTS[fault](impression(finger, 1, SIZE), np.random.default_rng(finger))
        found = quick_quality(spoilt)
        assert (found.reason, found.value < ACCEPT) == (fault, True), found
