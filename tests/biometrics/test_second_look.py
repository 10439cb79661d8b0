"""A finger that the first look did not find is read again."""

import numpy as np
import pytest

from bridge.simulator.fingers import impression
from console.biometrics.fingers.calibration import log10_fmr, search_log10_fmr, threshold
from console.biometrics.fingers.examiner import Examiner, Sought
from console.biometrics.fingers.extractor import Leader
from console.biometrics.fingers.matcher import match
from console.biometrics.fingers.minutiae import DPI, Minutiae, minutiae
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.ridges import Image
from console.biometrics.fingers.second_look import other_readings
from console.biometrics.fingers.templates import MinutiaeTemplate, pack_template
from tests.biometrics.prints import made_up_finger, ridge_image

CERTAIN = -3.0


class Readings:
    """An extractor that gives one prepared answer after the other, and counts."""

    id = "leader-1"

    def __init__(self, *answers: Minutiae) -> None:
        self.answers, self.asked = answers, 0

    def __call__(self, image: Image, dpi: int = DPI) -> Minutiae:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


NOTHING = minutiae([], [], [], size=(300, 360))


def knowing(*fingers: int, readings: tuple[Minutiae, ...]) -> tuple[Examiner, Readings]:
    extract = Readings(*readings)
    examiner = Examiner(extract)
    for finger in fingers:
        template = MinutiaeTemplate(made_up_finger(finger), extract.id)
        examiner.add_finger(f"{finger}:1", [pack_template(template)])
    return examiner, extract


def test_a_finger_that_is_found_at_once_is_read_once() -> None:
    examiner, extract = knowing(1, 2, readings=(made_up_finger(1),))
    found = examiner.identify(ridge_image(), sought=Sought(CERTAIN))
    assert (found.matches[0].key, extract.asked) == ("1:1", 1)
    assert found.matches[0].log10_fmr == log10_fmr(found.matches[0].score)


def test_EN6_an_unmatched_finger_is_read_again_until_it_is_found() -> None:
    examiner, extract = knowing(1, 2, readings=(*[NOTHING] * 3, made_up_finger(1)))
    found = examiner.identify(ridge_image(), sought=Sought(CERTAIN))
    assert (found.matches[0].key, extract.asked) == ("1:1", 4)


def test_what_a_second_look_finds_is_stated_at_the_rate_of_two_looks() -> None:
    examiner, _ = knowing(1, readings=(NOTHING, made_up_finger(1)))
    best = examiner.identify(ridge_image(), sought=Sought(CERTAIN)).matches[0]
    assert best.log10_fmr == log10_fmr(best.score, again=True)
    assert best.search_log10_fmr == search_log10_fmr(best.score, 1, again=True)
    for rate in (-1.0, -2.0, -3.0, -4.0, -6.0):
        assert threshold(rate, again=True) > threshold(rate)
        assert log10_fmr(threshold(rate, again=True), again=True) == pytest.approx(rate)


def test_a_stranger_costs_five_readings_and_stays_a_stranger() -> None:
    examiner, extract = knowing(1, 2, readings=(made_up_finger(7),))
    found = examiner.identify(ridge_image(), sought=Sought(CERTAIN))
    assert extract.asked == 5
    assert all(one.log10_fmr > CERTAIN for one in found.matches)


def test_among_one_persons_fingers_another_persons_match_does_not_count() -> None:
    examiner, extract = knowing(1, 2, readings=(made_up_finger(1),))
    examiner.identify(ridge_image(), sought=Sought(CERTAIN, among="2:"))
    assert extract.asked == 5


def test_nothing_is_read_again_without_a_finger_without_references_or_when_nobody_asks() -> None:
    examiner, extract = knowing(1, readings=(NOTHING,))
    examiner.identify(np.full((360, 300), 250, np.uint8), sought=Sought(CERTAIN))
    examiner.identify(ridge_image())
    assert extract.asked == 1
    nobody, extract = knowing(readings=(NOTHING,))
    nobody.identify(ridge_image(), sought=Sought(CERTAIN))
    assert extract.asked == 1


def test_every_reading_shows_the_same_finger_in_the_frame_of_the_picture() -> None:
    leader = Leader()
    wide = np.full((340, 360), 246, np.uint8)
    wide[20:310, 60:344] = impression(3, 1, (290, 284))
    first = prepare(leader(wide))
    readings = list(other_readings(leader, wide))
    assert len(readings) == 4
    for found in readings:
        assert match(as_probe(prepare(found)), first) > threshold(-6)
        assert (found.width, found.height) == (360, 340)
        assert np.hypot(found.x.mean() - first.points[:, 0].mean(), 0) < 12
        assert np.hypot(found.y.mean() - first.points[:, 1].mean(), 0) < 12
