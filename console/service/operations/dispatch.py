"""Binds handlers to declared operations, checks the caller's role, and turns errors into what crosses the wire."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import structlog

from console.api.operation import OPERATIONS, ApiError, Operation, Req, Res
from console.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    SignInFailed,
)
from console.domain.operators import Role
from console.service.tools import Service

log = structlog.get_logger()
_STATUS: dict[type[DomainError], int] = {
    Invalid: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    SignInFailed: 401,
    NotSignedIn: 401,
}


@dataclass(frozen=True)
class Caller:
    """The operator behind a call."""

    id: str
    username: str
    name: str
    role: Role
    can_enrol: bool


@dataclass(frozen=True)
class Call:
    """What a handler works with. `operator` is only absent for operations without a session."""

    service: Service
    now: datetime
    caller: Caller | None
    token: str = ""

    @property
    def operator(self) -> Caller:
        if self.caller is None:
            raise NotSignedIn("Sign in first.")
        return self.caller

    @property
    def enroller(self) -> Caller:
        """The operator, who must have the right to enrol others. Raises Forbidden."""
        self.check_enroller()
        return self.operator

    def check_enroller(self) -> None:
        """Raises Forbidden without the right to enrol others."""
        if not self.operator.can_enrol:
            raise Forbidden(
                "You do not have the right “Can Enroll Others”. An administrator can give it to you under Operators."
            )


Handler = Callable[[Call, Any], Any]
HANDLERS: dict[str, Handler] = {}


def handles(
    operation: Operation[Req, Res],
) -> Callable[[Callable[[Call, Req], Res]], Callable[[Call, Req], Res]]:
    """Makes a function the handler of an operation."""

    def bind(handler: Callable[[Call, Req], Res]) -> Callable[[Call, Req], Res]:
        HANDLERS[operation.name] = handler
        return handler

    return bind


def check_complete() -> None:
    """Every declared operation has a handler; called at start-up."""
    missing = set(OPERATIONS) - set(HANDLERS)
    if missing:
        raise RuntimeError(f"operations without a handler: {', '.join(sorted(missing))}")


def perform(
    service: Service, name: str, body: bytes, caller: Caller | None, token: str
) -> tuple[int, bytes]:
    """Runs one call: (HTTP status, JSON)."""
    operation = OPERATIONS.get(name)
    if operation is None:
        return _error(
            404,
            ApiError(
                code="unknown_operation",
                message="This service does not know the operation. Console and service differ in version.",
            ),
        )
    try:
        _check_role(operation, caller)
        request = msgspec.json.decode(body or b"{}", type=operation.request)
        answer = HANDLERS[name](Call(service, service.clock(), caller, token), request)
    except msgspec.ValidationError as error:
        return _error(422, ApiError(code="invalid", message=f"The request does not fit: {error}"))
    except msgspec.DecodeError:
        return _error(400, ApiError(code="invalid", message="The request is not JSON."))
    except DomainError as error:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
        return _error(
            status,
            ApiError(
                code=error.code,
                message=error.message,
                field=error.field if isinstance(error, Invalid) else "",
            ),
        )
    except Exception as error:  # a defect of ours: say so plainly, keep serving
        log.exception("operation_failed", operation=name, error=type(error).__name__)
        return _error(
            500,
            ApiError(
                code="internal",
                message="The service failed at this. Nothing was changed; details are in its log.",
            ),
        )
    return 200, msgspec.json.encode(answer)


def _check_role(operation: Operation[Any, Any], caller: Caller | None) -> None:
    if operation.roles is None:
        return
    if caller is None:
        raise NotSignedIn("Sign in first.")
    if caller.role not in operation.roles:
        raise Forbidden(f"Your role ({caller.role}) does not allow this.")


def _error(status: int, error: ApiError) -> tuple[int, bytes]:
    return status, msgspec.json.encode(error)
