"""What the rules refuse, with a sentence that a person can act on.

The names say what happened and read well after `raises`; they need no suffix.
"""


class DomainError(Exception):
    """A rule refuses the call. `code` is stable and part of the API; the message is for people."""

    code = "refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(DomainError):
    """A value is out of bounds; `field` names it."""

    code = "invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(DomainError):
    """What was asked for does not exist, or no longer."""

    code = "not_found"


class Conflict(DomainError):
    """Somebody else was faster, or the state does not allow the change."""

    code = "conflict"


class NeedsReason(Conflict):
    """The change needs a reason, which is recorded."""

    code = "needs_reason"


class IllegalTransition(Conflict):
    """The state has no such transition."""

    code = "illegal_transition"


class Forbidden(DomainError):
    """The role does not allow it."""

    code = "forbidden"


class PasswordChangeNeeded(Forbidden):
    """Whoever signed in with a temporary password chooses one of their own first."""

    code = "password_change_needed"


class SecondFactorMissing(Forbidden):
    """Whoever needs a second factor and has none sets one up first."""

    code = "second_factor_missing"


class SignInFailed(DomainError):
    """The name or the password is wrong, or sign-in is slowed down."""

    code = "sign_in_failed"


class SecondFactorNeeded(SignInFailed):
    """The password is right; a code of the second factor has to come with it."""

    code = "second_factor_needed"


class NotSignedIn(DomainError):
    """The token is unknown or has expired."""

    code = "not_signed_in"
