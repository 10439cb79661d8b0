"""Texts that were kept in English, said in the language of whoever asks for them.

What is kept, or comes from the bridge, is English with its values filled in: the problem of a
terminal, the title of a task. The keys of the catalogue are the patterns by which it is recognised.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from console.domain.language import Catalogue, paragraph, spoken_catalogue

_PLACE = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
_SENTENCE_END = re.compile(r"(?<=[.!?…]) ")
LEAST_LETTERS = 8
"""A key with fewer letters of its own, such as “{label}: {value}”, would fit anything."""

MOST_SENTENCES = 12
"""A longer text stays as it is: looking takes time, and devices may have made up some of it."""


@dataclass(frozen=True)
class _Pattern:
    """key: an English text with places; counted: its other form, "" for a text that counts none."""

    fits: re.Pattern[str]
    key: str
    counted: str
    letters: int


def said(kept: str) -> str:
    """A kept text in the language spoken now; sentences that nobody knows stay English."""
    catalogue = spoken_catalogue()
    if not isinstance(catalogue, Catalogue):
        return kept
    return "\n".join(_said_line(catalogue, line) for line in kept.split("\n"))


@lru_cache(maxsize=1024)
def _said_line(catalogue: Catalogue, kept: str) -> str:
    """Text by text; one in the catalogue may have several sentences."""
    said_now, rest = [], _SENTENCE_END.split(kept)
    if len(rest) > MOST_SENTENCES:
        return kept
    while rest:
        words, end = _first(catalogue, rest)
        said_now.append(words)
        del rest[:end]
    return paragraph(*said_now)


def _first(catalogue: Catalogue, sentences: list[str]) -> tuple[str, int]:
    """The first text, said, and how many of the sentences are its own.

    One without values is as long as possible. Of those with values, the key with most letters of
    its own wins, with as short a value as possible: the last one could swallow what follows.
    """
    starts = [" ".join(sentences[:end]) for end in range(1, len(sentences) + 1)]
    for end in range(len(starts), 0, -1):
        if (starts[end - 1],) in catalogue.keys:
            return catalogue.gettext(starts[end - 1]), end
    for pattern in _patterns(catalogue):
        for end, start in enumerate(starts, 1):
            if found := pattern.fits.fullmatch(start):
                return _filled(catalogue, pattern, found.groupdict()), end
    return sentences[0], 1


def _filled(catalogue: Catalogue, pattern: _Pattern, values: dict[str, str]) -> str:
    if pattern.counted:
        count = int(re.sub(r"\D", "", values["count"]) or 0)
        words = catalogue.ngettext(pattern.key, pattern.counted, count)
    else:
        words = catalogue.gettext(pattern.key)
    parts = {name: _part(catalogue, name, value) for name, value in values.items()}
    return _PLACE.sub(lambda place: parts[place[1]], words)


def _part(catalogue: Catalogue, name: str, value: str) -> str:
    """A value may be a text itself: “right index finger”. One word may be a name, except what."""
    return _said_line(catalogue, value) if " " in value or name == "what" else value


@cache
def _patterns(catalogue: Catalogue) -> tuple[_Pattern, ...]:
    """Of all keys with places, those with most letters of their own first."""
    made = [one for key in catalogue.keys for one in _patterns_of(key)]
    known = [one for one in made if one.letters >= LEAST_LETTERS]
    return tuple(sorted(known, key=lambda one: -one.letters))


def _patterns_of(key: tuple[str, ...]) -> Iterator[_Pattern]:
    for form in key:
        names: set[str] = set()
        parts: list[str] = []
        for at, part in enumerate(_PLACE.split(form)):
            is_place = at % 2
            parts.append(_place(part, names) if is_place else re.escape(part))
        if names and (len(key) == 1 or "count" in names):
            letters = sum(map(str.isalpha, _PLACE.sub("", form)))
            counted = key[1] if len(key) > 1 else ""
            yield _Pattern(re.compile("".join(parts), re.DOTALL), key[0], counted, letters)


def _place(name: str, seen: set[str]) -> str:
    """A place that comes again has the same value."""
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>.+?)"
