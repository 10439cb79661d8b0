"""H5 for the whole service: a service that ends is started again, and one that must end does.

The issue of the Windows set-up: restarts with back-off, a clean stop within ten seconds.
"""

from hypothesis import given
from hypothesis import strategies as st

from console.domain.service_host import (
    BACK_OFF_S,
    STEADY_S,
    STOP_WITHIN_S,
    Host,
    HostAct,
    HostEvent,
    HostState,
    first_step,
    next_step,
)


def ended(host: Host, now: float) -> Host:
    following, act = next_step(host, HostEvent.ENDED, now)
    assert act is None
    return following


def started_again(host: Host) -> Host:
    """The host at the very moment at which it starts the service again."""
    assert host.due is not None
    early, act = next_step(host, HostEvent.TIME, host.due - 0.01)
    assert (early, act) == (host, None)
    following, act = next_step(host, HostEvent.TIME, host.due)
    assert act is HostAct.START
    return following


def test_it_starts_the_service_at_once() -> None:
    host, act = first_step(5.0)
    assert act is HostAct.START
    assert host == Host(state=HostState.RUNNING, began=5.0)


def test_each_failure_in_a_row_waits_longer_up_to_the_longest_delay() -> None:
    host, _ = first_step(0.0)
    delays, now = [], 0.0
    for _ in range(len(BACK_OFF_S) + 2):
        host = ended(host, now)
        assert host.due is not None
        delays.append(host.due - now)
        now = host.due
        host = started_again(host)
    assert delays == [*BACK_OFF_S, BACK_OFF_S[-1], BACK_OFF_S[-1]]


def test_a_service_that_ran_long_begins_again_with_the_shortest_delay() -> None:
    host = Host(state=HostState.RUNNING, began=100.0, failures=4)
    assert ended(host, 100.0 + STEADY_S).due == 100.0 + STEADY_S + BACK_OFF_S[0]
    short = ended(host, 100.0 + STEADY_S - 1)
    assert short.due == 100.0 + STEADY_S - 1 + BACK_OFF_S[4]


def test_a_service_is_asked_to_end_and_killed_only_after_its_time() -> None:
    host, act = next_step(Host(state=HostState.RUNNING, began=0.0), HostEvent.STOP, 50.0)
    assert act is HostAct.ASK_TO_END
    assert next_step(host, HostEvent.TIME, 50.0 + STOP_WITHIN_S - 0.01) == (host, None)
    killed, act = next_step(host, HostEvent.TIME, 50.0 + STOP_WITHIN_S)
    assert act is HostAct.KILL
    assert next_step(killed, HostEvent.TIME, 99.0) == (killed, None), "killed once"
    stopped, act = next_step(killed, HostEvent.ENDED, 60.0)
    assert (stopped.state, act) == (HostState.STOPPED, None)


def test_a_stop_while_it_waits_starts_nothing_any_more() -> None:
    host, act = next_step(ended(Host(state=HostState.RUNNING, began=0.0), 1.0), HostEvent.STOP, 1.5)
    assert (host.state, host.due, act) == (HostState.STOPPED, None, None)


@given(st.lists(st.tuples(st.sampled_from(HostEvent), st.floats(0, 100)), max_size=30))
def test_whatever_comes_it_never_starts_a_second_service_and_always_stops(
    events: list[tuple[HostEvent, float]],
) -> None:
    now = 0.0
    host, _ = first_step(now)
    alive = True
    for event, later in events:
        now += later
        if event is HostEvent.ENDED:
            if not alive:
                continue
            alive = False
        host, act = next_step(host, event, now)
        if act is HostAct.START:
            assert not alive
            alive = True
        assert alive == (host.state in (HostState.RUNNING, HostState.STOPPING))
    host, _ = next_step(host, HostEvent.STOP, now)
    if alive:
        host, _ = next_step(host, HostEvent.ENDED, now)
    assert host.state is HostState.STOPPED
