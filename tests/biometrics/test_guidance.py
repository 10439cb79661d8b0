"""Live guidance: the gates of screening, the most important advice first, in its own process."""

import io

import numpy as np
import pytest
from PIL import Image

from console.biometrics.faces.live.face_tracker import SEARCH_EVERY
from console.biometrics.faces.live.guidance import Guide
from console.biometrics.faces.photo_screening import PhotoScreener
from console.biometrics.faces.quality.profiles import FINGERTEC
from console.biometrics.workers.live_guide import LiveGuide
from console.demo.photos import (
    dark_photo,
    faceless_photo,
    good_photos,
    small_face_photo,
    two_faces_photo,
)
from console.domain.screening import GateOutcome


def array(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


@pytest.mark.parametrize(
    ("photo", "gate", "outcome"),
    [
        pytest.param(lambda: good_photos()[0], "", GateOutcome.PASS, id="good"),
        pytest.param(dark_photo, "brightness", GateOutcome.REJECT, id="dark"),
        pytest.param(small_face_photo, "eye_distance", GateOutcome.REJECT, id="far"),
        pytest.param(two_faces_photo, "one_face", GateOutcome.REJECT, id="two people"),
        pytest.param(faceless_photo, "one_face", GateOutcome.REJECT, id="nobody"),
    ],
)
def test_the_first_thing_to_do_better_is_named(photo, gate: str, outcome: GateOutcome) -> None:
    advice = Guide(FINGERTEC).advise(array(photo()))
    assert (advice.gate, advice.outcome) == (gate, outcome)
    assert (advice.box is None) == (gate == "one_face" and advice.value == 0)


def test_a_face_that_is_followed_is_judged_like_one_that_was_found() -> None:
    guide, frame = Guide(FINGERTEC), array(dark_photo())
    advices = [guide.advise(frame) for _ in range(SEARCH_EVERY + 2)]
    assert {(advice.gate, advice.outcome) for advice in advices} == {
        ("brightness", GateOutcome.REJECT)
    }


def test_who_walks_away_is_missed_at_once() -> None:
    guide = Guide(FINGERTEC)
    guide.advise(array(good_photos()[0]))
    assert guide.advise(array(faceless_photo())).gate == "one_face"


def test_live_values_are_those_of_screening() -> None:
    frame = array(good_photos()[0])
    advice = Guide(FINGERTEC).advise(frame)
    verdict = PhotoScreener().screen(frame, FINGERTEC).verdict
    assert advice.eyes is not None
    assert verdict.eyes is not None
    assert np.allclose(advice.eyes, verdict.eyes, atol=0.01)


def test_the_guide_works_in_a_process_of_its_own_on_frames_of_any_size() -> None:
    near = np.asarray(Image.fromarray(array(good_photos()[0])).resize((1050, 1400)))
    with LiveGuide(FINGERTEC) as guide:
        advice = guide.analyse_frame(near)
        assert advice is not None and advice.outcome is GateOutcome.PASS
        advice = guide.analyse_frame(array(small_face_photo()))
        assert advice is not None and advice.gate == "eye_distance"
