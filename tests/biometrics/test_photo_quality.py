"""What predicts a match, and gates that must not be fooled. N1, N15, EN5."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.gates import judge_all
from console.biometrics.faces.quality.measures import CHIP_SIDE
from console.biometrics.faces.quality.profiles import FINGERTEC, STANDARD
from console.biometrics.faces.quality.verdict import photo_quality
from console.biometrics.images import decode_photo
from console.demo.photos import good_photos
from console.domain.screening import GateOutcome

PASS, WARN, REJECT = GateOutcome.PASS, GateOutcome.WARN, GateOutcome.REJECT


@given(st.floats(-1, 4), st.floats(30, 110), st.floats(0, 30))
def test_the_longer_vector_is_the_better_photo(score: float, clarity: float, more: float) -> None:
    less, better = (photo_quality(score, 60, 5, one) for one in (clarity, clarity + more))
    assert 0 <= less <= better <= 1


def test_a_face_that_the_detector_doubts_is_worth_less() -> None:
    sure, doubted = (photo_quality(score, 60, 5, 75.0) for score in (2.5, 0.3))
    assert doubted < sure == photo_quality(3.0, 5, 40, 75.0)


def test_without_a_known_length_the_worst_of_three_ranks_decides() -> None:
    assert photo_quality(2.1, 60, 5, None) > photo_quality(2.1, 10, 5, None)
    assert photo_quality(2.1, 60, 35, None) == 0


def test_narrowed_eyes_are_not_closed() -> None:
    def eyes(blink: float) -> GateOutcome:
        return judge_all({"eyes_open": 0.03, "blink": blink}, STANDARD)["eyes_open"]

    assert [eyes(blink) for blink in (0.1, 0.35, 0.6)] == [PASS, WARN, REJECT]


def test_a_small_photo_is_small_and_not_blurred() -> None:
    values = {"eye_distance": 35.0, "sharpness": 12.0}
    assert judge_all(values, STANDARD) == {"eye_distance": REJECT, "sharpness": PASS}
    larger = judge_all({"eye_distance": 80.0, "sharpness": 12.0}, FINGERTEC)
    assert larger == {"eye_distance": REJECT, "sharpness": REJECT}


def _made_up_face() -> NDArray[np.uint8]:
    """A grey chip with soft edges, as light as a face, with the contrast of an ordinary one."""
    dice = np.random.default_rng(4)
    rough = cv2.GaussianBlur(dice.normal(0, 1, (CHIP_SIDE, CHIP_SIDE)), (0, 0), 2.5)
    levels = 130 + rough * (measures.ORDINARY_CONTRAST * 1.4 / np.ptp(rough))
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def test_N1_soft_light_does_not_make_a_sharp_face_blurred_and_blur_does() -> None:
    chip = _made_up_face()
    soft = np.asarray(120 + (chip.astype(np.float64) - 120) * 0.6, np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(chip, (0, 0), 3.0), np.uint8)
    sharp = measures.sharpness(chip)
    assert measures.contrast(soft) == pytest.approx(0.6 * measures.contrast(chip), abs=2)
    assert measures.sharpness(soft) == pytest.approx(0.6 * sharp, rel=0.1)
    assert measures.sharpness(blurred) < 0.5 * sharp


def test_a_chip_without_any_contrast_has_no_sharpness() -> None:
    assert measures.sharpness(np.full((CHIP_SIDE, CHIP_SIDE), 90, np.uint8)) == 0.0


def test_an_open_mouth_is_named_although_something_else_speaks() -> None:
    found = judge_all({"mouth": 0.3, "covered": 9.0, "expression": 0.9}, STANDARD)
    assert found == {"mouth": WARN, "covered": WARN, "expression": PASS}
    hidden = judge_all({"mouth": 0.3, "covered": 40.0}, STANDARD)
    assert hidden["mouth"] is PASS, "nobody sees the mouth behind a hand"


def test_grain_is_not_called_something_before_the_face() -> None:
    found = judge_all({"noise": 20.0, "covered": 12.0, "motion": 4.0}, STANDARD)
    assert found == {"noise": WARN, "covered": PASS, "motion": PASS}
    masked = judge_all({"noise": 20.0, "covered": 60.0}, STANDARD)
    assert masked["covered"] is WARN, "grain alone does not hide so much"


def test_a_photo_that_was_saved_badly_and_then_well_is_known() -> None:
    photo = Image.open(io.BytesIO(good_photos()[0])).convert("RGB").resize((480, 600))

    def saved(picture: Image.Image, quality: int) -> bytes:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        return out.getvalue()

    once = saved(photo, 93)
    bad = Image.open(io.BytesIO(saved(photo, 8)))
    assert decode_photo(once).compression == pytest.approx(93, abs=1.5)
    for again in (bad, bad.crop((3, 5, bad.width, bad.height))):
        assert decode_photo(saved(again, 93)).compression < 45
    flat = Image.fromarray(np.full((300, 300, 3), 90, np.uint8))
    assert decode_photo(saved(flat, 90)).compression == pytest.approx(90, abs=1.5)
