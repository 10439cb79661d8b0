"""N13, P1: a failing connection is named with cause and remedy, and replays without the unit."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.checks import CheckOutcome
from bridge.simulator.replay import ReplayServer
from bridge.simulator.zk import ZkServer
from bridge.terminals.discovery import BadSubnet, DiscoveredTerminal, discover, hosts_of
from bridge.terminals.doctor import ConnectionDoctor, ConnectionFinding
from bridge.terminals.errors import ProtocolError
from bridge.terminals.recording import parse_recording
from bridge.terminals.zk.codes import CommandCode, ReplyCode
from bridge.terminals.zk.session import Address, TransportKind
from bridge.terminals.zk.terminal import connected
from tests.bridge.fakes import QUICK, a_unit, address, run


async def examine(
    where: Address, seen: datetime | None = None, serial: str = ""
) -> tuple[dict[str, ConnectionFinding], ConnectionDoctor]:
    doctor = ConnectionDoctor(where, datetime.now, serial, QUICK)
    return {finding.step: finding async for finding in doctor.examine(seen)}, doctor


def outcomes(findings: dict[str, ConnectionFinding]) -> dict[str, str]:
    return {step: finding.outcome.value for step, finding in findings.items()}


def test_P1_a_healthy_unit() -> None:
    async def story() -> None:
        async with ZkServer(a_unit(3, 9), key=123456) as server:
            findings, _ = await examine(
                address(server, 123456, TransportKind.AUTO), datetime.now(UTC)
            )
            assert set(outcomes(findings).values()) == {"ok"}
            assert "People: 3. Fingers: 3. Logins: 9." in findings["Read-only probe"].cause
            assert list(findings) == [
                "Name",
                "TCP port",
                "UDP port",
                "Handshake",
                "Comm key",
                "Read-only probe",
                "Clock",
                "Push",
            ]

    run(story())


def test_P1_nobody_there_and_no_such_name() -> None:
    async def story() -> None:
        findings, _ = await examine(Address("127.0.0.1", 9))
        assert outcomes(findings) == {
            "Name": "ok",
            "TCP port": "warn",
            "UDP port": "fail",
            "Push": "skipped",
        }
        assert findings["UDP port"].remedy
        findings, _ = await examine(Address("no such host.invalid"))
        assert outcomes(findings) == {"Name": "fail", "Push": "skipped"}

    run(story())


@pytest.mark.parametrize(
    ("faults", "key", "step", "outcome", "word"),
    [
        ({}, 0, "Comm key", "fail", "asks for a comm key"),
        ({}, 99, "Comm key", "fail", "wrong"),
        ({"silent": True}, 12, "Session", "fail", "No answer for"),
        ({"garbage": True}, 12, "Session", "fail", "not a frame"),
        ({"clock_offset": timedelta(hours=-2)}, 12, "Clock", "warn", " s behind."),
        (
            {"refuse": {CommandCode.PREPARE_BUFFER: ReplyCode.WRONG_DEVICE_TYPE}},
            12,
            "Read-only probe",
            "warn",
            "does not hand out its log",
        ),
    ],
    ids=str,
)
def test_P1_what_is_wrong_is_named(
    faults: dict[str, Any], key: int, step: str, outcome: str, word: str
) -> None:
    async def story() -> None:
        unit = a_unit(3, 9)
        for name, value in faults.items():
            setattr(unit.faults, name, value)
        async with ZkServer(unit, key=12) as server:
            findings, _ = await examine(address(server, key, TransportKind.AUTO))
            assert (findings[step].outcome.value, word in findings[step].cause) == (
                outcome,
                True,
            ), findings
            assert findings[step].remedy

    run(story())


def test_P1_a_weak_key_and_another_unit_are_warned_of() -> None:
    async def story() -> None:
        async with ZkServer(a_unit(), key=12) as server:
            findings, _ = await examine(address(server, 12))
            assert (findings["Comm key"].outcome, "short" in findings["Comm key"].cause) == (
                CheckOutcome.WARN,
                True,
            )
            findings, _ = await examine(address(server, 12), serial="OTHER")
            assert "Expected terminal OTHER" in findings["Session"].cause

    run(story())


def test_N13_the_recording_holds_no_key_and_no_serial_and_replays() -> None:
    async def story() -> None:
        async with ZkServer(a_unit(3, 9, serial="SECRET77"), key=123456) as server:
            live, doctor = await examine(address(server, 123456))
        text = doctor.recorder.text()
        assert b"SECRET77".hex() not in text
        assert all(
            not any(packet.data)
            for packet in parse_recording(text)
            if packet.command == CommandCode.AUTH
        )
        async with ReplayServer(parse_recording(text)) as replay:
            again, _ = await examine(Address("127.0.0.1", replay.port, 123456, TransportKind.TCP))
        assert (
            again["Read-only probe"].cause.replace("XXXXXXXX", "SECRET77")
            == live["Read-only probe"].cause
        )

    run(story())


def test_N13_a_failing_exchange_fails_again_in_the_replay() -> None:
    async def story() -> None:
        unit = a_unit(3, 9)
        unit.faults.refuse = {CommandCode.PREPARE_BUFFER: ReplyCode.WRONG_DEVICE_TYPE}
        async with ZkServer(unit) as server:
            live, doctor = await examine(address(server))
        async with ReplayServer(parse_recording(doctor.recorder.text())) as replay:
            again, _ = await examine(Address("127.0.0.1", replay.port, transport=TransportKind.TCP))
        assert (
            again["Read-only probe"].outcome is live["Read-only probe"].outcome is CheckOutcome.WARN
        )

    run(story())


def test_people_and_fingers_never_reach_a_recording() -> None:
    async def story() -> None:
        unit = a_unit(30)
        unit.people["1001"].name = "VERYPRIVATE"
        doctor = ConnectionDoctor(Address("127.0.0.1"), datetime.now)
        async with (
            ZkServer(unit) as server,
            connected(address(server), "", QUICK, doctor.recorder) as terminal,
        ):
            await terminal.people()
            await terminal.fingers()
        assert b"VERYPRIVATE".hex() not in doctor.recorder.text()
        assert b"SS21".hex() not in doctor.recorder.text()

    run(story())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"format": "other"}',
        '{"format": "muster exchange 1"}\n["up",1,1,1,""]',
        '{"format": "muster exchange 1"}\n["sent"]',
    ],
)
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_recording(text or "\n")


# discovery


@pytest.mark.parametrize(
    "subnet", ["10.0.0.0/8", "8.8.8.0/24", "fe80::/64", "everything", "192.168.1.0/23"]
)
def test_only_small_private_subnets_are_probed(subnet: str) -> None:
    with pytest.raises(BadSubnet):
        hosts_of(subnet)


def test_units_in_a_subnet_are_found_with_and_without_key() -> None:
    async def story() -> None:
        async with (
            ZkServer(a_unit(serial="ONE"), host="127.0.0.2") as one,
            ZkServer(a_unit(serial="TWO"), "127.0.0.3", one.port, key=5),
        ):
            other = await asyncio.start_server(
                lambda _reader, writer: writer.write(b"HTTP/1.1 400\r\n\r\n"), "127.0.0.5", one.port
            )
            seen: list[int] = []
            found = [
                unit
                async for unit in discover(
                    "127.0.0.0/29", one.port, lambda done, _total: seen.append(done)
                )
            ]
            other.close()
        by_host = {unit.host: unit for unit in found}
        assert by_host["127.0.0.2"] == DiscoveredTerminal("127.0.0.2", "ONE", "SIM-200")
        assert by_host["127.0.0.3"].what == "Terminal with a comm key"
        assert "Something else" in by_host["127.0.0.5"].what
        assert len(found) == 3
        assert seen[-1] == 6

    run(story())
