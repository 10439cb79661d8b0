"""The API listener: declared operations over HTTP, the live stream, and a word on health. And the kiosks': their operations alone."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from console import __version__
from console.api import kiosk_link
from console.api.operation import EVENTS_PATH, HEALTH_PATH, SESSION_HEADER, ApiError, Health
from console.service.listeners.slow_clients import BodyDeadline
from console.service.operations.dispatch import Caller, check_complete, perform
from console.service.operations.operators import find_caller, first_run
from console.service.settings import load_settings
from console.service.tools import Service

MAX_BODY = 32 * 1024 * 1024
"""Bytes; a CSV of 100,000 employees is 10 MB."""
HEARTBEAT_S = 15.0
MAX_KIOSK_BODY = 4 * 1024 * 1024
"""Bytes; a hundred logins with their paths are 200 kB."""
KIOSK_OPERATIONS = frozenset(
    operation.name
    for operation in (
        kiosk_link.pair,
        kiosk_link.sync,
        kiosk_link.check,
        kiosk_link.references,
        kiosk_link.upload,
    )
)
_JSON = "application/json"


def api_app(service: Service) -> Starlette:
    """The ASGI app. It is meant for loopback or TLS; sessions stand in a header, so no web page can borrow them."""
    check_complete()

    async def call(request: Request) -> Response:
        return await _perform(service, request)

    async def events(request: Request) -> Response:
        if request.headers.get("Origin"):
            return _refuse("Browsers may not call this service.")
        if (
            await asyncio.to_thread(_caller, service, request.headers.get(SESSION_HEADER, ""))
            is None
        ):
            return Response(
                msgspec.json.encode(ApiError(code="not_signed_in", message="Sign in first.")),
                401,
                media_type=_JSON,
            )
        return StreamingResponse(_lines(service), media_type="application/x-ndjson")

    async def health(request: Request) -> Response:
        return Response(
            msgspec.json.encode(await asyncio.to_thread(_health, service)), media_type=_JSON
        )

    routes = [
        Route("/api/{name}", call, methods=["POST"]),
        Route(EVENTS_PATH, events, methods=["GET"]),
        Route(HEALTH_PATH, health, methods=["GET"]),
    ]
    app = Starlette(routes=routes, max_body_size=MAX_BODY)
    app.add_middleware(BodyDeadline)
    return app


def kiosk_app(service: Service) -> Starlette:
    """What kiosks on other computers reach: nothing that an operator does."""

    async def call(request: Request) -> Response:
        if request.path_params["name"] not in KIOSK_OPERATIONS:
            return _refuse(
                "Only kiosks are served here. Open the console on the service's own computer."
            )
        return await _perform(service, request)

    app = Starlette(
        routes=[Route("/api/{name}", call, methods=["POST"])], max_body_size=MAX_KIOSK_BODY
    )
    app.add_middleware(BodyDeadline)
    return app


async def _perform(service: Service, request: Request) -> Response:
    if request.headers.get("Origin"):
        return _refuse("Browsers may not call this service.")
    body = await request.body()
    token = request.headers.get(SESSION_HEADER, "")
    caller = await asyncio.to_thread(_caller, service, token)
    status, answer = await asyncio.to_thread(
        perform, service, request.path_params["name"], body, caller, token
    )
    return Response(answer, status, media_type=_JSON)


def _refuse(message: str) -> Response:
    return Response(
        msgspec.json.encode(ApiError(code="forbidden", message=message)), 403, media_type=_JSON
    )


def _caller(service: Service, token: str) -> Caller | None:
    return find_caller(service, token) if token else None


def _health(service: Service) -> Health:
    with service.store.read() as session:
        return Health(
            version=__version__, first_run=first_run(session), site=load_settings(session).site
        )


async def _lines(service: Service) -> AsyncIterator[bytes]:
    """One JSON line a change; an empty line now and then shows that the stream lives."""
    stream = service.events.stream()
    yield b"\n"
    pending = asyncio.ensure_future(anext(stream, None))
    try:
        while True:
            done, _ = await asyncio.wait({pending}, timeout=HEARTBEAT_S)
            if not done:
                yield b"\n"
                continue
            change = pending.result()
            if change is None:
                return
            yield msgspec.json.encode(change) + b"\n"
            pending = asyncio.ensure_future(anext(stream, None))
    finally:
        pending.cancel()
