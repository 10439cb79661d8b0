"""What a kiosk asks of a login: its policy, and one table of what follows from it, the database and the cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    FACE = "face"
    FINGER = "finger"
    NUMBER = "number"


class MatchPolicy(StrEnum):
    ALWAYS = "always"
    WHEN_AVAILABLE = "when_available"
    NOT_REQUIRED = "not_required"


class Rule(StrEnum):
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
class Row:
    """cached: the rule where logins from the cache are allowed while the database is down, if that makes a difference."""

    policies: tuple[MatchPolicy, ...]
    up: bool
    hit: bool
    rule: Rule
    sentence: str
    cached: Rule | None = None


_A, _W, _N = MatchPolicy
TABLE: tuple[Row, ...] = (
    Row(
        (_A, _W, _N), True, True, Rule.STATUS,
        "The database is up and this kiosk knows the face or finger: whoever is valid, active and enrolled comes in; "
        "anyone else is refused and forgotten here.",
    ),
    Row(
        (_A, _W), True, False, Rule.MATCH,
        "The database is up and this kiosk does not know the face or finger: the number is asked, then a match against the central store.",
    ),
    Row(
        (_N,), True, False, Rule.NUMBER,
        "The database is up, no match is required, and this kiosk does not know the face or finger: the number of a valid, active and "
        "enrolled person is enough.",
    ),
    Row(
        (_A,), False, True, Rule.STOP,
        "The database is down and a match is always required: somebody known here comes in only if logins from the cache are allowed, and "
        "is stamped as offline.",
        cached=Rule.STAMPED,
    ),
    Row((_A,), False, False, Rule.STOP, "The database is down and a match is always required: somebody not known here cannot log in."),
    Row(
        (_W,), False, True, Rule.UNVERIFIED,
        "The database is down and a match is required while it is up: somebody known here comes in, stamped as offline; if logins from the "
        "cache are not allowed, the number is asked instead.",
        cached=Rule.STAMPED,
    ),
    Row(
        (_W, _N), False, False, Rule.UNVERIFIED,
        "The database is down: somebody not known here comes in by the number alone, stamped as not verified, and is looked at again "
        "later.",
    ),
    Row(
        (_N,), False, True, Rule.STAMPED,
        "The database is down and no match is required: somebody known here comes in, stamped as offline.",
    ),
)  # fmt: skip
"""Eight sentences. Every combination of policy, database and cache is in exactly one of them."""


def row_of(policy: MatchPolicy, up: bool, hit: bool) -> Row:
    return next(row for row in TABLE if policy in row.policies and row.up is up and row.hit is hit)


def rule_of(policy: MatchPolicy, up: bool, hit: bool, cached_login_when_down: bool) -> Rule:
    row = row_of(policy, up, hit)
    return row.cached if row.cached is not None and cached_login_when_down else row.rule


def cached_by_default(policy: MatchPolicy) -> bool:
    """Whether logins from the cache are allowed while the database is down, unless the site says otherwise."""
    return policy is not MatchPolicy.ALWAYS


def flags_of(policy: MatchPolicy) -> tuple[bool, bool]:
    """The two check boxes of before: (Require Biometric Match, number-only login while the database is down)."""
    return policy is not MatchPolicy.NOT_REQUIRED, policy is not MatchPolicy.ALWAYS


def policy_by_flags(
    require_match: bool, skip_when_down: bool, changed_require: bool
) -> MatchPolicy:
    """From the two check boxes; both cleared is impossible, so clearing one sets the other. changed_require: the first was just changed."""
    if not require_match and not skip_when_down:
        require_match, skip_when_down = (False, True) if changed_require else (True, False)
    if not require_match:
        return MatchPolicy.NOT_REQUIRED
    return MatchPolicy.WHEN_AVAILABLE if skip_when_down else MatchPolicy.ALWAYS


@dataclass(frozen=True)
class Tolerance:
    """How often a stranger may match by chance (false match rate of one comparison)."""

    face_fmr: float
    finger_fmr: float


TOLERANCES: Mapping[str, Tolerance] = {
    "Medium": Tolerance(1e-3, 1e-3), "Medium-High": Tolerance(1e-4, 1e-4), "High": Tolerance(1e-5, 1e-5),
}  # fmt: skip
"""As they ship. The original's scores are not public; these are targets, resolved by model."""
