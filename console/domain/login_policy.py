"""Match policies, and the table of what follows from policy, database and cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """By what a person logs in."""

    FACE = "face"
    FINGER = "finger"
    NUMBER = "number"


class MatchPolicy(StrEnum):
    """How much of a match is required beside the number."""

    ALWAYS = "always"
    WHEN_AVAILABLE = "when_available"
    NOT_REQUIRED = "not_required"


class LoginRule(StrEnum):
    """What is asked next."""

    STATUS = "status"
    """Only whether the person is still valid, active and enrolled."""
    MATCH = "match"
    """The number, the criteria, then a match against the central store."""
    NUMBER = "number"
    """The number and the criteria."""
    STAMPED = "stamped"
    """Nothing more: in, with a stamp."""
    UNVERIFIED = "unverified"
    """The number alone: in, with a stamp."""
    STOP = "stop"


@dataclass(frozen=True)
class PolicyRow:
    """One row of the table.

    cached: the rule where logins from the cache are allowed while the database is down, if that
    makes a difference.
    """

    policies: tuple[MatchPolicy, ...]
    up: bool
    hit: bool
    rule: LoginRule
    sentence: str
    cached: LoginRule | None = None


_A, _W, _N = MatchPolicy
TABLE: tuple[PolicyRow, ...] = (
    PolicyRow(
        (_A, _W, _N),
        True,
        True,
        LoginRule.STATUS,
        "The database is up and this kiosk knows the face or finger: whoever is valid, active and "
        "enrolled comes in; "
        "anyone else is refused and forgotten here.",
    ),
    PolicyRow(
        (_A, _W),
        True,
        False,
        LoginRule.MATCH,
        "The database is up and this kiosk does not know the face or finger: the number is asked, "
        "then a match against the central store.",
    ),
    PolicyRow(
        (_N,),
        True,
        False,
        LoginRule.NUMBER,
        "The database is up, no match is required, and this kiosk does not know the face or "
        "finger: the number of a valid, active and "
        "enrolled person is enough.",
    ),
    PolicyRow(
        (_A,),
        False,
        True,
        LoginRule.STOP,
        "The database is down and a match is always required: somebody known here comes in only if "
        "logins from the cache are allowed, and "
        "is stamped as offline.",
        cached=LoginRule.STAMPED,
    ),
    PolicyRow(
        (_A,),
        False,
        False,
        LoginRule.STOP,
        "The database is down and a match is always required: somebody not known here cannot log "
        "in.",
    ),
    PolicyRow(
        (_W,),
        False,
        True,
        LoginRule.UNVERIFIED,
        "The database is down and a match is required while it is up: somebody known here comes "
        "in, stamped as offline; if logins from the "
        "cache are not allowed, the number is asked instead.",
        cached=LoginRule.STAMPED,
    ),
    PolicyRow(
        (_W, _N),
        False,
        False,
        LoginRule.UNVERIFIED,
        "The database is down: somebody not known here comes in by the number alone, stamped as "
        "not verified, and is looked at again "
        "later.",
    ),
    PolicyRow(
        (_N,),
        False,
        True,
        LoginRule.STAMPED,
        "The database is down and no match is required: somebody known here comes in, stamped as "
        "offline.",
    ),
)
"""Every combination of policy, database and cache is in exactly one of these eight rows."""


def row_of(policy: MatchPolicy, up: bool, hit: bool) -> PolicyRow:
    """The row for a policy. up: the database answers; hit: the cache knows the face or finger."""
    return next(row for row in TABLE if policy in row.policies and row.up is up and row.hit is hit)


def rule_of(policy: MatchPolicy, up: bool, hit: bool, cached_login_when_down: bool) -> LoginRule:
    """What is asked next, by the row and whether logins from the cache are allowed."""
    row = row_of(policy, up, hit)
    return row.cached if row.cached is not None and cached_login_when_down else row.rule


def cached_by_default(policy: MatchPolicy) -> bool:
    """Whether logins from the cache are allowed while the database is down, by default."""
    return policy is not MatchPolicy.ALWAYS


def flags_of(policy: MatchPolicy) -> tuple[bool, bool]:
    """The policy as two check boxes.

    (Require Biometric Match, number-only login while the database is down)
    """
    return policy is not MatchPolicy.NOT_REQUIRED, policy is not MatchPolicy.ALWAYS


def policy_by_flags(
    require_match: bool, skip_when_down: bool, changed_require: bool
) -> MatchPolicy:
    """The policy of two check boxes; both cleared is impossible, so clearing one sets the other.

    changed_require: the first box was changed last.
    """
    if not require_match and not skip_when_down:
        require_match, skip_when_down = (False, True) if changed_require else (True, False)
    if not require_match:
        return MatchPolicy.NOT_REQUIRED
    return MatchPolicy.WHEN_AVAILABLE if skip_when_down else MatchPolicy.ALWAYS


@dataclass(frozen=True)
class Tolerance:
    """How often a stranger may match one person by chance, all tries of a visit together."""

    face_fmr: float
    finger_fmr: float


TOLERANCES: Mapping[str, Tolerance] = {
    "Medium": Tolerance(1e-3, 1e-3),
    "Medium-High": Tolerance(1e-4, 1e-4),
    "High": Tolerance(1e-5, 1e-5),
}
"""The sets that ship: targets, resolved by the tables of each model."""
