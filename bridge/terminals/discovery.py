"""Discovery of units in one subnet that the operator chose: a bounded probe."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bridge.terminals.errors import BridgeError, KeyRefused, Unreachable
from bridge.terminals.terminal import Progress, no_progress
from bridge.terminals.zk.exchanges import read_option
from bridge.terminals.zk.session import PORT, Address, Deadlines, TransportKind, open_session
from bridge.terminals.zk.transport import TcpTransport
from bridge.wording import worded

LARGEST_PREFIX = 24
CONNECT_S = 0.4
AT_ONCE = 32
_PROBE = Deadlines(connect=CONNECT_S, idle=1.0, answer=3.0, goodbye=0.5, wait=5.0)


class BadSubnet(ValueError):
    """The text is not a subnet that may be probed."""


@dataclass(frozen=True)
class DiscoveredTerminal:
    """Something that answers.

    serial: "" if it asks for a comm key first. what: a description for the operator.
    """

    host: str
    serial: str
    what: str


def hosts_of(subnet: str) -> list[str]:
    """Return the addresses of a private subnet of at most 256. Raises BadSubnet."""
    try:
        network = ipaddress.ip_network(subnet.strip(), strict=False)
    except ValueError as error:
        raise BadSubnet(worded("Enter a subnet like 192.168.1.0/24.")) from error
    if network.version != 4 or network.prefixlen < LARGEST_PREFIX:
        raise BadSubnet(worded("At most 256 addresses are probed: choose a /24 or smaller."))
    if not network.is_private:
        raise BadSubnet(worded("Only private networks are probed."))
    return [str(host) for host in network.hosts()]


async def discover(
    subnet: str, port: int = PORT, progress: Progress = no_progress
) -> AsyncIterator[DiscoveredTerminal]:
    """Yield the units that answer on TCP, as they are found.

    Each is asked for its serial number and nothing else. Raises BadSubnet.
    """
    hosts = hosts_of(subnet)
    gate = asyncio.Semaphore(AT_ONCE)

    async def probe(host: str) -> DiscoveredTerminal | None:
        async with gate:
            return await _probe(host, port)

    tasks = [asyncio.create_task(probe(host)) for host in hosts]
    try:
        for done, task in enumerate(asyncio.as_completed(tasks), 1):
            found = await task
            progress(done, len(hosts))
            if found is not None:
                yield found
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _probe(host: str, port: int) -> DiscoveredTerminal | None:
    try:
        transport = await TcpTransport.open(host, port, CONNECT_S)
        await transport.close()
    except Unreachable:
        return None
    try:
        async with open_session(
            Address(host, port, transport=TransportKind.TCP), _PROBE
        ) as session:
            serial = await session.run(read_option("~SerialNumber"))
            name = await session.run(read_option("~DeviceName"))
            return DiscoveredTerminal(host, serial, name or "Terminal")
    except KeyRefused:
        return DiscoveredTerminal(host, "", worded("Terminal with a comm key"))
    except BridgeError as error:
        return DiscoveredTerminal(
            host, "", worded("Something else, or a terminal that is busy: {error}", error=error)
        )
