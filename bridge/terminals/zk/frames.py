"""Packets and their framing on TCP and UDP."""

import struct
from dataclasses import dataclass

from bridge.terminals.errors import ProtocolError
from bridge.wording import worded

MAGIC = b"\x50\x50\x82\x7d"
HEADER = struct.Struct("<HHHH")
PREFIX_SIZE = 8
MAX_FRAME = 16 * 1024 * 1024
"""Bytes of one packet: far more than a whole set, so a larger one is not from a terminal."""
MAX_UDP = 65_507


@dataclass(frozen=True, slots=True)
class Packet:
    """One message.

    Units reuse `session` for other things, so answers are matched by `reply` alone.
    """

    command: int
    session: int
    reply: int
    data: bytes = b""
    checksum_ok: bool = True


_SUM_BLOCK = 64 * 1024


def checksum(payload: bytes | memoryview, own: int = 0) -> int:
    """Return the ones' complement of the ones'-complement sum of the little-endian words.

    own: the checksum that stands in the payload; it does not count. A number is congruent to the
    sum of its 16-bit digits modulo 65535, so whole blocks are added as numbers.
    """
    total = sum(
        int.from_bytes(payload[start : start + _SUM_BLOCK], "little")
        for start in range(0, len(payload), _SUM_BLOCK)
    )
    total -= own << 16
    return ~(total % 0xFFFF or (0xFFFF if total else 0)) & 0xFFFF


def encode(packet: Packet) -> bytes:
    """Return the payload of a packet, which is one UDP datagram."""
    blank = HEADER.pack(packet.command, 0, packet.session, packet.reply) + packet.data
    return HEADER.pack(packet.command, checksum(blank), packet.session, packet.reply) + packet.data


def encode_tcp(packet: Packet) -> bytes:
    """Return the frame of a packet in a TCP stream."""
    payload = encode(packet)
    return MAGIC + struct.pack("<I", len(payload)) + payload


def decode(payload: bytes | memoryview) -> Packet:
    """Parse a payload. Raises ProtocolError if it is shorter than the header.

    A wrong checksum is only noted: no peer rejects it.
    """
    if len(payload) < HEADER.size:
        raise ProtocolError(worded("a packet of {payload} bytes", payload=len(payload)))
    command, given, session, reply = HEADER.unpack_from(payload)
    return Packet(
        command, session, reply, bytes(payload[HEADER.size :]), given == checksum(payload, given)
    )


class StreamParser:
    """Cuts a TCP stream into packets, however it was split; it holds one frame at most."""

    def __init__(self, max_frame: int = MAX_FRAME) -> None:
        self._buffer = bytearray()
        self._max_frame = max_frame

    def feed(self, chunk: bytes) -> list[Packet]:
        """Return the packets that this chunk completes.

        Raises ProtocolError for bytes that are not a frame, after the packets before them were
        returned.
        """
        self._buffer += chunk
        packets: list[Packet] = []
        position = 0
        try:
            while (end := self._frame_end(position)) is not None:
                with (
                    memoryview(self._buffer) as view,
                    view[position + PREFIX_SIZE : end] as payload,
                ):
                    packets.append(decode(payload))
                position = end
        except ProtocolError:
            if not packets:
                raise
        if position:
            del self._buffer[:position]
        return packets

    def _frame_end(self, position: int) -> int | None:
        have = len(self._buffer) - position
        start = bytes(self._buffer[position : position + PREFIX_SIZE])
        if not MAGIC.startswith(start[:4]):
            raise ProtocolError(worded("not a frame of the terminal protocol"))
        if have < PREFIX_SIZE:
            return None
        size = int.from_bytes(start[4:], "little")
        if not HEADER.size <= size <= self._max_frame:
            raise ProtocolError(worded("a frame of {size:,} bytes", size=size))
        return position + PREFIX_SIZE + size if have >= PREFIX_SIZE + size else None
