"""Text in the fields of records and commands: the one place that says what may stand in them.

Units, and the lines of a command, end a field or a line at characters of these classes: controls
(tab, line feed, NUL, U+0085), and Unicode's separators of lines and paragraphs. Surrogates cannot
be encoded at all. Every other character stays, those that join letters included.
"""

import unicodedata

_BREAKING = frozenset({"Cc", "Zl", "Zp", "Cs"})


def breaks_field(text: str) -> bool:
    """Return whether a character of the text could end a field or a line."""
    return not text.isprintable() and any(unicodedata.category(c) in _BREAKING for c in text)


def plain(text: str) -> str:
    """Return the text with a space for each character that could end a field or a line."""
    if breaks_field(text):
        text = "".join(" " if unicodedata.category(c) in _BREAKING else c for c in text)
    return text.strip()


def cut(text: str, size: int, encoding: str = "utf-8") -> bytes:
    """Return the plain text in at most `size` bytes, cut between characters."""
    raw = plain(text).encode(encoding, errors="replace")[:size]
    return raw.decode(encoding, errors="ignore").strip().encode(encoding)
