"""Keeps slow and greedy clients from starving the others: uvicorn by itself waits for ever."""

import asyncio
from collections import Counter
from typing import Any, ClassVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_S = 10.0
"""Seconds a connection may take until its first request line and headers are complete."""
CHUNK_S = 10.0
BODY_S = 120.0
"""Seconds between two pieces of a body, and for the whole of it."""
CONNECTIONS_PER_ADDRESS = 8
LOOPBACK_CONNECTIONS = 64
TERMINALS_PER_ADDRESS = 512
"""All terminals of a branch may share one address. Each opens a connection for every call."""


class GuardedProtocol(H11Protocol):
    """Closes connections whose header is late, and those beyond the limit of one address."""

    _open: ClassVar[Counter[str]] = Counter()
    per_address: ClassVar[int] = CONNECTIONS_PER_ADDRESS
    per_loopback: ClassVar[int] = LOOPBACK_CONNECTIONS
    writes_date: ClassVar[bool] = True

    def connection_made(self, transport: Any) -> None:
        """Counts the connection and starts its timer."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._open[self._address] += 1
        limit = self.per_loopback if self._address.startswith("127.") else self.per_address
        if self._open[self._address] > limit:
            transport.close()
        self._header_timer = asyncio.get_running_loop().call_later(HEADER_S, self._drop_if_silent)

    def _drop_if_silent(self) -> None:
        if self.cycle is None:
            self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        """Ends a connection that nobody uses at once.

        TLS would wait for the client's farewell, and Qt would send its next request meanwhile.
        """
        if not self.transport.is_closing():
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Counts the connection no more."""
        self._header_timer.cancel()
        self._open[self._address] -= 1
        super().connection_lost(exc)


class TerminalProtocol(GuardedProtocol):
    """The same for terminals, which are counted separately.

    They set their clock by the date, which their application writes in the form that they read.
    """

    _open: ClassVar[Counter[str]] = Counter()
    per_address = per_loopback = TERMINALS_PER_ADDRESS
    writes_date = False


class BodyDeadline:
    """ASGI middleware: a body that stalls is treated as a client that left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        deadline, complete = loop.time() + BODY_S, False

        async def impatient() -> Message:
            nonlocal complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout(min(CHUNK_S, max(0.0, deadline - loop.time()))):
                    message = await receive()
            except TimeoutError:
                complete = True
                return {"type": "http.disconnect"}
            complete = not message.get("more_body", False)
            return message

        await self._app(scope, impatient, send)
