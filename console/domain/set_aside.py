"""Lines of terminals that nobody could read: how many are kept, and how they are shown. TE22."""

import re

MOST_OF_A_TERMINAL, MOST_IN_ALL = 5_000, 100_000
"""Lines that are kept at most; a terminal that sends more loses its own oldest ones."""
LINE_BYTES = 2_000
"""Bytes of a line that are kept; a login has fewer than 100."""
SHOWN_CHARS = 400
DAYS_KEPT = range(1, 3651)
_LONG_VALUE = re.compile(r"=([0-9A-Za-z+/]{40,}={0,2})")
"""A template or a photo in base64."""
_SECRET = re.compile(r"(?i)(\bpasswd=)[^\t]+")


def share(terminals: int) -> int:
    """How many lines each of so many terminals may keep here."""
    return min(MOST_OF_A_TERMINAL, MOST_IN_ALL // max(1, terminals))


def to_bytes(raw: str) -> bytes:
    """A line as it is kept: bytes that could not be decoded stay what they were."""
    return raw.encode("utf-8", "surrogateescape")[:LINE_BYTES]


def to_text(line: bytes) -> str:
    """The opposite of `to_bytes`."""
    return line.decode("utf-8", "surrogateescape")


def shown_line(line: bytes) -> str:
    """The line for people to read: nothing in it acts, no biometric data and no password."""
    text = _SECRET.sub(r"\1…", _LONG_VALUE.sub(_size, to_text(line)))
    shown = "".join(_visible(character) for character in text[:SHOWN_CHARS])
    return f"{shown}…" if len(text) > SHOWN_CHARS else shown


def _size(found: re.Match[str]) -> str:
    return f"=… ({len(found[1]):,} characters)"


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return {"\t": " ⇥ ", "\n": "\\n", "\r": "\\r"}.get(character, f"\\u{code:04x}")
