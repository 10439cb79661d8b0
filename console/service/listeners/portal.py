"""The portal's HTTP side: pages, headers and limits.

GET and HEAD never change anything, because email scanners open every link.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from console.catalogue import catalogue_of
from console.domain.errors import DomainError, Invalid
from console.domain.language import LANGUAGES, speaking, tr
from console.resources import RESOURCES
from console.service.bounds import check_bounds
from console.service.enrolment.personal_links import PersonalLinks
from console.service.enrolment.portal_links import MAX_SEALED, LinkInvalid, PagePhoto, PortalLinks
from console.service.listeners.code_tries import CodeTries
from console.service.listeners.portal_pages import PortalPages, call_language
from console.service.listeners.slow_clients import BodyDeadline
from console.service.pools import Pool
from console.service.tools import Tools

T = TypeVar("T")
MAX_JSON = 64 * 1024
MAX_BODIES = 50
"""Uploads that may be in flight at once."""
VERDICT_WAIT_S = 8.0
VERDICT_POLL_S = 1.0
"""How often the verdict is looked for when no news comes."""
MISSES = RateLimitItemPerMinute(10)
UPLOADS = RateLimitItemPerHour(30)
KEY_VERSION = re.compile(r"[0-9]{1,3}")
PORTAL_HEADER = "X-Muster-Portal"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(self)",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class TokenIn(msgspec.Struct, frozen=True, kw_only=True):
    """The token of a link."""

    token: str


class CodeIn(msgspec.Struct, frozen=True, kw_only=True):
    """A code for the desk, as it was typed."""

    code: str


class ConsentIn(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the person agrees to the text with this digest."""

    agree: bool
    digest: str = ""


class LanguageIn(msgspec.Struct, frozen=True, kw_only=True):
    """The tag of a language."""

    language: str


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to the second check."""

    answer: str


class SubmitIn(msgspec.Struct, frozen=True, kw_only=True):
    """Submits the photos. best: the slot of the one that was chosen."""

    best: int


class AskIn(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the person wants to be asked no more."""

    no_more: bool


class Door(Protocol):
    """What both kinds of links have in common: that of an invitation, and that of a person."""

    def exchange(self, token: str) -> tuple[str, Any]:
        """Opens a page: (session token, state)."""

    def state(self, secret: str) -> Any:
        """What the page shows now."""

    def speak(self, secret: str, language: str) -> Any:
        """The person chooses a language."""

    def consent(self, secret: str, digest: str, agree: bool, user_agent: str) -> Any:
        """Answers about the text that was shown."""

    def check(self, secret: str, answer: str) -> Any:
        """The second check."""

    def withdraw(self, secret: str) -> Any:
        """Ends the consent."""


class PortalRefusal(Exception):
    """A request that is refused before any rule is looked at."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Portal:
    """Pages and calls of the employees' portal."""

    def __init__(
        self, tools: Tools, links: PortalLinks, personal: PersonalLinks, secure: bool
    ) -> None:
        self._tools, self._links, self._personal = tools, links, personal
        self._news = asyncio.Event()
        self._secure = secure
        self._cookies: dict[Door, str] = {
            door: f"__Host-{name}" if secure else name
            for door, name in ((links, "muster"), (personal, "muster-me"))
        }
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._code_tries = CodeTries()
        self._bodies = asyncio.Semaphore(MAX_BODIES)
        self._pages = PortalPages(tools)

    def app(self) -> Starlette:
        """The ASGI application."""
        calls: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            *self._calls_of("/e", self._links),
            *self._calls_of("/me", self._personal),
            ("POST", "/e/code", self._exchange_code),
            ("POST", "/e/seen", self._seen),
            ("POST", "/me/ask", self._ask),
            ("POST", "/me/withdraw-fingers", self._withdraw_fingers),
            ("PUT", "/e/photos/{slot:int}", self._upload),
            ("GET", "/e/photos/{slot:int}", self._verdict),
            ("DELETE", "/e/photos/{slot:int}", self._remove),
            ("POST", "/e/submit", self._submit),
        ]
        routes: list[Any] = [
            Route(path, self._guarded(handler), methods=[method]) for method, path, handler in calls
        ]
        routes += [
            *self._pages.routes(),
            # compressed here alone: these files hold nothing that somebody could guess at
            Mount(
                "/static", GZipMiddleware(StaticFiles(directory=RESOURCES / "portal" / "static"))
            ),
        ]
        app = Starlette(
            routes=routes, max_body_size=MAX_SEALED, exception_handlers={404: self._not_found}
        )
        app.add_middleware(BodyDeadline)
        app.add_middleware(SecurityHeaders, secure=self._secure)
        return app

    def _calls_of(
        self, path: str, door: Door
    ) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
        """What is called from the pages of both kinds of links."""
        return [
            ("POST", f"{path}/session", partial(self._exchange, door)),
            ("GET", f"{path}/state", partial(self._state, door)),
            ("POST", f"{path}/language", partial(self._language, door)),
            ("POST", f"{path}/consent", partial(self._consent, door)),
            ("POST", f"{path}/check", partial(self._check, door)),
            ("POST", f"{path}/withdraw", partial(self._withdraw, door)),
        ]

    async def watch(self) -> None:
        """Wakes everybody who waits for a verdict when a photo was screened. Never returns."""
        async for change in self._tools.events.stream():
            if change.subject in ("photos", "*"):
                self._news.set()
                self._news = asyncio.Event()

    async def _not_found(self, request: Request, _error: Exception) -> Response:
        with speaking(catalogue_of(call_language(request))):
            return PlainTextResponse(tr("There is no such page."), 404)

    def _guarded(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Only our own page may call, and every refusal is JSON with a sentence."""

        async def call(request: Request) -> Response:
            with speaking(catalogue_of(call_language(request))):
                return await answered(request)

        async def answered(request: Request) -> Response:
            try:
                if (
                    request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
                    or PORTAL_HEADER not in request.headers
                ):
                    raise PortalRefusal(403, "forbidden", tr("Open the link from your email."))
                return await handler(request)
            except PortalRefusal as refused:
                return _json(
                    {"code": refused.code, "message": refused.message, "field": ""}, refused.status
                )
            except DomainError as error:
                status = (
                    404
                    if isinstance(error, LinkInvalid)
                    else 422
                    if isinstance(error, Invalid)
                    else 409
                )
                return _json(
                    {
                        "code": error.code,
                        "message": error.message,
                        "field": getattr(error, "field", ""),
                    },
                    status,
                )
            except (msgspec.DecodeError, ClientDisconnect):
                return _json(
                    {
                        "code": "invalid",
                        "message": tr("The request was incomplete. Try again."),
                        "field": "",
                    },
                    400,
                )

        return call

    def _address(self, request: Request) -> str:
        return request.client.host if request.client else ""

    async def _body(self, request: Request, kind: type[T]) -> T:
        length = int(request.headers.get("Content-Length") or 0)
        if length > MAX_JSON:
            raise PortalRefusal(413, "too_large", tr("This request is too large."))
        body = msgspec.json.decode(await request.body(), type=kind)
        check_bounds(body)
        return body

    def _secret(self, door: Door, request: Request) -> str:
        secret = request.cookies.get(self._cookies[door], "")
        if not secret:
            raise LinkInvalid
        return secret

    async def _exchange(self, door: Door, request: Request) -> Response:
        address = self._address(request)
        token = (await self._body(request, TokenIn)).token
        if not self._limiter.test(MISSES, "miss", address):
            raise PortalRefusal(
                429, "too_many", tr("Too many tries. Wait a minute and open the link again.")
            )
        try:
            secret, state = await self._tools.pools.run(Pool.WRITE, door.exchange, token)
        except LinkInvalid:
            self._limiter.hit(MISSES, "miss", address)
            raise
        return self._opened(door, secret, state)

    async def _exchange_code(self, request: Request) -> Response:
        code = (await self._body(request, CodeIn)).code
        if not self._code_tries.allow(self._address(request)):
            raise PortalRefusal(429, "too_many", tr("Too many tries. Wait a minute and try again."))
        run = self._tools.pools.run
        secret, state = await run(Pool.WRITE, self._links.exchange_code, code)
        return self._opened(self._links, secret, state)

    def _opened(self, door: Door, secret: str, state: object) -> Response:
        """The first state of a page, and the cookie of its session."""
        response = _json(state)
        response.set_cookie(
            self._cookies[door],
            secret,
            max_age=1800,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
        return response

    async def _state(self, door: Door, request: Request) -> Response:
        secret = self._secret(door, request)
        return _json(await self._tools.pools.run(Pool.WRITE, door.state, secret))

    async def _language(self, door: Door, request: Request) -> Response:
        language = (await self._body(request, LanguageIn)).language
        if language not in LANGUAGES:
            raise PortalRefusal(422, "invalid", tr("The request was incomplete. Try again."))
        secret = self._secret(door, request)
        return _json(await self._tools.pools.run(Pool.WRITE, door.speak, secret, language))

    async def _consent(self, door: Door, request: Request) -> Response:
        body = await self._body(request, ConsentIn)
        agent = request.headers.get("User-Agent", "")
        return _json(
            await self._tools.pools.run(
                Pool.WRITE,
                door.consent,
                self._secret(door, request),
                body.digest,
                body.agree,
                agent,
            )
        )

    async def _check(self, door: Door, request: Request) -> Response:
        body = await self._body(request, CheckIn)
        return _json(
            await self._tools.pools.run(
                Pool.WRITE, door.check, self._secret(door, request), body.answer
            )
        )

    async def _upload(self, request: Request) -> Response:
        """A sealed photo as raw bytes: no form parser anywhere near it.

        Nobody gets a place before it is known whose link it is, and all sessions of a link count
        together. AC4, AC5.
        """
        secret = self._secret(self._links, request)
        link = await self._tools.pools.run(Pool.READ, self._links.link_of, secret)
        if not self._limiter.hit(UPLOADS, "upload", link):
            raise PortalRefusal(
                429,
                "too_many",
                tr("That was a lot of photos. Wait an hour, or ask your administrator."),
            )
        version = request.headers.get("X-Muster-Key", "")
        if not KEY_VERSION.fullmatch(version) or not 0 < int(version) < 256:
            raise PortalRefusal(400, "invalid", tr("Reload the page and take the photo again."))
        if int(request.headers.get("Content-Length") or 0) > MAX_SEALED:
            raise PortalRefusal(
                413, "too_large", tr("This photo is larger than 12 MB. Send a smaller one.")
            )
        if self._bodies.locked():
            raise PortalRefusal(
                503, "busy", tr("Many people are sending photos right now. Try again in a minute.")
            )
        async with self._bodies:
            sealed = bytearray()
            async for chunk in request.stream():
                sealed += chunk
                if len(sealed) > MAX_SEALED:
                    raise PortalRefusal(
                        413, "too_large", tr("This photo is larger than 12 MB. Send a smaller one.")
                    )
        photo = await self._tools.pools.run(
            Pool.WRITE,
            self._links.upload,
            secret,
            request.path_params["slot"],
            int(version),
            bytes(sealed),
        )
        return _json(photo, 202)

    async def _verdict(self, request: Request) -> Response:
        """The photo's state. It waits a little for the verdict, so the page need not ask often."""
        secret, slot = self._secret(self._links, request), request.path_params["slot"]
        deadline = time.monotonic() + VERDICT_WAIT_S
        while True:
            news = self._news
            photo: PagePhoto = await self._tools.pools.run(
                Pool.READ, self._links.photo, secret, slot
            )
            if photo.state == "screened" or time.monotonic() > deadline:
                return _json(photo)
            with suppress(TimeoutError):
                async with asyncio.timeout(VERDICT_POLL_S):
                    await news.wait()

    async def _remove(self, request: Request) -> Response:
        secret, slot = self._secret(self._links, request), request.path_params["slot"]
        return _json(await self._tools.pools.run(Pool.WRITE, self._links.remove, secret, slot))

    async def _submit(self, request: Request) -> Response:
        body = await self._body(request, SubmitIn)
        response = _json(
            await self._tools.pools.run(
                Pool.WRITE, self._links.submit, self._secret(self._links, request), body.best
            )
        )
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    async def _seen(self, request: Request) -> Response:
        secret = self._secret(self._links, request)
        return _json(await self._tools.pools.run(Pool.WRITE, self._links.seen, secret))

    async def _ask(self, request: Request) -> Response:
        body = await self._body(request, AskIn)
        secret = self._secret(self._personal, request)
        ask = self._personal.ask_no_more
        return _json(await self._tools.pools.run(Pool.WRITE, ask, secret, body.no_more))

    async def _withdraw(self, door: Door, request: Request) -> Response:
        return await self._ended(door.withdraw, self._secret(door, request))

    async def _withdraw_fingers(self, request: Request) -> Response:
        return await self._ended(
            self._personal.withdraw_fingers, self._secret(self._personal, request)
        )

    async def _ended(self, withdraw: Callable[[str], Any], secret: str) -> Response:
        """Ends a consent, and has the browser forget what it was shown."""
        state = await self._tools.pools.run(Pool.WRITE, withdraw, secret)
        response = _json(state)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


class SecurityHeaders:
    """The same headers on every answer of the portal."""

    def __init__(self, app: Any, secure: bool) -> None:
        self._app = app
        extra = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}
        self._headers = [
            (key.lower().encode(), value.encode()) for key, value in (HEADERS | extra).items()
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handles one request, as ASGI has it."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
