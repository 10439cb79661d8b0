"""The HTTP side of the push dialect. Who may talk, what is kept and what is sent is decided by the `Site` it is given."""

import email.utils
from dataclasses import dataclass, field
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bridge.terminals.push.commands import handshake_answer
from bridge.terminals.push.records import SERIAL, Batch, CommandResult, ProtocolError, decode_text, pairs, parse_results, parse_upload

MAX_BODY = 8 * 1024 * 1024
"""Bytes of one upload; photos of a login are the largest thing a terminal sends."""
MAX_INFO_KEYS = 64


@dataclass(frozen=True)
class Hello:
    """A terminal that dialled in."""

    serial: str
    address: str
    info: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Admission:
    """approved: false means that the terminal is told nothing at all."""

    approved: bool
    delay_s: int = 5
    utc_offset_min: int = 0


class Site(Protocol):
    """What the listener needs from the service. Each call returns only after its effect is durable."""

    async def admit(self, hello: Hello) -> Admission: ...
    async def commands(self, serial: str) -> list[str]: ...
    async def take(self, serial: str, table: str, batch: Batch) -> None: ...
    async def results(self, serial: str, results: list[CommandResult]) -> None: ...


def _text(text: str, status: int = 200) -> Response:
    return PlainTextResponse(text, status, {"Date": email.utils.formatdate(usegmt=True), "Cache-Control": "no-store"})


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is too large."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


class PushListener:
    """Serves `/iclock/…`, with and without the `.aspx` some makers append."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def app(self) -> Starlette:
        routes = []
        for suffix in ("", ".aspx"):
            routes += [
                Route(f"/iclock/cdata{suffix}", self._handshake, methods=["GET"]),
                Route(f"/iclock/cdata{suffix}", self._upload, methods=["POST"]),
                Route(f"/iclock/getrequest{suffix}", self._poll, methods=["GET"]),
                Route(f"/iclock/devicecmd{suffix}", self._results, methods=["POST"]),
                Route(f"/iclock/ping{suffix}", self._ping, methods=["GET"]),
            ]
        return Starlette(routes=routes)

    async def _admit(self, request: Request, info: dict[str, str] | None = None) -> tuple[str, Admission | None]:
        serial = request.query_params.get("SN", "")
        if not SERIAL.fullmatch(serial):
            return serial, None
        address = request.client.host if request.client else ""
        return serial, await self._site.admit(Hello(serial, address, info or {}))

    async def _handshake(self, request: Request) -> Response:
        known = {key: request.query_params[key][:64] for key in ("pushver", "language") if key in request.query_params}
        serial, admission = await self._admit(request, known)
        if admission is None:
            return _text("ERROR: bad serial number", 400)
        if not admission.approved:
            return _text("OK")
        return _text(handshake_answer(serial, admission.delay_s, admission.utc_offset_min))

    async def _poll(self, request: Request) -> Response:
        serial, admission = await self._admit(request, _poll_info(request.query_params.get("INFO", "")))
        if admission is None:
            return _text("ERROR: bad serial number", 400)
        lines = await self._site.commands(serial) if admission.approved else []
        return _text("\n".join([*lines, ""]) if lines else "OK")

    async def _upload(self, request: Request) -> Response:
        table = request.query_params.get("table", "")
        try:
            body = await _body(request)
        except ClientDisconnect:
            return _text("ERROR: incomplete", 400)
        if body is None:
            return _text("ERROR: too large", 413)
        options = pairs(decode_text(body), ",") if table == "options" else None
        serial, admission = await self._admit(request, _few(options) if options else None)
        if admission is None:
            return _text("ERROR: bad serial number", 400)
        if not admission.approved or table in ("options", "ATTPHOTO"):
            return _text("OK")
        try:
            batch = parse_upload(table, body)
        except ProtocolError as error:
            return _text(f"ERROR: {error}", 400)
        await self._site.take(serial, table, batch)
        return _text(f"OK:{batch.lines}")

    async def _results(self, request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return _text("ERROR: incomplete", 400)
        if body is None:
            return _text("ERROR: too large", 413)
        serial, admission = await self._admit(request)
        if admission is None:
            return _text("ERROR: bad serial number", 400)
        if admission.approved:
            await self._site.results(serial, parse_results(body))
        return _text("OK")

    async def _ping(self, request: Request) -> Response:
        _, admission = await self._admit(request)
        return _text("OK") if admission else _text("ERROR: bad serial number", 400)


def _few(options: dict[str, str]) -> dict[str, str]:
    return {key.lstrip("~")[:40]: value[:200] for key, value in list(options.items())[:MAX_INFO_KEYS]}


def _poll_info(info: str) -> dict[str, str]:
    """`INFO=firmware,users,fingers,logs,ip,…` of the first poll after a start."""
    names = ("firmware", "users", "fingers", "logs", "ip")
    return {name: value[:64] for name, value in zip(names, info.split(","), strict=False) if value} if info else {}
