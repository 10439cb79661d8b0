"""The live stream of a session, which ends with it. N17."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from console.service.events import EventHub
from console.service.listeners import api

PATIENCE_S = 30.0


async def heard_after_the_end(subject: str, *, busy: bool) -> list[bytes]:
    """What a stream still says after its session has ended without a word, until it ends too."""
    hub, ended = EventHub(), asyncio.Event()
    hub.bind(asyncio.get_running_loop())

    async def goes_on() -> bool:
        return not ended.is_set()

    async def publish() -> None:
        while True:
            hub.publish([(subject, "")])
            await asyncio.sleep(0)

    lines: AsyncIterator[bytes] = api._lines(hub, goes_on)
    await anext(lines)
    publishing = asyncio.create_task(publish()) if busy else None
    await anext(lines)
    ended.set()
    try:
        async with asyncio.timeout(PATIENCE_S):
            return [line async for line in lines]
    finally:
        if publishing is not None:
            publishing.cancel()


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
