"""A blocking client for scripts, tests, the demo and the kiosk's threads. The console has its own, over Qt's network classes."""

import ssl
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import httpx
import msgspec

from console.api import operators
from console.api.operation import (
    EVENTS_PATH,
    HEALTH_PATH,
    SESSION_HEADER,
    ApiError,
    Change,
    Health,
    Operation,
    Req,
    Res,
    ServiceError,
)

TIMEOUT_S = 30.0


class Client:
    """Talks to one service. `call` takes any declared operation."""

    def __init__(
        self, url: str, timeout_s: float = TIMEOUT_S, trust: ssl.SSLContext | None = None
    ) -> None:
        """trust: who may have signed the service's certificate; only for https."""
        self._http = httpx.Client(
            base_url=url, timeout=timeout_s, verify=trust if trust is not None else True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def call(self, operation: Operation[Req, Res], request: Req) -> Res:
        """Raises ServiceError with the service's own answer, httpx.HTTPError when there is none."""
        answer = self._http.post(f"/api/{operation.name}", content=msgspec.json.encode(request))
        if answer.status_code != 200:
            raise ServiceError(msgspec.json.decode(answer.content, type=ApiError))
        return msgspec.json.decode(answer.content, type=operation.response)

    def health(self) -> Health:
        return msgspec.json.decode(self._http.get(HEALTH_PATH).content, type=Health)

    def set_up(self, username: str, name: str, password: str, site: str) -> operators.Session:
        """Creates the first operator and signs in as them."""
        return self.resume(
            self.call(
                operators.set_up,
                operators.SetUp(username=username, name=name, password=password, site=site),
            )
        )

    def sign_in(self, username: str, password: str) -> operators.Session:
        return self.resume(
            self.call(operators.sign_in, operators.SignIn(username=username, password=password))
        )

    def resume(self, session: operators.Session) -> operators.Session:
        """Goes on with a session that was opened before; sessions outlive the service."""
        self._http.headers[SESSION_HEADER] = session.token
        return session

    def events(self) -> Iterator[Change]:
        """Changes as they happen, until the connection ends."""
        with self._http.stream("GET", EVENTS_PATH, timeout=None) as stream:
            for line in stream.iter_lines():
                if line.strip():
                    yield msgspec.json.decode(line, type=Change)
