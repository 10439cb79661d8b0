"""Time zones by their IANA names, and the moments that a terminal's wall time stands for. TE10."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from console.domain.errors import Invalid
from console.domain.language import tr

ARRIVES_WITHIN = timedelta(minutes=5)
"""A login that is reported live arrives within this time, clocks being a little off."""
DISORDER = timedelta(minutes=2)
"""Logins of one report may stand in another order than their times by so much."""
HOUR_TWICE = timedelta(hours=1)
"""How far clocks are set back at most, Lord Howe Island's half hour being less."""


class TimeMark(StrEnum):
    """How sure the moment of a login is.

    twice: the clocks were set back, and nothing says which of the two hours it was; missing: the
    clocks were set forward over this time.
    """

    SURE = "sure"
    TWICE = "twice"
    MISSING = "missing"


@dataclass(frozen=True)
class Moment:
    """The moment (UTC) that a wall time stands for."""

    at: datetime
    mark: TimeMark = TimeMark.SURE


@functools.cache
def zone_names() -> frozenset[str]:
    """All zones that this computer knows; "Factory" is a placeholder, no zone."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name. Raises Invalid."""
    if name not in zone_names():
        raise Invalid("zone", tr("Choose a time zone from the list, for example Europe/Berlin."))
    return ZoneInfo(name)


def wall_time(zone: tzinfo, at: datetime) -> datetime:
    """What a clock in this zone shows at a moment (naive)."""
    return at.astimezone(zone).replace(tzinfo=None)


def offset_min(zone: tzinfo, at: datetime) -> int:
    """Minutes from UTC in this zone at a moment."""
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)


def moments(zone: tzinfo, times: Sequence[datetime], received: datetime) -> list[Moment]:
    """The moments of the wall times of one report, in the order of its logins.

    A time that the clocks were set forward over is read by the offset before the change: the
    terminal's clock had not been set yet. A time that occurred twice is decided by the order of
    the report, where it goes back; else by its arrival, where that was live or comes before the
    second hour; else it is taken as the first, and marked.
    """
    found = [_candidates(zone, time) for time in times]
    if all(len(options) == 1 for options in found):
        return [options[0] for options in found]
    ordered = all(before - after <= HOUR_TWICE for before, after in pairwise(times))
    chosen: list[Moment] = []
    for options in found:
        before = chosen[-1].at if chosen and ordered else None
        chosen.append(_choose(options, before, received))
    for place in range(len(chosen) - 2, -1, -1) if ordered else ():
        here, after = chosen[place], chosen[place + 1]
        decided = here.mark is TimeMark.TWICE and after.mark is TimeMark.SURE
        if decided and found[place][-1].at - after.at > DISORDER:
            chosen[place] = replace(chosen[place], mark=TimeMark.SURE)
    return chosen


def _candidates(zone: tzinfo, time: datetime) -> list[Moment]:
    """The moment of a wall time, or the two that it may be."""
    try:
        first = time.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = time.replace(tzinfo=zone, fold=1).astimezone(UTC)
    except OverflowError:  # the first and the last day that datetime knows
        return [Moment(time.replace(tzinfo=UTC))]
    if first == second:
        return [Moment(first)]
    if wall_time(zone, first) != time:
        return [Moment(first, TimeMark.MISSING)]
    return [Moment(first), Moment(second)]


def _choose(options: list[Moment], before: datetime | None, received: datetime) -> Moment:
    """before: the moment of the login that stands before it in the report."""
    first, second = options[0], options[-1]
    if len(options) == 1:
        return first
    if before is not None and before - first.at > DISORDER and before - second.at <= DISORDER:
        return second
    if second.at - received > ARRIVES_WITHIN:
        return first
    if abs(received - second.at) <= ARRIVES_WITHIN:
        return second
    return Moment(first.at, TimeMark.TWICE)
