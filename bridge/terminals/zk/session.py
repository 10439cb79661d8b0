"""Sessions with a unit on port 4370.

A session sends the requests of an exchange, matches the answers, keeps the deadlines, and leaves
the unit ready for use.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bridge.terminals.errors import (
    BridgeError,
    NoAnswer,
    ProtocolError,
    TerminalBusy,
    Unreachable,
)
from bridge.terminals.zk.codes import REPLIES, CommandCode, ReplyCode
from bridge.terminals.zk.events import LiveEvent, parse_event
from bridge.terminals.zk.exchanges import (
    TCP_CHUNK,
    UDP_CHUNK,
    UDP_TRIES,
    Exchange,
    Request,
    connect,
)
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.transport import TcpTransport, Transport, UdpTransport
from bridge.wording import worded

T = TypeVar("T")
PORT = 4370
MAX_EVENTS = 4096
MAX_REPLY = 0xFFFF
PacketTap = Callable[[str, Packet], None]
"""Called with ("sent" or "received", packet) for every packet of a session."""


class TransportKind(StrEnum):
    """How a unit is reached. auto: TCP first, then UDP if nothing answers there."""

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True)
class Address:
    """Where a unit is. key: its comm key, 0 = none."""

    host: str
    port: int = PORT
    key: int = 0
    transport: TransportKind = TransportKind.AUTO


@dataclass(frozen=True)
class Deadlines:
    """Time limits in seconds.

    connect: to reach the unit. idle: without a single byte. answer: for one whole packet.
    goodbye: for leaving. wait: for another session with the same unit to end.
    """

    connect: float = 3.0
    idle: float = 5.0
    answer: float = 30.0
    goodbye: float = 1.0
    wait: float = 30.0


_locks: "weakref.WeakValueDictionary[tuple[str, int, int], asyncio.Lock]" = (
    weakref.WeakValueDictionary()
)


def _lock(address: Address) -> asyncio.Lock:
    """Return the unit's lock in this event loop: on real units a second session ends the first."""
    key = (address.host, address.port, id(asyncio.get_running_loop()))
    lock = _locks.get(key)
    if lock is None:
        _locks[key] = lock = asyncio.Lock()
    return lock


class Session:
    """An open session with a unit. session_id: set once the unit has answered CONNECT.

    first_reply: the reply number of the first request, 0 to 65534. lost: the connection broke, or
    the unit has gone; nothing more can be sent.
    """

    def __init__(
        self,
        transport: Transport,
        deadlines: Deadlines,
        tap: PacketTap | None,
        first_reply: int = 0,
    ) -> None:
        self.transport = transport
        self.session_id = 0
        self.bad_checksums = 0
        self.lost = False
        self._reply = first_reply - 1
        self._events: deque[Packet] = deque(maxlen=MAX_EVENTS)
        self._deadlines = deadlines
        self._tap = tap

    @property
    def wide(self) -> bool:
        """Whether the unit uses the wide records (TCP units do)."""
        return isinstance(self.transport, TcpTransport)

    @property
    def chunk(self) -> int:
        """Bytes to ask for at a time."""
        return TCP_CHUNK if self.wide else UDP_CHUNK

    @property
    def tries(self) -> int:
        """How often one chunk is asked for before the read fails."""
        return 1 if self.wide else UDP_TRIES

    async def run(self, exchange: Exchange[T]) -> T:
        """Carry one exchange to its end and return its result.

        Raises what the exchange raises, and NoAnswer, Unreachable, ProtocolError.
        """
        try:
            step = next(exchange)
            while True:
                try:
                    if isinstance(step, Request):
                        await self._send_request(step)
                    packet = await self._receive_answer()
                except NoAnswer as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(packet)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]  # StopIteration.value is Any

    async def _send_request(self, request: Request) -> None:
        if self.lost:
            raise Unreachable(worded("The connection to the terminal was lost."))
        self._reply = (self._reply + 1) % MAX_REPLY
        await self._send(Packet(request.command, self.session_id, self._reply, request.data))

    async def _send(self, packet: Packet) -> None:
        if self._tap:
            self._tap("sent", packet)
        try:
            await self.transport.send(packet)
        except BridgeError:
            self.lost = True
            raise

    async def _receive_answer(self) -> Packet:
        """Return the next answer to the newest request; skip late answers to older ones."""
        try:
            async with asyncio.timeout(self._deadlines.answer):
                while True:
                    packet = await self._receive(self._deadlines.idle)
                    if packet.command == CommandCode.REGISTER_EVENTS:
                        await self._store_event(packet)
                    elif packet.reply == self._reply and packet.command in REPLIES:
                        return packet
        except TimeoutError as error:
            raise NoAnswer(
                worded("No whole answer within {answer:g} s.", answer=self._deadlines.answer)
            ) from error

    async def _receive(self, idle_s: float) -> Packet:
        try:
            packet = await self.transport.receive(idle_s)
        except (Unreachable, ProtocolError):
            self.lost = True
            raise
        if self._tap:
            self._tap("received", packet)
        self.bad_checksums += not packet.checksum_ok
        return packet

    async def _store_event(self, packet: Packet) -> None:
        self._events.append(packet)
        await self._send(Packet(ReplyCode.OK, self.session_id, 0))

    async def next_event(self, idle_s: float) -> LiveEvent:
        """Return the next live event.

        Raises NoAnswer if none comes for idle_s seconds (a request then shows whether the unit is
        still there), and ProtocolError for an event that cannot be read.
        """
        while not self._events:
            packet = await self._receive(idle_s)
            if packet.command == CommandCode.REGISTER_EVENTS:
                await self._store_event(packet)
        return parse_event(self._events.popleft())

    async def leave(self) -> None:
        """Enable the unit's keypad and end the session; a dead unit costs two goodbyes at most."""
        if not self.lost:
            for code in (CommandCode.ENABLE, CommandCode.EXIT):
                with suppress(BridgeError, TimeoutError):
                    async with asyncio.timeout(self._deadlines.goodbye):
                        await self._send_request(Request(code))
                        await self._receive_answer()
        await self.transport.close()


async def _open_transport(address: Address, deadlines: Deadlines) -> Transport:
    if address.transport is TransportKind.UDP:
        return await UdpTransport.open(address.host, address.port, deadlines.connect)
    return await TcpTransport.open(address.host, address.port, deadlines.connect)


async def _connect(
    address: Address, deadlines: Deadlines, tap: PacketTap | None, first_reply: int
) -> Session:
    """Return a connected session. `auto` falls back to UDP if TCP is not answered."""
    try:
        transport = await _open_transport(address, deadlines)
    except Unreachable as error:
        if address.transport is not TransportKind.AUTO:
            raise
        fallback = Address(address.host, address.port, address.key, TransportKind.UDP)
        try:
            return await _connect(fallback, deadlines, tap, first_reply)
        except (Unreachable, NoAnswer) as second:
            raise Unreachable(
                " ".join((str(error), worded("UDP did not answer either: {error}", error=second)))
            ) from second
    session = Session(transport, deadlines, tap, first_reply)
    try:
        session.session_id = await session.run(_sign_in(session, address.key))
    except BaseException:
        await session.transport.close()
        raise
    return session


def _sign_in(session: Session, key: int) -> Exchange[int]:
    """Run `connect` and set the session id after the first answer: AUTH must carry it."""
    exchange = connect(key)
    step = next(exchange)
    while True:
        packet = yield step
        session.session_id = session.session_id or packet.session
        try:
            step = exchange.send(packet)
        except StopIteration as ended:
            return int(ended.value)


@asynccontextmanager
async def open_session(
    address: Address,
    deadlines: Deadlines | None = None,
    tap: PacketTap | None = None,
    first_reply: int = 0,
) -> AsyncIterator[Session]:
    """Open the only session of this program with the unit, and leave the unit in order afterwards.

    Raises Unreachable, KeyRefused, TerminalBusy, NoAnswer, ProtocolError.
    """
    deadlines = deadlines or Deadlines()
    lock = _lock(address)
    try:
        async with asyncio.timeout(deadlines.wait):
            await lock.acquire()
    except TimeoutError as error:
        raise TerminalBusy(worded("Another session with this terminal is still open.")) from error
    try:
        session = await _connect(address, deadlines, tap, first_reply)
        try:
            yield session
        finally:
            await asyncio.shield(session.leave())
    finally:
        lock.release()
