"""How an operation is declared: once, with its types and who may call it.

The service's dispatcher and both clients work from this declaration.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

import msgspec

from console.domain.operators import Role

Req = TypeVar("Req")
Res = TypeVar("Res")
ANYONE: frozenset[Role] = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})
DESK = frozenset({Role.ADMIN, Role.TECHNICIAN})
WATCH = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR})
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A point in time. A request whose time has no zone is refused."""
OPERATIONS: dict[str, "Operation[object, object]"] = {}


class Principal(StrEnum):
    """Who calls. The service learns it from the token in the header, before any handler runs."""

    OPERATOR = "operator"
    KIOSK = "kiosk"
    ANYBODY = "anybody"
    """For calls that come before there is a session or a pairing."""


@dataclass(frozen=True)
class Operation(Generic[Req, Res]):
    """One call: `POST /api/<name>` with the JSON of `request`.

    The answer is the JSON of `response` or of ApiError. roles: the operators who may call it;
    with_temporary: also while their password is a temporary one; without_factor: also while they
    need a second factor and have none.
    """

    name: str
    request: type[Req]
    response: type[Res]
    principal: Principal
    roles: frozenset[Role]
    with_temporary: bool = False
    without_factor: bool = False


def operation(
    name: str,
    request: type[Req],
    response: type[Res],
    roles: frozenset[Role] = frozenset(),
    principal: Principal = Principal.OPERATOR,
    *,
    with_temporary: bool = False,
    without_factor: bool = False,
) -> Operation[Req, Res]:
    """Declares an operation and registers it under its name.

    Raises ValueError for a name that is taken, and if roles are missing or misplaced.
    """
    if bool(roles) != (principal is Principal.OPERATOR):
        raise ValueError(f"operation {name}: roles are for operators, and operators need them")
    declared = Operation(name, request, response, principal, roles, with_temporary, without_factor)
    if name in OPERATIONS:
        raise ValueError(f"operation {name} is declared twice")
    OPERATIONS[name] = declared  # type: ignore[assignment]  # the registry forgets the types
    return declared


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """No arguments, or an answer that says nothing but that it is done."""


class ById(msgspec.Struct, frozen=True, kw_only=True):
    """Names one object."""

    id: str


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A task was started; `api.tasks` tells its progress and its result."""

    task_id: str


class ApiError(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong. code: stable; message: says what to do; field: the one it is about."""

    code: str
    message: str
    field: str = ""


class ServiceError(Exception):
    """An operation failed; carries the service's answer."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message)
        self.error = error


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the live stream: this subject changed, so a view of it is out of date."""

    subject: str
    id: str = ""


SESSION_HEADER = "X-Muster-Session"
"""The token of an operator's session or of a kiosk's pairing."""
EVENTS_PATH = "/api/events"
HEALTH_PATH = "/api/health"


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What anybody on loopback may know about the service.

    consoles_close: an update is being installed, which replaces no file that is in use.
    """

    version: str
    first_run: bool
    site: str
    consoles_close: bool = False
