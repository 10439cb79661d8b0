"""Units on port 4370 that do not keep to the protocol: no hang, no guess. P1, P2, P3."""

import asyncio
from typing import Any

import pytest

from bridge.simulator.zk import ZkServer
from bridge.terminals.errors import (
    BridgeError,
    NoAnswer,
    ProtocolError,
    TerminalBusy,
    Unreachable,
)
from bridge.terminals.zk.codes import CommandCode
from bridge.terminals.zk.exchanges import ATTENDANCE, command, read_set
from bridge.terminals.zk.session import Deadlines, TransportKind, open_session
from bridge.terminals.zk.terminal import connected
from tests.bridge.fakes import QUICK, a_unit, address, run

BOTH = pytest.mark.parametrize("transport", [TransportKind.TCP, TransportKind.UDP])


@pytest.mark.parametrize(
    "fault",
    [
        {"dribble": True},
        {"merged": True},
        {"merged": True, "frame": 100},
        {"wrong_session": True},
        {"frame": 1},
        {"frame": 7},
        {"frame": 65536},
    ],
    ids=str,
)
def test_oddities_that_do_no_harm(fault: dict[str, Any]) -> None:
    async def story() -> None:
        unit = a_unit(5, 60)
        for name, value in fault.items():
            setattr(unit.faults, name, value)
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            assert (await terminal.log()).received == 60
            assert len(await terminal.people()) == 5

    run(story())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"silent": True}, NoAnswer),
        ({"garbage": True}, ProtocolError),
        ({"lose_answers": 50}, NoAnswer),
        ({"drop_mid_chunk": 1, "frame": 1008}, Unreachable),
    ],
    ids=str,
)
def test_units_that_break_off_give_an_error_and_no_hang(
    fault: dict[str, Any], error: type[BridgeError]
) -> None:
    async def story() -> None:
        unit = a_unit(5, 3000)
        async with ZkServer(unit) as server:
            with pytest.raises(error):
                async with connected(address(server), "", QUICK) as terminal:
                    for name, value in fault.items():
                        setattr(unit.faults, name, value)
                    await terminal.log()

    run(story(), within=20)


def test_udp_chunks_that_are_lost_are_asked_for_again() -> None:
    async def story() -> None:
        unit = a_unit(5, 3000)
        async with (
            ZkServer(unit) as server,
            connected(address(server, transport=TransportKind.UDP), "", QUICK) as terminal,
        ):
            task = asyncio.create_task(terminal.log())
            while not server.sessions[0].chunks_sent:
                await asyncio.sleep(0)
            unit.faults.lose_answers = 1
            assert (await task).received == 3000

    run(story())


def test_one_session_a_unit_at_a_time() -> None:
    async def story() -> None:
        async with ZkServer(a_unit()) as server, connected(address(server), "", QUICK):
            with pytest.raises(TerminalBusy):
                async with connected(address(server), "", Deadlines(wait=0.1)):
                    pass

    run(story())


def test_the_unit_is_left_in_order_when_the_caller_fails() -> None:
    async def story() -> None:
        async with ZkServer(a_unit()) as server:
            with pytest.raises(RuntimeError):
                async with connected(address(server), "", QUICK):
                    session = server.sessions[0]
                    raise RuntimeError("somewhere above")
            assert session.left

    run(story())


@pytest.mark.parametrize("first", [0, 1, 65530])
@BOTH
def test_the_simulator_takes_any_first_reply_number_and_options_with_and_without_nul(
    transport: TransportKind, first: int
) -> None:
    async def story() -> None:
        unit = a_unit(5, 700)
        async with (
            ZkServer(unit) as server,
            open_session(address(server, transport=transport), QUICK, first_reply=first) as session,
        ):
            for name in (b"~SerialNumber", b"~SerialNumber\0"):
                packet = await session.run(command(CommandCode.OPTION_READ, name, "tell"))
                assert packet.data == b"~SerialNumber=SIM-1\0"
            assert len(await session.run(read_set(ATTENDANCE, 4096))) == 4 + 40 * 700

    run(story())
