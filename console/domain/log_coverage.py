"""For which spans of time this site knows that it has every login of a terminal. N12, P5."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

JOIN_WITHIN = timedelta(seconds=90)
"""Spans closer together than this are one: a terminal that polls again in time misses nothing."""

GAP_PAUSES = tuple(timedelta(minutes=m) for m in (3, 10, 30, 60, 360, 1440))
"""How long a gap that could not be closed waits for the next question, longer each time."""


@dataclass(frozen=True, order=True)
class Span:
    """From `start` to `end`, both included."""

    start: datetime
    end: datetime


def gap_pause(tries: int) -> timedelta:
    """How long to wait after so many questions (1 is the first) about the same gap."""
    return GAP_PAUSES[min(tries, len(GAP_PAUSES)) - 1]


def merge(spans: Iterable[Span], within: timedelta = timedelta()) -> list[Span]:
    """The same time in as few spans as possible, in order."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + within:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def gaps(covered: Iterable[Span], since: datetime, until: datetime) -> list[Span]:
    """The time between `since` and `until` that no span covers."""
    found, at = [], since
    for span in merge(covered, JOIN_WITHIN):
        if span.start - at > JOIN_WITHIN:
            found.append(Span(at, min(span.start, until)))
        at = max(at, span.end)
        if at >= until:
            break
    if until - at > JOIN_WITHIN:
        found.append(Span(at, until))
    return [gap for gap in found if gap.start < gap.end]
