"""What the charts of the login log count: by the hour, by the day, and by the hour of the week."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)
HOURS_OF_DAY, DAYS_OF_WEEK = 24, 7


class Chart(StrEnum):
    """What the logins are counted by. WEEK: by the weekday and the hour."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    REASON = "reason"
    PLACE = "place"


USUAL = {
    Chart.HOUR: A_DAY,
    Chart.DAY: 30 * A_DAY,
    Chart.WEEK: 28 * A_DAY,
    Chart.REASON: 30 * A_DAY,
    Chart.PLACE: 30 * A_DAY,
}
"""The time that is counted where the list has no beginning."""
MOST = {
    Chart.HOUR: 3 * A_DAY,
    Chart.DAY: 92 * A_DAY,
    Chart.WEEK: 366 * A_DAY,
    Chart.REASON: 366 * A_DAY,
    Chart.PLACE: 366 * A_DAY,
}
"""The newest time of the list that is counted at most: more bars could not be told apart, and
millions of logins are not counted for a picture."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Logins of people here, under numbers that nobody has here, and refused or given up."""

    accepted: int = 0
    unknown: int = 0
    refused: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            accepted=self.accepted + other.accepted,
            unknown=self.unknown + other.unknown,
            refused=self.refused + other.refused,
        )

    @property
    def total(self) -> int:
        """All of them."""
        return self.accepted + self.unknown + self.refused


@dataclass(frozen=True)
class Counted:
    """The time that a chart counts; until is not included. shortened: the list has older ones."""

    since: datetime
    until: datetime
    shortened: bool = False


@dataclass(frozen=True)
class Bar:
    """A part of a chart. spans: the times in it, in order."""

    tally: Tally
    spans: tuple[tuple[datetime, datetime], ...]

    @property
    def since(self) -> datetime:
        """Its beginning."""
        return self.spans[0][0]

    @property
    def until(self) -> datetime:
        """Its end."""
        return self.spans[-1][1]


def counted(chart: Chart, since: datetime | None, until: datetime | None, now: datetime) -> Counted:
    """The newest time that the chart can count of what the list shows; None is no limit."""
    end = until if until is not None and until < now else _next_hour(now)
    longest = USUAL[chart] if since is None else MOST[chart]
    begin = max(end - longest, since) if since is not None else end - longest
    begin = min(begin, end)
    if since is None and chart in (Chart.DAY, Chart.WEEK):
        begin = begin.replace(hour=0, minute=0)  # a first day of a few hours would look poor
    return Counted(begin, end, since is None or begin > since)


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + AN_HOUR


def first_hour(since: datetime) -> datetime:
    """The hour in which a chart begins; the hours of its counts are numbered from there."""
    return since.replace(minute=0, second=0, microsecond=0)


def hour_bars(span: Counted, hours: Mapping[int, Tally]) -> list[Bar]:
    """One bar an hour. hours: counts by the number of the hour since `first_hour`."""
    return [Bar(tally, (piece,)) for _, piece, tally in _hours(span, hours)]


def day_bars(span: Counted, hours: Mapping[int, Tally], zone: tzinfo | None = None) -> list[Bar]:
    """One bar a day of this time zone, by default that of the computer."""
    days: dict[str, Bar] = {}
    for start, piece, tally in _hours(span, hours):
        day = f"{start.astimezone(zone):%Y-%m-%d}"
        before = days.get(day)
        begin = before.since if before is not None else piece[0]
        whole = before.tally + tally if before is not None else tally
        days[day] = Bar(whole, ((begin, piece[1]),))
    return list(days.values())


def week_bars(span: Counted, hours: Mapping[int, Tally], zone: tzinfo | None = None) -> list[Bar]:
    """168 parts, from the first hour of Monday on. One without any time has no spans."""
    tallies = [Tally()] * (DAYS_OF_WEEK * HOURS_OF_DAY)
    spans: list[tuple[tuple[datetime, datetime], ...]] = [()] * len(tallies)
    for start, piece, tally in _hours(span, hours):
        local = start.astimezone(zone)
        place = local.weekday() * HOURS_OF_DAY + local.hour
        tallies[place] += tally
        spans[place] = (*spans[place], piece)
    return [Bar(tally, times) for tally, times in zip(tallies, spans, strict=True)]


def _hours(
    span: Counted, hours: Mapping[int, Tally]
) -> Iterator[tuple[datetime, tuple[datetime, datetime], Tally]]:
    """(start of the hour, the part of it that is counted, its tally)."""
    start, number = first_hour(span.since), 0
    while start < span.until:
        piece = max(start, span.since), min(start + AN_HOUR, span.until)
        yield start, piece, hours.get(number, Tally())
        start, number = start + AN_HOUR, number + 1


def place_of(moment: datetime, bars: Sequence[Bar]) -> float:
    """Where a moment is among bars that follow one another: 1.5 is the middle of the second."""
    number = bisect_right(bars, moment, key=lambda bar: bar.since) - 1
    if number < 0:
        return 0.0
    bar = bars[number]
    return number + min(1.0, (moment - bar.since) / (bar.until - bar.since))
