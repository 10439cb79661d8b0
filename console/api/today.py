"""What an operator is told first when they sign in. CO19."""

from datetime import datetime

import msgspec

from console.api.operation import ANYONE, Nothing, operation
from console.domain.today import Concern, Source


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One concern. count: how many; at: since when the oldest, or when the first one ends.

    detail: what else is known, in words; id: of the row, where there is but one and its place can
    show it.
    """

    concern: Concern
    count: int
    at: datetime | None = None
    detail: str = ""
    id: str = ""


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """What there is for the caller's role. now: by the service's clock.

    unread: what could not be read; only without any may "nothing" be said.
    """

    now: datetime
    lines: list[Line]
    unread: list[Source]


today = operation("site.today", Nothing, Today, ANYONE)
