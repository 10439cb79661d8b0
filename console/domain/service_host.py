"""How the service is kept running: a state and an event go in, the next state and an act come out.

Times are seconds of a clock that only runs forward.
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

BACK_OFF_S = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Delays before the first, the second … restart in a row; the last one from then on."""
STEADY_S = 60.0
"""A service that ran this long begins again with the shortest delay."""
STOP_WITHIN_S = 9.0
"""Given to the service to end by itself. Windows' set-up waits longer, its shutdown does not."""


class HostState(StrEnum):
    """What the host is doing about the service."""

    RUNNING = "running"
    WAITING = "waiting"
    """The service ended by itself; it is started again after a delay."""
    STOPPING = "stopping"
    STOPPED = "stopped"


class HostEvent(Enum):
    """What happens to the host."""

    ENDED = auto()
    """The service's process is gone."""
    TIME = auto()
    """Time has passed."""
    STOP = auto()
    """The system, or whoever started the host, wants an end."""


class HostAct(Enum):
    """What has to be done now."""

    START = auto()
    ASK_TO_END = auto()
    KILL = auto()


@dataclass(frozen=True, kw_only=True)
class Host:
    """began: when the service was started last; due: when the next act is, None for no time."""

    state: HostState
    began: float
    failures: int = 0
    due: float | None = None


Step = tuple[Host, HostAct | None]


def first_step(now: float) -> Step:
    """A host starts its service at once."""
    return Host(state=HostState.RUNNING, began=now), HostAct.START


def next_step(host: Host, event: HostEvent, now: float) -> Step:
    """What an event leads to; one that means nothing in this state changes nothing."""
    match host.state, event:
        case HostState.RUNNING, HostEvent.ENDED:
            return _wait(host, now), None
        case HostState.RUNNING, HostEvent.STOP:
            stopping = replace(host, state=HostState.STOPPING, due=now + STOP_WITHIN_S)
            return stopping, HostAct.ASK_TO_END
        case HostState.WAITING, HostEvent.TIME if _is_due(host, now):
            return replace(host, state=HostState.RUNNING, began=now, due=None), HostAct.START
        case HostState.STOPPING, HostEvent.TIME if _is_due(host, now):
            return replace(host, due=None), HostAct.KILL
        case (HostState.WAITING, HostEvent.STOP) | (HostState.STOPPING, HostEvent.ENDED):
            return replace(host, state=HostState.STOPPED, due=None), None
    return host, None


def _wait(host: Host, now: float) -> Host:
    failures = 0 if now - host.began >= STEADY_S else host.failures
    delay = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
    return replace(host, state=HostState.WAITING, failures=failures + 1, due=now + delay)


def _is_due(host: Host, now: float) -> bool:
    return host.due is not None and now >= host.due
