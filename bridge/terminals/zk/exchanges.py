"""Conversations with a unit as generators: they say what to ask, and are told what came. No sockets, no clock.

A conversation yields `Ask` (send this, then give me the answer) or `More` (give me the next packet of that answer), and
is sent `Packet`s. Where an answer does not come in time, `NoAnswer` is thrown in at the `yield`.
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
from bridge.terminals.terminal import Counts, Progress, silent
from bridge.terminals.zk.codes import UNSUPPORTED, Command, Reply
from bridge.terminals.zk.comm_key import scramble
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.layouts import parse_counts, parse_option

T = TypeVar("T")
TCP_CHUNK = 0xFFC0
UDP_CHUNK = 16_384
UDP_TRIES = 3
"""A datagram that is lost costs its chunk, not the whole set."""
MAX_SET = 64 * 1024 * 1024
"""Bytes of one set; 200,000 records of 40 bytes are 8 million."""
WRITE_CHUNK = 1024
ENROL_MODE = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a command; the answer is the next packet with the same reply number."""

    command: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class More:
    """The next packet of the answer that has begun."""


Talk = Generator[Ask | More, Packet, T]


@dataclass(frozen=True)
class Set:
    """A set of records that units hand out in chunks."""

    name: str
    command: int
    fct: int = 0
    ext: int = 0


USERS = Set("people", Command.USERS_READ, 5)
FINGERS = Set("fingers", Command.DB_READ, 2)
ATTENDANCE = Set("records", Command.ATTENDANCE_READ)
OPERATIONS = Set("operations", Command.OPLOG_READ)


def expect_ok(packet: Packet, what: str) -> Packet:
    """The packet when it says OK. Raises Unsupported or Refused with the unit's code."""
    if packet.command in (Reply.OK, Reply.DATA):
        return packet
    if packet.command in UNSUPPORTED:
        raise Unsupported(f"The terminal does not know how to {what} (code {packet.command}).")
    if packet.command == Reply.UNAUTHORISED:
        raise KeyRefused("The terminal asks for its comm key.")
    raise Refused(f"The terminal refused to {what} (code {packet.command}).", packet.command)


def command(code: int, data: bytes, what: str) -> Talk[Packet]:
    """One request with one answer."""
    packet = yield Ask(code, data)
    return expect_ok(packet, what)


def connect(key: int) -> Talk[int]:
    """Opens the session and returns its id. Raises KeyRefused."""
    packet = yield Ask(Command.CONNECT)
    session = packet.session
    if packet.command == Reply.UNAUTHORISED:
        packet = yield Ask(Command.AUTH, scramble(key, session))
        if packet.command == Reply.UNAUTHORISED:
            raise KeyRefused(
                "The comm key is wrong." if key else "The terminal asks for a comm key."
            )
    expect_ok(packet, "connect")
    return session


def read_option(name: str) -> Talk[str]:
    """The value of an option, "" when the unit has no such option."""
    packet = yield Ask(Command.OPTION_READ, name.encode("ascii") + b"\0")
    if packet.command not in (Reply.OK, Reply.DATA):
        return ""
    found, value = parse_option(packet.data)
    if found.lstrip("~").lower() != name.lstrip("~").lower():
        raise ProtocolError("the answer to another option")
    return value


def read_counts() -> Talk[Counts]:
    packet = yield from command(Command.FREE_SIZES, b"", "count what it holds")
    return parse_counts(packet.data)


def prepare(which: Set) -> Talk[bool]:
    """Whether the unit would hand out this set."""
    packet = yield Ask(
        Command.PREPARE_BUFFER, struct.pack("<BHII", 1, which.command, which.fct, which.ext)
    )
    return packet.command in (Reply.OK, Command.DATA, Command.PREPARE_DATA)


def read_set(
    which: Set, chunk: int, tries: int = 1, progress: Progress = silent
) -> Talk[bytearray]:
    """A whole set: its u32 length and its records. One chunk is under way at a time; progress may raise to stop between chunks."""
    packet = yield Ask(
        Command.PREPARE_BUFFER, struct.pack("<BHII", 1, which.command, which.fct, which.ext)
    )
    if packet.command in (Reply.ERROR, Reply.UNKNOWN):
        packet = yield Ask(which.command, bytes([which.fct]) if which.fct else b"")
    if packet.command in (Command.DATA, Command.PREPARE_DATA):
        whole = yield from _collect(packet, MAX_SET)
        progress(len(whole), len(whole))
        return whole
    expect_ok(packet, f"hand out its {which.name}")
    size = int.from_bytes(packet.data[1:5], "little")
    if len(packet.data) < 5 or size > MAX_SET:
        raise ProtocolError(f"a set of {size:,} bytes")
    result = bytearray(size)
    try:
        for start in range(0, size, chunk):
            progress(start, size)
            length = min(chunk, size - start)
            result[start : start + length] = yield from _chunk(start, length, tries)
        progress(size, size)
    except Cancelled:
        yield Ask(Command.FREE_DATA)
        raise
    yield Ask(Command.FREE_DATA)
    return result


def _chunk(start: int, length: int, tries: int) -> Talk[bytearray]:
    while True:
        try:
            packet = yield Ask(Command.READ_BUFFER, struct.pack("<II", start, length))
            part = yield from _collect(packet, length)
        except NoAnswer:
            tries -= 1
            if tries <= 0:
                raise
            continue
        if len(part) != length:
            raise ProtocolError(f"asked for {length:,} bytes, {len(part):,} came")
        return part


def _collect(packet: Packet, limit: int) -> Talk[bytearray]:
    """The bytes of one announced transfer: DATA packets of any size until all have come, then OK."""
    if packet.command == Command.DATA:
        if len(packet.data) > limit:
            raise ProtocolError("more bytes than asked for")
        return bytearray(packet.data)
    if packet.command != Command.PREPARE_DATA:
        expect_ok(packet, "send its data")
        return bytearray()
    size = int.from_bytes(packet.data[:4], "little")
    if len(packet.data) < 4 or size > limit:
        raise ProtocolError(f"a transfer of {size:,} bytes where {limit:,} were asked for")
    received = bytearray()
    while len(received) < size:
        packet = yield More()
        if packet.command != Command.DATA or not packet.data:
            raise ProtocolError("a transfer that broke off")
        received += packet.data
        if len(received) > size:
            raise ProtocolError("more bytes than announced")
    expect_ok((yield More()), "finish its transfer")
    return received


def read_template(uid: int, finger: int) -> Talk[bytes | None]:
    """One fingerprint template, None when the unit has none."""
    packet = yield Ask(Command.TEMPLATE_READ, struct.pack("<HB", uid, finger))
    if packet.command == Reply.ERROR:
        return None
    data = bytes((yield from _collect(packet, MAX_SET)))[:-1]
    return data.removesuffix(bytes(6))


def write_bulk(buffer: bytes, progress: Progress = silent) -> Talk[None]:
    """A fast write of people and fingers: announced, sent in chunks, then taken over as one."""
    yield from command(Command.FREE_DATA, b"", "prepare a fast write")
    yield from command(Command.PREPARE_DATA, struct.pack("<I", len(buffer)), "take a fast write")
    for start in range(0, len(buffer), WRITE_CHUNK):
        progress(start, len(buffer))
        yield from command(Command.DATA, buffer[start : start + WRITE_CHUNK], "take a fast write")
    yield from command(Command.SAVE_TEMPLATES, struct.pack("<IHH", 12, 0, 8), "keep the fingers")
    yield from command(Command.REFRESH_DATA, b"", "refresh its data")
    progress(len(buffer), len(buffer))


def start_enrolment(pin: str, uid: int, finger: int, wide: bool) -> Talk[None]:
    """Makes the unit ask for a finger. wide: TCP units take the number as text."""
    yield from command(Command.CANCEL_CAPTURE, b"", "stop what it was doing")
    data = (
        struct.pack("<24sBB", pin.encode(), finger, ENROL_MODE)
        if wide
        else struct.pack("<IB", uid, finger)
    )
    yield from command(Command.START_ENROL, data, "enrol a finger")


def write_option(name: str, value: str) -> Talk[None]:
    yield from command(Command.OPTION_WRITE, f"{name}={value}\0".encode(), f"set {name}")
    yield from command(Command.REFRESH_OPTION, b"", "refresh its options")
