"""The address of the service: reached plainly on this computer, by TLS on any other."""

import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from console import runtime
from console.api.client import TIMEOUT_S, Client

Locate = Callable[[], str]
"""Finds the address of the service, empty where it is not known."""
Connect = Callable[[str, float], Client]
"""Makes a client of the service: (address, timeout in seconds)."""


class UnsafeAddress(Exception):
    """The service cannot be reached there safely; the text says what to do."""


def locate_by(url: str, data_dir: Path) -> Locate:
    """The address that was given, else that of the service that runs on this computer."""

    def locate() -> str:
        found = runtime.find(data_dir) if not url else None
        return url or (found.api if found else "")

    return locate


def plainly(url: str, timeout_s: float = TIMEOUT_S) -> Client:
    """A client of a service on this computer."""
    return Client(url, timeout_s)


def connector(url: str, authority: Path | None) -> Connect:
    """How to reach the service at this address. Raises UnsafeAddress.

    authority: a PEM file, where the system does not know who signed the service's certificate.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("", "http", "https") or (url and not parts.hostname):
        raise UnsafeAddress(
            f"{url} is no address of a service. It looks like https://muster.example.com:8444."
        )
    if parts.scheme != "https":
        if parts.hostname and not _is_this_computer(parts.hostname):
            raise UnsafeAddress(
                "Names and templates would go over the network in the clear. Use the https:// "
                "address of the service."
            )
        return plainly
    try:
        trust = ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ssl.SSLError) as error:
        raise UnsafeAddress(f"{authority} is no certificate that can be read: {error}") from error
    return lambda address, timeout_s: Client(address, timeout_s, trust)


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
