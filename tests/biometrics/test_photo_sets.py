"""Photos beside each other: one person, pictures of their own, the best one; the site's rotation; profiles that can be used."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from console.biometrics.faces.quality.judging import Outcome, judge_all
from console.biometrics.faces.quality.photo_sets import (
    LOOKS_BYTES,
    Why,
    agreement,
    perceptual_hash,
    rank,
    unlike,
    why_best,
)
from console.biometrics.faces.quality.profiles import (
    NEVER_REJECT,
    PROFILES,
    STANDARD,
    BadProfile,
    Limits,
    Profile,
    check_profile,
)
from console.biometrics.faces.recognition.rotation import Rotation
from console.biometrics.faces.recognition.vectors import unit
from console.demo.photos import good_photos
from console.service.enrolment.photo_sets import OWN_PICTURE


def face(person: int, photo: int, noise: float = 0.06) -> np.ndarray:
    """A made-up vector of a photo of a made-up person."""
    own = np.random.default_rng(person).normal(size=192)
    return unit(
        (
            own / np.linalg.norm(own)
            + noise * np.random.default_rng([person, photo]).normal(size=192)
        ).astype(np.float32)
    )


def test_a_photo_of_somebody_else_agrees_least() -> None:
    agrees = agreement([face(1, 1), face(1, 2), face(2, 1), face(1, 3)])
    assert int(np.argmin(agrees)) == 2
    assert agrees[2] < 0.3 < min(value for place, value in enumerate(agrees) if place != 2)


def test_a_single_photo_has_nothing_to_agree_with() -> None:
    assert agreement([face(1, 1)]) == [None]
    assert rank([0.4], [None])[0].score == pytest.approx(0.4)
    assert why_best([0.4], rank([0.4], [None]), 0) is Why.ONLY


def test_the_clearest_photo_is_best_unless_it_is_unlike_the_others() -> None:
    alike = rank([0.5, 0.8, 0.6], [0.8, 0.8, 0.8])
    assert int(np.argmax([one.score for one in alike])) == 1
    odd = rank([0.5, 0.8, 0.6], [0.8, 0.3, 0.8])
    assert int(np.argmax([one.score for one in odd])) == 2
    assert why_best([0.5, 0.8, 0.6], odd, 2) is Why.TYPICAL
    assert why_best([0.5, 0.8, 0.6], alike, 1) is Why.BOTH


def test_the_same_picture_is_known_again_when_it_was_scaled_and_saved_anew() -> None:
    first, second, third = (Image.open(io.BytesIO(photo)) for photo in good_photos())
    saved = io.BytesIO()
    first.resize((first.width * 2 // 3, first.height * 2 // 3)).save(saved, "JPEG", quality=60)
    again = Image.open(io.BytesIO(saved.getvalue()))
    seen = [perceptual_hash(np.asarray(picture)) for picture in (first, again, second, third)]
    assert len(seen[0]) == LOOKS_BYTES
    assert unlike(seen[0], seen[1]) < OWN_PICTURE.warn_below
    assert all(unlike(seen[0], other) > OWN_PICTURE.warn_below for other in seen[2:])


@given(st.integers(1, 700), st.integers(1, 700))
def test_looks_exist_for_pictures_of_any_size(height: int, width: int) -> None:
    assert len(perceptual_hash(np.zeros((height, width, 3), np.uint8))) == LOOKS_BYTES


def test_a_rotation_keeps_cosines_and_can_be_turned_back() -> None:
    one, other = face(1, 1), face(1, 2)
    turn = Rotation(b"a seed of this site")
    assert float(turn.turn(one) @ turn.turn(other)) == pytest.approx(float(one @ other), abs=1e-6)
    assert np.allclose(turn.back(turn.turn(one)), one, atol=1e-6)


def test_vectors_of_two_rotations_do_not_compare() -> None:
    one = face(1, 1)
    assert abs(float(Rotation(b"one site").turn(one) @ Rotation(b"another").turn(one))) < 0.35


def test_a_rotation_is_the_same_for_ever() -> None:
    """A change of these figures would lose every template that is kept."""
    turned = Rotation(bytes(range(32))).turn(unit(np.arange(1, 193, dtype=np.float32)))
    assert turned[:3].tolist() == pytest.approx([0.07103, -0.04247, 0.12515], abs=1e-4)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_the_profiles_that_ship_can_be_used_and_leave_weak_gates_to_people(
    profile: Profile,
) -> None:
    check_profile(profile)
    for gate in NEVER_REJECT & profile.gates.keys():
        assert profile.gates[gate].reject_above is None


@pytest.mark.parametrize(
    ("gates", "words"),
    [
        ({"headwear": Limits(reject_above=0.5)}, "may only remark"),
        ({"yaw": Limits(reject_below=5, warn_below=-5)}, "must rise"),
        ({"yaw": Limits(warn_above=float("nan"))}, "must rise"),
        ({"charm": Limits(reject_below=1)}, "no gate"),
        ({"one_face": Limits(reject_below=0)}, "Exactly one face"),
    ],
)
def test_profiles_that_cannot_be_used_are_refused_in_words(
    gates: dict[str, Limits], words: str
) -> None:
    with pytest.raises(BadProfile, match=words):
        check_profile(Profile("ours", 1, STANDARD.gates | gates))


def test_gates_that_were_not_measured_are_not_judged() -> None:
    outcomes = judge_all({"sharpness": 10.0, "covered": 9.0}, STANDARD)
    assert outcomes == {
        "sharpness": Outcome.REJECT,
        "covered": Outcome.PASS,
    }  # a blurred face looks covered
    assert (
        judge_all({"sharpness": 60.0, "covered": 9.0, "headwear": 0.9}, STANDARD)["headwear"]
        is Outcome.PASS
    )
