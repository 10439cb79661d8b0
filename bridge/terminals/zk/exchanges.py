"""Exchanges with a unit as generators, without sockets or clocks.

An exchange yields `Request` (send this and give me the answer) or `NextPacket` (give me the next
packet of that answer) and is sent `Packet`s. If an answer does not come in time, `NoAnswer` is
thrown in at the `yield`.
"""

import struct
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from bridge.terminals.errors import (
    Cancelled,
    KeyRefused,
    NoAnswer,
    ProtocolError,
    Refused,
    Unsupported,
)
from bridge.terminals.fields import breaks_field
from bridge.terminals.terminal import Counts, Progress, no_progress
from bridge.terminals.zk.codes import UNSUPPORTED, CommandCode, ReplyCode
from bridge.terminals.zk.comm_key import scramble
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.layouts import parse_counts, parse_option
from bridge.wording import worded

T = TypeVar("T")
TCP_CHUNK = 0xFFC0
UDP_CHUNK = 16_384
UDP_TRIES = 3
"""Attempts for one chunk: a lost datagram costs its chunk, not the whole set."""
MAX_SET = 64 * 1024 * 1024
"""Bytes of one set. For comparison: 200,000 records of 40 bytes are 8 million."""
WRITE_CHUNK = 1024
ENROL_MODE = 1


@dataclass(frozen=True, slots=True)
class Request:
    """Send a command. The answer is the next packet with the same reply number."""

    command: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class NextPacket:
    """Wait for the next packet of the answer that has begun."""


Exchange = Generator[Request | NextPacket, Packet, T]


@dataclass(frozen=True)
class RecordSet:
    """A set of records that units hand out in chunks. fct, ext: parameters of the read command."""

    name: str
    command: int
    fct: int = 0
    ext: int = 0


USERS = RecordSet("people", CommandCode.USERS_READ, 5)
FINGERS = RecordSet("fingers", CommandCode.DB_READ, 2)
ATTENDANCE = RecordSet("records", CommandCode.ATTENDANCE_READ)
OPERATIONS = RecordSet("operations", CommandCode.OPLOG_READ)


def expect_ok(packet: Packet, what: str) -> Packet:
    """Return the packet if it says OK.

    what: completes "The terminal refused to …". Raises Unsupported, KeyRefused, or Refused with
    the unit's code.
    """
    if packet.command in (ReplyCode.OK, ReplyCode.DATA):
        return packet
    if packet.command in UNSUPPORTED:
        raise Unsupported(
            worded(
                "The terminal does not know how to {what} (code {code}).",
                what=what,
                code=packet.command,
            )
        )
    if packet.command == ReplyCode.UNAUTHORISED:
        raise KeyRefused(worded("The terminal asks for its comm key."))
    raise Refused(
        worded("The terminal refused to {what} (code {code}).", what=what, code=packet.command),
        packet.command,
    )


def command(code: int, data: bytes, what: str) -> Exchange[Packet]:
    """Send one request and return its answer. Raises as `expect_ok` does."""
    packet = yield Request(code, data)
    return expect_ok(packet, what)


def connect(key: int) -> Exchange[int]:
    """Open the session and return its id. Raises KeyRefused."""
    packet = yield Request(CommandCode.CONNECT)
    session = packet.session
    if packet.command == ReplyCode.UNAUTHORISED:
        packet = yield Request(CommandCode.AUTH, scramble(key, session))
        if packet.command == ReplyCode.UNAUTHORISED:
            raise KeyRefused(
                worded("The comm key is wrong.")
                if key
                else worded("The terminal asks for a comm key.")
            )
    expect_ok(packet, "connect")
    return session


def read_option(name: str) -> Exchange[str]:
    """Return the value of an option, "" if the unit has no such option or tells none of it.

    Some firmwares answer OK with no data, or with another option: then it is unknown. TE23.
    """
    packet = yield Request(CommandCode.OPTION_READ, name.encode("ascii") + b"\0")
    if packet.command not in (ReplyCode.OK, ReplyCode.DATA):
        return ""
    try:
        found, value = parse_option(packet.data)
    except ProtocolError:
        return ""
    return value if found.lstrip("~").lower() == name.lstrip("~").lower() else ""


def read_counts() -> Exchange[Counts]:
    """Return how much the unit holds."""
    packet = yield from command(CommandCode.FREE_SIZES, b"", worded("count what it holds"))
    return parse_counts(packet.data)


def prepare_set(which: RecordSet) -> Exchange[bool]:
    """Return whether the unit would hand out this set. The unit keeps a buffer until FREE_DATA."""
    packet = yield Request(
        CommandCode.PREPARE_BUFFER, struct.pack("<BHII", 1, which.command, which.fct, which.ext)
    )
    return packet.command in (ReplyCode.OK, CommandCode.DATA, CommandCode.PREPARE_DATA)


def read_set(
    which: RecordSet, chunk: int, tries: int = 1, progress: Progress = no_progress
) -> Exchange[bytearray]:
    """Return a whole set: its u32 length and its records.

    chunk: bytes to ask for at a time; one chunk is under way at a time. tries: attempts for each
    chunk. Raises Unsupported, Refused, NoAnswer, ProtocolError, and what `progress` raises.
    """
    packet = yield Request(
        CommandCode.PREPARE_BUFFER, struct.pack("<BHII", 1, which.command, which.fct, which.ext)
    )
    if packet.command in (ReplyCode.ERROR, ReplyCode.UNKNOWN):
        packet = yield Request(which.command, bytes([which.fct]) if which.fct else b"")
    if packet.command in (CommandCode.DATA, CommandCode.PREPARE_DATA):
        whole = yield from _collect(packet, MAX_SET)
        progress(len(whole), len(whole))
        return whole
    expect_ok(packet, worded("hand out its {what}", what=which.name))
    size = int.from_bytes(packet.data[1:5], "little")
    if len(packet.data) < 5 or size > MAX_SET:
        raise ProtocolError(worded("a set of {size:,} bytes", size=size))
    result = bytearray(size)
    try:
        for start in range(0, size, chunk):
            progress(start, size)
            length = min(chunk, size - start)
            result[start : start + length] = yield from _chunk(start, length, tries)
        progress(size, size)
    except Cancelled:
        yield Request(CommandCode.FREE_DATA)
        raise
    yield Request(CommandCode.FREE_DATA)
    return result


def _chunk(start: int, length: int, tries: int) -> Exchange[bytearray]:
    while True:
        try:
            packet = yield Request(CommandCode.READ_BUFFER, struct.pack("<II", start, length))
            part = yield from _collect(packet, length)
        except NoAnswer:
            tries -= 1
            if tries <= 0:
                raise
            continue
        if len(part) != length:
            raise ProtocolError(
                worded("asked for {length:,} bytes, {part:,} came", length=length, part=len(part))
            )
        return part


def _collect(packet: Packet, limit: int) -> Exchange[bytearray]:
    """Return the bytes of one announced transfer: DATA packets of any size, then OK."""
    if packet.command == CommandCode.DATA:
        if len(packet.data) > limit:
            raise ProtocolError(worded("more bytes than asked for"))
        return bytearray(packet.data)
    if packet.command != CommandCode.PREPARE_DATA:
        expect_ok(packet, worded("send its data"))
        return bytearray()
    size = int.from_bytes(packet.data[:4], "little")
    if len(packet.data) < 4 or size > limit:
        raise ProtocolError(
            worded(
                "a transfer of {size:,} bytes where {limit:,} were asked for",
                size=size,
                limit=limit,
            )
        )
    received = bytearray()
    while len(received) < size:
        packet = yield NextPacket()
        if packet.command != CommandCode.DATA or not packet.data:
            raise ProtocolError(worded("a transfer that broke off"))
        received += packet.data
        if len(received) > size:
            raise ProtocolError(worded("more bytes than announced"))
    expect_ok((yield NextPacket()), worded("finish its transfer"))
    return received


def write_bulk(buffer: bytes, progress: Progress = no_progress) -> Exchange[None]:
    """Write people and fingers at once: announce the buffer, send it in chunks, save it as one."""
    yield from command(CommandCode.FREE_DATA, b"", worded("prepare a fast write"))
    yield from command(
        CommandCode.PREPARE_DATA, struct.pack("<I", len(buffer)), worded("take a fast write")
    )
    for start in range(0, len(buffer), WRITE_CHUNK):
        progress(start, len(buffer))
        yield from command(
            CommandCode.DATA, buffer[start : start + WRITE_CHUNK], worded("take a fast write")
        )
    yield from command(
        CommandCode.SAVE_TEMPLATES, struct.pack("<IHH", 12, 0, 8), worded("keep the fingers")
    )
    yield from command(CommandCode.REFRESH_DATA, b"", worded("refresh its data"))
    progress(len(buffer), len(buffer))


def start_enrolment(pin: str, uid: int, finger: int, wide: bool) -> Exchange[None]:
    """Make the unit ask for a finger, 0 to 9. wide: TCP units take the number as text."""
    yield from command(CommandCode.CANCEL_CAPTURE, b"", worded("stop what it was doing"))
    data = (
        struct.pack("<24sBB", pin.encode(), finger, ENROL_MODE)
        if wide
        else struct.pack("<IB", uid, finger)
    )
    yield from command(CommandCode.START_ENROL, data, worded("enrol a finger"))


def write_option(name: str, value: str) -> Exchange[None]:
    """Change an option and make the unit apply it. Raises Unsupported, Refused, ValueError."""
    if breaks_field(name + value):
        raise ValueError("control characters and line separators cannot be part of an option")
    yield from command(
        CommandCode.OPTION_WRITE, f"{name}={value}\0".encode(), worded("set {name}", name=name)
    )
    yield from command(CommandCode.REFRESH_OPTION, b"", worded("refresh its options"))
