"""A listener among others: its socket, its limits, its TLS. Signals are the service's affair."""

import contextlib
import socket
import ssl
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from console.service.listeners.slow_clients import GuardedProtocol

STOP_S = 3
"""Seconds that calls under way get at the end."""
BACKLOG = 512


class CannotListen(Exception):
    """The port is taken or not allowed; the message says what to do."""


class Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone."""
        yield


def bind(host: str, port: int, what: str) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises CannotListen."""
    try:
        listening = socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(
            f"Port {port} for the {what} is taken or not allowed ({error.strerror}). "
            "Choose another."
        ) from error
    # asyncio sets this only on sockets that name their protocol. Without it, every answer
    # waits 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def make_server(
    app: ASGIApp,
    certificate: str = "",
    key: str = "",
    protocol: type[GuardedProtocol] = GuardedProtocol,
    context: ssl.SSLContext | None = None,
) -> Server:
    """A server for one application. certificate, key: PEM files; empty for plain HTTP.

    context: serves with a certificate that is in no file. protocol: says who the clients are, and
    whether the server writes the date into its answers.
    """
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=protocol.writes_date,
        timeout_graceful_shutdown=STOP_S,
        ssl_certfile=certificate or None,
        ssl_keyfile=key or None,
        ssl_context_factory=(lambda _config, _usual: context) if context is not None else None,
    )
    return Server(config)
