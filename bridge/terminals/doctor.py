"""The connection doctor: one step after the other from the name to the log, each with its cause and its remedy."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bridge.terminals.errors import BridgeError, KeyRefused
from bridge.terminals.recording import Recorder
from bridge.terminals.zk.exchanges import ATTENDANCE, connect
from bridge.terminals.zk.session import Address, Deadlines, Link, Transport
from bridge.terminals.zk.terminal import ZkTerminal, connected
from bridge.terminals.zk.transport import TcpWire, UdpWire, Wire

CLOCK_OFFSET_LIMIT_S = 60.0
WEAK_KEY_DIGITS = 4


class Outcome(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One step. seconds: how long it took."""

    step: str
    outcome: Outcome
    cause: str
    remedy: str = ""
    seconds: float = 0.0


class Doctor:
    """Examines one address. `recorder` holds the redacted exchange afterwards."""

    def __init__(
        self,
        address: Address,
        local_now: Callable[[], datetime],
        serial: str = "",
        deadlines: Deadlines | None = None,
    ) -> None:
        self.recorder = Recorder()
        self._address = address
        self._now = local_now
        self._serial = serial
        self._deadlines = deadlines or Deadlines(wait=60.0)
        self._tcp = self._udp = False

    async def examine(self, push_seen: datetime | None = None) -> AsyncIterator[Finding]:
        """The findings as they are made. push_seen: when the unit last dialled in by itself (UTC), if it ever did."""
        resolved = await self._timed("Name", self._resolve)
        yield resolved
        if resolved.outcome is Outcome.FAIL:
            yield self._push(push_seen)
            return
        for finding in [
            await self._timed("TCP port", self._try_tcp),
            await self._timed("UDP port", self._try_udp),
        ]:
            yield finding
        if self._tcp or self._udp:
            transport = self._address.transport
            if transport is Transport.AUTO:
                transport = Transport.TCP if self._tcp else Transport.UDP
            async for finding in self._talk(replace(self._address, transport=transport)):
                yield finding
        yield self._push(push_seen)

    async def _timed(self, step: str, work: "Callable[[], object]") -> Finding:
        start = time.perf_counter()
        finding = await work()  # type: ignore[misc]
        assert isinstance(finding, Finding)
        return replace(finding, step=step, seconds=time.perf_counter() - start)

    async def _resolve(self) -> Finding:
        host = self._address.host
        try:
            async with asyncio.timeout(self._deadlines.connect):
                found = await asyncio.get_running_loop().getaddrinfo(
                    host, self._address.port, type=socket.SOCK_STREAM
                )
        except (OSError, UnicodeError, TimeoutError):
            return Finding(
                "",
                Outcome.FAIL,
                f"Nobody knows the name “{host}”.",
                "Enter the terminal's IP address; it shows it under Comm., Ethernet.",
            )
        return Finding("", Outcome.OK, f"{host} is {found[0][4][0]}.")

    async def _try_tcp(self) -> Finding:
        try:
            wire = await TcpWire.open(
                self._address.host, self._address.port, self._deadlines.connect
            )
        except BridgeError as error:
            return Finding(
                "",
                Outcome.WARN,
                str(error),
                "Some old terminals speak UDP only. Otherwise: switched off, other address, or a firewall.",
            )
        await wire.close()
        self._tcp = True
        return Finding("", Outcome.OK, f"Port {self._address.port} answers on TCP.")

    async def _try_udp(self) -> Finding:
        try:
            wire: Wire = await UdpWire.open(
                self._address.host, self._address.port, self._deadlines.connect
            )
            link = Link(wire, replace(self._deadlines, idle=self._deadlines.connect), self.recorder)
            try:
                with suppress(KeyRefused):
                    link.session = await link.run(connect(self._address.key))
            finally:
                await link.leave()
        except BridgeError as error:
            outcome = Outcome.SKIPPED if self._tcp else Outcome.FAIL
            remedy = (
                ""
                if self._tcp
                else "Is the terminal on? Does its screen show this address? Is it in another network?"
            )
            return Finding("", outcome, f"No answer on UDP: {error}", remedy)
        self._udp = True
        return Finding("", Outcome.OK, f"Port {self._address.port} answers on UDP.")

    async def _talk(self, address: Address) -> AsyncIterator[Finding]:
        start = time.perf_counter()
        try:
            async with connected(address, self._serial, self._deadlines, self.recorder) as terminal:
                yield Finding(
                    "Handshake",
                    Outcome.OK,
                    f"A terminal answers on {terminal.transport}.",
                    "",
                    time.perf_counter() - start,
                )
                yield self._key()
                for step, work in (("Read-only probe", self._probe), ("Clock", self._clock)):
                    start = time.perf_counter()
                    finding = await work(terminal)
                    yield replace(finding, step=step, seconds=time.perf_counter() - start)
        except KeyRefused as error:
            yield Finding(
                "Handshake", Outcome.OK, "A terminal answers.", "", time.perf_counter() - start
            )
            yield Finding("Comm key", Outcome.FAIL, str(error), error.remedy)
        except BridgeError as error:
            yield Finding(
                "Conversation", Outcome.FAIL, str(error), error.remedy, time.perf_counter() - start
            )

    def _key(self) -> Finding:
        if not self._address.key:
            return Finding(
                "Comm key",
                Outcome.WARN,
                "The terminal has no comm key: everybody in this network can change it.",
                "Set a key of 6 digits in its menu, then here.",
            )
        if self._address.key < 10**WEAK_KEY_DIGITS:
            return Finding(
                "Comm key",
                Outcome.WARN,
                "The comm key is short.",
                "Use 6 digits; they can be tried out in days, fewer in hours.",
            )
        return Finding("Comm key", Outcome.OK, "The terminal accepts the key.")

    async def _probe(self, terminal: ZkTerminal) -> Finding:
        info, counts = await terminal.info(), await terminal.counts()
        holds = f"{counts.people:,} people, {counts.fingers:,} fingers, {counts.records:,} logins"
        what = f"{info.name or 'Terminal'} {info.serial}, firmware {info.firmware}: {holds}."
        if terminal.bad_checksums:
            return Finding(
                "",
                Outcome.WARN,
                f"{what} {terminal.bad_checksums} packets had a wrong checksum.",
                "Check the cable and the switch.",
            )
        if counts.records and not await terminal.hands_out(ATTENDANCE):
            return Finding(
                "",
                Outcome.WARN,
                f"{what} It does not hand out its log.",
                "Set its device type to T&A PUSH, or let it dial in by push.",
            )
        return Finding("", Outcome.OK, what)

    async def _clock(self, terminal: ZkTerminal) -> Finding:
        offset = (await terminal.clock() - self._now()).total_seconds()
        if abs(offset) > CLOCK_OFFSET_LIMIT_S:
            way = "ahead" if offset > 0 else "behind"
            return Finding(
                "",
                Outcome.WARN,
                f"The terminal's clock is {abs(offset):,.0f} s {way}.",
                "Set the clock from here, and check the terminal's time zone.",
            )
        return Finding("", Outcome.OK, f"The clocks agree within {abs(offset):.0f} s.")

    def _push(self, seen: datetime | None) -> Finding:
        if seen is None:
            return Finding(
                "Push",
                Outcome.SKIPPED,
                "The terminal has never dialled in by itself.",
                "For faces, set Muster's address under Comm., Cloud server.",
            )
        return Finding("Push", Outcome.OK, f"The terminal dialled in at {seen:%Y-%m-%d %H:%M} UTC.")
