"""What a site sets holds for all people and all tries together. EN6."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.kiosks import KioskSettings
from console.domain.login_chance import (
    LEAST_FMR,
    MOST_FALSE_IDENTIFICATIONS,
    MOST_PICTURES,
    chance_of_any,
    face_fmr,
    finger_fmr,
    finger_search_fmr,
    fmr_of_each,
    may_search,
    most_faces,
    search_chance,
    search_fmr,
)

ALL_SETTINGS = st.builds(
    KioskSettings,
    tolerance=st.just(""),
    face_fmr=st.floats(1e-6, 1e-2),
    finger_fmr=st.floats(1e-6, 1e-2),
    face_attempts=st.integers(1, 10),
    finger_attempts=st.integers(1, 10),
)


@pytest.mark.parametrize(
    ("fmr", "comparisons", "expected"),
    [(1e-5, 1000, 0.00995), (1e-3, 1, 1e-3), (1e-4, 0, 0.0), (1.0, 10, 1.0)],
)
def test_more_comparisons_mean_more_strangers_taken_for_somebody(
    fmr: float, comparisons: int, expected: float
) -> None:
    assert chance_of_any(fmr, comparisons) == pytest.approx(expected, rel=0.01)


@given(st.floats(1e-6, 1e-2), st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_chance_is_a_share_that_grows_with_the_comparisons(
    fmr: float, few: int, more: int
) -> None:
    shares = [chance_of_any(fmr, few), chance_of_any(fmr, few + more)]
    assert 0 <= shares[0] <= shares[1] <= 1
    assert shares[0] <= few * fmr * (1 + 1e-9), "never more than the sum of the single chances"


@given(st.floats(1e-6, 1e-2), st.integers(1, 10_000))
def test_the_rate_of_each_comparison_gives_back_the_chance(chance: float, comparisons: int) -> None:
    assert chance_of_any(fmr_of_each(chance, comparisons), comparisons) == pytest.approx(chance)


@given(ALL_SETTINGS)
def test_a_tolerance_holds_for_all_tries_together(settings: KioskSettings) -> None:
    tries = settings.face_attempts
    least = chance_of_any(LEAST_FMR, tries)
    assert chance_of_any(face_fmr(settings), tries) <= max(least, settings.face_fmr) * (1 + 1e-9)
    pictures = settings.finger_attempts * MOST_PICTURES
    assert chance_of_any(finger_fmr(settings), pictures) == pytest.approx(settings.finger_fmr)


@given(ALL_SETTINGS, st.integers(0, 20_000))
def test_EN6_a_search_keeps_the_same_honest_risk_whatever_the_number_of_faces(
    settings: KioskSettings, faces: int
) -> None:
    assert LEAST_FMR <= search_fmr(settings, faces) <= max(LEAST_FMR, face_fmr(settings))
    if may_search(settings, faces):
        assert search_chance(settings, faces) <= MOST_FALSE_IDENTIFICATIONS * (1 + 1e-9)
    assert may_search(settings, most_faces(settings))
    assert not may_search(settings, most_faces(settings) + 1)


@given(ALL_SETTINGS, st.integers(1, 20_000))
def test_a_finger_that_matches_as_well_as_can_be_claimed_is_never_refused(
    settings: KioskSettings, fingers: int
) -> None:
    asked = finger_fmr(settings)
    claimed = 10.0 ** (-9 + math.log10(fingers))
    assert finger_search_fmr(asked, fingers) >= max(asked, claimed)
    assert finger_search_fmr(asked, 1) == asked


def test_EN6_with_three_tries_the_face_alone_is_enough_for_3350_people() -> None:
    assert most_faces(KioskSettings()) == 3350
    assert most_faces(KioskSettings(face_attempts=1)) == 10_050
