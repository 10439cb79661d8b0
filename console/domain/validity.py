"""From when until when an employee counts: days of the site's zone, and the moments they mean."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from console.domain.errors import Invalid
from console.domain.language import tr

FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Days outside are slips of the finger."""
DAY = timedelta(days=1)


class Standing(StrEnum):
    """Whether somebody counts as an employee now: only IN_FORCE may log in or be on a terminal."""

    IN_FORCE = "in_force"
    LEFT = "left"
    BARRED = "barred"
    """They work here, and may not log in at terminals and kiosks. S15."""
    NOT_YET = "not_yet"
    NO_LONGER = "no_longer"


@dataclass(frozen=True)
class ValidDays:
    """The first and the last day of an employee, by the site's zone; None for no limit."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Validity:
    """The moments between which somebody is valid. begins: the first; ends: the first after it."""

    begins: datetime | None = None
    ends: datetime | None = None


def validity(zone: tzinfo, days: ValidDays) -> Validity:
    """From midnight of the first day to midnight after the last one, both in this zone."""
    return Validity(
        midnight(zone, days.first) if days.first else None,
        midnight(zone, days.last + DAY) if days.last else None,
    )


def midnight(zone: tzinfo, day: date) -> datetime:
    """The moment (UTC) when a day begins; where the clocks skip midnight, when they do."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def standing(active: bool, may_log_in: bool, valid: Validity, now: datetime) -> Standing:
    """What somebody is now. The one answer to "may they log in, and be on terminals"."""
    if not active:
        return Standing.LEFT
    if not may_log_in:
        return Standing.BARRED
    if valid.begins is not None and now < valid.begins:
        return Standing.NOT_YET
    if valid.ends is not None and now >= valid.ends:
        return Standing.NO_LONGER
    return Standing.IN_FORCE


def check_days(days: ValidDays) -> None:
    """Raises Invalid for days that cannot be meant."""
    for field, day in (("valid_from", days.first), ("valid_until", days.last)):
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Invalid(
                field,
                tr("Choose a day between {least} and {most}.", least=FIRST_YEAR, most=LAST_YEAR),
            )
    if days.first and days.last and days.last < days.first:
        raise Invalid("valid_until", tr("The last day must not be before the first day."))
