"""The live stream of a session, which ends with it. N17."""

import asyncio

import pytest

from console.service.events import EventHub
from console.service.listeners import api

PATIENCE_S = 30.0


async def heard_after_the_end(subject: str, *, busy: bool) -> list[bytes]:
    """What a stream still says after its session has ended without a word, until it ends too.

    busy: there is another change as soon as one was heard.
    """
    hub, ended = EventHub(), asyncio.Event()
    hub.bind(asyncio.get_running_loop())

    async def goes_on() -> bool:
        return not ended.is_set()

    lines = api._lines(hub, goes_on)
    await anext(lines)
    ended.set()
    heard: list[bytes] = []
    async with asyncio.timeout(PATIENCE_S):
        first = asyncio.ensure_future(anext(lines, None))
        await asyncio.sleep(0)  # it listens from here on
        if busy:
            hub.publish([(subject, "")])
        line = await first
        while line is not None:
            heard.append(line)
            if busy:
                hub.publish([(subject, "")])
            line = await anext(lines, None)
    return heard


@pytest.mark.parametrize("busy", [True, False], ids=["always a change", "never a change"])
def test_a_stream_does_not_outlive_a_session_that_ended_by_the_clock(
    monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    monkeypatch.setattr(api, "HEARTBEAT_S", 0.02)
    asyncio.run(heard_after_the_end("logins", busy=busy))


def test_a_change_of_sessions_is_heard_by_those_alone_that_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api, "HEARTBEAT_S", PATIENCE_S)
    assert asyncio.run(heard_after_the_end("operators", busy=True)) == []
