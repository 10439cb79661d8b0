"""The life of an invitation: T10, T11, T12, A8 and the table of statuses."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import IllegalTransition
from console.domain.invitations import (
    CLOSED,
    IN_FORCE,
    LINK_LOCKED,
    LINK_USABLE,
    OPEN,
    STATUS_LABELS,
    TRANSITIONS,
    Event,
    Status,
    advance,
    after_screening,
    answers_left,
    describe,
    describe_withdrawn,
    link_expired,
    link_locked,
    new_token,
    second_check_answer,
    token_hash,
    try_of,
)


@pytest.mark.parametrize(("status", "event"), list(product(Status, Event)))
def test_every_pair_leads_where_the_table_says_or_is_refused(status: Status, event: Event) -> None:
    if (status, event) in TRANSITIONS:
        assert advance(status, event) is TRANSITIONS[(status, event)]
    else:
        with pytest.raises(IllegalTransition):
            advance(status, event)


def test_the_way_of_the_specification_is_open() -> None:
    status = Status.INVITED
    for event in (
        Event.OPEN,
        Event.CONSENT,
        Event.SUBMIT,
        Event.SCREEN,
        Event.SOME_PASSED,
        Event.APPROVE,
        Event.ON_TERMINALS,
        Event.FIRST_LOGIN,
    ):
        status = advance(status, event)
    assert status is Status.IN_USE


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_closed_statuses_are_never_left_but_by_erasure(events: list[Event]) -> None:
    status = Status.INVITED
    for event in events:
        before = status
        try:
            status = advance(status, event)
        except IllegalTransition:
            continue
        if before in CLOSED:
            assert (before, status) == (Status.WITHDRAWN, Status.ERASED)


def test_T4_nothing_is_in_force_before_approval() -> None:
    sources = {source for (source, _), target in TRANSITIONS.items() if target is Status.APPROVED}
    assert sources == {Status.PENDING_APPROVAL, Status.NEEDS_HELP}
    assert {target for (_, event), target in TRANSITIONS.items() if event is Event.APPROVE} == {
        Status.APPROVED
    }


def test_T11_one_good_photo_is_enough_for_review() -> None:
    assert after_screening(1, 0).event is Event.SOME_PASSED


def test_three_failures_lead_to_help_and_never_to_a_dead_end() -> None:
    assert [after_screening(0, tries).event for tries in (0, 1, 2)] == [
        Event.ALL_FAILED,
        Event.ALL_FAILED,
        Event.TRIES_SPENT,
    ]
    assert {event for status, event in TRANSITIONS if status is Status.NEEDS_HELP} >= {
        Event.APPROVE,
        Event.REJECT,
    }


def test_only_links_that_wait_for_the_person_expire() -> None:
    assert {status for status, event in TRANSITIONS if event is Event.EXPIRE} == LINK_USABLE
    assert not LINK_USABLE & IN_FORCE


def test_EN1_a_consent_can_be_withdrawn_wherever_the_enrolment_stands() -> None:
    assert set(Status) == OPEN | IN_FORCE | CLOSED
    assert not OPEN & IN_FORCE and not (OPEN | IN_FORCE) & CLOSED
    for status in OPEN | IN_FORCE:
        assert advance(status, Event.WITHDRAW) is Status.WITHDRAWN
    for status in CLOSED:
        with pytest.raises(IllegalTransition):
            advance(status, Event.WITHDRAW)


@pytest.mark.parametrize(
    ("terminals", "settled", "text"),
    [
        (0, True, "Consent withdrawn"),
        (1, True, "Consent withdrawn, face still on 1 terminal"),
        (2, True, "Consent withdrawn, face still on 2 terminals"),
        (0, False, "Consent withdrawn, terminals are updated next"),
        (2, False, "Consent withdrawn, terminals are updated next"),
    ],
)
def test_EN1_a_withdrawn_consent_says_what_terminals_may_still_hold(
    terminals: int, settled: bool, text: str
) -> None:
    assert describe_withdrawn(terminals, settled=settled) == text


def test_every_status_has_words() -> None:
    assert set(STATUS_LABELS) == set(Status)
    assert describe(Status.REJECTED_AUTO, tries=2) == "Unsuccessful (try 2 of 3)"
    assert describe(Status.PUSHED, confirmed=2, terminals=2) == "On 2 of 2 terminals"
    assert describe(Status.REJECTED, remark="Hat") == "Rejected: Hat"


def test_statuses_say_their_figures_only_where_there_are_some() -> None:
    assert describe(Status.APPROVED) == "Approved"
    assert describe(Status.APPROVED, confirmed=0, terminals=2) == "Approved, on 0 of 2 terminals"
    assert describe(Status.PUSHED) == "On terminals"
    assert describe(Status.REJECTED) == "Rejected"
    assert describe(Status.PENDING_APPROVAL, remark="Hat") == "Pending Approval"
    assert describe(Status.IN_USE, confirmed=1, terminals=2) == "In use"


@pytest.mark.parametrize(("number", "text"), [(1, "try 1 of 3"), (3, "try 3 of 3"), (4, "try 4")])
def test_EN4_no_try_is_counted_beyond_the_last(number: int, text: str) -> None:
    """Photos that were rejected may be taken again, however many tries there were."""
    assert try_of(number) == text


def test_T8_a_link_may_give_other_tries_than_three() -> None:
    assert (try_of(2, 2), try_of(3, 2)) == ("try 2 of 2", "try 3")
    assert describe(Status.REJECTED_AUTO, 1, given=5) == "Unsuccessful (try 1 of 5)"
    assert after_screening(0, 0, given=1).event is Event.TRIES_SPENT
    assert after_screening(0, 3, given=5).event is Event.ALL_FAILED


@pytest.mark.parametrize(("count", "text"), [(4, "4 tries left"), (1, "1 try left")])
def test_EN4_one_try_is_one_try(count: int, text: str) -> None:
    assert answers_left(count) == f"That does not match. {text}."


@pytest.mark.parametrize("status", Status)
def test_EN4_a_locked_link_says_so_as_long_as_it_waits_for_the_person(status: Status) -> None:
    locked = describe(status, tries=1, locked=True)
    assert (locked == LINK_LOCKED) is (status in LINK_USABLE)
    assert describe(status, tries=1) != LINK_LOCKED


@pytest.mark.parametrize(
    ("misses", "passed", "locked"), [(4, False, False), (5, False, True), (5, True, False)]
)
def test_EN4_five_wrong_answers_lock_a_link(misses: int, passed: bool, locked: bool) -> None:
    assert link_locked(misses, passed=passed) is locked


def test_what_is_refused_names_the_status_in_words() -> None:
    with pytest.raises(IllegalTransition, match="“Pending Approval”"):
        advance(Status.PENDING_APPROVAL, Event.OPEN)


def test_a_link_is_over_at_the_very_moment_that_it_names() -> None:
    end = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)
    assert not link_expired(end, end - timedelta(microseconds=1))
    assert link_expired(end, end)
    assert link_expired(end, end + timedelta(days=1))


def test_tokens_are_long_random_and_known_by_their_hash() -> None:
    one, other = new_token(), new_token()
    assert one != other
    assert len(one) == 43
    assert len(token_hash(one)) == 64
    assert one not in token_hash(one)


def test_second_check_asks_for_the_end_of_the_number() -> None:
    assert second_check_answer("A-1042"[2:]) == "1042"
    assert second_check_answer("7") == "7"
    assert second_check_answer("00ABCD") == "abcd"


EXPECTED = {
    Status.INVITED: (
        "open>opened decline>declined expire>expired revoke>revoked withdraw>withdrawn"
    ),
    Status.OPENED: (
        "open>opened consent>consented decline>declined expire>expired revoke>revoked "
        "withdraw>withdrawn"
    ),
    Status.CONSENTED: "submit>submitted expire>expired revoke>revoked withdraw>withdrawn",
    Status.DECLINED: "",
    Status.SUBMITTED: "screen>screening revoke>revoked withdraw>withdrawn",
    Status.SCREENING: (
        "all_failed>rejected_auto tries_spent>needs_help some_passed>pending_approval "
        "revoke>revoked withdraw>withdrawn"
    ),
    Status.REJECTED_AUTO: "submit>submitted expire>expired revoke>revoked withdraw>withdrawn",
    Status.NEEDS_HELP: "approve>approved reject>rejected revoke>revoked withdraw>withdrawn",
    Status.PENDING_APPROVAL: "approve>approved reject>rejected revoke>revoked withdraw>withdrawn",
    Status.REJECTED: "submit>submitted expire>expired revoke>revoked withdraw>withdrawn",
    Status.APPROVED: (
        "on_terminals>pushed first_login>in_use withdraw>withdrawn supersede>superseded"
    ),
    Status.PUSHED: "first_login>in_use withdraw>withdrawn supersede>superseded",
    Status.IN_USE: "withdraw>withdrawn supersede>superseded",
    Status.EXPIRED: "",
    Status.REVOKED: "",
    Status.WITHDRAWN: "erase>erased",
    Status.ERASED: "",
    Status.SUPERSEDED: "",
}
"""Every transition there is, spelled out: event>status."""


@pytest.mark.parametrize(("status", "event"), list(product(Status, Event)))
def test_every_pair_of_status_and_event_does_what_is_written_here(
    status: Status, event: Event
) -> None:
    allowed = dict(one.split(">") for one in EXPECTED[status].split())
    if event in allowed:
        assert advance(status, event) == allowed[event]
    else:
        with pytest.raises(IllegalTransition):
            advance(status, event)


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_T4_whoever_is_in_force_has_consented_and_was_approved(events: list[Event]) -> None:
    status, passed = Status.INVITED, []
    for event in events:
        try:
            status = advance(status, event)
        except IllegalTransition:
            continue
        passed.append(event)
    if status in IN_FORCE:
        order = [Event.CONSENT, Event.SUBMIT, Event.SCREEN, Event.APPROVE]
        assert [event for event in order if event in passed] == order


@given(st.integers(0, 5), st.integers(0, 10))
def test_a_try_is_counted_whatever_its_result(passed: int, tries: int) -> None:
    result = after_screening(passed, tries)
    assert result.try_counted == tries + 1
    assert (result.event is Event.SOME_PASSED) is (passed > 0)
    assert advance(Status.SCREENING, result.event) in {
        Status.REJECTED_AUTO,
        Status.NEEDS_HELP,
        Status.PENDING_APPROVAL,
    }
