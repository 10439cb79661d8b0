"""The login conversation step by step: screens, quoted texts, tries. S2 to S50, A1 to A6."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.domain import texts
from console.domain.authentication import react
from console.domain.kiosks import KioskSettings
from console.domain.login_events import (
    Answer,
    Ask,
    Back,
    Cancel,
    ChallengeDone,
    Clear,
    Compare,
    Compared,
    ConnectedDevices,
    Digit,
    Effect,
    FaceLost,
    FaceUnusable,
    FaceUsable,
    FingerPlaced,
    Forget,
    LoginOutcome,
    LoginPerson,
    LoginRecord,
    MatchEvidence,
    Plugged,
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
    begin,
)
from console.kiosk.screens.places import PlacedTexts, place_texts

DANIEL = LoginPerson("p1", "1107", "Daniel Okafor", face=True, fingers=(2, 7))
MEI = LoginPerson("p2", "1090", "Mei Lin Tan", face=True, fingers=(2,))
ALL = {person.number: person for person in (DANIEL, MEI)}


class Talk:
    """A conversation that is played by hand."""

    def __init__(
        self,
        may_identify: bool = True,
        equipment: ConnectedDevices = ConnectedDevices(),  # noqa: B008
        **settings: object,
    ) -> None:
        self.session = begin(KioskSettings(**settings), equipment, may_identify)  # type: ignore[arg-type]
        self.effects: list[Effect] = []
        self.all: list[Effect] = []

    def do(self, *events: object) -> "Talk":
        for event in events:
            self.session, self.effects = react(self.session, event)  # type: ignore[arg-type]
            self.all += self.effects
        return self

    def number(self, digits: str) -> "Talk":
        return self.do(Clear(), *(Digit(digit) for digit in digits), Submit())

    def compared(self, person: LoginPerson | None, **evidence: object) -> "Talk":
        return self.do(Compared(self.session.ticket, person, MatchEvidence(**evidence)))  # type: ignore[arg-type]

    def answer(self, person: LoginPerson | None, up: bool = True) -> "Talk":
        return self.do(
            Answer(
                self.session.ticket,
                up,
                person,
                None if up else datetime(2026, 11, 22, 8, 12, tzinfo=UTC),
            )
        )

    @property
    def screen(self) -> LoginScreen:
        return self.session.screen

    @property
    def placed(self) -> PlacedTexts:
        return place_texts(self.session)

    def last(self, kind: type) -> object:
        return next(effect for effect in reversed(self.all) if isinstance(effect, kind))

    @property
    def record(self) -> LoginRecord:
        found = self.last(LoginRecord)
        assert isinstance(found, LoginRecord)
        return found


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
    assert [step.facts for step in talk.session.path] == [(("poor", "too far"),)] * 2


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
        (replace(DANIEL, active=False), "Employee is not active"),
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
    "person", [None, replace(DANIEL, active=False), replace(DANIEL, fingers=())]
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
        Talk().do(FaceUsable()).compared(DANIEL).answer(replace(DANIEL, active=False), up=False)
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


# challenge, equipment, time


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
