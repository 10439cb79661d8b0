"""Sets of photos, perceptual hashes, protected templates and usable profiles."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from console.biometrics.faces.photo_ranking import (
    BestPhotoReason,
    agreement,
    rank_photos,
    why_best,
)
from console.biometrics.faces.quality.gates import judge_all
from console.biometrics.faces.quality.perceptual_hash import (
    HASH_BYTES,
    hash_distance,
    perceptual_hash,
)
from console.biometrics.faces.quality.profiles import (
    NEVER_REJECT,
    PROFILES,
    STANDARD,
    GateBounds,
    ProfileError,
    ScreeningProfile,
    check_profile,
)
from console.biometrics.faces.recognition.template_protection import TemplateProtection
from console.biometrics.faces.recognition.vectors import unit
from console.demo.photos import good_photos
from console.domain.screening import GateOutcome
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
    first, second, other, third = (value for value in agrees if value is not None)
    assert other < 0.3 < min(first, second, third)


def test_a_single_photo_has_nothing_to_agree_with() -> None:
    assert agreement([face(1, 1)]) == [None]
    assert rank_photos([0.4], [None])[0].score == pytest.approx(0.4)
    assert why_best([0.4], rank_photos([0.4], [None]), 0) is BestPhotoReason.ONLY


def test_the_clearest_photo_is_best_unless_it_is_unlike_the_others() -> None:
    alike = rank_photos([0.5, 0.8, 0.6], [0.8, 0.8, 0.8])
    assert int(np.argmax([one.score for one in alike])) == 1
    odd = rank_photos([0.5, 0.8, 0.6], [0.8, 0.3, 0.8])
    assert int(np.argmax([one.score for one in odd])) == 2
    assert why_best([0.5, 0.8, 0.6], odd, 2) is BestPhotoReason.TYPICAL
    assert why_best([0.5, 0.8, 0.6], alike, 1) is BestPhotoReason.BOTH


def test_the_same_picture_is_known_again_when_it_was_scaled_and_saved_anew() -> None:
    first, second, third = (Image.open(io.BytesIO(photo)) for photo in good_photos())
    saved = io.BytesIO()
    first.resize((first.width * 2 // 3, first.height * 2 // 3)).save(saved, "JPEG", quality=60)
    again = Image.open(io.BytesIO(saved.getvalue()))
    seen = [perceptual_hash(np.asarray(picture)) for picture in (first, again, second, third)]
    assert len(seen[0]) == HASH_BYTES
    limit = OWN_PICTURE.warn_below
    assert limit is not None
    assert hash_distance(seen[0], seen[1]) < limit
    assert all(hash_distance(seen[0], other) > limit for other in seen[2:])


@given(st.integers(1, 700), st.integers(1, 700))
def test_a_perceptual_hash_exists_for_pictures_of_any_size(height: int, width: int) -> None:
    assert len(perceptual_hash(np.zeros((height, width, 3), np.uint8))) == HASH_BYTES


def test_protected_templates_keep_cosines_and_can_be_unprotected() -> None:
    one, other = face(1, 1), face(1, 2)
    protection = TemplateProtection(b"a seed of this site")
    assert float(protection.protect(one) @ protection.protect(other)) == pytest.approx(
        float(one @ other), abs=1e-6
    )
    assert np.allclose(protection.unprotect(protection.protect(one)), one, atol=1e-6)


def test_templates_of_two_sites_do_not_compare() -> None:
    one = face(1, 1)
    assert (
        abs(
            float(
                TemplateProtection(b"one site").protect(one)
                @ TemplateProtection(b"another").protect(one)
            )
        )
        < 0.35
    )


def test_the_protection_never_changes() -> None:
    """A change of these figures would lose every template that is stored."""
    turned = TemplateProtection(bytes(range(32))).protect(unit(np.arange(1, 193, dtype=np.float32)))
    assert turned[:3].tolist() == pytest.approx([0.07103, -0.04247, 0.12515], abs=1e-4)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_the_profiles_that_ship_can_be_used_and_leave_weak_gates_to_people(
    profile: ScreeningProfile,
) -> None:
    check_profile(profile)
    for gate in NEVER_REJECT & profile.gates.keys():
        assert profile.gates[gate].reject_above is None


@pytest.mark.parametrize(
    ("gates", "words"),
    [
        ({"headwear": GateBounds(reject_above=0.5)}, "may only warn"),
        ({"yaw": GateBounds(reject_below=5, warn_below=-5)}, "must rise"),
        ({"yaw": GateBounds(warn_above=float("nan"))}, "must rise"),
        ({"charm": GateBounds(reject_below=1)}, "no gate"),
        ({"one_face": GateBounds(reject_below=0)}, "exactly one face"),
    ],
)
def test_profiles_that_cannot_be_used_are_refused_in_words(
    gates: dict[str, GateBounds], words: str
) -> None:
    with pytest.raises(ProfileError, match=words):
        check_profile(ScreeningProfile("ours", 1, STANDARD.gates | gates))


def test_gates_that_were_not_measured_are_not_judged() -> None:
    outcomes = judge_all({"sharpness": 10.0, "covered": 9.0}, STANDARD)
    assert outcomes == {
        "sharpness": GateOutcome.REJECT,
        "covered": GateOutcome.PASS,
    }  # a blurred face looks covered
    assert (
        judge_all({"sharpness": 60.0, "covered": 9.0, "headwear": 0.9}, STANDARD)["headwear"]
        is GateOutcome.PASS
    )
