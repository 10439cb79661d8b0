"""How an operation is declared: once, with its types and the roles that may call it. Server and clients come from this."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from console.domain.operators import Role

Req = TypeVar("Req")
Res = TypeVar("Res")
ANYONE: frozenset[Role] = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})
DESK = frozenset({Role.ADMIN, Role.TECHNICIAN})
WATCH = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR})
OPERATIONS: dict[str, "Operation[object, object]"] = {}


@dataclass(frozen=True)
class Operation(Generic[Req, Res]):
    """One call: `POST /api/<name>` with the JSON of `request`, answered by the JSON of `response` or of ApiError.

    roles: who may call it; None: no session needed.
    """

    name: str
    request: type[Req]
    response: type[Res]
    roles: frozenset[Role] | None


def operation(
    name: str, request: type[Req], response: type[Res], roles: frozenset[Role] | None
) -> Operation[Req, Res]:
    """Declares an operation and registers it under its name."""
    declared = Operation(name, request, response, roles)
    if name in OPERATIONS:
        raise ValueError(f"operation {name} is declared twice")
    OPERATIONS[name] = declared  # type: ignore[assignment]
    return declared


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """No arguments, or no answer but that it is done."""


class ById(msgspec.Struct, frozen=True, kw_only=True):
    id: str


class ApiError(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: a stable code, a sentence that says what to do, and the field it speaks of."""

    code: str
    message: str
    field: str = ""


class ServiceError(Exception):
    """An operation failed; carries the service's answer."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message)
        self.error = error


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the live stream: this subject changed; read it again if you show it."""

    subject: str
    id: str = ""


SESSION_HEADER = "X-Muster-Session"
EVENTS_PATH = "/api/events"
HEALTH_PATH = "/api/health"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What anyone on loopback may know of the service."""

    version: str
    first_run: bool
    site: str
