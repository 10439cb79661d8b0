"""TCP and UDP behind one interface: packets out, packets in, each wait with a deadline."""

import abc
import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import ClassVar

from bridge.terminals.errors import NoAnswer, ProtocolError, Unreachable
from bridge.terminals.zk.frames import MAX_UDP, Packet, StreamParser, decode, encode, encode_tcp
from bridge.wording import worded

READ_SIZE = 256 * 1024
MAX_WAITING = 4096
"""Datagrams kept while nobody reads; the oldest are dropped first."""


class Transport(abc.ABC):
    """A connection to one unit. name: "TCP" or "UDP"."""

    name: ClassVar[str]

    @abc.abstractmethod
    async def send(self, packet: Packet) -> None:
        """Send one packet. Raises Unreachable, ProtocolError (too large)."""

    @abc.abstractmethod
    async def receive(self, idle_s: float) -> Packet:
        """Return the next packet.

        Raises NoAnswer if not a single byte comes for idle_s seconds, Unreachable if the
        connection broke, ProtocolError if the bytes are not a packet.
        """

    @abc.abstractmethod
    async def close(self) -> None:
        """Close the connection; never fails."""


class TcpTransport(Transport):
    """Packets in a TCP stream."""

    name = "TCP"

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._parser = StreamParser()
        self._ready: deque[Packet] = deque()

    @classmethod
    async def open(cls, host: str, port: int, timeout_s: float) -> "TcpTransport":
        """Connect within timeout_s seconds. Raises Unreachable."""
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.open_connection(host, port, limit=READ_SIZE)
        except TimeoutError as error:
            raise Unreachable(
                worded(
                    "No TCP connection to {host}:{port} within {timeout_s:g} s.",
                    host=host,
                    port=port,
                    timeout_s=timeout_s,
                )
            ) from error
        except OSError as error:
            raise Unreachable(
                worded(
                    "No TCP connection to {host}:{port}: {why}.",
                    host=host,
                    port=port,
                    why=_why(error),
                )
            ) from error
        writer.transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        return cls(reader, writer)

    async def send(self, packet: Packet) -> None:
        """Write one frame and wait until the buffer has room."""
        try:
            self._writer.write(encode_tcp(packet))
            async with asyncio.timeout(10.0):
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise Unreachable(worded("The connection broke while sending.")) from error

    async def receive(self, idle_s: float) -> Packet:
        """Return the next whole frame, however the stream was split."""
        while not self._ready:
            try:
                async with asyncio.timeout(idle_s):
                    chunk = await self._reader.read(READ_SIZE)
            except TimeoutError as error:
                raise NoAnswer(
                    worded("No answer for {seconds:g} seconds.", seconds=idle_s)
                ) from error
            except OSError as error:
                raise Unreachable(
                    worded("The connection broke: {why}.", why=_why(error))
                ) from error
            if not chunk:
                raise Unreachable(worded("The terminal closed the connection."))
            self._ready.extend(self._parser.feed(chunk))
        return self._ready.popleft()

    async def close(self) -> None:
        """Close the stream; waits a second at most."""
        self._writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque(maxlen=MAX_WAITING)
        self.arrived = asyncio.Event()
        self.error: Exception | None = None

    def datagram_received(
        self,
        data: bytes,
        addr: tuple[str | int, int],
    ) -> None:
        self.waiting.append(data)
        self.arrived.set()

    def error_received(self, exc: Exception) -> None:
        self.error = exc
        self.arrived.set()


class UdpTransport(Transport):
    """One packet in each datagram."""

    name = "UDP"

    def __init__(self, transport: asyncio.DatagramTransport, datagrams: _Datagrams) -> None:
        self._transport, self._datagrams = transport, datagrams

    @classmethod
    async def open(cls, host: str, port: int, timeout_s: float) -> "UdpTransport":
        """Open a socket; whether anybody answers shows later. Raises Unreachable."""
        try:
            async with asyncio.timeout(timeout_s):
                loop = asyncio.get_running_loop()
                transport, datagrams = await loop.create_datagram_endpoint(
                    _Datagrams, remote_addr=(host, port)
                )
        except (OSError, TimeoutError) as error:
            raise Unreachable(
                worded("No UDP socket to {host}:{port}.", host=host, port=port)
            ) from error
        return cls(transport, datagrams)

    async def send(self, packet: Packet) -> None:
        """Send one datagram."""
        payload = encode(packet)
        if len(payload) > MAX_UDP:
            raise ProtocolError(worded("a packet too large for UDP"))
        self._transport.sendto(payload)

    async def receive(self, idle_s: float) -> Packet:
        """Return the next datagram."""
        datagrams = self._datagrams
        while not datagrams.waiting:
            if datagrams.error is not None:
                raise Unreachable(worded("UDP was refused: {why}.", why=_why(datagrams.error)))
            datagrams.arrived.clear()
            try:
                async with asyncio.timeout(idle_s):
                    await datagrams.arrived.wait()
            except TimeoutError as error:
                raise NoAnswer(
                    worded("No answer for {seconds:g} seconds.", seconds=idle_s)
                ) from error
        return decode(datagrams.waiting.popleft())

    async def close(self) -> None:
        """Close the socket."""
        self._transport.close()


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
