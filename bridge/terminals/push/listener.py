"""The HTTP side of both push dialects, on one port.

The `Site` decides who is admitted, stores what comes in, and has the commands to send.
"""

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bridge.terminals.errors import ProtocolError
from bridge.terminals.fields import plain
from bridge.terminals.push.access import answers
from bridge.terminals.push.access.facts import parse_registration
from bridge.terminals.push.access.records import (
    STATE_TABLES,
    TABLE_NAME,
    TABLES,
    parse_answer,
    parse_table,
)
from bridge.terminals.push.answer_headers import AnswerHeaders
from bridge.terminals.push.commands import handshake_answer
from bridge.terminals.push.dialects import ACCESS_TABLE, ENCRYPTION, REGISTERED, PushDialect
from bridge.terminals.push.records import (
    COMMAND_ID,
    LOG_STAMP,
    SERIAL,
    CommandResult,
    UploadBatch,
    decode_text,
    pairs,
    parse_results,
    parse_upload,
    to_wire,
    unpack_archive,
)

MAX_BODY = 8 * 1024 * 1024
"""Bytes of one upload; the photo of a login is the largest thing that a terminal sends."""
MAX_INFO_KEYS = 64
BODY_S = 60.0
"""Seconds for one whole body; a slower sender is cut off."""
BODIES_AT_ONCE = 32
"""Uploads that are read at the same time; others wait, so that memory stays bounded."""
CALLS_PER_SERIAL = 4
"""A unit makes one call at a time; a few more are left from connections that it lost."""
ROWS_OF_TABLE = "tabledata"
ONLY_ACCESS = frozenset({"rtlog", "transaction", ROWS_OF_TABLE, *STATE_TABLES})
"""Tables of uploads that show the dialect of the unit."""
TOLD_AT_FIRST = ("pushver", "language", "DeviceType")
"""What a unit says of itself in its first request."""
COMM_KEY = "pushcommkey"
"""The key that a unit gives when it starts, where its firmware has one; only its mark is kept."""
NO_KEY = "none"
NOT_REGISTERED, WAITS = 406, 503
"""HTTP statuses: the unit registers again later; it keeps its rows and sends them again."""


@dataclass(frozen=True)
class Hello:
    """A terminal that dialled in.

    info: what it said of itself. handshake: it has just started, or come back.
    """

    serial: str
    address: str
    info: dict[str, str] = field(default_factory=dict)
    handshake: bool = False


@dataclass(frozen=True)
class Admission:
    """The site's answer to a terminal.

    approved: if False, the terminal gets no commands, and its reports are refused so that it keeps
    them. held: the same, but its reports are kept aside: it may not be who it says. delay_s:
    seconds between two polls. send_all: the terminal shall send its whole log once more. dialect:
    what it speaks; registered: it has registered before, as units of access control do. log_stamp:
    how far an old firmware has reported its log, which it wants to hear again; "" for newer ones.
    """

    approved: bool
    delay_s: int = 5
    utc_offset_min: int = 0
    send_all: bool = False
    dialect: PushDialect = PushDialect.ATTENDANCE
    registered: bool = False
    log_stamp: str = ""
    held: bool = False


class Site(Protocol):
    """What the listener needs. Each call returns only after its effect is durable."""

    async def admit(self, hello: Hello) -> Admission:
        """Decide about a terminal; called at every contact."""
        ...

    async def next_commands(self, serial: str) -> list[str]:
        """Return the next command lines for an approved terminal."""
        ...

    async def store_upload(self, serial: str, table: str, batch: UploadBatch) -> bool:
        """Store the rows of one upload. table: as the terminal named it.

        False if the site stopped serving the terminal meanwhile.
        """
        ...

    async def keep_aside(self, serial: str, address: str, batch: UploadBatch) -> bool:
        """Keep the rows of somebody who may not be the terminal. False if there is no room."""
        ...

    async def store_results(self, serial: str, results: list[CommandResult]) -> None:
        """Store what became of commands."""
        ...


def _text(text: str, status: int = 200) -> Response:
    """Return an answer. The type has no charset: old clients look for the bare word."""
    return Response(
        to_wire(text), status, {"Content-Type": "text/plain", "Cache-Control": "no-store"}
    )


class _Refusal(Exception):
    """The call is answered with this text and HTTP status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


async def _body(request: Request) -> bytes:
    """Return the whole body. Raises _Refusal if it is too large, too slow or breaks off."""
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_BODY:
                    raise _Refusal("too large", 413)
                chunks.append(chunk)
    except (ClientDisconnect, TimeoutError) as error:
        raise _Refusal("incomplete", 400) from error
    return b"".join(chunks)


class PushListener:
    """Serves `/iclock/…`, with and without the `.aspx` some makers append."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._bodies = asyncio.Semaphore(BODIES_AT_ONCE)
        self._calls: Counter[str] = Counter()
        self._secret = secrets.token_bytes(32)

    def app(self) -> ASGIApp:
        """Return the ASGI application, for a server that adds no `Date` of its own."""
        routes = []
        for suffix in ("", ".aspx"):
            routes += [
                Route(f"/iclock/cdata{suffix}", self._handshake, methods=["GET"]),
                Route(f"/iclock/cdata{suffix}", self._upload, methods=["POST"]),
                Route(f"/iclock/fdata{suffix}", self._upload, methods=["POST"]),
                Route(f"/iclock/getrequest{suffix}", self._poll, methods=["GET"]),
                Route(f"/iclock/devicecmd{suffix}", self._results, methods=["POST"]),
                Route(f"/iclock/ping{suffix}", self._ping, methods=["GET"]),
                Route(f"/iclock/registry{suffix}", self._register, methods=["POST"]),
                Route(f"/iclock/push{suffix}", self._configure, methods=["GET", "POST"]),
                Route(f"/iclock/rtdata{suffix}", self._tell_time, methods=["GET"]),
                Route(f"/iclock/querydata{suffix}", self._answer, methods=["POST"]),
                Route(f"/iclock/exchange{suffix}", self._refuse_keys, methods=["POST"]),
            ]
        return AnswerHeaders(Starlette(routes=routes, exception_handlers={_Refusal: _refused}))

    @asynccontextmanager
    async def _call(self, request: Request) -> AsyncIterator[str]:
        """Yield the serial number of one call, while it is under way. Raises _Refusal."""
        serial = request.query_params.get("SN", "")
        if not SERIAL.fullmatch(serial):
            raise _Refusal("bad serial number", 400)
        if self._calls[serial] >= CALLS_PER_SERIAL:
            raise _Refusal("one call at a time", 503)
        self._calls[serial] += 1
        try:
            yield serial
        finally:
            self._calls[serial] -= 1
            if not self._calls[serial]:
                del self._calls[serial]

    async def _admit(
        self,
        request: Request,
        serial: str,
        info: dict[str, str] | None = None,
        handshake: bool = False,
    ) -> Admission:
        said = {plain(key): plain(value) for key, value in (info or {}).items()}
        return await self._site.admit(Hello(serial, _address(request), said, handshake))

    async def _handshake(self, request: Request) -> Response:
        known = {
            key.lower(): request.query_params[key][:64]
            for key in TOLD_AT_FIRST
            if key in request.query_params
        }
        async with self._call(request) as serial:
            options = "options" in request.query_params
            if options:
                known[COMM_KEY] = _key_mark(serial, request.query_params.get(COMM_KEY, ""))
            admission = await self._admit(request, serial, known, handshake=options)
            if not (admission.approved or admission.held) or not options:
                return _text("OK")
            if admission.dialect is PushDialect.ACCESS:
                known_unit = answers.welcome_back(self._session(serial, admission))
                return _text(known_unit if admission.registered else "OK")
            return _text(
                handshake_answer(
                    serial,
                    admission.delay_s,
                    admission.utc_offset_min,
                    admission.send_all,
                    admission.log_stamp,
                )
            )

    async def _poll(self, request: Request) -> Response:
        async with self._call(request) as serial:
            admission = await self._admit(
                request, serial, _poll_info(request.query_params.get("INFO", ""))
            )
            lines = await self._site.next_commands(serial) if admission.approved else []
            return _text("\n".join([*lines, ""]) if lines else "OK")

    async def _upload(self, request: Request) -> Response:
        table = "ATTPHOTO" if "fdata" in request.url.path else request.query_params.get("table", "")
        async with self._call(request) as serial, self._bodies:
            body = await _body(request)
            if table == "options":
                await self._admit(request, serial, _few(pairs(decode_text(body), ",")))
                return _text("OK")
            shown = {ACCESS_TABLE: "yes"} if table in ONLY_ACCESS else None
            admission = await self._admit(request, serial, shown)
            if shown or (admission.dialect is PushDialect.ACCESS and table in TABLES):
                return await self._store_table(request, serial, table, body, admission)
            if not table and admission.approved:
                return _text("OK")
            packed = request.query_params.get("ContentType", "").lower() == "tgz"
            stamp = request.query_params.get("Stamp", "")

            def parse() -> UploadBatch:
                batch = parse_upload(table, unpack_archive(body) if packed else body)
                batch.stamp = stamp if LOG_STAMP.fullmatch(stamp) else ""
                return batch

            batch = await self._store(request, serial, table, admission, parse)
            return _text(f"OK:{batch.lines}")

    async def _store_table(
        self, request: Request, serial: str, table: str, body: bytes, admission: Admission
    ) -> Response:
        """Store what an access-control unit reports; it repeats rows until it gets their number."""
        if table in STATE_TABLES:
            return _text("OK")
        name = _table_name(request) if table == ROWS_OF_TABLE else table
        batch = await self._store(request, serial, name, admission, lambda: parse_table(name, body))
        return _text("OK" if table == "rtlog" else f"{name}={batch.lines}")

    async def _store(
        self,
        request: Request,
        serial: str,
        table: str,
        admission: Admission,
        parse: Callable[[], UploadBatch],
    ) -> UploadBatch:
        """Raises _Refusal for a unit that is not approved: it keeps its rows and tries again."""
        if not (admission.approved or admission.held):
            raise _Refusal("not approved yet", WAITS)
        try:
            batch = parse()
        except ProtocolError as error:
            raise _Refusal(str(error), 400) from error
        if admission.approved:
            if not await self._site.store_upload(serial, table, batch):
                raise _Refusal("not approved any more", WAITS)
        elif not await self._site.keep_aside(serial, _address(request), batch):
            raise _Refusal("no room before it is accepted", WAITS)
        return batch

    async def _answer(self, request: Request) -> Response:
        """Store the answer to a query. An answer that names its query belongs to no other one."""
        async with self._call(request) as serial, self._bodies:
            body = await _body(request)
            kind, name = request.query_params.get("type", ROWS_OF_TABLE), _table_name(request)
            command_id = request.query_params.get("cmdid", "")

            def parse() -> UploadBatch:
                batch = parse_answer(kind, name, body)
                batch.command_id = command_id if COMMAND_ID.fullmatch(command_id) else ""
                return batch

            admission = await self._admit(request, serial, {ACCESS_TABLE: "yes"})
            batch = await self._store(request, serial, name, admission, parse)
            return _text(f"{name}={batch.lines}" if kind == ROWS_OF_TABLE else "OK")

    async def _register(self, request: Request) -> Response:
        async with self._call(request) as serial, self._bodies:
            facts = parse_registration(decode_text(await _body(request)))
            said = {**facts, REGISTERED: "yes", ENCRYPTION: ""}
            admission = await self._admit(request, serial, said, handshake=True)
            if not admission.approved:
                raise _Refusal("not approved yet", NOT_REGISTERED)
            return _text(answers.registered(self._session(serial, admission)))

    async def _configure(self, request: Request) -> Response:
        async with self._call(request) as serial:
            admission = await self._admit(request, serial)
            if not admission.approved:
                raise _Refusal("not approved yet", NOT_REGISTERED)
            return _text(answers.configuration(self._session(serial, admission)))

    def _session(self, serial: str, admission: Admission) -> answers.Session:
        """The codes of a unit: another process gives it others when it calls again."""

        def code(use: bytes) -> str:
            mixed = hashlib.blake2b(serial.encode(), key=self._secret, person=use, digest_size=16)
            return mixed.hexdigest()

        return answers.Session(code(b"registry"), code(b"session"), admission.delay_s)

    async def _tell_time(self, request: Request) -> Response:
        async with self._call(request) as serial:
            admission = await self._admit(request, serial)
            if not admission.approved or request.query_params.get("type") != "time":
                return _text("OK")
            utc = datetime.now(UTC).replace(tzinfo=None)
            return _text(answers.time_answer(utc, admission.utc_offset_min))

    async def _refuse_keys(self, request: Request) -> Response:
        """How keys are exchanged is not published. The operator reads why at the approval."""
        async with self._call(request) as serial:
            await self._admit(request, serial, {ENCRYPTION: "yes"}, handshake=True)
            raise _Refusal("keys cannot be exchanged", NOT_REGISTERED)

    async def _results(self, request: Request) -> Response:
        async with self._call(request) as serial, self._bodies:
            body = await _body(request)
            admission = await self._admit(request, serial)
            if admission.approved:
                await self._site.store_results(serial, parse_results(body))
            return _text("OK")

    async def _ping(self, request: Request) -> Response:
        async with self._call(request) as serial:
            await self._admit(request, serial)
            return _text("OK")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _key_mark(serial: str, key: str) -> str:
    """Return a mark by which the same key of the same unit is known again."""
    mixed = hashlib.blake2b(key[:64].encode(), key=serial.encode(), digest_size=8)
    return mixed.hexdigest() if key else NO_KEY


def _table_name(request: Request) -> str:
    name = request.query_params.get("tablename", "")
    if not TABLE_NAME.fullmatch(name):
        raise _Refusal("bad table name", 400)
    return name


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, _Refusal)
    return _text(f"ERROR: {error}", error.status)


def _few(options: dict[str, str]) -> dict[str, str]:
    return {
        key.lstrip("~")[:40]: value[:200] for key, value in list(options.items())[:MAX_INFO_KEYS]
    }


def _poll_info(info: str) -> dict[str, str]:
    """Parse `INFO=firmware,users,fingers,logs,ip,…` of the first poll after a start."""
    names = ("firmware", "users", "fingers", "logs", "ip")
    return (
        {name: value[:64] for name, value in zip(names, info.split(","), strict=False) if value}
        if info
        else {}
    )
