"""Recordings of an exchange, without keys or people, that the simulator can replay and a bug report can carry."""

import json
from dataclasses import dataclass

from bridge.terminals.errors import ProtocolError
from bridge.terminals.zk.codes import Command, Reply
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.layouts import parse_option

FORMAT = "muster exchange 1"
MAX_PACKETS = 20_000
SECRET_OPTIONS = frozenset({"serialnumber", "mac", "ipaddress", "netmask", "gateipaddress"})
_PERSONAL = frozenset(
    {
        Command.AUTH, Command.USER_WRITE, Command.TEMPLATE_WRITE, Command.DATA, Command.REGISTER_EVENTS,
        Command.START_ENROL, Command.DELETE_FINGER,
    }
)  # fmt: skip
"""Their content is a key, a person or a finger: only its length is kept."""


@dataclass(frozen=True)
class Recorded:
    """One packet. direction: "sent" or "received"."""

    direction: str
    command: int
    session: int
    reply: int
    data: bytes


class Recorder:
    """A witness for a link; `text` is the finished recording."""

    def __init__(self) -> None:
        self.packets: list[Recorded] = []

    def __call__(self, direction: str, packet: Packet) -> None:
        if len(self.packets) < MAX_PACKETS:
            data = redact(packet.command, packet.data)
            self.packets.append(
                Recorded(direction, packet.command, packet.session, packet.reply, data)
            )

    def text(self) -> str:
        """JSON, a packet a line."""
        rows = [
            json.dumps([p.direction, p.command, p.session, p.reply, p.data.hex()])
            for p in self.packets
        ]
        return "\n".join([json.dumps({"format": FORMAT, "dialect": "zk"}), *rows, ""])


def redact(command: int, data: bytes) -> bytes:
    """The data without what identifies a unit or a person; lengths stay, so that framing problems can be replayed."""
    if command in _PERSONAL:
        return bytes(len(data))
    if command in (Reply.OK, Reply.DATA) and b"=" in data:
        try:
            name, value = parse_option(data)
        except ProtocolError:
            return data
        if name.lstrip("~").lower() in SECRET_OPTIONS:
            start = data.index(b"=") + 1
            return data[:start] + b"X" * len(value.encode()) + data[start + len(value.encode()) :]
    return data


def read(text: str) -> list[Recorded]:
    """A recording from its text. Raises ProtocolError when it is none."""
    head, *rows = text.splitlines()
    try:
        if json.loads(head)["format"] != FORMAT:
            raise ProtocolError("a recording of another kind")
        packets = []
        for row in rows[:MAX_PACKETS]:
            direction, command, session, reply, data = json.loads(row)
            if direction not in ("sent", "received"):
                raise ProtocolError("a recording with a packet of no direction")
            packets.append(
                Recorded(
                    direction,
                    int(command) & 0xFFFF,
                    int(session) & 0xFFFF,
                    int(reply) & 0xFFFF,
                    bytes.fromhex(data),
                )
            )
    except (ValueError, KeyError, TypeError) as error:
        raise ProtocolError("not a recording") from error
    return packets
