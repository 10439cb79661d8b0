"""Settings of kiosks: bounds, tolerance sets, and what many people mean for strangers."""

import pytest

from console.domain.errors import Invalid
from console.domain.kiosks import KioskSettings, check_settings, expected_false_identifications
from console.domain.login_policy import TOLERANCES


def test_the_settings_that_ship_are_within_bounds() -> None:
    check_settings(KioskSettings())
    assert KioskSettings().limits == TOLERANCES["Medium-High"]


@pytest.mark.parametrize(
    "field",
    ["number_attempts", "finger_attempts", "face_attempts", "session_timeout_s", "max_cached"],
)
def test_nothing_out_of_bounds(field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_settings(KioskSettings(**{field: 0}))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_tolerance_set_has_a_name_or_is_the_sites_own() -> None:
    assert KioskSettings(tolerance="High").limits.face_fmr == 1e-5
    assert KioskSettings(tolerance="", face_fmr=2e-4).limits.face_fmr == 2e-4


@pytest.mark.parametrize(
    ("fmr", "people", "expected"),
    [(1e-5, 1000, 0.00995), (1e-3, 1, 1e-3), (1e-4, 0, 0.0), (1.0, 10, 1.0)],
)
def test_more_people_mean_more_strangers_taken_for_one_of_them(
    fmr: float, people: int, expected: float
) -> None:
    assert expected_false_identifications(fmr, people) == pytest.approx(expected, rel=0.01)
