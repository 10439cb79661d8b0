"""A simulated unit of port 4370 that answers on TCP and UDP."""

import asyncio
from contextlib import suppress
from typing import cast

from bridge.simulator.unit import SimPunch, Unit
from bridge.simulator.zk_session import PacketSink, ZkSession
from bridge.terminals.errors import ProtocolError
from bridge.terminals.zk.codes import REPLIES, CommandCode
from bridge.terminals.zk.frames import Packet, StreamParser, decode, encode, encode_tcp

EVENT_GAP_S = 0.25
"""Seconds between two events of an enrolment."""


class _TcpSink:
    largest = 0x10000

    def __init__(self, writer: asyncio.StreamWriter, unit: Unit) -> None:
        self._writer, self._unit = writer, unit
        self._held = b""
        self.closed = False

    def flush(self) -> None:
        """Send what was held back, as one."""
        if self._held and not self.closed:
            self._writer.write(self._held)
        self._held = b""

    def send(self, packet: Packet) -> None:
        if self.closed:
            return
        frame = encode_tcp(packet)
        if self._unit.faults.garbage:
            frame = bytes(byte ^ (index * 37 & 0xFF) for index, byte in enumerate(frame))
        if self._unit.faults.merged:
            self._held += frame
        elif self._unit.faults.dribble:
            for index in range(len(frame)):
                self._writer.write(frame[index : index + 1])
        else:
            self._writer.write(frame)

    def hang_up(self) -> None:
        self.closed = True
        self._writer.close()


class _UdpSink:
    largest = 1008

    def __init__(self, transport: asyncio.DatagramTransport, peer: tuple[str, int]) -> None:
        self._transport, self._peer = transport, peer

    def send(self, packet: Packet) -> None:
        self._transport.sendto(encode(packet), self._peer)

    def hang_up(self) -> None:
        return None


class ZkServer:
    """A unit on the network: `async with ZkServer(unit) as server` listens until the end.

    Each address 127.0.0.x can be one unit. key: its comm key, 0 = none.
    """

    def __init__(
        self,
        unit: Unit,
        host: str = "127.0.0.1",
        port: int = 0,
        key: int = 0,
        first_session: int = 0x45CF,
    ) -> None:
        self.unit, self.host, self.port = unit, host, port
        self._key = key
        self._session = first_session
        self._sessions: dict[object, ZkSession] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, list[asyncio.Event]] = {}

    async def __aenter__(self) -> "ZkServer":
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _UnitDatagrams(self), local_addr=(self.host, self.port)
        )
        self.unit.listeners.append(self._punched)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.unit.listeners.remove(self._punched)
        self._udp.close()
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self.unit.save()

    def open_session(self, peer: object, sink: PacketSink) -> ZkSession:
        """Make the session of a new client."""
        session = ZkSession(self.unit, self._key, self._session, sink)
        self._sessions[peer] = session
        return session

    @property
    def sessions(self) -> list[ZkSession]:
        """The sessions of all clients, oldest first."""
        return list(self._sessions.values())

    def hang_up(self) -> None:
        """Cut all connections, as a pulled cable does."""
        for session in self.sessions:
            session.hang_up()

    def session_of(self, peer: object) -> ZkSession | None:
        """Return the session of a client, None if it has none."""
        return self._sessions.get(peer)

    def _punched(self, punch: SimPunch) -> None:
        for session in self._sessions.values():
            session.punched(punch)
            session.send_event()

    def report_enrolment(self, session: ZkSession) -> None:
        """Send the events of an enrolment, one after the other."""
        task = asyncio.ensure_future(self._send_events(session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_events(self, session: ZkSession) -> None:
        for _ in range(len(session.events)):
            session.send_event()
            await asyncio.sleep(EVENT_GAP_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        peer = writer.get_extra_info("peername")
        sink = _TcpSink(writer, self.unit)
        session = self.open_session(peer, sink)
        parser = StreamParser()
        try:
            while not session.left and not sink.closed and not self.unit.faults.offline:
                chunk = await reader.read(64 * 1024)
                if not chunk:
                    break
                for packet in parser.feed(chunk):
                    self.handle_packet(session, packet)
                sink.flush()
                await writer.drain()
        except (OSError, ProtocolError):
            pass
        finally:
            self._sessions.pop(peer, None)
            writer.close()

    def handle_packet(self, session: ZkSession, packet: Packet) -> None:
        """Let the session answer one packet; an enrolment then reports its events."""
        session.handle_packet(packet)
        if packet.command == CommandCode.START_ENROL:
            self.report_enrolment(session)
        for waiting in self._waiting.pop(packet.command, []):
            waiting.set()

    async def heard(self, command: int) -> None:
        """Wait until the next packet with this command has been handled."""
        handled = asyncio.Event()
        self._waiting.setdefault(command, []).append(handled)
        await handled.wait()


class _UnitDatagrams(asyncio.DatagramProtocol):
    def __init__(self, server: ZkServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        with suppress(ProtocolError):
            packet = decode(data)
            session = self._server.session_of(addr)
            if self._server.unit.faults.offline or packet.command in REPLIES - {
                CommandCode.DATA,
                CommandCode.PREPARE_DATA,
            }:
                return
            if session is None or packet.command == CommandCode.CONNECT:
                session = self._server.open_session(addr, _UdpSink(self._transport, addr))
            self._server.handle_packet(session, packet)
