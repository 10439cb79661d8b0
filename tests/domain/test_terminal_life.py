"""The life of a terminal: what leads where, and that no way ends blind. TE14."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Conflict
from console.domain.terminal_life import TRANSITIONS, Act, after, possible
from console.domain.terminals import (
    CLOSING,
    FORMER,
    ONLINE_WITHIN,
    SERVED,
    TerminalStatus,
    is_heard_of,
)

S = TerminalStatus


@pytest.mark.parametrize(
    ("way", "end"),
    [
        ([Act.APPROVE, Act.BLOCK, Act.APPROVE], S.APPROVED),
        ([Act.BLOCK, Act.APPROVE], S.APPROVED),
        ([Act.APPROVE, Act.APPROVE], S.APPROVED),
        ([Act.APPROVE, Act.EMPTY, Act.SHOWN_EMPTY, Act.BRING_BACK], S.APPROVED),
        ([Act.APPROVE, Act.RETIRE, Act.SHOWN_EMPTY, Act.BRING_BACK], S.APPROVED),
        ([Act.APPROVE, Act.RETIRE, Act.SHOWN_EMPTY, Act.REMOVE, Act.DIAL_IN], S.PENDING),
        ([Act.APPROVE, Act.EMPTY, Act.SHOWN_EMPTY, Act.RETIRE], S.RETIRED),
        ([Act.APPROVE, Act.EMPTY, Act.RETIRE], S.RETIRING),
        ([Act.APPROVE, Act.BLOCK, Act.EMPTY], S.EMPTYING),
        ([Act.APPROVE, Act.DECLARE_GONE], S.REMOVED),
    ],
)
def test_TE14_each_way_leads_where_the_operator_expects(way: list[Act], end: S) -> None:
    status = S.PENDING
    for act in way:
        status = after(status, act)
    assert status is end


@pytest.mark.parametrize("status", [S.APPROVED, S.BLOCKED, S.EMPTYING, S.RETIRING])
def test_TE14_nothing_is_removed_from_the_list_without_evidence(status: S) -> None:
    with pytest.raises(Conflict, match="Nothing shows that this terminal is empty"):
        after(status, Act.REMOVE)


@pytest.mark.parametrize("status", [S.APPROVED, S.BLOCKED, S.PENDING])
def test_TE14_only_a_terminal_that_was_asked_can_show_that_it_is_empty(status: S) -> None:
    with pytest.raises(Conflict):
        after(status, Act.SHOWN_EMPTY)


@given(st.sampled_from(S), st.sampled_from(Act))
def test_TE14_an_act_is_done_exactly_where_it_is_possible(status: S, act: Act) -> None:
    if act in possible(status):
        assert after(status, act) in S
        return
    with pytest.raises(Conflict) as refused:
        after(status, act)
    assert refused.value.message.endswith(".")


def test_TE14_no_status_is_an_end_that_nobody_gets_out_of() -> None:
    for status in S:
        reached, way = {status}, [status]
        while way:
            more = {
                moves[one] for one in [way.pop()] for moves in TRANSITIONS.values() if one in moves
            }
            way += more - reached
            reached |= more
        assert S.APPROVED in reached, status


def test_TE14_the_kinds_of_statuses() -> None:
    assert CLOSING < SERVED
    assert not FORMER & SERVED
    assert S.BLOCKED not in SERVED


def test_TE19_a_terminal_that_was_never_reached_is_not_online() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert not is_heard_of(None, now)
    assert is_heard_of(now - ONLINE_WITHIN, now)
    assert not is_heard_of(now - ONLINE_WITHIN - timedelta(seconds=1), now)
