"""Operators: who uses the console, what each role may do, and how passwords are judged."""

from collections.abc import Callable, Container
from datetime import timedelta
from enum import StrEnum

from console.domain.errors import Invalid
from console.domain.language import msgid, tr

PASSWORD_MIN, PASSWORD_MAX = 12, 256
FREE_MISSES = 5
"""Sign-in slows down after so many misses; nobody is ever locked out."""
MAX_DELAY = timedelta(minutes=5)
IDLE_LOCK = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(hours=12)
TEMPORARY_LIFETIME = timedelta(days=7)
"""A temporary password must be changed within this time."""
TEMPORARY_GROUPS, GROUP_CHARS = 4, 5
CLEAR_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those of temporary passwords: none looks like another. 20 of them are 99 bits."""
WARNED_OF = "operator.recovered"
"""The act of the audit log that every operator is warned of."""


class Role(StrEnum):
    """What an operator may do."""

    ADMIN = "admin"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


ROLE_WORDS = {
    Role.ADMIN: msgid("Administrator"),
    Role.TECHNICIAN: msgid("Technician"),
    Role.SUPERVISOR: msgid("Supervisor"),
    Role.AUDITOR: msgid("Auditor"),
}
AT_THE_DESK = frozenset({Role.ADMIN, Role.TECHNICIAN})
"""Roles that can have the right to enrol others."""
SEE_EMAIL = frozenset({Role.ADMIN, Role.TECHNICIAN})
"""Roles that see the email addresses of employees."""
MAY_ALLOW = frozenset({Role.ADMIN, Role.SUPERVISOR})
"""Roles that may accept a finger that resembles somebody else's."""


def check_password(password: str, common: Container[str]) -> None:
    """Raises Invalid for a password that is too short, too long or common.

    There are no rules on composition and no forced change.
    """
    if len(password) < PASSWORD_MIN:
        raise Invalid(
            "password",
            tr(
                "Use at least {least} characters. Four random words are easy to remember.",
                least=PASSWORD_MIN,
            ),
        )
    if len(password) > PASSWORD_MAX:
        raise Invalid("password", tr("Use at most {most} characters.", most=PASSWORD_MAX))
    if password.lower() in common:
        raise Invalid("password", tr("This password is too common. Choose another one."))


def temporary_password(pick: Callable[[str], str]) -> str:
    """A temporary password in groups that are easy to read out. pick: a letter at random."""
    groups = (
        "".join(pick(CLEAR_LETTERS) for _ in range(GROUP_CHARS)) for _ in range(TEMPORARY_GROUPS)
    )
    return "-".join(groups)


def sign_in_delay(misses: int) -> timedelta:
    """How long to wait after so many misses in a row.

    1, 2, 4 … seconds after the fifth, at most five minutes.
    """
    if misses < FREE_MISSES:
        return timedelta()
    return min(MAX_DELAY, timedelta(seconds=2 ** min(misses - FREE_MISSES, 16)))
