"""Comparison and search of fingers: what must hold for any finger."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.biometrics.fingers.calibration import log10_fmr, search_log10_fmr, threshold
from console.biometrics.fingers.enrolment import MAX_SCANS, ScanOutcome, assess_scans, probe_score
from console.biometrics.fingers.matcher import match, match_all
from console.biometrics.fingers.minutiae import TAU, Minutiae, minutiae, rotated
from console.biometrics.fingers.prepared import NEIGHBOURS, as_probe, prepare
from console.biometrics.fingers.search import FingerGallery
from console.biometrics.fingers.second_look import pulled
from console.biometrics.fingers.templates import MinutiaeTemplate, pack_template, unpack_template
from tests.biometrics.prints import another_print, made_up_finger


def score(probe: Minutiae, reference: Minutiae) -> float:
    return match(as_probe(prepare(probe)), prepare(reference))


@pytest.mark.windows
def test_the_same_finger_scores_far_above_others() -> None:
    genuine = [
        score(made_up_finger(f), another_print(made_up_finger(f), 100 + f)) for f in range(20)
    ]
    impostor = [
        score(made_up_finger(f), another_print(made_up_finger(g), g))
        for f in range(20)
        for g in range(20)
        if f != g
    ]
    assert min(genuine) > threshold(-3)
    assert np.mean(np.array(impostor) > threshold(-2)) < 0.02


@settings(max_examples=40, deadline=None)
@given(st.floats(0, TAU), st.floats(-60, 60), st.floats(-60, 60))
def test_turning_and_moving_a_finger_does_not_change_its_score(
    angle: float, x: float, y: float
) -> None:
    finger, other = made_up_finger(2), another_print(made_up_finger(2), 7)
    assert score(rotated(finger, angle, (x + 300, y + 300)), other) == pytest.approx(
        score(finger, other), rel=0.12
    )


def test_the_angle_convention_a_wrong_sign_would_make_fingers_strangers() -> None:
    finger, other = made_up_finger(2), another_print(made_up_finger(2), 7)
    mirrored = minutiae(other.x, other.y, -other.angle, other.kind, other.quality)
    assert score(finger, mirrored) < threshold(-2) < score(finger, other)


def test_a_finger_is_most_like_itself() -> None:
    finger = made_up_finger(4)
    own = score(finger, finger)
    assert all(score(finger, another_print(finger, seed)) <= own for seed in range(10))


@pytest.mark.parametrize("pull", [(0.88, 1.15), (0.86, 0.86)])
def test_skin_that_is_stretched_as_a_whole_still_matches(pull: tuple[float, float]) -> None:
    finger = made_up_finger(5)
    stretched = score(pulled(finger, *pull), rotated(finger, 0.4, (20.0, -10.0)))
    assert stretched > threshold(-9)


def test_fewer_and_shakier_minutiae_score_lower() -> None:
    finger = made_up_finger(4)
    means = [
        np.mean([score(finger, another_print(finger, seed, jitter)) for seed in range(8)])
        for jitter in (0.5, 3.0, 6.0)
    ]
    assert means[0] > means[1] > means[2]
    means = [
        np.mean([score(finger, another_print(finger, seed, lost=lost)) for seed in range(8)])
        for lost in (0, 12, 24)
    ]
    assert means[0] > means[1] > means[2]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_minutiae_match_nothing(count: int) -> None:
    few = made_up_finger(1).select(np.arange(count))
    assert score(few, made_up_finger(1)) == score(made_up_finger(1), few) == 0.0


def test_comparing_is_deterministic_and_the_same_one_by_one_and_together() -> None:
    probe = as_probe(prepare(made_up_finger(1)))
    others = [prepare(another_print(made_up_finger(seed), seed)) for seed in range(6)]
    assert (
        match_all(probe, others).tolist()
        == [match(probe, other) for other in others]
        == match_all(probe, others).tolist()
    )


def test_a_template_on_disk_matches_as_the_one_in_memory() -> None:
    finger, other = made_up_finger(2), another_print(made_up_finger(2), 7)
    stored = unpack_template(pack_template(MinutiaeTemplate(other, "leader-1"))).minutiae
    assert score(finger, stored) == pytest.approx(score(finger, other), rel=0.1)


def test_edges_are_the_same_however_the_finger_lies() -> None:
    finger = made_up_finger(6)
    plain, moved = prepare(finger).edges, prepare(rotated(finger, 1.0, (50, 50))).edges
    assert len(plain) == len(moved) == len(finger) * NEIGHBOURS
    assert np.abs(np.sort(plain[:, 2]).astype(int) - np.sort(moved[:, 2]).astype(int)).max() <= 1


# search


def _gallery(people: int, scans: int = 2, folder: Path | None = None) -> FingerGallery:
    gallery = FingerGallery(threads=2, folder=folder)
    for person in range(people):
        for scan in range(scans):
            gallery.add_reference(
                person, prepare(another_print(made_up_finger(person), 1000 + 7 * person + scan))
            )
    return gallery


def test_the_right_finger_comes_first_among_many() -> None:
    gallery = _gallery(400, 1)
    for person in (0, 57, 399):
        found = gallery.identify(as_probe(prepare(another_print(made_up_finger(person), 5))))
        assert found[0].key == person
        assert found[0].score > 2 * max(found[1].score, 1.0)


def test_a_key_with_several_references_is_found_once_and_removed_whole() -> None:
    gallery = _gallery(30)
    probe = as_probe(prepare(made_up_finger(3)))
    assert [found.key for found in gallery.identify(probe)].count(3) == 1
    gallery.remove_references(3)
    gallery.remove_references("nobody")
    assert 3 not in [found.key for found in gallery.identify(probe)]
    assert len(gallery) == 58
    gallery.add_reference(3, prepare(made_up_finger(3)))
    assert gallery.identify(probe)[0].key == 3


def test_who_comes_and_goes_leaves_no_growing_heap_of_blanks() -> None:
    gallery = _gallery(40, 1)
    probe = as_probe(prepare(made_up_finger(17)))
    before = gallery.identify(probe)
    visitor = prepare(made_up_finger(1000))
    for visit in range(1000):
        gallery.add_reference(("visitor", visit), visitor)
        gallery.remove_references(("visitor", visit))
    assert len(gallery) == gallery.keys == 40
    assert len(gallery.votes(probe)) < 400
    assert gallery.identify(probe) == before
    assert gallery.scores_of(probe, 17) == [before[0].score]


def test_a_gallery_in_mapped_files_finds_the_same_and_leaves_no_file(tmp_path: Path) -> None:
    """Its files have no name: templates lie in them unsealed. They grow as references come."""
    gallery, mapped = _gallery(60), _gallery(60, folder=tmp_path)
    probes = [as_probe(prepare(another_print(made_up_finger(n), 9))) for n in (3, 40)]
    assert [mapped.identify(one) for one in probes] == [gallery.identify(one) for one in probes]
    for one in (gallery, mapped):
        one.remove_references(3)
    assert [mapped.identify(one) for one in probes] == [gallery.identify(one) for one in probes]
    assert list(tmp_path.iterdir()) == []


def test_an_empty_gallery_and_an_empty_probe_find_nobody() -> None:
    assert FingerGallery().identify(as_probe(prepare(made_up_finger(1)))) == []
    assert _gallery(3).identify(as_probe(prepare(made_up_finger(1).select(np.arange(2))))) == []


def test_a_reference_takes_less_than_two_kilobytes() -> None:
    assert _gallery(50).bytes_each < 2048


def test_the_search_scores_as_the_comparison_does() -> None:
    gallery, probe = _gallery(20, 1), as_probe(prepare(made_up_finger(3)))
    (best, *_) = gallery.identify(probe)
    direct = match(probe, prepare(another_print(made_up_finger(3), 1000 + 21)))
    assert best.score == pytest.approx(direct, rel=0.05)


# what a score means


def test_scores_and_false_match_rates_go_together() -> None:
    rates = [log10_fmr(value) for value in np.linspace(0, 60, 200)]
    assert rates[0] == 0
    assert min(rates) >= -9
    assert all(a >= b for a, b in pairwise(rates))
    for rate in (-1.0, -2.5, -4.0, -6.0):
        assert log10_fmr(threshold(rate)) == pytest.approx(rate)


def test_a_search_among_many_is_as_much_likelier_to_be_wrong() -> None:
    assert search_log10_fmr(threshold(-6), 1000) == pytest.approx(-3)
    assert search_log10_fmr(0, 10) == 0


# enrolment


def scan(finger: int, seed: int, quality: int = 80) -> MinutiaeTemplate:
    return MinutiaeTemplate(another_print(made_up_finger(finger), seed), "leader-1", quality)


def test_three_scans_that_agree_are_enough() -> None:
    scans = [scan(1, seed) for seed in (1, 2, 3)]
    assert [assess_scans(scans[:n], n).outcome for n in (1, 2)] == [
        ScanOutcome.TAKEN,
        ScanOutcome.TAKEN,
    ]
    assert assess_scans(scans[:2], 2).agrees == (True, True)
    done = assess_scans(scans, 3)
    assert (done.outcome, done.chosen) == (ScanOutcome.COMPLETE, (0, 1, 2))


def test_another_finger_in_between_is_dropped() -> None:
    scans = [scan(finger, seed) for finger, seed in ((1, 1), (2, 2), (1, 3), (1, 4))]
    differing = assess_scans(scans[:3], 3)
    assert (differing.outcome, differing.agrees) == (ScanOutcome.ANOTHER, (True, False, True))
    done = assess_scans(scans, 4)
    assert (done.outcome, done.chosen) == (ScanOutcome.COMPLETE, (0, 2, 3))


def test_of_three_scans_two_are_better_than_just_usable() -> None:
    usable = [scan(1, seed, quality=32) for seed in (1, 2)]
    assert assess_scans([*usable, scan(1, 3)], 3).outcome is ScanOutcome.ANOTHER
    assert assess_scans([*usable, scan(1, 3), scan(1, 4)], 4).outcome is ScanOutcome.COMPLETE


def test_poor_scans_do_not_count_and_six_tries_are_the_end() -> None:
    assert assess_scans([], 1, poor=True).outcome is ScanOutcome.POOR
    assert assess_scans([scan(1, 1)], 2, poor=True).taken == 1
    strangers = [scan(number, number) for number in range(10, 10 + MAX_SCANS)]
    assert all(
        assess_scans(strangers[:n], n).outcome is not ScanOutcome.FAILED
        for n in range(1, MAX_SCANS)
    )
    assert assess_scans(strangers, MAX_SCANS).outcome is ScanOutcome.FAILED
    assert assess_scans(strangers[:1], MAX_SCANS, poor=True).outcome is ScanOutcome.FAILED


@given(st.lists(st.floats(0, 300), max_size=5))
def test_a_probe_counts_by_the_mean_of_its_best_two(scores: list[float]) -> None:
    best = sorted(scores)[-2:]
    assert probe_score(scores) == pytest.approx(sum(best) / len(best) if best else 0.0)
