"""TE29: recorded units, by name, meet the same questions; a recording becomes such a unit."""

import struct
from datetime import datetime
from pathlib import Path

import pytest

from bridge.simulator.fleet import Fleet, RunningFleet
from bridge.simulator.profiles import PROFILES, SOME_KEY, UnitProfile, find_profile, learn
from bridge.simulator.unit import Unit
from bridge.simulator.zk import ZkServer
from bridge.terminals.doctor import ConnectionDoctor
from bridge.terminals.errors import KeyRefused
from bridge.terminals.recording import RecordedPacket, parse_recording
from bridge.terminals.terminal import Person, TerminalDevice
from bridge.terminals.zk.codes import CommandCode, ReplyCode
from bridge.terminals.zk.exchanges import ATTENDANCE, OPERATIONS
from bridge.terminals.zk.terminal import connected
from tests.bridge import test_access_terminal, test_push_terminal
from tests.bridge.fakes import QUICK, a_unit, address, run

PUNCHES = 40
PERSONAL = "a-very-personal-serial"


def named(dialect: str) -> list[str]:
    return [name for name, profile in PROFILES.items() if profile.dialect == dialect]


async def used(terminal: TerminalDevice, unit: Unit) -> None:
    """What the service does with a unit: it is met, read, written and read again."""
    await terminal.info()
    assert await terminal.capabilities()
    held = await terminal.people()
    assert {person.pin for person in held} == set(unit.people)
    assert len(await terminal.fingers()) == len(unit.people)
    log = await terminal.log()
    assert [punch.pin for punch in log.punches] == [punch.pin for punch in unit.punches]
    assert log.received == PUNCHES
    await terminal.write_people([Person(pin="7001", name="New")])
    assert unit.people["7001"].name == "New"
    await terminal.remove_people(["1001"])
    assert "1001" not in unit.people


@pytest.mark.parametrize("name", named("zk"))
def test_TE29_every_profile_of_port_4370_is_met_read_and_written(name: str) -> None:
    profile = PROFILES[name]

    async def whole() -> None:
        unit = a_unit(4, PUNCHES)
        profile.shape(unit)
        async with (
            ZkServer(unit, key=profile.key) as server,
            connected(address(server, profile.key), unit.serial, QUICK) as terminal,
        ):
            await used(terminal, unit)
            if profile.key:
                await refuses_another_key(server)

    run(whole())


async def refuses_another_key(server: ZkServer) -> None:
    other = ZkServer(server.unit, key=SOME_KEY)
    async with other:
        with pytest.raises(KeyRefused):
            async with connected(address(other, 1), server.unit.serial, QUICK):
                pass


@pytest.mark.parametrize("name", named("push"))
def test_TE29_every_profile_that_dials_in_is_met_read_and_written(name: str) -> None:
    unit = a_unit(4, PUNCHES)
    PROFILES[name].shape(unit)
    test_push_terminal.meeting(lambda met: used(met.terminal, met.unit), unit)


@pytest.mark.parametrize("name", named("access"))
def test_TE29_every_profile_of_access_control_is_met_read_and_written(name: str) -> None:
    unit = a_unit(4, 0)
    PROFILES[name].shape(unit)

    async def met(door: test_access_terminal.Met) -> None:
        await door.terminal.info()
        assert {person.pin for person in await door.terminal.people()} == set(unit.people)
        assert len(await door.terminal.fingers()) == len(unit.people)
        new = "EMP-0012" if name == "access-letters" else "7001"
        await door.terminal.write_people([Person(pin=new, name="New")])
        assert unit.people[new].name == "New"
        await door.terminal.remove_people(["1001"])
        assert "1001" not in unit.people

    test_access_terminal.meeting(met, unit)


def recorded(unit: Unit, key: int = 0) -> UnitProfile:
    """The profile that the doctor's recording of a unit makes."""

    async def whole() -> str:
        async with ZkServer(unit, key=key) as server:
            doctor = ConnectionDoctor(address(server, key), datetime.now, unit.serial)
            async for _ in doctor.examine(None):
                pass
            return doctor.recorder.text()

    text = run(whole())
    assert PERSONAL not in text
    return learn(parse_recording(text))


def test_TE29_a_recording_of_the_doctor_becomes_a_profile() -> None:
    unit = a_unit(2, PUNCHES, serial=PERSONAL)
    unit.options["~DeviceName"] = "F18"
    for name, value in (
        ("attendance_width", "16"),
        ("odd_option", "~Platform"),
        ("refuse", f"{int(CommandCode.VERSION)}:{int(ReplyCode.UNKNOWN)}"),
        ("bulk", "direct"),
    ):
        unit.faults.set_fault(name, value)
    profile = recorded(unit, key=77)
    assert profile.key == SOME_KEY
    assert profile.options["~DeviceName"] == "F18"
    assert "~SerialNumber" not in profile.options
    again = Unit("ANOTHER")
    profile.shape(again)
    assert again.faults.attendance_width == 16
    assert again.faults.odd_option == "~Platform"
    assert again.faults.refuse == {CommandCode.VERSION: ReplyCode.UNKNOWN}


def test_TE29_a_unit_whose_numbers_cannot_be_read_is_learnt_as_such() -> None:
    unit = a_unit(1)
    unit.faults.odd_answers = {CommandCode.FREE_SIZES: b"\x01\x02"}
    again = Unit("ANOTHER")
    recorded(unit).shape(again)
    assert again.faults.odd_answers == {CommandCode.FREE_SIZES: b"\x01\x02"}


def packet(direction: str, command: int, data: bytes = b"") -> RecordedPacket:
    return RecordedPacket(direction, command, 0, 0, data)


def test_TE29_frames_are_learnt_and_what_a_recording_does_not_show_is_left() -> None:
    question = struct.pack("<BHII", 1, OPERATIONS.command, 0, 0)
    counts = bytes(32) + struct.pack("<I", 3)
    log = struct.pack("<BHII", 1, ATTENDANCE.command, 0, 0)
    profile = learn(
        [
            packet("received", ReplyCode.OK),
            packet("sent", CommandCode.READ_BUFFER),
            packet("received", CommandCode.PREPARE_DATA, struct.pack("<II", 90, 1008)),
            packet("received", CommandCode.PREPARE_DATA, b"short"),
            packet("sent", ReplyCode.OK),
            packet("sent", CommandCode.PREPARE_BUFFER, question),
            packet("received", ReplyCode.OK, struct.pack("<BI", 0, 20)),
            packet("sent", CommandCode.FREE_SIZES),
            packet("received", ReplyCode.ERROR),
            packet("sent", CommandCode.FREE_SIZES),
            packet("received", ReplyCode.OK, counts),
            packet("sent", CommandCode.PREPARE_BUFFER, log),
            packet("received", ReplyCode.OK, struct.pack("<BI", 0, 4 + 3 * 33)),
            packet("sent", CommandCode.OPTION_READ, b"~OS\0"),
            packet("received", ReplyCode.ERROR),
            packet("sent", CommandCode.VERSION),
        ]
    )
    assert (profile.dialect, profile.key) == ("zk", 0)
    assert profile.faults == (("frame", "1008"),)


def test_TE29_a_whole_fleet_behaves_like_a_profile() -> None:
    fleet = RunningFleet(Fleet(dialect="push", like=PROFILES["push-slow"], faults=("silent=1",)))
    faults = fleet.add_unit(1).faults
    assert (faults.steady_polls, faults.silent) == (True, True)
    assert not RunningFleet(Fleet()).add_unit(1).faults.steady_polls


def test_TE29_a_profile_is_found_by_its_name_or_in_a_file(tmp_path: Path) -> None:
    assert find_profile("push-slow") is PROFILES["push-slow"]
    with pytest.raises(ValueError, match="there are zk-small-frames"):
        find_profile("nothing of the kind")
    bad = tmp_path / "bad"
    bad.write_text("rubbish\n", "utf-8")
    with pytest.raises(ValueError, match="not a recording"):
        find_profile(str(bad))
    good = tmp_path / "good"
    good.write_text('{"format": "muster exchange 1", "dialect": "zk"}\n', "utf-8")
    assert find_profile(str(good)) == UnitProfile("zk")
