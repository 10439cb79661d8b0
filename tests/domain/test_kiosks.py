"""Settings of kiosks: bounds, tolerance sets, and what many people mean for strangers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Invalid
from console.domain.kiosks import (
    LANGUAGES,
    KioskSettings,
    check_settings,
)
from console.domain.login_policy import TOLERANCES, MatchPolicy, Method


def test_the_settings_that_ship_are_within_bounds() -> None:
    check_settings(KioskSettings())
    assert KioskSettings().limits == TOLERANCES["Medium-High"]


def test_a_kiosk_asks_little_and_keeps_little_until_somebody_sets_it_otherwise() -> None:
    assert KioskSettings() == KioskSettings(
        default_method=Method.FACE,
        match_policy=MatchPolicy.WHEN_AVAILABLE,
        require_number=False,
        cached_login_when_down=None,
        number_attempts=3,
        finger_attempts=3,
        face_attempts=3,
        face_frames=10,
        tolerance="Medium-High",
        face_fmr=1e-4,
        finger_fmr=1e-4,
        session_timeout_s=30,
        max_cached=5000,
        preload=False,
        camera="",
        languages=["en"],
        challenge=False,
        voice=False,
        high_contrast=False,
        active=True,
    )


def test_the_sets_of_tolerance_differ_by_a_factor_of_ten() -> None:
    assert {name: (one.face_fmr, one.finger_fmr) for name, one in TOLERANCES.items()} == {
        "Medium": (1e-3, 1e-3),
        "Medium-High": (1e-4, 1e-4),
        "High": (1e-5, 1e-5),
    }
    assert KioskSettings(tolerance="", finger_fmr=3e-4).limits.finger_fmr == 3e-4


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


BOUNDS: dict[str, tuple[float, float]] = {
    "number_attempts": (1, 10),
    "finger_attempts": (1, 10),
    "face_attempts": (1, 10),
    "face_frames": (3, 60),
    "session_timeout_s": (5, 300),
    "max_cached": (1, 100_000),
    "face_fmr": (1e-6, 1e-2),
    "finger_fmr": (1e-6, 1e-2),
}


def changed(field: str, value: float) -> KioskSettings:
    return KioskSettings(**{field: value})  # type: ignore[arg-type]  # a number for any field


@pytest.mark.parametrize("field", BOUNDS)
@given(share=st.floats(0, 1))
def test_every_value_within_its_bounds_is_accepted(field: str, share: float) -> None:
    low, high = BOUNDS[field]
    value = min(high, low + share * (high - low))
    check_settings(changed(field, round(value) if isinstance(low, int) else value))


@pytest.mark.parametrize("field", BOUNDS)
@given(excess=st.floats(1e-9, 1e9), above=st.booleans())
def test_no_value_beyond_its_bounds_is_accepted(field: str, excess: float, above: bool) -> None:
    low, high = BOUNDS[field]
    value = high * (1 + excess) if above else low - low * excess
    with pytest.raises(Invalid) as refused:
        check_settings(changed(field, value))
    assert refused.value.field == field
    assert f"{high:g}" in refused.value.message


@given(st.lists(st.sampled_from([*LANGUAGES, "tlh", ""]), max_size=5))
def test_languages_are_known_ones_each_once_and_at_least_one(languages: list[str]) -> None:
    good = bool(languages) and set(languages) <= set(LANGUAGES)
    settings = KioskSettings(languages=languages)
    if good and len(set(languages)) == len(languages):
        check_settings(settings)
    else:
        with pytest.raises(Invalid) as refused:
            check_settings(settings)
        assert refused.value.field == "languages"
