"""The recovery key on paper: 256 bits as groups of letters and digits that a person can type.

Thirteen groups of four characters carry the key (RFC 4648 base32), a fourteenth its checksum.
"""

import base64
import hashlib
from collections.abc import Mapping

from console.domain.errors import Invalid
from console.domain.language import tr

KEY_BYTES = 32
GROUP_CHARS, KEY_GROUPS = 4, 13
GROUPS = KEY_GROUPS + 1
ASKED_BACK = 2
"""So many groups are typed back: whoever can do that has the paper."""
_READ_AS = str.maketrans({"0": "O", "1": "I", "8": "B", "-": None})
"""Characters that base32 does not have are taken for those that they look like."""


def in_groups(key: bytes) -> list[str]:
    """The groups of a key of 32 bytes."""
    return _split(base64.b32encode(key).decode().rstrip("=") + _checksum(key))


def read_key(text: str) -> bytes:
    """The key (32 bytes) out of what was typed; spaces, hyphens and case do not count.

    Raises Invalid.
    """
    typed = _plain(text)
    if len(typed) != GROUPS * GROUP_CHARS:
        raise Invalid(
            "recovery_key",
            tr(
                "A recovery key has {groups} groups of {chars} characters, {most} "
                "in total. You entered {count}.",
                groups=GROUPS,
                chars=GROUP_CHARS,
                count=len(typed),
                most=GROUPS * GROUP_CHARS,
            ),
        )
    body, checksum = typed[: KEY_GROUPS * GROUP_CHARS], typed[KEY_GROUPS * GROUP_CHARS :]
    try:
        key = base64.b32decode(body + "=" * (-len(body) % 8))
    except ValueError:
        raise Invalid(
            "recovery_key", tr("A recovery key contains only letters and the digits 2 to 7.")
        ) from None
    if _checksum(key) != checksum or in_groups(key) != _split(typed):
        raise Invalid(
            "recovery_key", tr("A character of the recovery key is wrong. Check it again.")
        )
    return key


def check_typed_back(key: bytes, typed: Mapping[int, str]) -> None:
    """Whether these groups, counted from 1, are those of the key. Raises Invalid for the first."""
    groups = in_groups(key)
    for number, text in sorted(typed.items()):
        if _plain(text) != groups[number - 1]:
            raise Invalid(
                f"group_{number}", tr("Group {number} does not match the one shown.", number=number)
            )


def fingerprint(public: bytes) -> str:
    """Tells recovery keys apart, without saying anything of them: 16 hex digits in groups."""
    digits = hashlib.sha256(public).hexdigest()[:16].upper()
    return "-".join(_split(digits))


def _checksum(key: bytes) -> str:
    return base64.b32encode(hashlib.sha256(b"muster recovery key" + key).digest()).decode()[:4]


def _plain(text: str) -> str:
    return "".join(text.split()).upper().translate(_READ_AS)


def _split(text: str) -> list[str]:
    return [text[place : place + GROUP_CHARS] for place in range(0, len(text), GROUP_CHARS)]
