"""How long each kind of data is kept, and what that would delete now."""

from datetime import datetime

import msgspec

from console.api.erasure import READERS
from console.api.operation import ADMIN, Nothing, operation
from console.domain.retention import Kept


class KindRow(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of data. after: from when the days count; due: how much is older than that now."""

    kind: Kept
    what: str
    after: str
    days: int
    least: int
    most: int
    due: int


class RetentionState(msgspec.Struct, frozen=True, kw_only=True):
    """All kinds. held: people on legal hold, whom nothing of it touches.

    last_at, last_removed: of the last pass, None before the first.
    """

    kinds: list[KindRow]
    held: int
    last_at: datetime | None
    last_removed: dict[str, int]


class ChosenDays(msgspec.Struct, frozen=True, kw_only=True):
    """Days by kind. Kinds that are not named are kept as they ship."""

    days: dict[str, int]


get_retention = operation("retention.get", Nothing, RetentionState, READERS)
look_at_retention = operation("retention.look", ChosenDays, RetentionState, READERS)
save_retention = operation("retention.save", ChosenDays, RetentionState, ADMIN)
