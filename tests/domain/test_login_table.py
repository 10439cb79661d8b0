"""Every cell of the truth table of logins. S2 to S50.

The cells are {default method} x {number required} x {policy} x {database} x {cache} x {criteria}.
The expectation follows from login_policy.TABLE and the criteria alone; the conversation is played
event by event.
"""

import itertools
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from console.domain import texts
from console.domain.authentication import react
from console.domain.kiosks import KioskSettings
from console.domain.login_events import (
    Answer,
    Ask,
    Compare,
    Compared,
    ConnectedDevices,
    Digit,
    Effect,
    FaceUsable,
    FingerPlaced,
    Forget,
    LoginOutcome,
    LoginPerson,
    LoginRecord,
    MatchEvidence,
    Reason,
    Remember,
    Stamp,
    Submit,
)
from console.domain.login_policy import (
    TABLE,
    LoginRule,
    MatchPolicy,
    Method,
    cached_by_default,
    flags_of,
    policy_by_flags,
    row_of,
    rule_of,
)
from console.domain.login_session import LoginScreen, LoginSession, begin
from console.domain.validity import Standing

NUMBER = "1107"
KNOWN = LoginPerson("p1", NUMBER, "Daniel Okafor", face=True, fingers=(2, 7))
STATES = {
    "good": (KNOWN, Reason.NONE),
    "not valid": (None, Reason.NOT_VALID),
    "not active": (replace(KNOWN, standing=Standing.LEFT), Reason.NOT_ACTIVE),
    "not allowed": (replace(KNOWN, standing=Standing.BARRED), Reason.NOT_ALLOWED),
    "not yet valid": (replace(KNOWN, standing=Standing.NOT_YET), Reason.NOT_YET_VALID),
    "no longer valid": (replace(KNOWN, standing=Standing.NO_LONGER), Reason.NO_LONGER_VALID),
    "not enrolled": (replace(KNOWN, face=False, fingers=()), Reason.NOT_ENROLLED),
}
ABSENT = {"not active", "not allowed", "not yet valid", "no longer valid"}
WORDS = {
    Reason.NOT_VALID: texts.ERR_NOT_VALID,
    Reason.NOT_ACTIVE: texts.ERR_NOT_ACTIVE,
    Reason.NOT_ALLOWED: texts.ERR_NOT_VALID,
    Reason.NOT_YET_VALID: texts.ERR_NOT_YET_VALID,
    Reason.NO_LONGER_VALID: texts.ERR_NO_LONGER_VALID,
    Reason.NOT_ENROLLED: texts.ERR_NOT_ENROLLED,
}


@dataclass(frozen=True)
class Cell:
    method: Method
    require_number: bool
    policy: MatchPolicy
    up: bool
    hit: bool
    state: str
    cached_when_down: bool

    @property
    def settings(self) -> KioskSettings:
        return KioskSettings(
            default_method=self.method,
            match_policy=self.policy,
            require_number=self.require_number,
            cached_login_when_down=self.cached_when_down,
            number_attempts=1,
        )

    def __str__(self) -> str:
        return "-".join(
            (
                self.method,
                "number" if self.require_number else "scan",
                self.policy,
                "up" if self.up else "down",
                "hit" if self.hit else "miss",
                self.state.replace(" ", "_"),
                "cached" if self.cached_when_down else "uncached",
            )
        )


CELLS = [
    Cell(*values)
    for values in itertools.product(
        Method, (False, True), MatchPolicy, (True, False), (True, False), STATES, (True, False)
    )
    if not (values[0] is Method.NUMBER and values[4])  # a number is in no cache of scans
]


@dataclass(frozen=True)
class Expected:
    outcome: LoginOutcome
    stamp: Stamp = Stamp.NONE
    reason: Reason = Reason.NONE


def expected(cell: Cell) -> Expected:
    person, failed = STATES[cell.state]
    if cell.method is Method.NUMBER and failed is Reason.NOT_ENROLLED:
        failed = Reason.NONE
    rule = rule_of(cell.policy, cell.up, cell.hit, cell.cached_when_down)
    if rule is LoginRule.STOP:
        known = cell.hit and cell.state in ABSENT
        return Expected(LoginOutcome.REFUSED, reason=failed if known else Reason.DATABASE)
    if not cell.up:
        if cell.state in ABSENT:
            return Expected(LoginOutcome.REFUSED, reason=failed)
        stamps = {
            LoginRule.STAMPED: Stamp.OFFLINE,
            LoginRule.UNVERIFIED: Stamp.NUMBER_ONLY if person or cell.hit else Stamp.UNVERIFIED,
        }
        by_number_alone = (
            cell.hit and rule is LoginRule.UNVERIFIED and not cell.require_number and person is None
        )
        return Expected(
            LoginOutcome.ACCEPTED, Stamp.UNVERIFIED if by_number_alone else stamps[rule]
        )
    if failed:
        return Expected(LoginOutcome.REFUSED, reason=failed)
    if rule is LoginRule.MATCH and cell.state == "not enrolled":
        if cell.policy is MatchPolicy.ALWAYS:
            return Expected(LoginOutcome.REFUSED, reason=Reason.NOT_ENROLLED)
        return Expected(LoginOutcome.ACCEPTED, Stamp.NO_MATCH_POSSIBLE)
    return Expected(LoginOutcome.ACCEPTED)


class Kiosk:
    """Carries out what the conversation asks, for one cell."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.session: LoginSession = begin(cell.settings, ConnectedDevices())
        self.effects: list[Effect] = []
        self.seen: list[LoginSession] = [self.session]

    def do(self, event: object) -> None:
        self.session, effects = react(self.session, event)  # type: ignore[arg-type]
        self.seen.append(self.session)
        self.effects += effects
        for effect in effects:
            self._answer(effect)

    def _answer(self, effect: Effect) -> None:
        person = STATES[self.cell.state][0]
        if isinstance(effect, Compare):
            own = bool(effect.employee_id)
            matches = KNOWN if (own or self.cell.hit) else None
            self.do(
                Compared(
                    effect.ticket,
                    matches,
                    MatchEvidence(fmr=1e-6 if matches else 0.2, threshold=1e-4, finger=2),
                )
            )
        elif isinstance(effect, Ask):
            self.do(Answer(effect.ticket, self.cell.up, person))

    @property
    def record(self) -> LoginRecord | None:
        return next((effect for effect in self.effects if isinstance(effect, LoginRecord)), None)

    def play(self) -> None:
        for _ in range(12):
            if self.record is not None:
                return
            match self.session.screen:
                case LoginScreen.FACE | LoginScreen.LOOK:
                    self.do(FaceUsable())
                case LoginScreen.FINGER | LoginScreen.FINGERS:
                    self.do(FingerPlaced())
                case LoginScreen.KEYPAD:
                    for digit in NUMBER:
                        self.do(Digit(digit))
                    self.do(Submit())
        raise AssertionError("no end")


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_S5_S12_S14_S17_S19_S23_S26_S30_S41_S43_S44_S45_S48_A2_A3_A4_every_cell(cell: Cell) -> None:
    kiosk = Kiosk(cell)
    kiosk.play()
    record, wanted = kiosk.record, expected(cell)
    assert record is not None
    assert (record.outcome, record.stamp, record.reason) == (
        wanted.outcome,
        wanted.stamp,
        wanted.reason,
    )
    home = [session for session in kiosk.seen if session.screen is LoginScreen.HOME]
    assert bool(home) is (wanted.outcome is LoginOutcome.ACCEPTED)
    if wanted.reason is Reason.DATABASE:
        assert kiosk.session.screen is LoginScreen.STOP
        assert kiosk.session.error == texts.DB_DOWN_STOP
    elif wanted.outcome is LoginOutcome.REFUSED:
        assert kiosk.session.screen is begin(cell.settings, ConnectedDevices()).screen, (
            "back at the login screen"
        )
        assert WORDS[wanted.reason] in kiosk.session.error
    asked = any(step.what == "number" for step in record.path)
    assert (
        asked
        or not cell.require_number
        or record.outcome is LoginOutcome.REFUSED
        or cell.hit is False
    )
    forgotten = any(isinstance(effect, Forget) for effect in kiosk.effects)
    assert forgotten is (
        cell.hit and wanted.outcome is LoginOutcome.REFUSED and wanted.reason is not Reason.DATABASE
    )
    matched_centrally = (
        cell.up
        and not cell.hit
        and wanted == Expected(LoginOutcome.ACCEPTED)
        and cell.policy is not MatchPolicy.NOT_REQUIRED
    )
    assert any(isinstance(effect, Remember) for effect in kiosk.effects) is matched_centrally, (
        "A6: cached after a match only"
    )


def test_N11_the_table_has_eight_sentences_and_each_combination_is_in_one() -> None:
    assert len(TABLE) == 8
    for policy, up, hit in itertools.product(MatchPolicy, (True, False), (True, False)):
        assert sum(policy in row.policies and row.up is up and row.hit is hit for row in TABLE) == 1
        assert row_of(policy, up, hit).sentence.endswith(".")


@pytest.mark.parametrize(
    ("flags", "policy"),
    [
        ((True, False), MatchPolicy.ALWAYS),
        ((True, True), MatchPolicy.WHEN_AVAILABLE),
        ((False, True), MatchPolicy.NOT_REQUIRED),
    ],
)
def test_A3_two_check_boxes_are_a_view_on_the_policy(
    flags: tuple[bool, bool], policy: MatchPolicy
) -> None:
    assert flags_of(policy) == flags
    assert policy_by_flags(*flags, changed_require=True) is policy


def test_A3_clearing_one_box_sets_the_other() -> None:
    assert policy_by_flags(False, False, changed_require=True) is MatchPolicy.NOT_REQUIRED
    assert policy_by_flags(False, False, changed_require=False) is MatchPolicy.ALWAYS


def test_A3_logins_from_the_cache_while_the_database_is_down_go_with_the_policy() -> None:
    assert [cached_by_default(policy) for policy in MatchPolicy] == [False, True, True]
    assert KioskSettings(match_policy=MatchPolicy.ALWAYS).cached_when_down is False
    assert (
        KioskSettings(match_policy=MatchPolicy.ALWAYS, cached_login_when_down=True).cached_when_down
        is True
    )


def test_N11_the_documentation_prints_this_table() -> None:
    page = (Path(__file__).parents[2] / "docs/login.md").read_text("utf-8")
    for row in TABLE:
        policies = ", ".join(f"`{policy}`" for policy in row.policies)
        line = (
            f"| {policies} | {'up' if row.up else 'down'} | {'known' if row.hit else 'not known'} "
            f"| {row.sentence} |"
        )
        assert line in page
