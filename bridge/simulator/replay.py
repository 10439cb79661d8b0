"""A unit made from a recording, so that a problem can be reproduced without the unit."""

import asyncio

from bridge.terminals.errors import ProtocolError
from bridge.terminals.recording import RecordedPacket, redact
from bridge.terminals.zk.codes import ReplyCode
from bridge.terminals.zk.frames import Packet, StreamParser, encode_tcp


class ReplayServer:
    """Answers each request as the recorded unit did; `async with` listens on a TCP port.

    Requests that are not in the recording get no answer.
    """

    def __init__(
        self, packets: list[RecordedPacket], host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.host, self.port = host, port
        self._exchanges = _exchanges(packets)

    async def __aenter__(self) -> "ReplayServer":
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        used: dict[tuple[int, bytes], int] = {}
        parser = StreamParser()
        try:
            while chunk := await reader.read(64 * 1024):
                for packet in parser.feed(chunk):
                    for answer in self._answers(packet, used):
                        writer.write(encode_tcp(answer))
                await writer.drain()
        except (OSError, ProtocolError):
            pass
        finally:
            writer.close()

    def _answers(self, packet: Packet, used: dict[tuple[int, bytes], int]) -> list[Packet]:
        if packet.command == ReplyCode.OK:
            return []
        key = (packet.command, redact(packet.command, packet.data))
        recorded = self._exchanges.get(key, [])
        if not recorded:
            return []
        turn = used.get(key, 0)
        used[key] = turn + 1
        return [
            Packet(p.command, p.session, packet.reply, p.data)
            for p in recorded[min(turn, len(recorded) - 1)]
        ]


def _exchanges(
    packets: list[RecordedPacket],
) -> dict[tuple[int, bytes], list[list[RecordedPacket]]]:
    """Return the answers to each request: the first time, the second time and so on."""
    result: dict[tuple[int, bytes], list[list[RecordedPacket]]] = {}
    answers: list[RecordedPacket] | None = None
    for packet in packets:
        if packet.direction == "sent" and packet.command != ReplyCode.OK:
            answers = []
            result.setdefault((packet.command, packet.data), []).append(answers)
        elif packet.direction == "received" and answers is not None:
            answers.append(packet)
    return result
