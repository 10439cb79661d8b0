"""Live events: what a unit reports by itself, punches and the course of an enrolment."""

import struct
from dataclasses import dataclass
from datetime import datetime

from bridge.terminals.errors import ProtocolError
from bridge.terminals.terminal import PUNCH_PIN, Punch
from bridge.terminals.zk.clock import decode_event_time, encode_event_time
from bridge.terminals.zk.codes import CommandCode, EventCode
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.text import read_pin, write_field
from bridge.wording import worded

_TEXT_HEAD = struct.Struct("<24sBB6s")
_PUNCH_HEADS = {
    10: struct.Struct("<HBB6s"),
    12: struct.Struct("<IBB6s"),
    14: struct.Struct("<HBB6s"),
    32: _TEXT_HEAD,
    36: _TEXT_HEAD,
    37: _TEXT_HEAD,
}
_LONG = 52
"""From this size on, several punches may follow each other in one packet."""
ENROL_OK, ENROL_FAILED, ENROL_DUPLICATE, ENROL_CANCELLED = 0, 4, 5, 6
ENROL_ENDS = {
    ENROL_FAILED: worded("The scans did not fit together."),
    ENROL_DUPLICATE: worded("This finger is already enrolled."),
    ENROL_CANCELLED: worded("Cancelled at the terminal, or nobody came."),
}
GOOD_SCAN = 0x64


@dataclass(frozen=True)
class LiveEvent:
    """One event. punches: of a PUNCH; value: the first number of any other kind."""

    kind: EventCode
    punches: tuple[Punch, ...] = ()
    value: int = 0


def parse_event(packet: Packet) -> LiveEvent:
    """Parse an event. Raises ProtocolError if it is not one, or for an unreadable punch."""
    if packet.command != CommandCode.REGISTER_EVENTS:
        raise ProtocolError(worded("not a live event"))
    kind = EventCode(packet.session & EventCode.ALL)
    if kind is EventCode.PUNCH:
        return LiveEvent(kind, tuple(_punches(packet.data)))
    return LiveEvent(
        kind,
        (),
        int.from_bytes(
            packet.data[:2] if kind is EventCode.ENROL_FINGER else packet.data[:1], "little"
        ),
    )


def _punches(data: bytes) -> list[Punch]:
    if len(data) >= _LONG:
        step = (
            _LONG
            if len(data) % _LONG == 0
            else _TEXT_HEAD.size
            if len(data) % _TEXT_HEAD.size == 0
            else len(data)
        )
        return [_punch(_TEXT_HEAD, data[start:]) for start in range(0, len(data), step)]
    head = _PUNCH_HEADS.get(len(data))
    if head is None:
        raise ProtocolError(worded("a punch of {data} bytes", data=len(data)))
    return [_punch(head, data)]


def _punch(head: struct.Struct, data: bytes) -> Punch:
    who, verify, status, stamp = head.unpack_from(data)
    pin = read_pin(who, PUNCH_PIN) if isinstance(who, bytes) else str(who)
    at = decode_event_time(stamp)
    if pin is None or at is None:
        raise ProtocolError(worded("a punch without a valid number or time"))
    return Punch(pin, at.isoformat(" "), status, verify)


def pack_punch(pin: str, verify: int, status: int, moment: datetime) -> bytes:
    """Return a punch in its 32-byte form."""
    return _TEXT_HEAD.pack(write_field(pin, 24), verify, status, encode_event_time(moment))
