"""The languages in which people are spoken to, and how a text is said in the one spoken now.

English is the language of the sources: each text is its own key in the catalogue.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from gettext import NullTranslations

ENGLISH, MALAY, CHINESE = "en", "ms", "zh-Hans"


@dataclass(frozen=True, kw_only=True)
class Language:
    """tag: by BCP 47; name: what its speakers call it."""

    tag: str
    name: str
    right_to_left: bool = False

    @property
    def direction(self) -> str:
        """As HTML has it."""
        return "rtl" if self.right_to_left else "ltr"


LANGUAGES = {
    one.tag: one
    for one in (
        Language(tag=ENGLISH, name="English"),
        Language(tag=MALAY, name="Bahasa Melayu"),
        Language(tag=CHINESE, name="简体中文"),
    )
}
"""By their tags, in the order in which they are offered."""
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
"""Scripts and regions of Chinese that simplified characters do not serve."""
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_spoken: ContextVar[NullTranslations] = ContextVar("spoken", default=NullTranslations())  # noqa: B039


def msgid(text: str) -> str:
    """The text as it is. Marks it for the catalogue where it is not said yet."""
    return text


@contextmanager
def speaking(catalogue: NullTranslations) -> Iterator[None]:
    """Inside, everything is said in the language of this catalogue."""
    before = _spoken.set(catalogue)
    try:
        yield
    finally:
        _spoken.reset(before)


def tr(text: str, /, **values: object) -> str:
    """The text in the language spoken now, with the values in their places."""
    said = _spoken.get().gettext(text) if text else ""
    return said.format(**values) if values else said


def tr_count(one: str, many: str, count: int, /, **values: object) -> str:
    """The same of a number of things; {count} stands for the number."""
    return _spoken.get().ngettext(one, many, count).format(count=count, **values)


def tr_day(day: date) -> str:
    """A day in words: 27 November 2026."""
    return tr("{day} {month} {year}", day=day.day, month=tr(MONTHS[day.month - 1]), year=day.year)


def tr_minute(at: datetime) -> str:
    """A moment in words, by the clock of whoever reads it."""
    time = f"{at:%H:%M}"
    return tr("{day}, {time}", day=tr_day(at), time=time)


def tr_moment(at: datetime) -> str:
    """A moment (UTC) in words."""
    time = f"{at:%H:%M}"
    return tr("{day}, {time} UTC", day=tr_day(at), time=time)


def best_language(wanted: Iterable[str]) -> str | None:
    """The first of these tags that there is a language for; None if there is none for any."""
    for tag in wanted:
        primary, *subtags = tag.lower().replace("_", "-").split("-")
        for known in LANGUAGES:
            other_script = primary == "zh" and _TRADITIONAL.intersection(subtags)
            if known.split("-")[0] == primary and not other_script:
                return known
    return None


def accepted(header: str) -> list[str]:
    """The tags in a browser's Accept-Language, the dearest first."""
    weighed: list[tuple[float, str]] = []
    for part in header[:300].split(","):
        tag, _, weight = part.partition(";q=")
        try:
            weighed.append((float(weight) if weight else 1.0, tag.strip()))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0]
