"""TE23: one odd answer to one question never ends a conversation with a unit of port 4370."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from bridge.simulator import zk
from bridge.simulator.unit import Unit
from bridge.simulator.zk import ZkServer
from bridge.terminals.doctor import ConnectionDoctor
from bridge.terminals.errors import BridgeError, ProtocolError, Unreachable
from bridge.terminals.terminal import Capability
from bridge.terminals.zk.codes import CommandCode, EventCode
from bridge.terminals.zk.controls import OPTIONS
from bridge.terminals.zk.terminal import ZkTerminal, connected
from tests.bridge.fakes import QUICK, a_unit, address, run

ODD = [b"", b"\x01", b"\0" * 7, b"\xff" * 300]


def meeting(story: Callable[[ZkTerminal, Unit], Awaitable[None]], unit: Unit) -> None:
    async def whole() -> None:
        async with (
            ZkServer(unit) as server,
            connected(address(server), unit.serial, QUICK) as terminal,
        ):
            await story(terminal, unit)

    run(whole())


@pytest.mark.parametrize("option", [name for name in OPTIONS if name != "~SerialNumber"])
def test_TE23_an_option_that_is_answered_with_nothing_is_unknown(option: str) -> None:
    async def story(terminal: ZkTerminal, unit: Unit) -> None:
        unit.faults.odd_option = option
        info = await terminal.info()
        assert option.lstrip("~") not in info.options
        assert info.firmware == "Ver 6.60 Sim 1.0"
        assert (await terminal.capabilities())[Capability.WRITE_FINGERS]

    meeting(story, a_unit(2))


@pytest.mark.parametrize("answer", ODD)
@pytest.mark.parametrize(
    "command",
    [
        CommandCode.VERSION,
        CommandCode.OPTION_READ,
        CommandCode.PREPARE_BUFFER,
        CommandCode.REGISTER_EVENTS,
    ],
)
def test_TE23_what_it_is_and_can_is_told_whatever_one_answer_is(
    command: int, answer: bytes
) -> None:
    async def story(terminal: ZkTerminal, unit: Unit) -> None:
        unit.faults.odd_answers = {command: answer}
        await terminal.info()
        await terminal.capabilities()
        unit.faults.odd_answers = {}
        assert len(await terminal.people()) == 2

    meeting(story, a_unit(2))


@pytest.mark.parametrize("answer", ODD[:3])
@pytest.mark.parametrize("command", [CommandCode.FREE_SIZES, CommandCode.TIME_READ])
def test_TE23_a_number_or_a_time_that_cannot_be_read_is_no_answer_and_the_next_one_is(
    command: int, answer: bytes
) -> None:
    async def story(terminal: ZkTerminal, unit: Unit) -> None:
        unit.faults.odd_answers = {command: answer}
        question = terminal.counts if command == CommandCode.FREE_SIZES else terminal.clock
        if len(answer) < 4 or command == CommandCode.FREE_SIZES:
            with pytest.raises(ProtocolError):
                await question()
        unit.faults.odd_answers = {}
        assert len(await terminal.people()) == 2

    meeting(story, a_unit(2))


def test_TE23_an_event_that_cannot_be_read_does_not_end_an_enrolment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zk, "EVENT_GAP_S", 0.01)

    async def whole() -> None:
        unit = a_unit(1)
        async with (
            ZkServer(unit) as server,
            connected(address(server), unit.serial, QUICK) as terminal,
        ):
            server.sessions[0].events.append((EventCode.ENROL_FINGER, b""))
            said = [text async for text in terminal.enrol_finger("1001", 2)]
            assert said[-1] == "The finger is enrolled."

    run(whole())


def test_TE23_the_doctor_goes_on_after_an_odd_answer() -> None:
    async def whole() -> None:
        unit = a_unit(1)
        unit.faults.odd_answers = {CommandCode.FREE_SIZES: b""}
        async with ZkServer(unit) as server:
            doctor = ConnectionDoctor(address(server), datetime.now, unit.serial)
            found = {one.step: one async for one in doctor.examine(None)}
        assert (found["Read-only probe"].outcome, found["Clock"].outcome) == ("warn", "ok")

    run(whole())


def test_TE23_a_lost_connection_is_no_odd_answer() -> None:
    async def whole() -> None:
        unit = a_unit(1)
        async with ZkServer(unit) as server:
            with pytest.raises(BridgeError):
                async with connected(address(server), unit.serial, QUICK) as terminal:
                    server.hang_up()
                    with pytest.raises(Unreachable):
                        await terminal.counts()
                    with pytest.raises(Unreachable, match="was lost"):
                        await terminal.counts()
                    await asyncio.sleep(0)
                    await terminal.info()

    run(whole())
