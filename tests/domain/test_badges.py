"""A badge or a QR code instead of the number, and people who use no face and no finger. N8."""

import pytest

from console.domain.badges import BURST_MS, LEAST_CHARS, KeyBurst, badge_mark, checked_badge
from console.domain.employee_lists import (
    Comparison,
    Effect,
    Known,
    ListRow,
    Values,
    shown,
    values_of,
)
from console.domain.employees import EmployeeFields
from console.domain.errors import Invalid
from console.domain.list_cells import values_in
from console.domain.list_headings import Field
from console.domain.login_events import (
    Ask,
    BadgeRead,
    Compare,
    ConnectedDevices,
    LoginOutcome,
    LoginPerson,
    LoginStepKind,
    Reason,
    Stamp,
)
from console.domain.login_policy import MatchPolicy, Method
from console.domain.login_session import LoginScreen
from console.domain.validity import ValidDays
from console.domain.why import explain
from tests.domain.talk import DANIEL, Talk

BADGE = "QR:9f-0042"
SAID_NO = LoginPerson("p3", "1200", "Siti Rahim", number_only=True)


def typed(text: str, gap_ms: int, enter_after: int | None = None) -> str:
    """What a burst of keys is taken for; Enter comes after one more gap."""
    burst = KeyBurst()
    for place, key in enumerate(text):
        burst.add(key, 1000 + place * gap_ms)
    last = 1000 + (len(text) - 1) * gap_ms
    return burst.finish(last + (gap_ms if enter_after is None else enter_after))


@pytest.mark.parametrize("gap", [0, 1, 20, BURST_MS])
def test_N8_a_reader_types_faster_than_a_person(gap: int) -> None:
    assert typed(BADGE, gap) == BADGE


def test_N8_a_person_who_types_is_no_reader() -> None:
    assert typed("1107", BURST_MS + 1) == ""
    assert typed("1107", 5, enter_after=BURST_MS + 1) == ""
    assert typed("1" * (LEAST_CHARS - 1), 5) == ""
    assert typed("x" * 65, 1) == ""
    assert KeyBurst().finish(0) == ""


def test_N8_what_stood_before_a_badge_is_no_part_of_it() -> None:
    burst = KeyBurst()
    burst.add("7", 1000)
    for place, key in enumerate(BADGE):
        burst.add(key, 5000 + place)
    assert burst.finish(5000 + len(BADGE)) == BADGE
    assert burst.finish(5000 + len(BADGE)) == "", "the next one begins anew"


def test_N8_a_mark_tells_badges_apart_and_only_with_the_key() -> None:
    key, other = b"k" * 32, b"o" * 32
    assert badge_mark(key, f" {BADGE}\r") == badge_mark(key, BADGE)
    assert (
        len({badge_mark(key, BADGE), badge_mark(key, "QR:9f-0043"), badge_mark(other, BADGE)}) == 3
    )
    assert (badge_mark(b"", BADGE), badge_mark(key, "")) == ("", "")


@pytest.mark.parametrize("text", ["", "123", "x" * 65, "Zoë-1234", "12\n34"])
def test_N8_a_badge_that_no_reader_types_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        checked_badge(text)


@pytest.mark.parametrize("method", list(Method))
def test_N8_a_badge_stands_for_the_number_on_every_first_screen(method: Method) -> None:
    talk = Talk(default_method=method, match_policy=MatchPolicy.NOT_REQUIRED).do(BadgeRead(BADGE))
    assert talk.effects == [Ask(talk.session.ticket, badge=BADGE)]
    talk.answer(DANIEL)
    assert talk.screen is LoginScreen.HOME
    assert (talk.record.method, talk.record.number) == ("badge", DANIEL.number)
    assert BADGE not in str(talk.record), "what it says is written nowhere"
    (title, *_) = [
        step.title
        for step in explain([(one.what, one.ok, dict(one.facts)) for one in talk.record.path])
        if "adge" in step.title
    ]
    assert title == f"Badge of number {DANIEL.number} read"


def test_N8_a_badge_needs_a_match_where_the_number_does() -> None:
    talk = Talk(default_method=Method.FINGER).do(BadgeRead(BADGE)).answer(DANIEL)
    assert talk.screen is LoginScreen.FINGERS
    assert not any(isinstance(one, Compare) for one in talk.effects)


def test_N8_a_number_typed_as_fast_as_a_badge_is_a_number() -> None:
    talk = Talk(default_method=Method.NUMBER, match_policy=MatchPolicy.NOT_REQUIRED)
    talk.do(BadgeRead(DANIEL.number)).answer(DANIEL)
    assert (talk.record.method, talk.record.number) == ("number", DANIEL.number)


@pytest.mark.parametrize("up", [True, False])
def test_N8_a_badge_that_nobody_has_is_refused_also_while_the_database_is_down(up: bool) -> None:
    talk = Talk(default_method=Method.NUMBER, match_policy=MatchPolicy.NOT_REQUIRED)
    for _ in range(3):
        talk.do(BadgeRead("0000")).answer(None, up=up)
    assert (talk.record.outcome, talk.record.reason) == (LoginOutcome.REFUSED, Reason.NOT_VALID)
    assert (talk.record.method, talk.record.number) == ("number", "")


@pytest.mark.parametrize("policy", list(MatchPolicy))
@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("by_badge", [True, False])
def test_N8_who_has_said_no_comes_in_by_number_or_badge_whatever_the_kiosk_asks_for(
    policy: MatchPolicy, method: Method, by_badge: bool
) -> None:
    away = ConnectedDevices(camera=False, reader=False)
    talk = Talk(default_method=method, match_policy=policy, equipment=away)
    (talk.do(BadgeRead(BADGE)) if by_badge else talk.number(SAID_NO.number)).answer(SAID_NO)
    assert talk.screen is LoginScreen.HOME
    expected = Stamp.NONE if policy is MatchPolicy.NOT_REQUIRED else Stamp.WITHOUT_MATCH
    assert talk.record.stamp is expected
    assert LoginStepKind.MATCH not in {step.what for step in talk.record.path}


def test_N8_a_badge_is_ignored_while_an_answer_is_awaited_or_somebody_is_in() -> None:
    talk = Talk(default_method=Method.NUMBER).number("1107")
    assert talk.do(BadgeRead(BADGE)).effects == []
    talk = Talk(default_method=Method.NUMBER, match_policy=MatchPolicy.NOT_REQUIRED)
    talk.number("1107").answer(DANIEL)
    assert talk.do(BadgeRead(BADGE)).screen is LoginScreen.HOME


@pytest.mark.parametrize(
    ("cell", "badge"),
    [("00417731", "00417731"), ("417731.0", "417731"), (" QR:9f-0042 ", BADGE), ("1,5E+11", None)],
)
def test_PE2_a_badge_in_a_list_is_read_as_it_was_meant(cell: str, badge: str | None) -> None:
    if badge is not None:
        assert values_in({Field.BADGE: cell}, clear_empty=False) == {Field.BADGE: badge}
        return
    with pytest.raises(Invalid, match="rounded"):
        values_in({Field.BADGE: cell}, clear_empty=False)


def test_PE2_an_empty_cell_takes_a_badge_only_where_empty_cells_empty() -> None:
    assert values_in({Field.BADGE: ""}, clear_empty=False) == {}
    assert values_in({Field.BADGE: ""}, clear_empty=True) == {Field.BADGE: None}


def listed(number: str, badge: str) -> ListRow:
    values: Values = {Field.NUMBER: number, Field.LAST_NAME: number, Field.BADGE: badge}
    return ListRow(1, [], values, number=number)


def test_PE1_a_badge_in_a_list_is_of_one_person_here_and_in_the_list() -> None:
    here = values_of(EmployeeFields("1107", "Daniel", "Okafor", "", ""), ValidDays(), "mark")
    comparison = Comparison({"1107": Known("p1", here)})
    taken, new, again = (
        comparison.judge(listed(number, mark))
        for number, mark in (("1200", "mark"), ("1201", "other"), ("1202", "other"))
    )
    assert (taken.effect, taken.note) == (Effect.ERROR, "This is the badge of number 1107.")
    assert new.effect is Effect.NEW
    assert (again.effect, again.note) == (Effect.ERROR, "This is the badge of number 1201.")
    own = comparison.judge(listed("1107", "mark"))
    assert Field.BADGE not in {name for name, _, _ in own.changes}


def test_PE1_a_preview_says_of_a_badge_only_whether_there_is_one() -> None:
    assert (shown(Field.BADGE, "mark"), shown(Field.BADGE, None)) == ("yes", "no")
    assert shown(Field.LAST_NAME, "Okafor") == "Okafor"
