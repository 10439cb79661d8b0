"""A unit that says anything at all: only `BridgeError`s, bounded memory, no hang past the deadline.

The default run takes some seconds; MUSTER_FUZZ_S=600 fuzzes for ten minutes.
"""

import asyncio
import os
import random
import time
import tracemalloc
from contextlib import suppress

import pytest

from bridge.simulator.zk import ZkServer
from bridge.terminals.errors import BridgeError
from bridge.terminals.push.records import parse_results, parse_upload, unpack_archive
from bridge.terminals.zk.codes import CommandCode, ReplyCode
from bridge.terminals.zk.frames import MAGIC, Packet, encode_tcp
from bridge.terminals.zk.session import Address, Deadlines, TransportKind
from bridge.terminals.zk.terminal import ZkTerminal, connected
from tests.bridge.fakes import a_unit, run

FUZZ_S = float(os.environ.get("MUSTER_FUZZ_S", "20")) / 2
HASTY = Deadlines(connect=0.5, idle=0.1, answer=0.4, goodbye=0.05, wait=1.0)
MEMORY = 64 * 1024 * 1024
HANG_S = 30.0
"""Seconds after which a session counts as hanging: a watchdog, far above its deadlines."""


async def everything(terminal: ZkTerminal) -> None:
    for act in (
        terminal.info,
        terminal.counts,
        terminal.people,
        terminal.fingers,
        terminal.log,
        terminal.operations,
        terminal.clock,
    ):
        await act()
    async for _ in terminal.live_punches(0.1):
        break


class Liar:
    """Stands between a client and a healthy unit and changes what the unit says."""

    def __init__(self, server: ZkServer, seed: int) -> None:
        self._server, self._dice = server, random.Random(seed)

    async def __aenter__(self) -> "Liar":
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        task = asyncio.create_task(self._pipe(reader, up_writer, honest=True))
        await self._pipe(up_reader, writer, honest=False)
        task.cancel()

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, honest: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                writer.write(chunk if honest else self._lie(chunk))
                await writer.drain()
        writer.close()

    def _lie(self, chunk: bytes) -> bytes:
        data, dice = bytearray(chunk), self._dice
        if dice.random() < 0.6:
            return chunk
        for _ in range(dice.randint(1, 4)):
            kind, at = dice.randrange(6), dice.randrange(len(data) + 1)
            if kind == 0 and at < len(data):
                data[at] ^= 1 << dice.randrange(8)
            elif kind == 1:
                del data[at:]
            elif kind == 2:
                data[at:at] = dice.randbytes(dice.randint(1, 40))
            elif kind == 3 and len(data) > 8:
                data[4:8] = dice.randbytes(2) + bytes(2)
            elif kind == 4 and len(data) > 16:
                data[8:10] = dice.choice(
                    [
                        ReplyCode.OK,
                        CommandCode.DATA,
                        CommandCode.PREPARE_DATA,
                        ReplyCode.ERROR,
                        ReplyCode.UNKNOWN,
                    ]
                ).to_bytes(2, "little")
            elif kind == 5 and len(data) > 20:
                data[16:20] = dice.randbytes(4)
        return bytes(data)


def test_fuzz_a_lying_unit_gives_bridge_errors_in_time_and_memory() -> None:
    async def story() -> None:
        held, seed, end = a_unit(20, 400), 0, time.monotonic() + FUZZ_S
        held.faults.frame = 500
        async with ZkServer(held) as server:
            while time.monotonic() < end:
                seed += 1
                async with Liar(server, seed) as liar:
                    where = Address("127.0.0.1", liar.port, 0, TransportKind.TCP)
                    with suppress(BridgeError):
                        async with asyncio.timeout(HANG_S), connected(where, "", HASTY) as unit:
                            await everything(unit)
        assert seed > 10

    tracemalloc.start()
    try:
        run(story(), within=FUZZ_S + 60)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_fuzz_uploads_of_any_kind_are_batches_or_bridge_errors() -> None:
    dice, end, runs = random.Random(1), time.monotonic() + FUZZ_S / 2, 0
    seeds = [
        b"1042\t2026-11-22 08:30:15\t0\t15\t0\t0\t0\t0\t36.6\t1\n",
        b"USER PIN=1\tName=x\tPri=0\tPasswd=\tCard=[0]\tGrp=1\n"
        b"FP PIN=1\tFID=6\tSize=4\tValid=1\tTMP=eHh4\n",
        b"BIODATA Pin=1\tNo=6\tIndex=0\tValid=1\tDuress=0\tType=9"
        b"\tMajorVer=5\tMinorVer=8\tFormat=0\tTmp=eHh4\n",
        b"ErrCode=D01E0003\tErrMsg=\tDataOrigin=cmd\tCmdId=12\tAdditional=\n",
        b"ID=1&Return=0&CMD=DATA\n~DeviceName=X\nUserCount=4\n",
        b"PIN=20261122083015-1042.jpg\nSN=S1\nsize=5\nCMD=uploadphoto\0\xff\xd8\xff",
    ]
    while time.monotonic() < end:
        runs += 1
        data = bytearray(dice.choice(seeds) * dice.randint(1, 3))
        for _ in range(dice.randint(1, 8)):
            at = dice.randrange(len(data) + 1)
            data[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(4))
        batch = parse_upload(
            dice.choice(["ATTLOG", "OPERLOG", "BIODATA", "ERRORLOG", "ATTPHOTO", "x"]), bytes(data)
        )
        assert batch.lines <= len(data)
        parse_results(bytes(data))
        with suppress(BridgeError):
            unpack_archive(bytes(data))
    assert runs > 100


async def _serve_bytes(stream: bytes, forever: bool) -> tuple[asyncio.Server, int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(100)
            writer.write(stream)
            while forever:
                writer.write(stream)
                await writer.drain()
            await asyncio.sleep(2)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    "stream",
    [
        encode_tcp(Packet(CommandCode.REGISTER_EVENTS, 1, 0, b"x" * 32)),
        encode_tcp(Packet(ReplyCode.OK, 1, 77)),
        MAGIC + b"\xff\xff\xff\x00" + b"x" * 65536,
        b"\x50" * 4096,
    ],
    ids=["events", "answers to nobody", "one endless frame", "no frame"],
)
def test_an_endless_stream_ends_with_the_deadline_and_in_bounded_memory(stream: bytes) -> None:
    async def story() -> None:
        server, port = await _serve_bytes(stream, forever=True)
        with pytest.raises(BridgeError):
            async with connected(Address("127.0.0.1", port, 0, TransportKind.TCP), "", HASTY):
                pytest.fail("it connected")
        server.close()

    tracemalloc.start()
    try:
        run(story(), within=HANG_S)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_a_dribble_of_single_bytes_cannot_hold_a_session_open() -> None:
    async def story() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                for byte in MAGIC + b"\xff\xff\x00\x00" + bytes(1 << 20):
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.02)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        with pytest.raises(BridgeError):
            async with connected(
                Address("127.0.0.1", server.sockets[0].getsockname()[1], 0, TransportKind.TCP),
                "",
                HASTY,
            ):
                pytest.fail("it connected")
        server.close()

    run(story(), within=HANG_S)
