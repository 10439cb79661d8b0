"""A release of Muster, as its maker describes it; and the keys that this build trusts."""

import msgspec

from console.domain.language import msgid
from console.resources import RESOURCES

ROOT = RESOURCES / "updates" / "root.json"
"""Comes with the build. A build without it looks for no updates."""
RELEASE = "release.json"
"""The signed file that describes the newest release."""
MOST_CHANGES = 20_000
NO_ROOT = msgid(
    "This copy of Muster was built without the keys of its maker, so it cannot tell a true update "
    "from a false one. Install new versions by their set-up."
)


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A release as its maker describes it.

    revision: of the database, the newest that it knows; changes: what is new, plain text;
    set_up: the target that installs it on Windows.
    """

    version: str
    revision: str
    changes: str
    set_up: str
