"""The active challenge, fed with yaws and blinks; the login screen's worker on real pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.biometrics.faces.live.challenge import (
    MIN_TURN,
    REFERENCE_FRAMES,
    Challenge,
    ChallengeStep,
)
from console.biometrics.workers.face_watcher import FaceWatcher
from console.demo.photos import blurred_photo, faceless_photo, good_photos, small_face_photo
from tests.kiosk.conftest import frame


def played(tasks: tuple[ChallengeStep, ...], frames: list[tuple[float, float]]) -> Challenge:
    challenge = Challenge(tasks)
    for yaw, blink in [(2.0, 0.1)] * REFERENCE_FRAMES + frames:
        challenge = challenge.after_frame(yaw, blink)
    return challenge


def test_a_turn_and_a_blink_in_order() -> None:
    assert played(
        (ChallengeStep.LEFT, ChallengeStep.BLINK), [(10, 0.1), (20, 0.1), (3, 0.6), (2, 0.1)]
    ).done
    assert played((ChallengeStep.BLINK, ChallengeStep.RIGHT), [(2, 0.6), (2, 0.2), (-15, 0.1)]).done


def test_the_wrong_way_the_wrong_order_and_half_a_blink_do_not_do() -> None:
    assert not played((ChallengeStep.LEFT,), [(-30, 0.1)]).done
    assert (
        played(
            (ChallengeStep.BLINK, ChallengeStep.LEFT), [(25, 0.1), (2, 0.6), (2, 0.1)]
        ).current_step
        is ChallengeStep.LEFT
    )
    assert not played((ChallengeStep.BLINK,), [(2, 0.6)]).done, (
        "the eyes stay shut: a photo of somebody who sleeps"
    )
    assert not played((ChallengeStep.BLINK,), [(2, 0.1)] * 20).done


@given(
    st.lists(
        st.tuples(st.floats(2 - MIN_TURN + 0.1, 2 + MIN_TURN - 0.1), st.floats(0, 0.44)),
        max_size=60,
    )
)
def test_who_holds_still_never_passes(frames: list[tuple[float, float]]) -> None:
    assert (
        played((ChallengeStep.LEFT, ChallengeStep.BLINK), frames).current_step is ChallengeStep.LEFT
    )


@pytest.fixture(scope="module")
def watcher():
    with FaceWatcher() as watcher:
        watcher.wanted.set()
        yield watcher


def test_a_good_face_has_a_vector_and_marks(watcher: FaceWatcher) -> None:
    for _ in range(2):
        seen = watcher.analyse_frame(frame(good_photos()[0]))
    assert seen is not None and seen.vector is not None
    assert np.linalg.norm(seen.vector) == pytest.approx(1, abs=1e-4)
    assert seen.sight.box is not None and seen.sight.eyes is not None
    left, top, width, height = seen.sight.box
    assert all(left < x < left + width and top < y < top + height for x, y in seen.sight.eyes)


def test_nobody_is_nobody_and_a_bad_picture_says_why(watcher: FaceWatcher) -> None:
    nobody = watcher.analyse_frame(frame(faceless_photo()))
    assert nobody is not None and nobody.sight.box is None and nobody.vector is None
    blurred = watcher.analyse_frame(frame(blurred_photo()))
    assert blurred is not None and blurred.vector is None
    far = watcher.analyse_frame(np.asarray(frame(small_face_photo())[::2, ::2]))
    assert far is not None and far.vector is None


def test_nothing_is_looked_at_while_nothing_is_wanted(watcher: FaceWatcher) -> None:
    watcher.wanted.clear()
    assert watcher.analyse_frame(frame(good_photos()[0])) is None
    watcher.wanted.set()
