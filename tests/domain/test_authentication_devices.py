"""The login conversation: challenges, devices that come and go, and time. S2 to S50, N18."""

import pytest

from console.domain import texts
from console.domain.login_events import (
    Cancel,
    ChallengeDone,
    ConnectedDevices,
    Digit,
    FaceLost,
    FaceUsable,
    FingerPlaced,
    LoginOutcome,
    LoginRecord,
    Plugged,
    Reason,
    Remember,
    Submit,
    Timeout,
    UseNumber,
)
from console.domain.login_policy import Method
from console.domain.login_session import LoginScreen, Notice
from tests.domain.talk import DANIEL, Talk


def test_a_challenge_stands_between_the_face_and_the_home_screen() -> None:
    talk = Talk(challenge=True).do(FaceUsable()).compared(DANIEL)
    assert talk.screen is LoginScreen.CHALLENGE
    assert talk.do(ChallengeDone(True)).answer(DANIEL).screen is LoginScreen.HOME
    failed = (
        Talk(challenge=True, face_attempts=1)
        .do(FaceUsable())
        .compared(DANIEL)
        .do(ChallengeDone(False))
    )
    assert failed.screen is LoginScreen.KEYPAD
    assert failed.session.hit is None


def test_N18_who_cannot_do_the_challenge_gives_the_number() -> None:
    talk = Talk(challenge=True).do(FaceUsable()).compared(DANIEL).do(UseNumber())
    assert talk.screen is LoginScreen.KEYPAD
    assert talk.number("1107").answer(DANIEL).record.method == "number+face"


def test_a_camera_that_is_unplugged_leads_to_the_keypad_and_comes_back_by_itself() -> None:
    talk = Talk().do(Plugged(ConnectedDevices(camera=False)))
    assert (talk.screen, talk.placed.hint) == (LoginScreen.KEYPAD, texts.CAMERA_GONE)
    assert talk.do(Plugged(ConnectedDevices())).screen is LoginScreen.FACE
    typing = Talk().do(
        Plugged(ConnectedDevices(camera=False)), Digit("1"), Plugged(ConnectedDevices())
    )
    assert (typing.screen, typing.session.digits) == (LoginScreen.KEYPAD, "1"), (
        "nobody is interrupted"
    )


def test_a_reader_that_is_missing_leads_to_the_keypad_and_comes_back_by_itself() -> None:
    talk = Talk(default_method=Method.FINGER, equipment=ConnectedDevices(reader=False))
    assert (talk.screen, talk.session.notice) == (LoginScreen.KEYPAD, Notice.READER_GONE)
    assert talk.do(Plugged(ConnectedDevices())).screen is LoginScreen.FINGER


def test_the_log_names_the_scan_that_was_tried_last() -> None:
    talk = Talk(face_attempts=1, finger_attempts=1).do(FaceUsable()).compared(None)
    talk.number("1107").answer(DANIEL).do(Plugged(ConnectedDevices(camera=False)), FingerPlaced())
    assert talk.compared(None).record.method == "number+finger"


def test_the_log_has_the_number_that_was_typed_or_that_of_whoever_was_found() -> None:
    stranger = Talk(number_attempts=1).do(UseNumber()).number("9999").answer(None)
    assert (stranger.record.number, stranger.record.person) == ("9999", None)
    found = Talk().do(FaceUsable()).compared(DANIEL).answer(DANIEL)
    assert (found.record.number, found.record.person) == ("1107", DANIEL)
    nobody = Talk().do(FaceUsable()).compared(None).do(Cancel())
    assert (nobody.record.number, nobody.record.person) == ("", None)


def test_the_path_says_whether_face_or_finger_was_compared_with_the_persons_own() -> None:
    face = Talk().do(UseNumber()).number("1107").answer(DANIEL).do(FaceUsable()).compared(DANIEL)
    finger = Talk(default_method=Method.FINGER).do(UseNumber()).number("1107").answer(DANIEL)
    finger.do(FingerPlaced()).compared(DANIEL)
    for talk, what in ((face, "face"), (finger, "finger")):
        step = talk.record.path[-1]
        assert (step.what, step.ok, dict(step.facts)["among"]) == (what, True, "own")


def test_only_a_finger_is_heard_where_one_is_awaited() -> None:
    talk = Talk(default_method=Method.FINGER).do(UseNumber()).number("1107").answer(DANIEL)
    before = talk.session
    assert before.screen is LoginScreen.FINGERS
    for event in (FaceUsable(), Digit("1"), Submit(), UseNumber(), ChallengeDone(True)):
        assert talk.do(event).session == before
        assert talk.effects == []


def test_a_camera_that_goes_while_one_face_is_awaited_leads_to_the_finger() -> None:
    talk = (
        Talk()
        .do(UseNumber())
        .number("1107")
        .answer(DANIEL)
        .do(Plugged(ConnectedDevices(camera=False)))
    )
    assert talk.screen is LoginScreen.FINGERS


def test_a_reader_that_goes_while_ones_finger_is_awaited_leads_to_the_face() -> None:
    talk = Talk(default_method=Method.FINGER, require_number=True).do(UseNumber()).number("1107")
    assert talk.answer(DANIEL).screen is LoginScreen.FINGERS
    talk.do(Plugged(ConnectedDevices(camera=False)))
    assert talk.screen is LoginScreen.FINGERS, "the camera is not needed here"
    back, gone = Plugged(ConnectedDevices()), Plugged(ConnectedDevices(reader=False))
    assert talk.do(back, gone).screen is LoginScreen.LOOK
    (step,) = [step for step in talk.session.path if step.what == "equipment"]
    assert (step.ok, step.facts) == (False, (("camera", True), ("reader", False)))


def test_a_camera_that_goes_during_a_challenge_ends_the_session_and_is_recorded() -> None:
    talk = Talk(challenge=True).do(FaceUsable()).compared(DANIEL)
    talk.do(Plugged(ConnectedDevices(reader=False)))
    assert talk.screen is LoginScreen.CHALLENGE, "the reader is not needed here"
    talk.do(Plugged(ConnectedDevices(camera=False, reader=False)))
    assert (talk.screen, talk.session.error) == (LoginScreen.KEYPAD, texts.CAMERA_GONE)
    assert (talk.record.outcome, talk.record.reason) == (
        LoginOutcome.REFUSED,
        Reason.CANNOT_MATCH,
    )
    assert talk.record.person == DANIEL, "the log says whose face it was"
    assert talk.session.hit is None


def test_what_was_tried_is_not_forgotten_when_a_device_comes_or_goes() -> None:
    talk = Talk(face_attempts=2).do(FaceUsable()).compared(None)
    before = talk.session
    talk.do(Plugged(ConnectedDevices(camera=False)), Plugged(ConnectedDevices()))
    assert talk.screen is LoginScreen.FACE
    assert (talk.session.path, talk.session.misses) == (before.path, before.misses)
    second = talk.do(FaceUsable()).compared(None)
    assert second.screen is LoginScreen.KEYPAD


def test_devices_that_stay_as_they_are_change_nothing() -> None:
    talk = Talk(challenge=True).do(FaceUsable()).compared(DANIEL)
    before = talk.session
    assert talk.do(Plugged(ConnectedDevices())).session is before


def test_a_device_that_comes_while_an_answer_is_awaited_interrupts_nobody() -> None:
    talk = Talk(equipment=ConnectedDevices(camera=False)).number("1107")
    talk.do(Plugged(ConnectedDevices()))
    assert talk.screen is LoginScreen.WAIT
    assert talk.answer(DANIEL).screen is LoginScreen.LOOK


def test_the_keypad_that_somebody_chose_stays_when_a_device_comes() -> None:
    talk = Talk().do(UseNumber(), Plugged(ConnectedDevices(reader=False)))
    assert talk.screen is LoginScreen.KEYPAD


def test_a_face_that_was_found_by_number_is_challenged_too_and_then_accepted() -> None:
    talk = Talk(challenge=True).do(UseNumber()).number("1107").answer(DANIEL)
    talk.do(FaceUsable()).compared(DANIEL)
    assert talk.screen is LoginScreen.CHALLENGE
    assert not any(isinstance(effect, LoginRecord) for effect in talk.all)
    done = talk.do(ChallengeDone(True))
    assert done.screen is LoginScreen.HOME
    assert done.effects[0] == Remember("p1", Method.FACE)
    assert done.record.method == "number+face"


def test_who_gave_the_number_and_cannot_do_the_challenge_is_in() -> None:
    talk = Talk(challenge=True).do(UseNumber()).number("1107").answer(DANIEL)
    talk.do(FaceUsable()).compared(DANIEL).do(UseNumber())
    assert talk.screen is LoginScreen.HOME
    (step,) = [step for step in talk.record.path if step.what == "challenge"]
    assert (step.ok, step.facts) == (False, (("poor", "number instead"),))


def test_a_face_that_fails_the_challenge_after_the_number_may_look_again() -> None:
    talk = Talk(challenge=True).do(UseNumber()).number("1107").answer(DANIEL)
    talk.do(FaceUsable()).compared(DANIEL).do(ChallengeDone(False))
    assert talk.screen is LoginScreen.LOOK
    assert talk.session.matched is None
    again = talk.do(FaceUsable()).compared(DANIEL)
    assert again.screen is LoginScreen.CHALLENGE


def test_other_events_do_not_end_a_challenge() -> None:
    talk = Talk(challenge=True).do(FaceUsable()).compared(DANIEL)
    before = talk.session
    assert talk.do(FaceLost(), FingerPlaced(), Digit("1"), Submit()).session == before


@pytest.mark.parametrize("event", [Timeout(), Cancel()])
def test_time_out_and_cancel_reset_and_are_recorded_when_something_was_tried(event: object) -> None:
    talk = Talk().do(FaceUsable()).compared(None).do(event)
    assert (talk.screen, talk.record.outcome) == (LoginScreen.FACE, LoginOutcome.ABANDONED)
    assert Talk().do(event).all == []


def test_home_is_left_by_done_and_by_time() -> None:
    for event in (Cancel(), Timeout()):
        talk = Talk().do(FaceUsable()).compared(DANIEL).answer(DANIEL).do(event)
        assert talk.screen is LoginScreen.FACE
        assert talk.session.person is None
        assert sum(isinstance(effect, LoginRecord) for effect in talk.all) == 1
