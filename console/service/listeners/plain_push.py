"""Terminals that call without TLS are refused where the site says so. TE16."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.responses import PlainTextResponse

from console.service.settings import load_settings
from console.store.database import Store
from console.store.unit_of_work import Commit

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
REFUSED = 403
"""An error status: a terminal keeps its rows and sends them again."""


class PlainPush:
    """Stands before the listener of terminals without TLS; a change acts from the next call on."""

    def __init__(self, app: App, store: Store) -> None:
        self._app, self._store = app, store
        self._changes, self._known = 0, (-1, False)
        store.subscribe(self._hear)

    def _hear(self, commit: Commit) -> None:
        """Called after each commit, on any thread."""
        if any(subject == "site" for subject, _ in commit.changes):
            self._changes += 1

    def _load(self) -> tuple[int, bool]:
        """(as of which change, whether it refuses)."""
        changes = self._changes
        with self._store.read() as tx:
            return changes, load_settings(tx).push_tls_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call, as an ASGI application."""
        if scope["type"] == "http":
            if self._known[0] != self._changes:
                self._known = await asyncio.to_thread(self._load)
            if self._known[1]:
                answer = PlainTextResponse("This site takes terminals with TLS only.", REFUSED)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
