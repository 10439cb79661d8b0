"""The connection doctor: it examines a terminal step by step, from its name to its log."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.checks import CheckOutcome
from bridge.terminals.errors import ODD_ANSWERS, BridgeError, KeyRefused
from bridge.terminals.recording import PacketRecorder
from bridge.terminals.zk.exchanges import ATTENDANCE, connect
from bridge.terminals.zk.session import Address, Deadlines, Session, TransportKind
from bridge.terminals.zk.terminal import ZkTerminal, connected
from bridge.terminals.zk.transport import TcpTransport, UdpTransport
from bridge.wording import worded

CLOCK_OFFSET_LIMIT_S = 60.0
WEAK_KEY_DIGITS = 4


@dataclass(frozen=True)
class ConnectionFinding:
    """The result of one step. seconds: how long it took; remedy: "" if there is nothing to do."""

    step: str
    outcome: CheckOutcome
    cause: str
    remedy: str = ""
    seconds: float = 0.0


class ConnectionDoctor:
    """Examines one address; nothing on the terminal is changed.

    `recorder` holds the redacted packets afterwards.
    """

    def __init__(
        self,
        address: Address,
        local_now: Callable[[], datetime],
        serial: str = "",
        deadlines: Deadlines | None = None,
    ) -> None:
        self.recorder = PacketRecorder()
        self._address = address
        self._now = local_now
        self._serial = serial
        self._deadlines = deadlines or Deadlines(wait=60.0)
        self._tcp = self._udp = False

    async def examine(self, push_seen: datetime | None = None) -> AsyncIterator[ConnectionFinding]:
        """Yield the findings as they are made.

        push_seen: when the unit last dialled in by itself (UTC), None if it never did.
        """
        resolved = await self._timed(worded("Name"), self._resolve)
        yield resolved
        if resolved.outcome is CheckOutcome.FAIL:
            yield self._push(push_seen)
            return
        for finding in [
            await self._timed(worded("TCP port"), self._try_tcp),
            await self._timed(worded("UDP port"), self._try_udp),
        ]:
            yield finding
        if self._tcp or self._udp:
            transport = self._address.transport
            if transport is TransportKind.AUTO:
                transport = TransportKind.TCP if self._tcp else TransportKind.UDP
            async for finding in self._examine_session(replace(self._address, transport=transport)):
                yield finding
        yield self._push(push_seen)

    async def _timed(
        self, step: str, work: Callable[[], Awaitable[ConnectionFinding]]
    ) -> ConnectionFinding:
        start = time.perf_counter()
        finding = await work()
        return replace(finding, step=step, seconds=time.perf_counter() - start)

    async def _resolve(self) -> ConnectionFinding:
        host = self._address.host
        try:
            async with asyncio.timeout(self._deadlines.connect):
                found = await asyncio.get_running_loop().getaddrinfo(
                    host, self._address.port, type=socket.SOCK_STREAM
                )
        except (OSError, UnicodeError, TimeoutError):
            return ConnectionFinding(
                "",
                CheckOutcome.FAIL,
                worded("Nobody knows the name “{host}”.", host=host),
                worded("Enter the terminal's IP address; it shows it under Comm., Ethernet."),
            )
        address = found[0][4][0]
        said = (
            worded("{host} is an address.", host=host)
            if host == address
            else worded("{host} has the address {address}.", host=host, address=address)
        )
        return ConnectionFinding("", CheckOutcome.OK, said)

    async def _try_tcp(self) -> ConnectionFinding:
        try:
            transport = await TcpTransport.open(
                self._address.host, self._address.port, self._deadlines.connect
            )
        except BridgeError as error:
            return ConnectionFinding(
                "",
                CheckOutcome.WARN,
                str(error),
                worded(
                    "Some old terminals speak UDP only. Otherwise: switched off, other address, "
                    "or a firewall."
                ),
            )
        await transport.close()
        self._tcp = True
        return ConnectionFinding(
            "", CheckOutcome.OK, worded("Port {port} answers on TCP.", port=self._address.port)
        )

    async def _try_udp(self) -> ConnectionFinding:
        try:
            transport = await UdpTransport.open(
                self._address.host, self._address.port, self._deadlines.connect
            )
            session = Session(
                transport, replace(self._deadlines, idle=self._deadlines.connect), self.recorder
            )
            try:
                with suppress(KeyRefused):
                    session.session_id = await session.run(connect(self._address.key))
            finally:
                await session.leave()
        except BridgeError as error:
            outcome = CheckOutcome.SKIPPED if self._tcp else CheckOutcome.FAIL
            remedy = (
                ""
                if self._tcp
                else worded(
                    "Is the terminal on? Does its screen show this address? "
                    "Is it in another network?"
                )
            )
            return ConnectionFinding(
                "", outcome, worded("No answer on UDP: {error}", error=error), remedy
            )
        self._udp = True
        return ConnectionFinding(
            "", CheckOutcome.OK, worded("Port {port} answers on UDP.", port=self._address.port)
        )

    async def _examine_session(self, address: Address) -> AsyncIterator[ConnectionFinding]:
        start = time.perf_counter()
        try:
            async with connected(address, self._serial, self._deadlines, self.recorder) as terminal:
                yield ConnectionFinding(
                    worded("Handshake"),
                    CheckOutcome.OK,
                    worded("A terminal answers on {transport}.", transport=terminal.transport),
                    "",
                    time.perf_counter() - start,
                )
                yield self._key()
                for step, work in (
                    (worded("Read-only probe"), self._probe),
                    (worded("Clock"), self._clock),
                ):
                    start = time.perf_counter()
                    finding = await _alone(work(terminal))
                    yield replace(finding, step=step, seconds=time.perf_counter() - start)
        except KeyRefused as error:
            yield ConnectionFinding(
                worded("Handshake"),
                CheckOutcome.OK,
                worded("A terminal answers."),
                "",
                time.perf_counter() - start,
            )
            yield ConnectionFinding(worded("Comm key"), CheckOutcome.FAIL, str(error), error.remedy)
        except BridgeError as error:
            yield ConnectionFinding(
                worded("Session"),
                CheckOutcome.FAIL,
                str(error),
                error.remedy,
                time.perf_counter() - start,
            )

    def _key(self) -> ConnectionFinding:
        if not self._address.key:
            return ConnectionFinding(
                worded("Comm key"),
                CheckOutcome.WARN,
                worded("The terminal has no comm key: anyone in this network can change it."),
                worded("Set a key of 6 digits in its menu, then here."),
            )
        if self._address.key < 10**WEAK_KEY_DIGITS:
            return ConnectionFinding(
                worded("Comm key"),
                CheckOutcome.WARN,
                worded("The comm key is short."),
                worded("Use 6 digits; they can be tried out in days, fewer in hours."),
            )
        return ConnectionFinding(
            worded("Comm key"), CheckOutcome.OK, worded("The terminal accepts the key.")
        )

    async def _probe(self, terminal: ZkTerminal) -> ConnectionFinding:
        info, counts = await terminal.info(), await terminal.counts()
        what = worded(
            "{name} {serial}, firmware {firmware}. People: {people:,}. Fingers: {fingers:,}. "
            "Logins: {logins:,}.",
            name=info.name or "Terminal",
            serial=info.serial,
            firmware=info.firmware,
            people=counts.people,
            fingers=counts.fingers,
            logins=counts.records,
        )
        if terminal.bad_checksums:
            return ConnectionFinding(
                "",
                CheckOutcome.WARN,
                " ".join(
                    (
                        what,
                        worded(
                            "{count} packets had a wrong checksum.", count=terminal.bad_checksums
                        ),
                    )
                ),
                worded("Check the cable and the switch."),
            )
        if counts.records and not await terminal.offers_set(ATTENDANCE):
            return ConnectionFinding(
                "",
                CheckOutcome.WARN,
                " ".join((what, worded("It does not hand out its log."))),
                worded("Set its device type to T&A PUSH, or let it dial in by push."),
            )
        return ConnectionFinding("", CheckOutcome.OK, what)

    async def _clock(self, terminal: ZkTerminal) -> ConnectionFinding:
        offset = (await terminal.clock() - self._now()).total_seconds()
        if abs(offset) > CLOCK_OFFSET_LIMIT_S:
            off = (
                worded("The terminal's clock is {seconds:,.0f} s ahead.", seconds=offset)
                if offset > 0
                else worded("The terminal's clock is {seconds:,.0f} s behind.", seconds=-offset)
            )
            return ConnectionFinding(
                "",
                CheckOutcome.WARN,
                off,
                worded("Set the clock from here, and check the terminal's time zone."),
            )
        return ConnectionFinding(
            "",
            CheckOutcome.OK,
            worded("The clocks agree within {seconds:.0f} s.", seconds=abs(offset)),
        )

    def _push(self, seen: datetime | None) -> ConnectionFinding:
        if seen is None:
            return ConnectionFinding(
                worded("Push"),
                CheckOutcome.SKIPPED,
                worded("The terminal has never connected by itself."),
                worded("For faces, set Muster's address under Comm., Cloud server."),
            )
        return ConnectionFinding(
            worded("Push"),
            CheckOutcome.OK,
            worded(
                "The terminal last connected by itself at {at} UTC.", at=f"{seen:%Y-%m-%d %H:%M}"
            ),
        )


async def _alone(work: Awaitable[ConnectionFinding]) -> ConnectionFinding:
    """One step. An odd answer to it leaves the others. TE23."""
    try:
        return await work
    except ODD_ANSWERS as error:
        return ConnectionFinding("", CheckOutcome.WARN, str(error), error.remedy)
