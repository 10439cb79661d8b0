"""What a badge or a QR code says, as a kiosk's reader types it, and the mark that is kept of it."""

import hashlib
import hmac

from console.domain.errors import Invalid
from console.domain.language import tr

LEAST_CHARS, MOST_CHARS = 4, 64
"""Shorter ones are guessed; longer ones are no badges."""
BURST_MS = 50
"""A reader that types as a keyboard leaves less time between two keys; a person leaves more."""


def checked_badge(text: str) -> str:
    """What a badge says, without surrounding white space. Raises Invalid."""
    value = text.strip()
    if not LEAST_CHARS <= len(value) <= MOST_CHARS or not (value.isascii() and value.isprintable()):
        raise Invalid(
            "badge",
            tr(
                "A badge says {least} to {most} letters or digits.",
                least=LEAST_CHARS,
                most=MOST_CHARS,
            ),
        )
    return value


def badge_mark(key: bytes, value: str) -> str:
    """Identifies a badge without telling what it says: 64 hex digits, "" where there is no key."""
    said = value.strip().encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest() if key and said else ""


class KeyBurst:
    """Tells keys that a reader types from those of a person. Times are in milliseconds."""

    def __init__(self) -> None:
        self._text, self._last = "", 0

    def add(self, text: str, at: int) -> None:
        """A printable key."""
        if not self._goes_on(at):
            self._text = ""
        self._text, self._last = self._text + text, at

    def finish(self, at: int) -> str:
        """Enter: what a reader has typed, "" if a person did."""
        text = self._text if self._goes_on(at) else ""
        self._text = ""
        return text if LEAST_CHARS <= len(text) <= MOST_CHARS else ""

    def _goes_on(self, at: int) -> bool:
        return bool(self._text) and 0 <= at - self._last <= BURST_MS
