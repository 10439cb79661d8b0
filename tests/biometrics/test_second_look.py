"""A finger that the first look did not find is read again."""

import numpy as np
import pytest

from bridge.simulator.fingers import impression
from console.biometrics.fingers.calibration import (
    LOWEST_LOG10_FMR,
    log10_fmr,
    search_log10_fmr,
    threshold,
)
from console.biometrics.fingers.examiner import Examiner, Sought
from console.biometrics.fingers.extractor import Leader
from console.biometrics.fingers.matcher import match
from console.biometrics.fingers.minutiae import DPI, Minutiae, minutiae
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.ridges import Image
from console.biometrics.fingers.second_look import PULLS, other_looks, other_readings, pulled
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


def test_a_finger_at_the_lowest_rate_that_can_be_claimed_is_read_once() -> None:
    """Among many fingers a kiosk asks for less than any search can claim: no look lowers it."""
    for among in ("", "1:"):
        examiner, extract = knowing(1, 2, readings=(made_up_finger(1),))
        sought = Sought(LOWEST_LOG10_FMR - 1, among)
        found = examiner.identify(ridge_image(), sought=sought)
        assert (found.matches[0].key, extract.asked) == ("1:1", 1)


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


def test_EN6_skin_drawn_along_the_glass_is_found_without_reading_the_picture_again() -> None:
    width, height = PULLS[0]
    drawn = pulled(made_up_finger(1), width**3, height**3)
    extract = Readings(made_up_finger(1))
    examiner = Examiner(extract)
    examiner.add_finger("1:1", [pack_template(MinutiaeTemplate(drawn, extract.id))])
    sought = Sought(CERTAIN)
    assert not sought.is_in(examiner.identify(ridge_image()).matches, 1)
    assert sought.is_in(examiner.identify(ridge_image(), sought=sought).matches, 1)
    assert extract.asked == 2, "once for each search"


def test_a_pull_moves_directions_with_the_skin_and_is_undone_by_its_inverse() -> None:
    finger = made_up_finger(3)
    there = pulled(finger, 0.93, 1.1)
    back = pulled(there, 1 / 0.93, 1 / 1.1)
    assert np.allclose([back.x, back.y], [finger.x, finger.y], atol=0.01)
    assert np.allclose(np.cos(back.angle - finger.angle), 1.0, atol=1e-5)
    steep = pulled(minutiae([10], [10], [np.pi / 4], size=(20, 20)), 1.0, 2.0)
    assert np.tan(steep.angle[0]) == pytest.approx(2.0, rel=1e-4)
    assert (steep.width, steep.height) == (20, 40)


def test_the_quick_looks_come_before_the_network_reads_again() -> None:
    extract = Readings(made_up_finger(1))
    looks = other_looks(extract, ridge_image(), made_up_finger(1))
    for _ in PULLS:
        next(looks)
    assert extract.asked == 0
