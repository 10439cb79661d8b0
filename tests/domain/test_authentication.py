"""The login conversation, step by step: screens, quoted texts, tries, resets. S2 to S50, A1 to A6."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.domain import texts
from console.domain.authentication import LOGIN_SCREENS, Screen, Session, begin, react
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
    Digit,
    Effect,
    Equipment,
    Evidence,
    FaceLost,
    FaceUnusable,
    FaceUsable,
    FingerPlaced,
    Forget,
    Outcome,
    Person,
    Plugged,
    Reason,
    Record,
    Remember,
    Stamp,
    Submit,
    Timeout,
    UseNumber,
)  # fmt: skip
from console.domain.login_policy import MatchPolicy, Method, Rule, rule_of

DANIEL = Person("p1", "1107", "Daniel Okafor", face=True, fingers=(2, 7))
MEI = Person("p2", "1090", "Mei Lin Tan", face=True, fingers=(2,))
ALL = {person.number: person for person in (DANIEL, MEI)}


class Talk:
    """A conversation that is played by hand."""

    def __init__(
        self,
        may_identify: bool = True,
        equipment: Equipment = Equipment(),  # noqa: B008
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

    def compared(self, person: Person | None, **evidence: object) -> "Talk":
        return self.do(Compared(self.session.ticket, person, Evidence(**evidence)))  # type: ignore[arg-type]

    def answer(self, person: Person | None, up: bool = True) -> "Talk":
        return self.do(
            Answer(
                self.session.ticket,
                up,
                person,
                None if up else datetime(2026, 11, 22, 8, 12, tzinfo=UTC),
            )
        )

    @property
    def screen(self) -> Screen:
        return self.session.screen

    def last(self, kind: type) -> object:
        return next(effect for effect in reversed(self.all) if isinstance(effect, kind))

    @property
    def record(self) -> Record:
        found = self.last(Record)
        assert isinstance(found, Record)
        return found


# S3: five combinations


def test_S3_S26_S30_finger_alone() -> None:
    talk = Talk(default_method=Method.FINGER).do(FingerPlaced()).compared(DANIEL, finger=2)
    assert talk.effects == [Ask(talk.session.ticket, employee_id="p1")]
    talk.answer(DANIEL)
    assert talk.screen is Screen.HOME
    assert talk.session.person == DANIEL
    assert (talk.record.method, talk.record.outcome) == ("finger", Outcome.ACCEPTED)


def test_S3_S31_S44_face_alone() -> None:
    talk = Talk().do(FaceUsable()).compared(DANIEL).answer(DANIEL)
    assert talk.screen is Screen.HOME
    assert talk.record.method == "face"


def test_S3_S23_number_alone() -> None:
    talk = (
        Talk(default_method=Method.NUMBER, match_policy=MatchPolicy.NOT_REQUIRED)
        .number("1107")
        .answer(DANIEL)
    )
    assert talk.screen is Screen.HOME
    assert talk.record.method == "number"


def test_S3_S12_number_and_finger() -> None:
    talk = (
        Talk(default_method=Method.FINGER, require_number=True).do(FingerPlaced()).compared(DANIEL)
    )
    assert talk.screen is Screen.KEYPAD
    talk.number("1107").answer(DANIEL)
    assert talk.screen is Screen.HOME
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
    assert talk.screen is Screen.WAIT
    assert talk.session.under == texts.FINGER_WAIT == "Thank you. Please wait."
    assert talk.effects == [Compare(talk.session.ticket, Method.FINGER)]


def test_S9_S11_a_finger_that_is_not_in_the_cache_leads_to_the_keypad() -> None:
    talk = Talk(default_method=Method.FINGER).do(FingerPlaced()).compared(None)
    assert talk.screen is Screen.KEYPAD
    assert talk.session.hint == texts.FIRST_TIME


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
    assert talk.screen is Screen.HOME
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
    assert talk.screen is Screen.FINGERS
    assert talk.session.under == texts.FINGERS_AVAILABLE
    assert talk.session.person is not None and talk.session.person.fingers == (2, 7)
    for _ in range(2):
        talk.do(FingerPlaced()).compared(None, chance=0.016, threshold=1e-4)
        assert talk.screen is Screen.FINGERS
        assert talk.session.error == texts.MATCH_NOT_FOUND == "Match not found. Please try again."
    talk.do(FingerPlaced()).compared(None)
    assert talk.screen is Screen.FINGER
    assert texts.SESSION_RESET in talk.session.error
    assert (talk.record.reason, talk.record.method) == (Reason.FINGER, "number+finger")
    assert talk.session.misses == {}


def test_S27_a_poor_scan_is_no_miss_of_the_cache_but_does_not_go_on_for_ever() -> None:
    talk = Talk(default_method=Method.FINGER)
    for _ in range(2):
        talk.do(FingerPlaced()).compared(None, poor="too dry")
        assert talk.screen is Screen.FINGER
        assert talk.session.error == texts.MATCH_NOT_FOUND
    assert talk.do(FingerPlaced()).compared(None, poor="too dry").screen is Screen.KEYPAD


def test_S32_S35_S36_S37_S40_the_texts_round_the_picture() -> None:
    talk = Talk()
    assert talk.session.under == texts.STAND_IN_FRONT
    for _ in range(2):
        talk.do(FaceUsable()).compared(None)
        assert talk.session.left == texts.FACE_NOT_YET_MATCHED
        assert talk.session.under == texts.ADJUST_POSITION
        assert talk.session.right == texts.PROBLEMS_AUTHENTICATING
    talk.do(FaceUsable()).compared(None)
    assert talk.screen is Screen.KEYPAD
    assert talk.session.left == texts.FACE_FAILED


def test_S32_when_the_person_walks_away_the_next_is_asked_to_stand_there() -> None:
    talk = Talk().do(FaceUsable()).compared(None).do(FaceLost())
    assert (talk.session.left, talk.session.under, talk.session.right) == (
        "",
        texts.STAND_IN_FRONT,
        "",
    )


def test_S34_S39_so_many_frames_without_a_usable_face_are_one_try() -> None:
    talk = Talk(face_frames=4, face_attempts=2)
    talk.do(*[FaceUnusable("too far")] * 8)
    assert talk.screen is Screen.KEYPAD
    assert [step.facts for step in talk.session.path] == [(("poor", "too far"),)] * 2


def test_a_face_that_cannot_be_compared_is_told_what_to_do() -> None:
    talk = Talk().do(FaceUnusable("brightness"))
    assert talk.session.hint == "More light on your face, please"
    assert talk.do(FaceLost()).session.hint == ""


def test_A5_the_face_is_compared_with_the_persons_own_after_the_number_and_three_misses_reset() -> (
    None
):
    talk = Talk().do(UseNumber()).number("1107").answer(DANIEL)
    assert talk.screen is Screen.LOOK
    for _ in range(3):
        talk.do(FaceUsable())
        assert talk.effects == [Compare(talk.session.ticket, Method.FACE, "p1")]
        talk.compared(None)
    assert talk.screen is Screen.FACE
    assert talk.record.reason is Reason.FACE
    again = Talk().do(UseNumber()).number("1107").answer(DANIEL).do(FaceUsable()).compared(DANIEL)
    assert again.screen is Screen.HOME
    assert Remember("p1", Method.FACE) in again.effects


def test_where_too_many_are_cached_a_face_is_only_compared_after_the_number() -> None:
    talk = Talk(may_identify=False)
    assert talk.screen is Screen.KEYPAD
    assert talk.number("1107").answer(DANIEL).screen is Screen.LOOK


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
    person: Person | None, text: str
) -> None:
    talk = Talk(default_method=Method.FINGER).do(UseNumber())
    for _ in range(2):
        talk.number("1107").answer(person)
        assert (talk.screen, talk.session.error, talk.session.digits) == (Screen.KEYPAD, text, "")
    talk.number("1107").answer(person)
    assert talk.screen is Screen.FINGER
    assert talk.session.error == f"{text}. {texts.SESSION_RESET}"
    assert talk.record.outcome is Outcome.REFUSED


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
    person: Person | None,
) -> None:
    talk = Talk(default_method=Method.FINGER).do(FingerPlaced()).compared(DANIEL).answer(person)
    assert Forget("p1") in talk.effects
    assert talk.record.outcome is Outcome.REFUSED


def test_A4_while_the_database_is_down_the_last_known_status_counts_and_is_stamped() -> None:
    talk = Talk().do(FaceUsable()).compared(DANIEL).answer(DANIEL, up=False)
    assert (talk.screen, talk.record.stamp) == (Screen.HOME, Stamp.OFFLINE)
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
    assert (talk.screen, talk.session.error) == (Screen.STOP, texts.DB_DOWN_STOP)
    assert talk.record.reason is Reason.DATABASE
    assert talk.do(Cancel()).screen is Screen.FACE
    assert talk.effects == [], "an attempt is recorded once"


def test_S45_where_no_match_can_be_made_the_number_is_enough_unless_one_is_always_required() -> (
    None
):
    nobody = replace(DANIEL, face=False, fingers=())
    free = Talk(default_method=Method.NUMBER).number("1107").answer(nobody)
    assert (free.screen, free.record.stamp) == (Screen.HOME, Stamp.NO_MATCH_POSSIBLE)
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
        equipment=Equipment(False, False),
    )
    assert blind.number("1107").answer(DANIEL).record.reason is Reason.CANNOT_MATCH


def test_late_answers_are_dropped() -> None:
    talk = Talk(default_method=Method.NUMBER).number("1107")
    ticket = talk.session.ticket
    talk.do(Timeout()).do(Answer(ticket, True, DANIEL))
    assert talk.screen is Screen.KEYPAD
    assert not any(isinstance(effect, Record) for effect in talk.all)


# challenge, equipment, time


def test_a_challenge_stands_between_the_face_and_the_home_screen() -> None:
    talk = Talk(challenge=True).do(FaceUsable()).compared(DANIEL)
    assert talk.screen is Screen.CHALLENGE
    assert talk.do(ChallengeDone(True)).answer(DANIEL).screen is Screen.HOME
    failed = (
        Talk(challenge=True, face_attempts=1)
        .do(FaceUsable())
        .compared(DANIEL)
        .do(ChallengeDone(False))
    )
    assert failed.screen is Screen.KEYPAD
    assert failed.session.hit is None


def test_N18_who_cannot_do_the_challenge_gives_the_number() -> None:
    talk = Talk(challenge=True).do(FaceUsable()).compared(DANIEL).do(UseNumber())
    assert talk.screen is Screen.KEYPAD
    assert talk.number("1107").answer(DANIEL).record.method == "number+face"


def test_a_camera_that_is_unplugged_leads_to_the_keypad_and_comes_back_by_itself() -> None:
    talk = Talk().do(Plugged(Equipment(camera=False)))
    assert (talk.screen, talk.session.hint) == (Screen.KEYPAD, texts.CAMERA_GONE)
    assert talk.do(Plugged(Equipment())).screen is Screen.FACE
    typing = Talk().do(Plugged(Equipment(camera=False)), Digit("1"), Plugged(Equipment()))
    assert (typing.screen, typing.session.digits) == (Screen.KEYPAD, "1"), "nobody is interrupted"


def test_a_camera_that_goes_while_one_face_is_awaited_leads_to_the_finger() -> None:
    talk = Talk().do(UseNumber()).number("1107").answer(DANIEL).do(Plugged(Equipment(camera=False)))
    assert talk.screen is Screen.FINGERS


@pytest.mark.parametrize("event", [Timeout(), Cancel()])
def test_time_out_and_cancel_reset_and_are_recorded_when_something_was_tried(event: object) -> None:
    talk = Talk().do(FaceUsable()).compared(None).do(event)
    assert (talk.screen, talk.record.outcome) == (Screen.FACE, Outcome.ABANDONED)
    assert Talk().do(event).all == []


def test_home_is_left_by_done_and_by_time() -> None:
    for event in (Cancel(), Timeout()):
        talk = Talk().do(FaceUsable()).compared(DANIEL).answer(DANIEL).do(event)
        assert talk.screen is Screen.FACE
        assert talk.session.person is None
        assert sum(isinstance(effect, Record) for effect in talk.all) == 1


class RandomPeople(RuleBasedStateMachine):
    """Whatever comes in whatever order: never Home without a reason, never more tries than allowed, always a way back."""

    @initialize(
        method=st.sampled_from(Method),
        policy=st.sampled_from(MatchPolicy),
        number=st.booleans(),
        cached=st.booleans(),
        challenge=st.booleans(),
        tries=st.integers(1, 3),
        identify=st.booleans(),
    )
    def start(
        self,
        method: Method,
        policy: MatchPolicy,
        number: bool,
        cached: bool,
        challenge: bool,
        tries: int,
        identify: bool,
    ) -> None:
        self.settings = KioskSettings(
            default_method=method,
            match_policy=policy,
            require_number=number,
            cached_login_when_down=cached,
            challenge=challenge,
            number_attempts=tries,
            finger_attempts=tries,
            face_attempts=tries,
            face_frames=3,
        )
        self.session: Session = begin(self.settings, Equipment(), identify)
        self.pending: list[Compare | Ask] = []
        self.own_misses = self.wrong_numbers = 0
        self.facts: list[str] = []

    def feed(self, event: object) -> None:
        before = self.session
        self.session, effects = react(before, event)  # type: ignore[arg-type]
        for effect in effects:
            if isinstance(effect, Compare | Ask):
                self.pending.append(effect)
            if isinstance(effect, Record):
                assert (effect.outcome is Outcome.ACCEPTED) is (self.session.screen is Screen.HOME)
                if effect.outcome is Outcome.ACCEPTED:
                    self.check_home(effect)
        if (
            self.session.screen in LOGIN_SCREENS.values()
            and self.session.path == ()
            and self.session.misses == {}
        ):
            self.own_misses = self.wrong_numbers = 0
            self.facts = []

    def check_home(self, record: Record) -> None:
        policy, up = self.settings.match_policy, "answer up" in self.facts
        asked = "answer up" in self.facts or "answer down" in self.facts
        assert asked, "the database, or the last list of it, was asked"
        if record.stamp is Stamp.NONE:
            assert up
            assert "matched" in self.facts or policy is MatchPolicy.NOT_REQUIRED
        elif record.stamp is Stamp.NO_MATCH_POSSIBLE:
            assert up and policy is not MatchPolicy.ALWAYS
        else:
            assert (
                rule_of(
                    policy, False, record.stamp is Stamp.OFFLINE, self.settings.cached_when_down
                )
                is not Rule.STOP
            )

    @rule(
        event=st.sampled_from(
            [
                FingerPlaced(),
                FaceUsable(),
                FaceUnusable("far"),
                FaceLost(),
                Digit("1"),
                Back(),
                Clear(),
                Submit(),
                UseNumber(),
                ChallengeDone(True),
                ChallengeDone(False),
                Plugged(Equipment()),
                Plugged(Equipment(camera=False)),
                Plugged(Equipment(reader=False)),
                Timeout(),
                Cancel(),
            ]
        )
    )
    def something(self, event: object) -> None:
        self.feed(event)

    @rule(number=st.sampled_from(["1107", "1090", "9"]))
    def types(self, number: str) -> None:
        for event in (Clear(), *map(Digit, number), Submit()):
            self.feed(event)

    @precondition(lambda self: self.pending)
    @rule(
        who=st.sampled_from([DANIEL, MEI, None]),
        up=st.booleans(),
        late=st.booleans(),
        inactive=st.booleans(),
    )
    def answered(self, who: Person | None, up: bool, late: bool, inactive: bool) -> None:
        effect = self.pending.pop(0 if late else -1)
        fresh = self.session.asking and effect.ticket == self.session.ticket
        if isinstance(effect, Compare):
            if fresh:
                self.facts += ["matched"] * (who is not None)
                self.own_misses += (
                    bool(effect.employee_id) and who is None and not self.session.unmatched
                )
            self.feed(Compared(effect.ticket, who))
        else:
            person = replace(who, active=False) if who and inactive else who
            if fresh:
                self.facts.append("answer up" if up else "answer down")
            self.feed(Answer(effect.ticket, up, person))

    @invariant()
    def tries_are_bounded(self) -> None:
        if hasattr(self, "session"):
            assert (
                all(count < 3 for what, count in self.session.misses.items() if what != "frames")
                or self.settings.face_attempts == 3
            )
            assert self.session.misses.get("number", 0) < self.settings.number_attempts
            assert self.session.misses.get("finger", 0) < self.settings.finger_attempts
            assert self.session.misses.get("face", 0) < self.settings.face_attempts

    @invariant()
    def there_is_always_a_way_back(self) -> None:
        if hasattr(self, "session"):
            back, _ = react(self.session, Cancel())
            assert back.screen in LOGIN_SCREENS.values()
            assert (back.digits, back.person, back.hit, back.misses, back.path) == (
                "",
                None,
                None,
                {},
                (),
            )


RandomPeople.TestCase.settings = hypothesis_settings(
    max_examples=300, stateful_step_count=40, deadline=None
)
TestRandomPeople = RandomPeople.TestCase
