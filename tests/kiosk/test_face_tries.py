"""Several pictures are one look, and each look is one try. EN6."""

from pathlib import Path

import numpy as np
import pytest

from console.biometrics.faces.recognition.template_protection import TemplateProtection
from console.biometrics.faces.recognition.vectors import unit
from console.biometrics.workers.face_watcher import WatchedFrame
from console.biometrics.workers.messages import WatchAnswer
from console.domain import texts
from console.domain.kiosks import KioskSettings
from console.domain.login_chance import FRAMES_OF_A_LOOK
from console.domain.login_events import ConnectedDevices, FaceLost, FaceUnusable, FaceUsable
from console.domain.login_session import LoginScreen, begin
from console.kiosk.cache.disk import open_cache
from console.kiosk.cache.face_index import Vector
from console.kiosk.flow.face_looks import FaceLooks
from console.kiosk.flow.face_tries import FaceTries
from tests.kiosk.conftest import Make
from tests.kiosk.test_offline import known, vector

SETTINGS = KioskSettings()
THERE = (0.3, 0.2, 0.4, 0.5)


def seen(probe: Vector | None = None, flaw: str = "") -> WatchedFrame:
    return WatchedFrame(WatchAnswer(box=THERE, flaw=flaw), probe)


def noisy(person: int, frame: int, cosine: float = 0.9) -> Vector:
    """A picture of this person; what is unlike in two pictures has nothing in common."""
    strange = np.stack([vector(person), *(vector(1000 * person + n) for n in range(500, 505))])
    basis = np.linalg.qr(strange.T)[0].T.astype(np.float32)
    return unit(cosine * vector(person) + (1 - cosine**2) ** 0.5 * basis[1 + frame])


@pytest.fixture
def tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What the camera sees becomes events; pauses between tries do not count here."""
    people, model = known(open_cache(tmp_path, key_file=True), count=10)
    back = TemplateProtection(model.rotation)
    monkeypatch.setattr("console.kiosk.flow.face_tries.TRY_PAUSE_S", 0.0)
    events: list[object] = []
    made = FaceTries(people, events.append)
    session = begin(SETTINGS, ConnectedDevices())

    def show(*probes: Vector | None, flaw: str = "") -> FaceTries:
        for probe in probes:
            raw = None if probe is None else np.asarray(back.unprotect(probe), np.float32)
            made.assess(seen(raw, flaw), session)
        return made

    return show, events, session


def test_nothing_is_decided_before_there_are_enough_pictures(tries) -> None:
    show, events, session = tries
    made = show(*[noisy(3, n) for n in range(FRAMES_OF_A_LOOK - 1)])
    assert events == []
    assert made.compare(session, "", None)[1].poor, "there is no look to compare"


def test_pictures_that_would_not_match_alone_match_together(tries) -> None:
    show, events, session = tries
    frames = [noisy(3, n, cosine=0.58) for n in range(FRAMES_OF_A_LOOK)]
    alone = {show(*[frame] * FRAMES_OF_A_LOOK).compare(session, "", None)[0] for frame in frames}
    assert alone == {""}
    found, evidence = show(*frames).compare(session, "", None)
    assert found == "e3"
    assert evidence.fmr is not None and evidence.fmr <= evidence.threshold
    assert set(map(type, events)) == {FaceUsable}


def test_each_look_is_made_of_new_pictures(tries) -> None:
    show, _, session = tries
    made = show(*[noisy(3, n) for n in range(FRAMES_OF_A_LOOK)])
    assert made.compare(session, "", None)[0] == "e3"
    assert made.compare(session, "", None)[1].poor


def test_another_face_begins_a_look_of_its_own(tries) -> None:
    show, events, session = tries
    made = show(noisy(3, 0), noisy(3, 1), noisy(7, 0), noisy(7, 1))
    assert events == []
    assert show(noisy(7, 2)).compare(session, "", None)[0] == "e7"
    made.assess(WatchedFrame(WatchAnswer(), None), session)
    assert events[-1] == FaceLost()


def test_a_face_that_is_not_clear_is_asked_to_come_closer(tries) -> None:
    show, events, _ = tries
    show(None, flaw="clarity")
    show(None, flaw="eye_distance")
    assert events == [FaceUnusable("clarity")], "who only walks past does not count as trying"


def test_a_look_has_the_mean_of_its_pictures() -> None:
    looks = FaceLooks()
    for number in range(5):
        looks.add(noisy(1, number))
    assert looks.probe is not None
    expected = unit(np.sum([noisy(1, number) for number in (2, 3, 4)], axis=0))
    assert np.allclose(looks.probe, expected, atol=1e-6)
    looks.clear()
    assert looks.probe is None


def test_EN6_number_first_is_said_at_once_and_taken_back_at_once(
    make: Make, until, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 1000
    monkeypatch.setattr("console.kiosk.cache.people.may_search", lambda _s, _faces: most > 0)
    kiosk = make(KioskSettings())
    until(lambda: kiosk.window.shown.screen is LoginScreen.FACE)
    most = 0
    kiosk.connection.sync_soon()
    until(lambda: kiosk.window.shown.screen is LoginScreen.KEYPAD)
    assert kiosk.window.keypad.hint.text() == texts.NUMBER_FIRST
    most = 1000
    kiosk.connection.sync_soon()
    until(lambda: kiosk.window.shown.screen is LoginScreen.FACE)
