"""The languages in which people are spoken to, and how a text is said in the one spoken now.

English is the language of the sources: each text is its own key in the catalogue.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from struct import unpack_from

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
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Catalogue(GNUTranslations):
    """Translated texts, and their English keys: (text,), or both forms of one that counts."""

    def __init__(self, content: bytes) -> None:
        """content: of a `.mo` file."""
        super().__init__(BytesIO(content))
        self.keys = frozenset(_keys(content))


def _keys(content: bytes) -> Iterator[tuple[str, ...]]:
    """All but the header. The layout is in the manual of gettext, “GNU MO Files”."""
    count, table = unpack_from("<II", content, 8)
    for number in range(count):
        length, start = unpack_from("<II", content, table + 8 * number)
        if length:
            yield tuple(content[start : start + length].decode().split("\0"))


_usual = NullTranslations()
_spoken: ContextVar[NullTranslations | None] = ContextVar("spoken", default=None)


def msgid(text: str) -> str:
    """The text as it is. Marks it for the catalogue where it is not said yet."""
    return text


def use_catalogue(catalogue: NullTranslations) -> None:
    """From now on this program says everything in this language, whichever thread asks.

    Texts that are shown already must be set again.
    """
    global _usual  # noqa: PLW0603 - a window has one language at a time
    _usual = catalogue


@contextmanager
def speaking(catalogue: NullTranslations) -> Iterator[None]:
    """Inside, everything is said in the language of this catalogue."""
    before = _spoken.set(catalogue)
    try:
        yield
    finally:
        _spoken.reset(before)


def in_english() -> AbstractContextManager[None]:
    """Inside, everything is said in English: what is kept is read in other languages, too."""
    return speaking(NullTranslations())


def spoken_catalogue() -> NullTranslations:
    """The one whose language is spoken now."""
    return _spoken.get() or _usual


def tr(text: str, /, **values: object) -> str:
    """The text in the language spoken now, with the values in their places."""
    said = spoken_catalogue().gettext(text) if text else ""
    return said.format(**values) if values else said


def tr_count(one: str, many: str, count: int, /, **values: object) -> str:
    """The same of a number of things; {count} stands for the number."""
    return spoken_catalogue().ngettext(one, many, count).format(count=count, **values)


WIDE_MARKS = "。，、！？；：）】」"
"""What Chinese ends sentences and parts with: its own width has the space that follows."""


def paragraph(*sentences: str) -> str:
    """Texts that are whole by themselves, one after the other; empty ones are left out."""
    whole = ""
    for said in filter(None, sentences):
        whole += said if not whole or whole[-1] in WIDE_MARKS else f" {said}"
    return whole


def labelled(label: str, value: object) -> str:
    """A value with what it is: Department: Sales."""
    return tr("{label}: {value}", label=label, value=value)


def tr_day(day: date) -> str:
    """A day in words: 27 November 2026."""
    return tr("{day} {month} {year}", day=day.day, month=tr(MONTHS[day.month - 1]), year=day.year)


def tr_short_day(day: date) -> str:
    """A day for a column: 27 Nov 2026."""
    month = tr(SHORT_MONTHS[day.month - 1])
    return tr("{day} {month} {year}", day=day.day, month=month, year=day.year)


def tr_short_minute(at: datetime) -> str:
    """A moment for a column, in its own time zone: 27 Nov 2026, 14:05."""
    return tr("{day}, {time}", day=tr_short_day(at), time=f"{at:%H:%M}")


def tr_second(at: datetime) -> str:
    """A moment of these weeks, in its own time zone: 27 Nov, 14:05:33."""
    month = tr(SHORT_MONTHS[at.month - 1])
    return tr("{day} {month}, {time}", day=at.day, month=month, time=f"{at:%H:%M:%S}")


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
