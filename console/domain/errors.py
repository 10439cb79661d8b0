"""What can go wrong by the rules, with a sentence that a person can act on."""


class DomainError(Exception):
    """A rule forbids the act. `code` is stable and crosses the wire; the message is for people."""

    code = "refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(DomainError):
    """A value that cannot be taken; `field` names it."""

    code = "invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(DomainError):
    code = "not_found"


class Conflict(DomainError):
    """Somebody else was faster, or the state does not allow the act."""

    code = "conflict"


class NeedsReason(Conflict):
    """It may be done, but only with a reason, which is written down."""

    code = "needs_reason"


class IllegalTransition(Conflict):
    code = "illegal_transition"


class Forbidden(DomainError):
    code = "forbidden"


class SignInFailed(DomainError):
    code = "sign_in_failed"


class NotSignedIn(DomainError):
    code = "not_signed_in"
