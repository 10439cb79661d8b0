"""The site's key, with which everything else is opened: changed by two administrators."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, Nothing, operation
from console.domain.operators import Role

READERS = frozenset({Role.ADMIN, Role.AUDITOR})


class SiteKeyState(msgspec.Struct, frozen=True, kw_only=True):
    """How it is. changed_at: None if it is the first one; site: the name that is typed to confirm.

    second: another administrator has to agree; asked_by: who has asked for a change that waits for
    that, "" if none waits; asked_by_me: that is the caller; under_way: a change goes on.
    """

    changed_at: datetime | None
    site: str
    second: bool
    asked_by: str
    asked_by_me: bool
    asked_at: datetime | None
    under_way: bool


class Confirmed(msgspec.Struct, frozen=True, kw_only=True):
    """confirm: the name of the site."""

    confirm: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """task_id: of the task that changes the key; empty while somebody else has to agree."""

    task_id: str


look = operation("site_key.look", Nothing, SiteKeyState, READERS)
change = operation("site_key.change", Confirmed, Asked, ADMIN)
agree = operation("site_key.agree", Confirmed, Asked, ADMIN)
drop = operation("site_key.drop", Nothing, Nothing, ADMIN)
