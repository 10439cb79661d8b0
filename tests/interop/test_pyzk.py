"""pyzk, an independent client, makes a full round trip on the simulated unit."""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.simulator.unit import SimPunch
from bridge.simulator.zk import ZkServer
from tests.bridge.fakes import a_unit, run

PROGRAM = Path(__file__).with_name("pyzk_round_trip.py")


async def round_trip(server: ZkServer, key: int, way: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        str(server.port),
        str(key),
        way,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    first = await process.stdout.readline()
    if first != b"live\n":
        pytest.fail((await process.stderr.read()).decode())
    while not any(session.mask for session in server.sessions):
        await asyncio.sleep(0.02)
    server.unit.punch(SimPunch("1002", datetime(2026, 11, 22, 8, 30, 15), 0, 1))
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)  # type: ignore[no-any-return]


@pytest.mark.parametrize("way", ["tcp", "udp"])
@pytest.mark.parametrize("key", [0, 12, 999999])
def test_pyzk_full_round_trip(way: str, key: int) -> None:
    async def story() -> None:
        unit = a_unit(5, 200)
        async with ZkServer(unit, key=key) as server:
            said = await round_trip(server, key, way)
        assert said["serial"] == "SIM-1"
        assert said["time"].startswith("2031-02-03T04:05:0")
        assert said["sizes"] == [5, 5, 200]
        assert said["users"] == [[pin, person.name] for pin, person in list(unit.people.items())]
        assert said["added"] == ["Grown", "12", 5]
        assert (said["templates"], said["saved"], said["left"]) == (5, True, 5)
        assert said["enrolled"] is True
        assert len(said["attendance"]) == 200
        assert said["live"] == ["1002", "2026-11-22T08:30:15"]
        assert (said["after"], said["cleared"]) == (5, 0)

    run(story())
