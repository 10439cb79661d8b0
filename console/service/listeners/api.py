"""The API listener: declared operations over HTTP, the live stream, and a word on health."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from console import __version__
from console.api.operation import (
    EVENTS_PATH,
    HEALTH_PATH,
    OPERATIONS,
    SESSION_HEADER,
    ApiError,
    Health,
    Principal,
)
from console.domain.errors import NotSignedIn
from console.domain.language import ENGLISH, accepted, best_language
from console.domain.updates import Stage
from console.service.callers import OperatorCaller
from console.service.events import EventHub
from console.service.listeners.slow_clients import BodyDeadline
from console.service.operations.dispatch import Dispatcher
from console.service.people.operators import is_first_run
from console.service.pools import Pool
from console.service.settings import load_settings
from console.service.tools import Tools
from console.service.updates.book import load_updates

MAX_BODY = 32 * 1024 * 1024
"""Bytes; a CSV of 100,000 employees is 10 MB."""
HEARTBEAT_S = 15.0
MAX_KIOSK_BODY = 4 * 1024 * 1024
"""Bytes; a hundred logins with their paths are 200 kB."""
SESSION_CHANGES = frozenset({"operators", "*"})
"""Changes after which the session behind a stream may have ended."""
_JSON = "application/json"


class ApiListener:
    """What consoles and scripts reach, and the part of it that kiosks on other computers reach."""

    def __init__(self, tools: Tools, dispatcher: Dispatcher) -> None:
        self._tools, self._dispatcher = tools, dispatcher

    def app(self) -> Starlette:
        """The ASGI application. It is meant for loopback or TLS.

        Tokens are in a header of their own, so no web page can use those of its visitor.
        """
        routes = [
            Route("/api/{name}", self._call, methods=["POST"]),
            Route(EVENTS_PATH, self._events, methods=["GET"]),
            Route(HEALTH_PATH, self._health, methods=["GET"]),
        ]
        app = Starlette(routes=routes, max_body_size=MAX_BODY)
        app.add_middleware(BodyDeadline)
        return app

    def kiosk_app(self) -> Starlette:
        """The operations whose principal is a kiosk, and pairing; nothing that an operator does."""
        routes = [Route("/api/{name}", self._kiosk_call, methods=["POST"])]
        app = Starlette(routes=routes, max_body_size=MAX_KIOSK_BODY)
        app.add_middleware(BodyDeadline)
        return app

    async def _call(self, request: Request) -> Response:
        if request.headers.get("Origin"):
            return _refuse("Browsers may not call this service.")
        token = request.headers.get(SESSION_HEADER, "")
        name, body = request.path_params["name"], await request.body()
        wanted = accepted(request.headers.get("Accept-Language", ""))
        language = best_language(wanted) or ENGLISH
        status, answer = await self._dispatcher.perform(name, body, token, language)
        return Response(answer, status, media_type=_JSON)

    async def _kiosk_call(self, request: Request) -> Response:
        operation = OPERATIONS.get(request.path_params["name"])
        if operation is None or not _is_for_kiosks(operation.name, operation.principal):
            return _refuse(
                "Only kiosks are served here. Open the console on the service's own computer."
            )
        return await self._call(request)

    async def _events(self, request: Request) -> Response:
        if request.headers.get("Origin"):
            return _refuse("Browsers may not call this service.")
        token = request.headers.get(SESSION_HEADER, "")
        find = self._dispatcher.find_caller
        try:
            caller = await self._tools.pools.run(Pool.READ, find, Principal.OPERATOR, token)
        except NotSignedIn as error:
            answer = ApiError(code=error.code, message=error.message)
            return Response(msgspec.json.encode(answer), 401, media_type=_JSON)
        if isinstance(caller, OperatorCaller) and (caller.must_change or caller.must_set_up):
            return _refuse("Choose a password of your own, or set up a second factor, first.")

        async def goes_on() -> bool:
            try:
                await self._tools.pools.run(Pool.READ, find, Principal.OPERATOR, token)
            except NotSignedIn:
                return False
            return True

        lines = _lines(self._tools.events, goes_on)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    async def _health(self, _request: Request) -> Response:
        health = await self._tools.pools.run(Pool.READ, self._read_health)
        return Response(msgspec.json.encode(health), media_type=_JSON)

    def _read_health(self) -> Health:
        with self._tools.store.read() as tx:
            site = load_settings(tx).site
            return Health(
                version=__version__,
                first_run=is_first_run(tx),
                site=site,
                consoles_close=load_updates(tx).stage is Stage.ORDERED,
            )


def _is_for_kiosks(name: str, principal: Principal) -> bool:
    pairing = principal is Principal.ANYBODY and name.startswith("kiosk_link.")
    return principal is Principal.KIOSK or pairing


def _refuse(message: str) -> Response:
    error = ApiError(code="forbidden", message=message)
    return Response(msgspec.json.encode(error), 403, media_type=_JSON)


async def _lines(events: EventHub, goes_on: Callable[[], Awaitable[bool]]) -> AsyncIterator[bytes]:
    """One JSON line for each change; an empty line now and then shows that the stream lives.

    goes_on: whether the session behind it does; a session that was ended hears nothing more.
    """
    stream, tick = events.stream(), asyncio.get_running_loop().time
    yield b"\n"
    asked = tick()
    pending = asyncio.ensure_future(anext(stream, None))
    try:
        while True:
            left_s = asked + HEARTBEAT_S - tick()
            done, _ = await asyncio.wait({pending}, timeout=max(left_s, 0))
            change = pending.result() if done else None
            if done and change is None:
                return
            may_have_ended = change is not None and change.subject in SESSION_CHANGES
            # left_s: on a busy site there is always a change and never a pause
            if may_have_ended or not done or left_s <= 0:
                if not await goes_on():
                    return
                asked = tick()
            if change is None:
                yield b"\n"
                continue
            yield msgspec.json.encode(change) + b"\n"
            pending = asyncio.ensure_future(anext(stream, None))
    finally:
        pending.cancel()
