"""The login conversation with random people, devices and services: it never stands still."""

from dataclasses import replace

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
    FaceLost,
    FaceUnusable,
    FaceUsable,
    FingerPlaced,
    LoginOutcome,
    LoginPerson,
    LoginRecord,
    Plugged,
    Stamp,
    Submit,
    Timeout,
    UseNumber,
)
from console.domain.login_policy import LoginRule, MatchPolicy, Method, rule_of
from console.domain.login_screens import MOST_DIGITS
from console.domain.login_session import (
    LOGIN_SCREENS,
    LoginScreen,
    LoginSession,
    Tries,
    begin,
)
from console.domain.validity import Standing
from tests.domain.talk import DANIEL, MEI


class RandomPeople(RuleBasedStateMachine):
    """Any events in any order.

    The home screen has a reason, tries are bounded, and there is always a way back.
    """

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
        self.session: LoginSession = begin(self.settings, ConnectedDevices(), identify)
        self.pending: list[Compare | Ask] = []
        self.own_misses = self.wrong_numbers = 0
        self.facts: list[str] = []

    def feed(self, event: object) -> None:
        before = self.session
        self.session, effects = react(before, event)  # type: ignore[arg-type]
        assert self.session.ticket >= before.ticket, "an old answer never fits a new question"
        for effect in effects:
            if isinstance(effect, Compare | Ask):
                assert effect.ticket == self.session.ticket > before.ticket
                self.pending.append(effect)
            if isinstance(effect, LoginRecord):
                assert (effect.outcome is LoginOutcome.ACCEPTED) is (
                    self.session.screen is LoginScreen.HOME
                )
                if effect.outcome is LoginOutcome.ACCEPTED:
                    self.check_home(effect)
        if (
            self.session.screen in LOGIN_SCREENS.values()
            and self.session.path == ()
            and self.session.misses == {}
        ):
            self.own_misses = self.wrong_numbers = 0
            self.facts = []

    def check_home(self, record: LoginRecord) -> None:
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
                is not LoginRule.STOP
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
                Plugged(ConnectedDevices()),
                Plugged(ConnectedDevices(camera=False)),
                Plugged(ConnectedDevices(reader=False)),
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
    def answered(self, who: LoginPerson | None, up: bool, late: bool, inactive: bool) -> None:
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
            person = replace(who, standing=Standing.LEFT) if who and inactive else who
            if fresh:
                self.facts.append("answer up" if up else "answer down")
            self.feed(Answer(effect.ticket, up, person))

    @invariant()
    def what_is_typed_and_who_is_in_is_plausible(self) -> None:
        if hasattr(self, "session"):
            assert len(self.session.digits) <= MOST_DIGITS
            assert self.session.screen is not LoginScreen.HOME or self.session.person is not None
            assert self.session.asking or self.session.screen is not LoginScreen.WAIT

    @invariant()
    def tries_are_bounded(self) -> None:
        if hasattr(self, "session"):
            assert (
                all(
                    count < 3
                    for what, count in self.session.misses.items()
                    if what is not Tries.FRAMES
                )
                or self.settings.face_attempts == 3
            )
            assert self.session.misses.get(Tries.NUMBER, 0) < self.settings.number_attempts
            assert self.session.misses.get(Tries.FINGER, 0) < self.settings.finger_attempts
            assert self.session.misses.get(Tries.FACE, 0) < self.settings.face_attempts

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
