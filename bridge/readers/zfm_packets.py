"""Packets of the serial modules (ZFM, R30x, AS608), after the ZFM manual.

A packet is EF01, address, kind, length, payload, checksum.
"""

import struct
from dataclasses import dataclass

START = b"\xef\x01"
EVERYBODY = 0xFFFFFFFF
COMMAND, DATA, ACK, LAST = 0x01, 0x02, 0x07, 0x08
_HEAD = struct.Struct(">2sIBH")
MAX_PAYLOAD = 256
"""Bytes of one payload; modules send 32, 64, 128 or 256."""


@dataclass(frozen=True)
class ModulePacket:
    """One packet. kind: COMMAND, DATA, ACK or LAST (the last one with data)."""

    kind: int
    payload: bytes
    address: int = EVERYBODY


def encode(packet: ModulePacket) -> bytes:
    """Return the bytes of a packet."""
    body = struct.pack(">BH", packet.kind, len(packet.payload) + 2) + packet.payload
    return START + struct.pack(">I", packet.address) + body + struct.pack(">H", sum(body) & 0xFFFF)


class ModulePacketParser:
    """Finds packets in a stream, however it is cut; other bytes are skipped and counted."""

    def __init__(self, address: int = EVERYBODY) -> None:
        self._address = address
        self._buffer = bytearray()
        self.skipped = 0
        """Bytes that did not belong to a packet."""

    def feed(self, data: bytes) -> list[ModulePacket]:
        """Return the packets that these bytes complete."""
        self._buffer += data
        found = []
        while (packet := self._next()) is not None:
            if packet.kind:
                found.append(packet)
        return found

    def _next(self) -> ModulePacket | None:
        """Return a packet, one of kind 0 for skipped bytes, None if more must come."""
        start = self._buffer.find(START)
        if start < 0:
            self._skip(max(0, len(self._buffer) - 1))
            return None
        if start:
            self._skip(start)
        if len(self._buffer) < _HEAD.size:
            return None
        _, address, kind, length = _HEAD.unpack_from(self._buffer)
        if not 2 <= length <= MAX_PAYLOAD + 2 or address != self._address:
            return self._refuse()
        end = _HEAD.size + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[6 : end - 2])
        if sum(body) & 0xFFFF != int.from_bytes(self._buffer[end - 2 : end], "big"):
            return self._refuse()
        del self._buffer[:end]
        return ModulePacket(kind, body[3:], address)

    def _refuse(self) -> ModulePacket:
        """Skip these two bytes only: the next start mark may lie inside this packet."""
        self._skip(2)
        return ModulePacket(0, b"")

    def _skip(self, count: int) -> None:
        self.skipped += count
        del self._buffer[:count]
