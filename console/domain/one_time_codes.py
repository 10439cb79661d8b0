"""One-time codes by time (TOTP, RFC 6238), as authenticator apps show them, and recovery codes."""

import base64
import hashlib
import hmac
import struct
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from console.domain.operators import CLEAR_LETTERS, GROUP_CHARS

SECRET_BYTES = 20
"""As long as the hash, which RFC 4226 asks for. All apps know SHA-1, 6 digits and 30 seconds."""
DIGITS, STEP_S = 6, 30
DRIFT = 1
"""Steps that the clock of a phone may be ahead or behind."""
RECOVERY_CODES, RECOVERY_GROUPS = 10, 2
"""A recovery code has 49 bits."""
SECRET_GROUP = 4


def code_of(secret: bytes, step: int) -> str:
    """The code of one step of 30 seconds (RFC 4226, section 5.3)."""
    made = hmac.digest(secret, struct.pack(">Q", step), hashlib.sha1)
    (number,) = struct.unpack_from(">I", made, made[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def step_at(moment: datetime) -> int:
    """The step that a moment lies in."""
    return int(moment.timestamp()) // STEP_S


def matching_step(secret: bytes, typed: str, moment: datetime, used: int) -> int | None:
    """The step whose code was typed, if it is good at this moment; a later one than `used`."""
    digits = plain(typed)
    now = step_at(moment)
    for step in range(max(now - DRIFT, used + 1), now + DRIFT + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), digits.encode()):
            return step
    return None


def plain(typed: str) -> str:
    """A code without what people put between its groups."""
    return "".join(letter for letter in typed.lower() if letter.isalnum())


def secret_text(secret: bytes) -> str:
    """The secret as it is typed into an app that reads no picture."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + SECRET_GROUP] for at in range(0, len(text), SECRET_GROUP))


def app_link(secret: bytes, site: str, username: str) -> str:
    """What the picture for an app says (the key URI format that apps share)."""
    label = quote(f"Muster {site}:{username}", safe="")
    issuer = quote(f"Muster {site}", safe="")
    key = base64.b32encode(secret).decode()
    return f"otpauth://totp/{label}?secret={key}&issuer={issuer}"


def recovery_codes(pick: Callable[[str], str]) -> list[str]:
    """New ones, each for one sign-in without the phone. pick: a letter at random."""
    return ["-".join(_group(pick) for _ in range(RECOVERY_GROUPS)) for _ in range(RECOVERY_CODES)]


def _group(pick: Callable[[str], str]) -> str:
    return "".join(pick(CLEAR_LETTERS) for _ in range(GROUP_CHARS))
