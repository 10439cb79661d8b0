"""What is asked of a unit on port 4370 itself: clock, settings, door, lock, operation log. TE20."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridge.simulator.zk import ZkServer
from bridge.terminals.errors import Incomplete, Unsupported
from bridge.terminals.terminal import Counts
from bridge.terminals.zk.codes import CommandCode
from bridge.terminals.zk.terminal import connected
from tests.bridge.fakes import QUICK, a_unit, address, run


def test_clock_option_door_voice_and_operation_log() -> None:
    async def story() -> None:
        unit = a_unit()
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            await terminal.set_clock(datetime(2031, 2, 3, 4, 5, 6))
            assert abs(await terminal.clock() - datetime(2031, 2, 3, 4, 5, 6)) < timedelta(
                seconds=5
            )
            await terminal.set_option("LockOn", "9")
            assert unit.options["LockOn"] == "9"
            await terminal.unlock(5)
            await terminal.test_voice()
            await terminal.lock(60)
            assert [session.disabled for session in server.sessions] == [True]
            assert [row.code for row in (await terminal.operations()).rows] == [4]

    run(story())


def test_TE20_an_operation_log_that_came_in_part_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        unit = a_unit()
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            assert (await terminal.operations()).rows == []
            unit.note(4)
            counts = await terminal.counts()

            async def more() -> Counts:
                return replace(counts, operations=2)

            monkeypatch.setattr(terminal, "counts", more)
            with pytest.raises(Incomplete, match="says 2 operations, received 1"):
                await terminal.operations()

    run(story())


def test_TE16_a_few_questions_tell_units_apart() -> None:
    async def story() -> None:
        unit = a_unit()
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            assert (await terminal.facts()).keys() == {"mac", "platform", "devicename", "firmware"}
            unit.faults.odd_answers = {int(CommandCode.VERSION): b""}
            unit.faults.odd_option = "MAC"
            assert (await terminal.facts()).keys() == {"platform", "devicename"}
            unit.faults.odd_answers = {}
            unit.faults.refuse = {int(CommandCode.VERSION): 2001, int(CommandCode.RESTART): 65535}
            assert "firmware" not in await terminal.facts()
            with pytest.raises(Unsupported):
                await terminal.restart()

    run(story())


def test_a_restart_ends_the_session_and_the_next_one_works() -> None:
    async def story() -> None:
        async with ZkServer(a_unit()) as server:
            async with connected(address(server), "", QUICK) as terminal:
                await terminal.restart()
            async with connected(address(server), "", QUICK) as terminal:
                assert (await terminal.counts()).people == 5

    run(story())
