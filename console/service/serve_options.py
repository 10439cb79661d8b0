"""How the service is started, and where it listens."""

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from console.service.listeners.server import bind
from console.service.tools import Addresses

LOOPBACK = "127.0.0.1"


class CannotStart(Exception):
    """The service cannot run like this; the message says what to do."""


@dataclass(frozen=True)
class ServeOptions:
    """How the service is started. Ports of 0 take any free one.

    database, jobs_database: SQLAlchemy URLs; SQLite files in the data folder by default.
    kiosk_host: where kiosks on other computers are served, with the portal's certificate; empty
    for nowhere. push_certificate, push_key: PEM files, with which terminals may use TLS on a port
    of its own; push_plain: they may go on without. for_console: a console starts and ends this
    service; stop_with_input: it ends when standard input does.
    """

    data_dir: Path
    database: str = ""
    jobs_database: str = ""
    api_port: int = 0
    portal_host: str = LOOPBACK
    portal_port: int = 8443
    portal_certificate: str = ""
    portal_key: str = ""
    kiosk_host: str = ""
    kiosk_port: int = 8444
    push_host: str = LOOPBACK
    push_port: int = 8081
    push_certificate: str = ""
    push_key: str = ""
    push_tls_port: int = 8082
    push_plain: bool = True
    key_file: bool = False
    for_console: bool = False
    stop_with_input: bool = False
    emails_per_minute: int = 30

    @property
    def secure(self) -> bool:
        """Whether the portal has TLS."""
        return bool(self.portal_certificate)


def check(options: ServeOptions) -> None:
    """Raises CannotStart where TLS would be needed."""
    if not options.secure and not options.portal_host.startswith("127."):
        raise CannotStart(
            "The portal needs a certificate to be reached from other computers: "
            "browsers give no camera to plain http. "
            "Give --portal-certificate and --portal-key, or keep the portal on 127.0.0.1."
        )
    if not options.secure and options.kiosk_host:
        raise CannotStart(
            "Kiosks on other computers are served with TLS only: names and templates go there. "
            "Give --portal-certificate and --portal-key, or leave --kiosk-host out."
        )
    if not options.push_plain and not options.push_certificate:
        raise CannotStart(
            "Without plain http, terminals need TLS. Give --push-certificate and --push-key, or "
            "leave --push-tls-only out."
        )
    for what, certificate, key in (
        ("portal", options.portal_certificate, options.portal_key),
        ("push", options.push_certificate, options.push_key),
    ):
        _check_pair(what, certificate, key)


def _check_pair(what: str, certificate: str, key: str) -> None:
    """Raises CannotStart for files that are no certificate and its key."""
    if not certificate:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key or None)
    except OSError as error:  # ssl.SSLError is one
        raise CannotStart(
            f"--{what}-certificate and --{what}-key cannot be used: {error}. They are PEM files, "
            "the certificate first and then those that vouch for it."
        ) from error


def bind_all(options: ServeOptions) -> dict[str, socket.socket]:
    """A socket for each listener, by its name. Raises CannotListen."""
    sockets = {
        "api": bind(LOOPBACK, options.api_port, "console"),
        "portal": bind(options.portal_host, options.portal_port, "portal"),
    }
    if options.push_plain:
        sockets["push"] = bind(options.push_host, options.push_port, "terminals")
    if options.push_certificate:
        sockets["push_tls"] = bind(options.push_host, options.push_tls_port, "terminals with TLS")
    if options.kiosk_host:
        sockets["kiosks"] = bind(options.kiosk_host, options.kiosk_port, "kiosks")
    return sockets


def addresses_of(sockets: dict[str, socket.socket], secure: bool) -> Addresses:
    """Where the listeners are reached."""

    def address(name: str, scheme: str) -> str:
        host, port = sockets[name].getsockname()[:2]
        shown = host if ipaddress.ip_address(host).is_loopback else socket.getfqdn()
        return f"{scheme}://{shown}:{port}"

    return Addresses(
        api=address("api", "https"),
        portal=address("portal", "https" if secure else "http"),
        push=address("push", "http") if "push" in sockets else "",
        push_tls=address("push_tls", "https") if "push_tls" in sockets else "",
        kiosks=address("kiosks", "https") if "kiosks" in sockets else "",
    )
