"""Binds methods to declared operations, finds out who calls, and turns errors into answers."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog

from console.api.operation import OPERATIONS, ApiError, Operation, Principal, Req, Res
from console.catalogue import catalogue_of
from console.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    PasswordChangeNeeded,
    SecondFactorMissing,
    SignInFailed,
)
from console.domain.language import ENGLISH, speaking, tr
from console.domain.operators import ROLE_WORDS
from console.service.bounds import check_bounds
from console.service.callers import Caller, FindCaller, KioskCaller, OperatorCaller
from console.service.pools import Pool
from console.service.tools import Tools
from console.store.database import Store
from console.store.unit_of_work import ReadTx, Tx

log = structlog.get_logger()
_STATUS: dict[type[DomainError], int] = {
    Invalid: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    SignInFailed: 401,
    NotSignedIn: 401,
}
_BOUND = "_operation"
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Call:
    """What a handler works with besides its request."""

    store: Store
    now: datetime
    caller: Caller | None
    token: str = ""

    @property
    def operator(self) -> OperatorCaller:
        """The operator who calls."""
        if not isinstance(self.caller, OperatorCaller):
            raise NotSignedIn(tr("Sign in first."))
        return self.caller

    @property
    def kiosk(self) -> KioskCaller:
        """The kiosk that calls."""
        if not isinstance(self.caller, KioskCaller):
            raise NotSignedIn(tr("Pair this kiosk first."))
        return self.caller

    @property
    def enroller(self) -> OperatorCaller:
        """The operator, who must have the right to enrol others. Raises Forbidden."""
        if not self.operator.can_enrol:
            raise Forbidden(
                tr(
                    "You do not have the right “Can Enroll Others”. An "
                    "administrator can give it to you under Operators."
                )
            )
        return self.operator

    def read(self) -> AbstractContextManager[ReadTx]:
        """A view of the database."""
        return self.store.read()

    def write(self) -> AbstractContextManager[Tx]:
        """A transaction of whoever calls."""
        return self.store.write(self.caller.id if self.caller else "", self.now)


@dataclass(frozen=True)
class _Handler:
    operation: Operation[Any, Any]
    method: Callable[[Call, Any], Any]
    pool: Pool


def handles(operation: Operation[Req, Res], pool: Pool) -> Callable[[Method], Method]:
    """Marks a method `(call, request) -> response` as the handler; pool: where it may wait."""

    def bind(method: Method) -> Method:
        setattr(method, _BOUND, (operation, pool))
        return method

    return bind


def _handlers(subjects: Iterable[object]) -> dict[str, _Handler]:
    found = {}
    for subject in subjects:
        for name in dir(type(subject)):
            bound = getattr(getattr(type(subject), name), _BOUND, None)
            if bound is not None:
                operation, pool = bound
                found[operation.name] = _Handler(operation, getattr(subject, name), pool)
    return found


class Dispatcher:
    """Performs calls, each on a thread of its handler's pool."""

    def __init__(
        self, tools: Tools, subjects: Iterable[object], callers: Mapping[Principal, FindCaller]
    ) -> None:
        """subjects: objects with methods marked by `handles`.

        Raises RuntimeError for an operation without a handler.
        """
        self._tools, self._callers = tools, callers
        self._handlers = _handlers(subjects)
        missing = set(OPERATIONS) - set(self._handlers)
        if missing:
            raise RuntimeError(f"operations without a handler: {', '.join(sorted(missing))}")

    async def perform(
        self, name: str, body: bytes, token: str, language: str = ENGLISH
    ) -> tuple[int, bytes]:
        """Runs one call: (HTTP status, JSON). language: the tag of that of the answer."""
        handler = self._handlers.get(name)
        if handler is None:
            with speaking(catalogue_of(language)):
                text = tr("The service does not know this. Console and service differ in version.")
            return _error(404, ApiError(code="unknown_operation", message=text))

        def perform() -> tuple[int, bytes]:
            with speaking(catalogue_of(language)):
                return self._perform(handler, body, token)

        return await self._tools.pools.run(handler.pool, perform)

    def find_caller(self, principal: Principal, token: str) -> Caller:
        """Who calls. Raises NotSignedIn. Blocking."""
        with self._tools.store.read() as tx:
            return self._callers[principal](tx, token)

    def _perform(self, handler: _Handler, body: bytes, token: str) -> tuple[int, bytes]:
        operation, store = handler.operation, self._tools.store
        before = store.commits_of_this_thread()
        try:
            with self._measured(operation.name):
                with store.read() as tx:
                    caller = self._admitted(tx, operation, token)
                request = msgspec.json.decode(body or b"{}", type=operation.request)
                check_bounds(request)
                call = Call(store, self._tools.clock(), caller, token)
                with store.checked_writes(lambda tx: self._still_admitted(tx, operation, call)):
                    return 200, msgspec.json.encode(handler.method(call, request))
        except msgspec.ValidationError as error:
            return _error(
                422,
                ApiError(
                    code="invalid", message=tr("The request does not fit: {error}", error=error)
                ),
            )
        except msgspec.DecodeError:
            return _error(400, ApiError(code="invalid", message=tr("The request is not JSON.")))
        except DomainError as error:
            status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
            field = error.field if isinstance(error, Invalid) else ""
            return _error(status, ApiError(code=error.code, message=error.message, field=field))
        except Exception as error:  # a defect of ours: say so plainly, keep serving
            log.exception("operation_failed", operation=operation.name, error=type(error).__name__)
            done = store.commits_of_this_thread() > before
            return _error(500, ApiError(code="internal", message=_defect(done)))

    def _admitted(self, tx: ReadTx, operation: Operation[Any, Any], token: str) -> Caller | None:
        """Who calls, as the declaration wants it. Raises NotSignedIn, Forbidden."""
        if operation.principal is Principal.ANYBODY:
            return None
        caller = self._callers[operation.principal](tx, token)
        if isinstance(caller, OperatorCaller) and caller.role not in operation.roles:
            raise Forbidden(
                tr("Your role ({role}) does not permit this.", role=tr(ROLE_WORDS[caller.role]))
            )
        changes_first = isinstance(caller, OperatorCaller) and caller.must_change
        if changes_first and not operation.with_temporary:
            raise PasswordChangeNeeded(tr("Choose a password of your own first."))
        lacks_factor = isinstance(caller, OperatorCaller) and caller.must_set_up
        if lacks_factor and not operation.without_factor:
            raise SecondFactorMissing(
                tr("Set up a second factor first. To do this, sign out and sign in again.")
            )
        return caller

    def _still_admitted(self, tx: ReadTx, operation: Operation[Any, Any], call: Call) -> None:
        """Whoever was let in may have been demoted or locked out before their transaction began.

        Raises NotSignedIn, Forbidden, Conflict.
        """
        now = self._admitted(tx, operation, call.token)
        if isinstance(now, OperatorCaller) and now != call.caller:
            raise Conflict(
                tr("Your rights have just been changed. Check what is there and try again.")
            )

    def _measured(self, name: str) -> AbstractContextManager[None]:
        metrics = self._tools.metrics
        return metrics.call(name) if metrics is not None else nullcontext()


def _defect(something_was_done: bool) -> str:
    """What is said of a defect: whether it changed anything is known, not assumed."""
    if something_was_done:
        return tr(
            "Something went wrong after a part was saved. Check what is there now before you try "
            "again; see the service log."
        )
    return tr("Something went wrong. Nothing was changed; see the service log.")


def _error(status: int, error: ApiError) -> tuple[int, bytes]:
    return status, msgspec.json.encode(error)
