"""Texts and numbers in fixed fields. Names are read by `bridge.terminals.names`."""

import re

from bridge.terminals.fields import cut, plain
from bridge.terminals.terminal import PERSON_PIN


def field_bytes(raw: bytes) -> bytes:
    """Return the bytes up to the first NUL."""
    return raw.split(b"\0", 1)[0]


def read_field(raw: bytes) -> str:
    """Return the text up to the first NUL, with a mark for what is no UTF-8."""
    return plain(field_bytes(raw).decode("utf-8", errors="replace"))


def write_field(text: str, size: int) -> bytes:
    """Return the text as `size` bytes, cut between characters and padded with NUL."""
    return cut(text, size).ljust(size, b"\0")


def read_pin(raw: bytes, shape: re.Pattern[str] = PERSON_PIN) -> str | None:
    """Return the employee number, None if the field holds anything else.

    Bytes after the NUL are ignored: units leave garbage there.
    """
    text = field_bytes(raw).decode("ascii", errors="replace").strip()
    return text if shape.fullmatch(text) else None
