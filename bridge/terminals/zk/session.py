"""Carries conversations over a wire: sends what they ask, matches answers, keeps deadlines, and leaves the unit in order."""

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bridge.terminals.errors import BridgeError, Busy, NoAnswer, ProtocolError, Unreachable
from bridge.terminals.zk.codes import REPLIES, Command, Reply
from bridge.terminals.zk.events import LiveEvent, parse_event
from bridge.terminals.zk.exchanges import TCP_CHUNK, UDP_CHUNK, UDP_TRIES, Ask, Talk, connect
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.transport import TcpWire, UdpWire, Wire

T = TypeVar("T")
PORT = 4370
MAX_EVENTS = 4096
MAX_REPLY = 0xFFFF
Witness = Callable[[str, Packet], None]
"""Told of every packet: ("sent" or "received", packet)."""


class Transport(StrEnum):
    """auto: TCP first, UDP when nobody answers there."""

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True)
class Address:
    """Where a unit is. key: its comm key, 0 = none."""

    host: str
    port: int = PORT
    key: int = 0
    transport: Transport = Transport.AUTO


@dataclass(frozen=True)
class Deadlines:
    """Seconds. connect: to reach the unit; idle: without a single byte; answer: for one whole packet; goodbye: for leaving."""

    connect: float = 3.0
    idle: float = 5.0
    answer: float = 30.0
    goodbye: float = 1.0
    wait: float = 30.0


_locks: "weakref.WeakValueDictionary[tuple[str, int, int], asyncio.Lock]" = (
    weakref.WeakValueDictionary()
)


def _lock(address: Address) -> asyncio.Lock:
    """The one lock of a unit within this event loop: a second conversation kills the first on real units."""
    key = (address.host, address.port, id(asyncio.get_running_loop()))
    lock = _locks.get(key)
    if lock is None:
        _locks[key] = lock = asyncio.Lock()
    return lock


class Link:
    """An open session with a unit."""

    def __init__(self, wire: Wire, deadlines: Deadlines, witness: Witness | None) -> None:
        self.wire = wire
        self.session = 0
        self.bad_checksums = 0
        self.lost = False
        self._reply = -1
        self._events: deque[Packet] = deque(maxlen=MAX_EVENTS)
        self._deadlines = deadlines
        self._witness = witness

    @property
    def wide(self) -> bool:
        return isinstance(self.wire, TcpWire)

    @property
    def chunk(self) -> int:
        return TCP_CHUNK if self.wide else UDP_CHUNK

    @property
    def tries(self) -> int:
        return 1 if self.wide else UDP_TRIES

    async def run(self, talk: Talk[T]) -> T:
        """Carries one conversation to its end. Raises what the conversation raises, or NoAnswer, Unreachable, ProtocolError."""
        try:
            step = next(talk)
            while True:
                try:
                    if isinstance(step, Ask):
                        await self._send(step)
                    packet = await self._answer()
                except NoAnswer as error:
                    step = talk.throw(error)
                else:
                    step = talk.send(packet)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]

    async def _send(self, ask: Ask) -> None:
        self._reply = (self._reply + 1) % MAX_REPLY
        await self._put(Packet(ask.command, self.session, self._reply, ask.data))

    async def _put(self, packet: Packet) -> None:
        if self._witness:
            self._witness("sent", packet)
        try:
            await self.wire.send(packet)
        except BridgeError:
            self.lost = True
            raise

    async def _answer(self) -> Packet:
        """The next packet that answers the newest request; late answers to older ones are passed over."""
        try:
            async with asyncio.timeout(self._deadlines.answer):
                while True:
                    packet = await self._get(self._deadlines.idle)
                    if packet.command == Command.REGISTER_EVENTS:
                        await self._keep(packet)
                    elif packet.reply == self._reply and packet.command in REPLIES:
                        return packet
        except TimeoutError as error:
            raise NoAnswer(f"No whole answer within {self._deadlines.answer:g} s.") from error

    async def _get(self, idle_s: float) -> Packet:
        try:
            packet = await self.wire.receive(idle_s)
        except (Unreachable, ProtocolError):
            self.lost = True
            raise
        if self._witness:
            self._witness("received", packet)
        self.bad_checksums += not packet.checksum_ok
        return packet

    async def _keep(self, packet: Packet) -> None:
        self._events.append(packet)
        await self._put(Packet(Reply.OK, self.session, 0))

    async def event(self, idle_s: float) -> LiveEvent:
        """The next live event. Raises NoAnswer when none comes for idle_s seconds: ask something, to see whether the unit is there."""
        while not self._events:
            packet = await self._get(idle_s)
            if packet.command == Command.REGISTER_EVENTS:
                await self._keep(packet)
        return parse_event(self._events.popleft())

    async def leave(self) -> None:
        """Lets people use the unit again and ends the session; a unit that is gone costs a second at most."""
        if not self.lost:
            for code in (Command.ENABLE, Command.EXIT):
                with suppress(BridgeError, TimeoutError):
                    async with asyncio.timeout(self._deadlines.goodbye):
                        await self._send(Ask(code))
                        await self._answer()
        await self.wire.close()


async def _open_wire(address: Address, deadlines: Deadlines) -> Wire:
    if address.transport is Transport.UDP:
        return await UdpWire.open(address.host, address.port, deadlines.connect)
    return await TcpWire.open(address.host, address.port, deadlines.connect)


async def _enter(address: Address, deadlines: Deadlines, witness: Witness | None) -> Link:
    """A connected link. Where TCP is not answered, UDP is tried, unless one of them was asked for."""
    try:
        link = Link(await _open_wire(address, deadlines), deadlines, witness)
    except Unreachable as error:
        if address.transport is not Transport.AUTO:
            raise
        fallback = Address(address.host, address.port, address.key, Transport.UDP)
        try:
            return await _enter(fallback, deadlines, witness)
        except (Unreachable, NoAnswer) as second:
            raise Unreachable(f"{error} UDP did not answer either: {second}") from second
    try:
        link.session = await link.run(_connect(link, address.key))
    except BaseException:
        await link.wire.close()
        raise
    return link


def _connect(link: Link, key: int) -> Talk[int]:
    """CONNECT, telling the link its session at once: AUTH must carry it."""
    talk = connect(key)
    step = next(talk)
    while True:
        packet = yield step
        link.session = packet.session if link.session == 0 else link.session
        try:
            step = talk.send(packet)
        except StopIteration as ended:
            return int(ended.value)


@asynccontextmanager
async def conversation(
    address: Address, deadlines: Deadlines | None = None, witness: Witness | None = None
) -> AsyncIterator[Link]:
    """A session with the unit, the only one of this program; it is left in order whatever happens inside.

    Raises Unreachable, KeyRefused, Busy, NoAnswer, ProtocolError.
    """
    deadlines = deadlines or Deadlines()
    lock = _lock(address)
    try:
        async with asyncio.timeout(deadlines.wait):
            await lock.acquire()
    except TimeoutError as error:
        raise Busy("Another conversation with this terminal is still under way.") from error
    try:
        link = await _enter(address, deadlines, witness)
        try:
            yield link
        finally:
            await asyncio.shield(link.leave())
    finally:
        lock.release()
