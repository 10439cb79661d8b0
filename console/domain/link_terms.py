"""What is agreed about a link when it is sent: how long it works, how many photos, how many tries.

Also how fast a campaign's emails leave, and when its reminders do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.domain.errors import Invalid
from console.domain.invitations import MAX_TRIES, PHOTOS_ASKED, PHOTOS_KEPT
from console.domain.language import msgid, tr

LINK_DAYS = 7
"""How many days a link works unless something else is chosen."""
DAYS = range(1, 61)
PHOTOS = range(1, PHOTOS_KEPT + 1)
TRIES = range(1, 6)
PER_MINUTE = range(1001)
"""Emails; 0: as fast as the email server takes them."""
REMIND_AFTER = range(31)
"""Days without any sign of the person; 0: no reminders."""
REMIND_MOST = range(1, 6)


@dataclass(frozen=True, kw_only=True)
class LinkTerms:
    """Of every link of a campaign."""

    days: int = LINK_DAYS
    photos: int = PHOTOS_ASKED
    tries: int = MAX_TRIES
    per_minute: int = 0
    remind_after_days: int = 0
    remind_most: int = 2

    @property
    def lifetime(self) -> timedelta:
        """How long a link works from when its email leaves."""
        return timedelta(days=self.days)


USUAL = LinkTerms()

_BOUNDS = {
    "days": (DAYS, msgid("A link works for {least:,} to {most:,} days.")),
    "photos": (PHOTOS, msgid("Ask for {least:,} to {most:,} photos.")),
    "tries": (TRIES, msgid("Allow {least:,} to {most:,} attempts.")),
    "per_minute": (
        PER_MINUTE,
        msgid("Send {least:,} to {most:,} emails a minute. 0 means as fast as possible."),
    ),
    "remind_after_days": (
        REMIND_AFTER,
        msgid("Remind after {least:,} to {most:,} days. 0 means never."),
    ),
    "remind_most": (REMIND_MOST, msgid("Send at most {least:,} to {most:,} reminders.")),
}


def checked_terms(terms: LinkTerms) -> LinkTerms:
    """The same terms. Raises Invalid for the first that is out of bounds."""
    for name, (bounds, words) in _BOUNDS.items():
        if getattr(terms, name) not in bounds:
            raise Invalid(name, tr(words, least=bounds[0], most=bounds[-1]))
    return terms


def leaves_at(start: datetime, number: int, per_minute: int) -> datetime:
    """When the email with this number (from 0) of a campaign leaves."""
    return start + timedelta(minutes=number / per_minute) if per_minute else start
