"""The address of the service, which always proves who it is before it is told anything."""

import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from console import runtime
from console.api.address import ServiceAddress
from console.api.client import TIMEOUT_S, Client

Locate = Callable[[], ServiceAddress]
"""Finds the service; its url is empty where it is not known."""
Connect = Callable[[ServiceAddress, float], Client]
"""Makes a client of the service: (address, timeout in seconds)."""
UNKNOWN = ServiceAddress(url="")


class UnsafeAddress(Exception):
    """The service cannot be reached there safely; the text says what to do."""


def locate_by(url: str, data_dir: Path) -> Locate:
    """The address that was given, else that of the service that runs on this computer."""

    def locate() -> ServiceAddress:
        if url:
            return ServiceAddress(url=url)
        found = runtime.find(data_dir)
        return found.address if found else UNKNOWN

    return locate


def on_this_computer(address: ServiceAddress, timeout_s: float = TIMEOUT_S) -> Client:
    """A client of the service that has announced itself here."""
    return Client.at(address, timeout_s)


def connector(url: str, authority: Path | None) -> Connect:
    """How to reach the service at this address. Raises UnsafeAddress.

    authority: a PEM file, where the system does not know who signed the service's certificate.
    """
    if not url:
        return on_this_computer
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UnsafeAddress(
            f"{url} is no address of a service. It looks like https://muster.example.com:8444."
        )
    if parts.scheme != "https":
        raise UnsafeAddress(
            "Names and templates would go over the network in the clear. Use the https:// "
            "address of the service. On the service's own computer, leave the address out."
        )
    try:
        trust = ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ssl.SSLError) as error:
        raise UnsafeAddress(f"{authority} is no certificate that can be read: {error}") from error
    return lambda address, timeout_s: Client(address.url, timeout_s, trust)
