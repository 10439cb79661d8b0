"""Recordings of a session, without keys or people.

The simulator can replay them, and a bug report can carry them.
"""

import json
from dataclasses import dataclass

from bridge.terminals.errors import ProtocolError
from bridge.terminals.zk.codes import CommandCode, ReplyCode
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.layouts import parse_option
from bridge.wording import worded

FORMAT = "muster exchange 1"
MAX_PACKETS = 20_000
SECRET_OPTIONS = frozenset({"serialnumber", "mac", "ipaddress", "netmask", "gateipaddress"})
_PERSONAL = frozenset(
    {
        CommandCode.AUTH,
        CommandCode.USER_WRITE,
        CommandCode.TEMPLATE_WRITE,
        CommandCode.DATA,
        CommandCode.REGISTER_EVENTS,
        CommandCode.START_ENROL,
        CommandCode.DELETE_FINGER,
    }
)
"""Commands whose content is a key, a person or a finger: only its length is kept."""


@dataclass(frozen=True)
class RecordedPacket:
    """One packet. direction: "sent" or "received"; data: redacted."""

    direction: str
    command: int
    session: int
    reply: int
    data: bytes


class PacketRecorder:
    """A packet tap that keeps the first MAX_PACKETS packets; `text` is the recording."""

    def __init__(self) -> None:
        self.packets: list[RecordedPacket] = []

    def __call__(self, direction: str, packet: Packet) -> None:
        """Store one packet, redacted. direction: "sent" or "received"."""
        if len(self.packets) < MAX_PACKETS:
            data = redact(packet.command, packet.data)
            self.packets.append(
                RecordedPacket(direction, packet.command, packet.session, packet.reply, data)
            )

    def text(self) -> str:
        """Return the recording: JSON, one packet a line."""
        rows = [
            json.dumps([p.direction, p.command, p.session, p.reply, p.data.hex()])
            for p in self.packets
        ]
        return "\n".join([json.dumps({"format": FORMAT, "dialect": "zk"}), *rows, ""])


def redact(command: int, data: bytes) -> bytes:
    """Return the data without anything that identifies a unit or a person.

    The length stays, so that a replay meets the same framing problems.
    """
    if command in _PERSONAL:
        return bytes(len(data))
    if command in (ReplyCode.OK, ReplyCode.DATA) and b"=" in data:
        try:
            name, value = parse_option(data)
        except ProtocolError:
            return data
        if name.lstrip("~").lower() in SECRET_OPTIONS:
            start = data.index(b"=") + 1
            return data[:start] + b"X" * len(value.encode()) + data[start + len(value.encode()) :]
    return data


def parse_recording(text: str) -> list[RecordedPacket]:
    """Return the packets of a recording. Raises ProtocolError if the text is not one."""
    head, *rows = text.splitlines()
    try:
        if json.loads(head)["format"] != FORMAT:
            raise ProtocolError(worded("a recording of another kind"))
        packets = []
        for row in rows[:MAX_PACKETS]:
            direction, command, session, reply, data = json.loads(row)
            if direction not in ("sent", "received"):
                raise ProtocolError(worded("a recording with a packet of no direction"))
            packets.append(
                RecordedPacket(
                    direction,
                    int(command) & 0xFFFF,
                    int(session) & 0xFFFF,
                    int(reply) & 0xFFFF,
                    bytes.fromhex(data),
                )
            )
    except (ValueError, KeyError, TypeError) as error:
        raise ProtocolError(worded("not a recording")) from error
    return packets
