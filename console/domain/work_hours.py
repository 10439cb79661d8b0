"""The hours in which a site writes to people by itself, by the clock of the site."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from console.domain.errors import Invalid
from console.domain.language import tr

WORK_DAYS = (0, 1, 2, 3, 4)
"""Monday to Friday."""


@dataclass(frozen=True, kw_only=True)
class WorkHours:
    """begins, ends: hours of the day (0 to 24); days: of the week, Monday is 0."""

    begins: int = 8
    ends: int = 18
    days: tuple[int, ...] = WORK_DAYS

    def include(self, at: datetime, zone: tzinfo) -> bool:
        """Whether this moment is within the hours."""
        local = at.astimezone(zone)
        return local.weekday() in self.days and self.begins <= local.hour < self.ends


def checked_hours(hours: WorkHours) -> WorkHours:
    """The same hours. Raises Invalid."""
    if not 0 <= hours.begins < hours.ends <= 24:
        raise Invalid("hours", tr("Work begins before it ends, between 0 and 24 o'clock."))
    if not hours.days or not set(hours.days) <= set(range(7)):
        raise Invalid("days", tr("Choose at least one day of the week."))
    return hours
