"""A blocking client for scripts, tests, the demo and the kiosk's threads.

The console has a client of its own, built on Qt's network classes.
"""

import functools
import ssl
import time
from collections.abc import Iterator
from typing import Self

import httpx
import msgspec

from console.api import operators, tasks
from console.api.address import ServiceAddress
from console.api.operation import (
    EVENTS_PATH,
    HEALTH_PATH,
    SESSION_HEADER,
    ApiError,
    ById,
    Change,
    Health,
    Operation,
    Req,
    Res,
    ServiceError,
    Started,
)
from console.api.tasks import TaskResult, TaskState

TIMEOUT_S = 30.0
TASK_TIMEOUT_S = 120.0
TASK_POLL_S = 0.05
KEPT_OPEN_S = 3.0
"""A connection idle for longer is not used again: the service closes it after 5 s, perhaps just
when a request is on its way.
"""


@functools.cache
def usual_authorities() -> ssl.SSLContext:
    """Those that httpx trusts by itself. It would read them for each client anew: 30 ms."""
    return httpx.create_ssl_context()


@functools.lru_cache(maxsize=4)
def trusting(certificate: str) -> ssl.SSLContext:
    """Trusts this certificate (PEM) alone, for the names and addresses that it has."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=certificate)
    return context


class Client:
    """Talks to one service. `call` takes any declared operation."""

    def __init__(
        self, url: str, timeout_s: float = TIMEOUT_S, trust: ssl.SSLContext | None = None
    ) -> None:
        """trust: the authorities that may sign the service's certificate; None: the usual ones."""
        self._http = httpx.Client(
            base_url=url,
            timeout=timeout_s,
            verify=trust or usual_authorities(),
            limits=httpx.Limits(keepalive_expiry=KEPT_OPEN_S),
        )

    @classmethod
    def at(cls, address: ServiceAddress, timeout_s: float = TIMEOUT_S) -> Self:
        """A client of the service at this address."""
        trust = trusting(address.certificate) if address.certificate else None
        return cls(address.url, timeout_s, trust)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, operation: Operation[Req, Res], request: Req) -> Res:
        """Raises ServiceError with the service's own answer, httpx.HTTPError when there is none."""
        answer = self._http.post(f"/api/{operation.name}", content=msgspec.json.encode(request))
        if answer.status_code != 200:
            raise ServiceError(msgspec.json.decode(answer.content, type=ApiError))
        return msgspec.json.decode(answer.content, type=operation.response)

    def finish(self, started: Started, timeout_s: float = TASK_TIMEOUT_S) -> TaskResult:
        """Waits for a task and returns its result.

        Raises ServiceError when the task failed or was cancelled, TimeoutError when it takes
        longer than timeout_s.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            task = self.call(tasks.get_task, ById(id=started.task_id))
            if task.state is TaskState.DONE:
                return task.result
            if task.state is not TaskState.RUNNING:
                raise ServiceError(ApiError(code=task.state, message=task.error))
            if time.monotonic() > deadline:
                raise TimeoutError(f"{task.title}: still under way")
            time.sleep(TASK_POLL_S)

    def health(self) -> Health:
        """What the service tells without a session. Raises httpx.HTTPError."""
        return msgspec.json.decode(self._http.get(HEALTH_PATH).content, type=Health)

    def set_up(self, username: str, name: str, password: str, site: str) -> operators.SignedIn:
        """Creates the first operator and signs in as them."""
        return self.resume(
            self.call(
                operators.set_up,
                operators.SetUp(username=username, name=name, password=password, site=site),
            )
        )

    def sign_in(self, username: str, password: str) -> operators.SignedIn:
        """Opens a session and uses it from now on. Raises ServiceError."""
        return self.resume(
            self.call(operators.sign_in, operators.SignIn(username=username, password=password))
        )

    def resume(self, session: operators.SignedIn) -> operators.SignedIn:
        """Uses a session that was opened before; sessions outlive the service."""
        self.use_token(session.token)
        return session

    def use_token(self, token: str) -> None:
        """Makes all further calls as the operator or the kiosk that this token belongs to."""
        self._http.headers[SESSION_HEADER] = token

    def events(self) -> Iterator[Change]:
        """Changes as they happen, until the connection ends."""
        with self._http.stream("GET", EVENTS_PATH, timeout=None) as stream:
            for line in stream.iter_lines():
                if line.strip():
                    yield msgspec.json.decode(line, type=Change)
