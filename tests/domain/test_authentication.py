"""The login conversation step by step: screens, quoted texts, tries. S2 to S50, A1 to A6."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.domain import texts
from console.domain.login_events import (
    Answer,
    Ask,
    Back,
    Cancel,
    Clear,
    Compare,
    ConnectedDevices,
    Digit,
    FaceLost,
    FaceUnusable,
    FaceUsable,
    FingerPlaced,
    Forget,
    LoginOutcome,
    LoginPerson,
    LoginRecord,
    Reason,
    Remember,
    Stamp,
    Submit,
    Timeout,
    UseNumber,
)
from console.domain.login_policy import MatchPolicy, Method
from console.domain.login_session import (
    LOGIN_SCREENS,
    LoginScreen,
)
from console.domain.validity import Standing
from console.domain.why import explain
from tests.domain.talk import DANIEL, MEI, Talk

# S3: five combinations


def test_S3_S26_S30_finger_alone() -> None:
    talk = Talk(default_method=Method.FINGER).do(FingerPlaced()).compared(DANIEL, finger=2)
    assert talk.effects == [Ask(talk.session.ticket, employee_id="p1")]
    talk.answer(DANIEL)
    assert talk.screen is LoginScreen.HOME
    assert talk.session.person == DANIEL
    assert (talk.record.method, talk.record.outcome) == ("finger", LoginOutcome.ACCEPTED)


def test_S3_S31_S44_face_alone() -> None:
    talk = Talk().do(FaceUsable()).compared(DANIEL).answer(DANIEL)
    assert talk.screen is LoginScreen.HOME
    assert talk.record.method == "face"


def test_S3_S23_number_alone() -> None:
    talk = (
        Talk(default_method=Method.NUMBER, match_policy=MatchPolicy.NOT_REQUIRED)
        .number("1107")
        .answer(DANIEL)
    )
    assert talk.screen is LoginScreen.HOME
    assert talk.record.method == "number"


def test_S3_S12_number_and_finger() -> None:
    talk = (
        Talk(default_method=Method.FINGER, require_number=True).do(FingerPlaced()).compared(DANIEL)
    )
    assert talk.screen is LoginScreen.KEYPAD
    talk = talk.number("1107").answer(DANIEL)
    assert talk.screen is LoginScreen.HOME
    assert talk.record.method == "number+finger"


def test_S3_S41_number_and_face() -> None:
    talk = Talk(require_number=True).do(FaceUsable()).compared(DANIEL).number("1107").answer(DANIEL)
    assert talk.record.method == "number+face"


# the login screens


@pytest.mark.parametrize("method", Method)
def test_S5_the_login_screen_is_one_of_three_by_the_settings(method: Method) -> None:
    assert Talk(default_method=method).screen is LOGIN_SCREENS[method]


def test_S6_S7_S8_a_finger_is_compared_with_the_cache_first() -> None:
    talk = Talk(default_method=Method.FINGER).do(FingerPlaced())
    assert talk.screen is LoginScreen.WAIT
    assert talk.placed.under == texts.FINGER_WAIT == "Thank you. Please wait."
    assert talk.effects == [Compare(talk.session.ticket, Method.FINGER)]


def test_S9_S11_a_finger_that_is_not_in_the_cache_leads_to_the_keypad() -> None:
    talk = Talk(default_method=Method.FINGER).do(FingerPlaced()).compared(None)
    assert talk.screen is LoginScreen.KEYPAD
    assert talk.placed.hint == texts.FIRST_TIME


def test_EN6_no_more_fingers_are_searched_than_the_chance_of_a_visit_counts() -> None:
    talk = Talk(default_method=Method.FINGER, finger_attempts=3)
    for _ in range(3):
        talk.do(FingerPlaced())
        assert talk.effects == [Compare(talk.session.ticket, Method.FINGER)]
        talk.compared(None)
    before = talk.session
    assert talk.do(FingerPlaced()).session == before
    assert talk.placed.hint == texts.FIRST_TIME, "the number is asked for, as before"
    talk.number("1107").answer(DANIEL).compared(None).do(FingerPlaced()).compared(DANIEL, finger=7)
    assert talk.screen is LoginScreen.HOME


def test_S29_the_first_scan_is_compared_with_the_persons_own_after_the_number() -> None:
    talk = (
        Talk(default_method=Method.FINGER)
        .do(FingerPlaced())
        .compared(None)
        .number("1107")
        .answer(DANIEL)
    )
    assert talk.effects == [Compare(talk.session.ticket, Method.FINGER, "p1")]
    talk.compared(DANIEL, finger=7)
    assert talk.screen is LoginScreen.HOME
    assert Remember("p1", Method.FINGER, 7) in talk.effects


def test_S10_S21_S22_S24_S25_three_tries_with_a_finger_then_the_session_is_reset() -> None:
    talk = (
        Talk(default_method=Method.FINGER)
        .do(FingerPlaced())
        .compared(None)
        .number("1107")
        .answer(DANIEL)
        .compared(None)
    )
    assert talk.screen is LoginScreen.FINGERS
    assert talk.placed.under == texts.FINGERS_AVAILABLE
    assert talk.session.person is not None and talk.session.person.fingers == (2, 7)
    for _ in range(2):
        talk.do(FingerPlaced()).compared(None, fmr=0.016, threshold=1e-4)
        assert talk.screen is LoginScreen.FINGERS
        assert talk.session.error == texts.MATCH_NOT_FOUND == "Match not found. Please try again."
    talk = talk.do(FingerPlaced()).compared(None)
    assert talk.screen is LoginScreen.FINGER
    assert texts.SESSION_RESET in talk.session.error
    assert (talk.record.reason, talk.record.method) == (Reason.FINGER, "number+finger")
    assert talk.session.misses == {}
    steps = [(step.what, step.ok, dict(step.facts)) for step in talk.record.path]
    tries = [step.title for step in explain(steps) if "ry" in step.title]
    words = ["Before the number, try 1", "Try 1", "Try 2", "Try 3"]
    assert tries == [f"{one} · finger" for one in words], "EN7: as many as the kiosk counts"


def test_S27_a_poor_scan_is_no_miss_of_the_cache_but_does_not_go_on_for_ever() -> None:
    talk = Talk(default_method=Method.FINGER)
    for _ in range(2):
        talk.do(FingerPlaced()).compared(None, poor="too dry")
        assert talk.screen is LoginScreen.FINGER
        assert talk.session.error == texts.MATCH_NOT_FOUND
    assert talk.do(FingerPlaced()).compared(None, poor="too dry").screen is LoginScreen.KEYPAD


def test_S32_S35_S36_S37_S40_the_texts_round_the_picture() -> None:
    talk = Talk()
    assert talk.placed.under == texts.STAND_IN_FRONT
    for _ in range(2):
        talk.do(FaceUsable()).compared(None)
        assert talk.placed.left == texts.FACE_NOT_YET_MATCHED
        assert talk.placed.under == texts.ADJUST_POSITION
        assert talk.placed.right == texts.PROBLEMS_AUTHENTICATING
    talk.do(FaceUsable()).compared(None)
    assert talk.screen is LoginScreen.KEYPAD
    assert talk.placed.left == texts.FACE_FAILED


def test_S32_when_the_person_walks_away_the_next_is_asked_to_stand_there() -> None:
    talk = Talk().do(FaceUsable()).compared(None).do(FaceLost())
    assert (talk.placed.left, talk.placed.under, talk.placed.right) == (
        "",
        texts.STAND_IN_FRONT,
        "",
    )


def test_S34_S39_so_many_frames_without_a_usable_face_are_one_try() -> None:
    talk = Talk(face_frames=4, face_attempts=2)
    talk.do(*[FaceUnusable("too far")] * 8)
    assert talk.screen is LoginScreen.KEYPAD
    assert [step.facts for step in talk.session.path] == [
        (("among", "cache"), ("poor", "too far"))
    ] * 2


def test_a_face_that_cannot_be_compared_is_told_what_to_do() -> None:
    talk = Talk().do(FaceUnusable("brightness"))
    assert talk.placed.hint == "More light on your face, please"
    assert talk.do(FaceLost()).placed.hint == ""


def test_A5_the_face_is_compared_with_the_persons_own_after_the_number_and_three_misses_reset() -> (
    None
):
    talk = Talk().do(UseNumber()).number("1107").answer(DANIEL)
    assert talk.screen is LoginScreen.LOOK
    for _ in range(3):
        talk.do(FaceUsable())
        assert talk.effects == [Compare(talk.session.ticket, Method.FACE, "p1")]
        talk = talk.compared(None)
    assert talk.screen is LoginScreen.FACE
    assert talk.record.reason is Reason.FACE
    again = Talk().do(UseNumber()).number("1107").answer(DANIEL).do(FaceUsable()).compared(DANIEL)
    assert again.screen is LoginScreen.HOME
    assert Remember("p1", Method.FACE) in again.effects


def test_where_too_many_are_cached_a_face_is_only_compared_after_the_number() -> None:
    talk = Talk(may_identify=False)
    assert talk.screen is LoginScreen.KEYPAD
    assert talk.placed.hint == texts.NUMBER_FIRST, "EN6: not without a word"
    assert talk.number("1107").answer(DANIEL).screen is LoginScreen.LOOK


# the keypad


def test_S46_S47_digits_back_clear_and_submit() -> None:
    talk = Talk(default_method=Method.NUMBER).do(Digit("1"), Digit("2"), Digit("3"), Back())
    assert talk.session.digits == "12"
    assert talk.do(Clear()).session.digits == ""
    assert talk.do(Submit()).effects == [], "nothing is asked without a number"
    talk.do(Digit("7"), Submit())
    assert talk.effects == [Ask(talk.session.ticket, number="7")]


@pytest.mark.parametrize(
    ("person", "text"),
    [
        (None, "Employee is not valid"),
        (replace(DANIEL, standing=Standing.LEFT), "Employee is not active"),
        (replace(DANIEL, standing=Standing.BARRED), "Employee is not valid"),
        (replace(DANIEL, standing=Standing.NOT_YET), "Employee is not valid yet"),
        (replace(DANIEL, standing=Standing.NO_LONGER), "Employee is no longer valid"),
        (replace(DANIEL, fingers=()), "Employee is not enrolled"),
    ],
)
def test_S13_S18_S19_S20_S49_S50_A2_a_refused_number_says_why_and_may_be_tried_again(
    person: LoginPerson | None, text: str
) -> None:
    talk = Talk(default_method=Method.FINGER).do(UseNumber())
    for _ in range(2):
        talk.number("1107").answer(person)
        assert (talk.screen, talk.session.error, talk.session.digits) == (
            LoginScreen.KEYPAD,
            text,
            "",
        )
    talk.number("1107").answer(person)
    assert talk.screen is LoginScreen.FINGER
    assert talk.session.error == f"{text}. {texts.SESSION_RESET}"
    assert talk.record.outcome is LoginOutcome.REFUSED


def test_S12_the_number_must_belong_to_the_one_who_matched() -> None:
    talk = (
        Talk(default_method=Method.FINGER, require_number=True)
        .do(FingerPlaced())
        .compared(DANIEL)
        .number("1090")
    )
    assert talk.session.error == texts.OTHER_NUMBER
    assert talk.effects == []
    talk.number("1090").number("1090")
    assert talk.record.reason is Reason.OTHER_NUMBER


# the database


@pytest.mark.parametrize(
    "person", [None, replace(DANIEL, standing=Standing.LEFT), replace(DANIEL, fingers=())]
)
def test_A4_whoever_may_not_log_in_any_more_is_forgotten_by_the_cache(
    person: LoginPerson | None,
) -> None:
    talk = Talk(default_method=Method.FINGER).do(FingerPlaced()).compared(DANIEL).answer(person)
    assert Forget("p1") in talk.effects
    assert talk.record.outcome is LoginOutcome.REFUSED


def test_A4_while_the_database_is_down_the_last_known_status_counts_and_is_stamped() -> None:
    talk = Talk().do(FaceUsable()).compared(DANIEL).answer(DANIEL, up=False)
    assert (talk.screen, talk.record.stamp) == (LoginScreen.HOME, Stamp.OFFLINE)
    assert talk.record.as_of == datetime(2026, 11, 22, 8, 12, tzinfo=UTC)
    refused = (
        Talk()
        .do(FaceUsable())
        .compared(DANIEL)
        .answer(replace(DANIEL, standing=Standing.LEFT), up=False)
    )
    assert refused.record.reason is Reason.NOT_ACTIVE


def test_S14_S43_a_stop_says_so_and_goes_back_to_the_login() -> None:
    talk = (
        Talk(match_policy=MatchPolicy.ALWAYS)
        .do(UseNumber())
        .number("1107")
        .answer(DANIEL, up=False)
    )
    assert (talk.screen, talk.session.error) == (LoginScreen.STOP, texts.DB_DOWN_STOP)
    assert talk.record.reason is Reason.DATABASE
    assert talk.do(Cancel()).screen is LoginScreen.FACE
    assert talk.effects == [], "an attempt is recorded once"


def test_S45_where_no_match_can_be_made_the_number_is_enough_unless_one_is_always_required() -> (
    None
):
    nobody = replace(DANIEL, face=False, fingers=())
    free = Talk(default_method=Method.NUMBER).number("1107").answer(nobody)
    assert (free.screen, free.record.stamp) == (LoginScreen.HOME, Stamp.NO_MATCH_POSSIBLE)
    strict = (
        Talk(default_method=Method.NUMBER, match_policy=MatchPolicy.ALWAYS)
        .number("1107")
        .answer(nobody)
    )
    assert (strict.record.reason, strict.session.error) == (
        Reason.NOT_ENROLLED,
        texts.ERR_NOT_ENROLLED,
    )
    blind = Talk(
        default_method=Method.NUMBER,
        match_policy=MatchPolicy.ALWAYS,
        equipment=ConnectedDevices(False, False),
    )
    assert blind.number("1107").answer(DANIEL).record.reason is Reason.CANNOT_MATCH


def test_a_late_answer_is_not_taken_for_that_to_the_next_question() -> None:
    numbers = {"default_method": Method.NUMBER, "match_policy": MatchPolicy.NOT_REQUIRED}
    talk = Talk(**numbers).number("1107")  # type: ignore[arg-type]  # settings, by name
    late = Answer(talk.session.ticket, True, DANIEL)
    talk.do(Timeout()).number("1090")
    assert talk.do(late).screen is LoginScreen.WAIT
    assert talk.answer(MEI).record.person == MEI
    home = talk.session
    assert talk.do(Answer(home.ticket, True, DANIEL)).session == home, "nothing was asked"


def test_late_answers_are_dropped() -> None:
    talk = Talk(default_method=Method.NUMBER).number("1107")
    ticket = talk.session.ticket
    talk.do(Timeout()).do(Answer(ticket, True, DANIEL))
    assert talk.screen is LoginScreen.KEYPAD
    assert not any(isinstance(effect, LoginRecord) for effect in talk.all)


def test_frames_of_somebody_who_went_away_do_not_count_for_the_next() -> None:
    talk = Talk(face_frames=3, face_attempts=1)
    talk.do(FaceUnusable("yaw"), FaceUnusable("yaw"), FaceLost())
    talk.do(FaceUnusable("yaw"), FaceUnusable("yaw"))
    assert talk.screen is LoginScreen.FACE
    assert talk.do(FaceUnusable("yaw")).screen is LoginScreen.KEYPAD
