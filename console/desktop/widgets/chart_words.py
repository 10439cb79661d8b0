"""The parts of the charts of the login log in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.domain.language import tr, tr_short_day, tr_short_minute
from console.domain.login_charts import HOURS_OF_DAY, Bar, Chart, Tally
from console.domain.why import REASONS

CHARTS = {
    Chart.HOUR: tr("Logins by hour"),
    Chart.DAY: tr("Logins by day"),
    Chart.WEEK: tr("Logins by weekday and hour"),
    Chart.REASON: tr("Refusals by reason"),
    Chart.PLACE: tr("Logins by place"),
}
"""In the order in which they are offered."""
WEEKDAYS = (
    tr("Monday"),
    tr("Tuesday"),
    tr("Wednesday"),
    tr("Thursday"),
    tr("Friday"),
    tr("Saturday"),
    tr("Sunday"),
)
NO_REASON, GONE = tr("No reason given"), tr("No longer there")


@dataclass(frozen=True, kw_only=True)
class ChartPart:
    """A part of a chart. words: what it holds; short: the same along the axis.

    bar: its times, of charts of times; key: the reason or the place, of the others.
    """

    words: str
    tally: Tally
    short: str = ""
    bar: Bar | None = field(default=None, repr=False)
    key: str = ""


def time_part(chart: Chart, number: int, bar: Bar) -> ChartPart:
    """A part of a chart of times. number: its place among the parts."""
    if chart is Chart.WEEK:
        weekday, hour = divmod(number, HOURS_OF_DAY)
        words = tr("{weekday}, {time}", weekday=WEEKDAYS[weekday], time=f"{hour:02}:00")
        return ChartPart(words=words, tally=bar.tally, short=f"{hour:02}", bar=bar)
    begin, end = bar.since.astimezone(), bar.until.astimezone()
    if chart is Chart.DAY:
        day = tr_short_day(begin)
        return ChartPart(words=day, tally=bar.tally, short=day, bar=bar)
    words = tr("{begin} to {end}", begin=tr_short_minute(begin), end=f"{end:%H:%M}")
    return ChartPart(words=words, tally=bar.tally, short=f"{begin:%H}", bar=bar)


def reason_parts(tallies: Mapping[str, Tally]) -> list[ChartPart]:
    """Whatever has no reason and was accepted is no part of this chart."""
    some = {key: Tally(refused=one.refused) for key, one in tallies.items() if one.refused}
    words = {key: tr(REASONS.get(key, key)) if key else NO_REASON for key in some}
    return _largest_first(some, words)


def place_parts(tallies: Mapping[str, Tally], names: Mapping[str, str]) -> list[ChartPart]:
    """names: of terminals and kiosks by their ids."""
    return _largest_first(dict(tallies), {key: names.get(key, GONE) for key in tallies})


def _largest_first(tallies: Mapping[str, Tally], words: Mapping[str, str]) -> list[ChartPart]:
    keys = sorted(tallies, key=lambda key: (-tallies[key].total, words[key].casefold()))
    return [
        ChartPart(words=words[key], tally=tallies[key], short=words[key], key=key) for key in keys
    ]
