"""Usual spans of days, by their names: yesterday, last week, last Tuesday."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

A_DAY = timedelta(days=1)


class SpanName(StrEnum):
    """How a span of time is chosen. DAYS: the days are typed; PART: of a chart, both moments."""

    ALL = "all"
    TODAY = "today"
    YESTERDAY = "yesterday"
    MONDAY = "last monday"
    TUESDAY = "last tuesday"
    WEDNESDAY = "last wednesday"
    THURSDAY = "last thursday"
    FRIDAY = "last friday"
    SATURDAY = "last saturday"
    SUNDAY = "last sunday"
    THIS_WEEK = "this week"
    LAST_WEEK = "last week"
    LAST_24_HOURS = "last 24 hours"
    LAST_7_DAYS = "last 7 days"
    LAST_30_DAYS = "last 30 days"
    LAST_365_DAYS = "last 365 days"
    DAYS = "days"
    PART = "part"


WEEKDAYS = (
    SpanName.MONDAY,
    SpanName.TUESDAY,
    SpanName.WEDNESDAY,
    SpanName.THURSDAY,
    SpanName.FRIDAY,
    SpanName.SATURDAY,
    SpanName.SUNDAY,
)
"""By date.weekday(). The last one is the newest before today: on a Tuesday, a week ago."""
LAST_DAYS = {
    SpanName.LAST_7_DAYS: 7,
    SpanName.LAST_30_DAYS: 30,
    SpanName.LAST_365_DAYS: 365,
}
"""How many days these have, today being the last."""


@dataclass(frozen=True)
class Days:
    """From the first to the last day, both included."""

    first: date
    last: date


def days_of(name: SpanName, today: date) -> Days | None:
    """The days that the name means today; weeks begin on Monday (ISO 8601). None: no whole days."""
    monday = today - today.weekday() * A_DAY
    if name in WEEKDAYS:
        day = last_weekday(WEEKDAYS.index(name), today)
        return Days(day, day)
    if name in LAST_DAYS:
        return Days(today - (LAST_DAYS[name] - 1) * A_DAY, today)
    return {
        SpanName.TODAY: Days(today, today),
        SpanName.YESTERDAY: Days(today - A_DAY, today - A_DAY),
        SpanName.THIS_WEEK: Days(monday, today),
        SpanName.LAST_WEEK: Days(monday - 7 * A_DAY, monday - A_DAY),
    }.get(name)


def last_weekday(weekday: int, today: date) -> date:
    """The newest day before today that is this day of the week (0 is Monday)."""
    return today - ((today.weekday() - weekday - 1) % 7 + 1) * A_DAY
