"""Screening: each defect is named by its own gate; T8, T11, N1."""

import io

import numpy as np
import pytest
from PIL import Image

from console.biometrics.faces.photo_screening import PhotoScreener
from console.biometrics.faces.quality.gates import judge
from console.biometrics.faces.quality.profiles import FINGERTEC, PROFILES, STANDARD, GateBounds
from console.biometrics.faces.quality.verdict import Verdict
from console.demo.photos import (
    PHOTO,
    blurred_photo,
    dark_photo,
    faceless_photo,
    good_photos,
    small_face_photo,
    two_faces_photo,
)
from console.domain.screening import GateOutcome


@pytest.fixture(scope="module")
def screener() -> PhotoScreener:
    return PhotoScreener()


def array(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def failed(verdict: Verdict) -> set[str]:
    return {gate.gate for gate in verdict.gates if gate.outcome is GateOutcome.REJECT}


@pytest.mark.parametrize("number", range(3))
@pytest.mark.windows
def test_good_photos_pass_with_every_gate_measured(screener: PhotoScreener, number: int) -> None:
    screened = screener.screen(array(good_photos()[number]), FINGERTEC)
    assert screened.verdict.outcome is not GateOutcome.REJECT
    assert {gate.gate for gate in screened.verdict.gates} == set(FINGERTEC.gates)
    assert screened.vector is not None
    assert np.linalg.norm(screened.vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("photo", "gate"),
    [
        pytest.param(blurred_photo, {"one_face", "sharpness"}, id="blurred"),
        pytest.param(dark_photo, {"brightness", "clipped"}, id="dark"),
        pytest.param(small_face_photo, {"eye_distance"}, id="small"),
        pytest.param(two_faces_photo, {"one_face"}, id="two-faces"),
        pytest.param(faceless_photo, {"one_face"}, id="no-face"),
    ],
)
def test_N1_a_defect_is_named_by_its_own_gate(
    screener: PhotoScreener, photo, gate: set[str]
) -> None:
    verdict = screener.screen(array(photo()), FINGERTEC).verdict
    assert verdict.outcome is GateOutcome.REJECT
    assert failed(verdict) & gate


def test_the_same_photo_may_be_good_enough_for_another_profile(screener: PhotoScreener) -> None:
    whole = np.asarray(Image.open(PHOTO).convert("RGB"))
    assert failed(screener.screen(whole, FINGERTEC).verdict) == {"eye_distance"}
    assert screener.screen(whole, STANDARD).verdict.outcome is GateOutcome.WARN


def test_a_false_face_on_cloth_is_no_second_person(screener: PhotoScreener) -> None:
    verdict = screener.screen(np.asarray(Image.open(PHOTO).convert("RGB")), STANDARD).verdict
    assert next(gate.value for gate in verdict.gates if gate.gate == "one_face") == 1


def test_eye_distance_counts_the_pixels_of_the_photo_as_submitted(screener: PhotoScreener) -> None:
    picture = array(good_photos()[0])
    plain = screener.screen(picture, FINGERTEC).verdict
    scaled = screener.screen(picture, FINGERTEC, scale=2.0).verdict
    values = [
        next(gate.value for gate in verdict.gates if gate.gate == "eye_distance")
        for verdict in (plain, scaled)
    ]
    assert values[1] == pytest.approx(2 * values[0])


def test_a_turned_picture_reports_its_roll(screener: PhotoScreener) -> None:
    turned = Image.open(io.BytesIO(good_photos()[0])).rotate(
        -20, Image.Resampling.BICUBIC, fillcolor=(128, 128, 128)
    )
    straight = next(
        g.value
        for g in screener.screen(array(good_photos()[0]), FINGERTEC).verdict.gates
        if g.gate == "roll"
    )
    roll = next(
        g.value
        for g in screener.screen(np.asarray(turned), FINGERTEC).verdict.gates
        if g.gate == "roll"
    )
    assert roll - straight == pytest.approx(20, abs=2)


def test_every_failed_gate_shows_where(screener: PhotoScreener) -> None:
    for gate in screener.screen(array(dark_photo()), FINGERTEC).verdict.gates:
        if gate.outcome is not GateOutcome.PASS:
            assert gate.region is not None
            assert 0 <= gate.region.left <= 1
            assert gate.region.left + gate.region.width <= 1.0001


@pytest.mark.parametrize("value", [np.nextafter(25, 0), 25.0, 30.0, 35.0, 36.0])
def test_limits_are_inclusive(value: float) -> None:
    expected = (
        GateOutcome.REJECT if value < 25 else GateOutcome.WARN if value < 35 else GateOutcome.PASS
    )
    assert judge(value, GateBounds(reject_below=25, warn_below=35)) is expected


def test_profiles_have_names_and_versions() -> None:
    assert {profile.name for profile in PROFILES.values()} == set(PROFILES)
    assert all(profile.version >= 1 for profile in PROFILES.values())


def test_good_portraits_are_seldom_rejected(screener: PhotoScreener, shared) -> None:
    """At most 5 % of official portraits from 40 px between the eyes; every sixth is tried here."""
    good = rejected = 0
    for path in sorted((shared / "faces" / "portraits").glob("*.jpg"))[::6]:
        verdict = screener.screen(np.asarray(Image.open(path).convert("RGB")), STANDARD).verdict
        eyes = next((gate.value for gate in verdict.gates if gate.gate == "eye_distance"), 0)
        if eyes >= 40:
            good += 1
            rejected += verdict.outcome is GateOutcome.REJECT
    assert good >= 15
    assert rejected <= max(1, 0.05 * good)
