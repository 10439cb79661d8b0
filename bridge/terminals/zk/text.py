"""Names and numbers in fixed fields. Units use UTF-8 or, if set to Chinese, GBK."""

import re

from bridge.terminals.fields import cut, plain
from bridge.terminals.terminal import PERSON_PIN


def read_field(raw: bytes) -> str:
    """Return the text up to the first NUL: UTF-8 if it is valid, otherwise GB18030."""
    raw = raw.split(b"\0", 1)[0]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    return plain(text)


def write_field(text: str, size: int, encoding: str = "utf-8") -> bytes:
    """Return the text as `size` bytes, cut between characters and padded with NUL."""
    return cut(text, size, encoding).ljust(size, b"\0")


def read_pin(raw: bytes, shape: re.Pattern[str] = PERSON_PIN) -> str | None:
    """Return the employee number, None if the field holds anything else.

    Bytes after the NUL are ignored: units leave garbage there.
    """
    text = raw.split(b"\0", 1)[0].decode("ascii", errors="replace").strip()
    return text if shape.fullmatch(text) else None
