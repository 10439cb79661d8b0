"""Decisions about submissions, which take effect a while after they were made. CO5."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

GRACE = timedelta(seconds=10)
"""So long a decision can be undone; nothing of it leaves before: no email, no face."""


@dataclass(frozen=True, kw_only=True)
class HeldDecision:
    """A decision that has not taken effect yet.

    by: the operator; words: the remark to the person, or why it is approved in spite of an alarm;
    seen: a digest of the photos that were looked at, see `digest_of`.
    """

    by: str
    approve: bool
    words: str
    known_lookalike: bool
    seen: str

    def stored(self) -> dict[str, Any]:
        """As the database keeps it."""
        return asdict(self)


def digest_of(photos: Iterable[str]) -> str:
    """Stands for these photos and what was said of them, in whatever order."""
    return hashlib.sha256("\n".join(sorted(photos)).encode()).hexdigest()
