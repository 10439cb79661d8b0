"""What an access-control unit says of itself when it registers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.terminals.fields import plain
from bridge.terminals.terminal import PERSON_PIN

TERMINAL_MACHINE = "101"
"""MachineType of a unit with reader and lock in one; other numbers are controllers."""
USUAL_PIN_WIDTH = 14
"""Digits of a number where the unit tells no width."""
_FACE_BIT = 9
_DIGITS = re.compile(r"[1-9][0-9]*")
_OTHER_NAMES = {"firmver": "firmware", "zkfpversion": "fpversion"}
"""The same fact under the name that the attendance dialect has for it."""
_KEPT = frozenset(
    {
        "accsupportfunlist",
        "biodatafun",
        "biophotofun",
        "devicename",
        "devicetype",
        "facefunon",
        "fingerfunon",
        "firmware",
        "fpversion",
        "ipaddress",
        "lockcount",
        "mac",
        "machinetype",
        "maxattlogcount",
        "maxpinwidth",
        "maxusercount",
        "maxuserfingercount",
        "multibiodatasupport",
        "multibiophotosupport",
        "pin2width",
        "platform",
        "readercount",
        "stringpinfunon",
    }
)
"""A registration has a hundred facts, a password among them; these are the ones that are used."""


def parse_registration(text: str) -> dict[str, str]:
    """Return the facts of `POST /iclock/registry` that are used, with keys in lower case."""
    facts = {}
    for part in text.replace("\r", "").replace("\n", ",").split(","):
        key, found, value = part.partition("=")
        name = key.strip().lstrip("~").lower()
        name = _OTHER_NAMES.get(name, name)
        if found and name in _KEPT:
            facts[name] = plain(value[:120])
    return facts


@dataclass(frozen=True)
class AccessFacts:
    """What follows from a registration.

    controller: it has doors but no reader of its own, and keeps rights in a table of their own.
    digits_only, pin_width: which numbers of people it can hold.
    """

    controller: bool
    takes_faces: bool
    takes_fingers: bool
    digits_only: bool
    pin_width: int

    def holds(self, pin: str) -> bool:
        """Whether the unit can hold a person under this number."""
        if self.digits_only:
            return len(pin) <= self.pin_width and _DIGITS.fullmatch(pin) is not None
        return len(pin) <= self.pin_width and PERSON_PIN.fullmatch(pin) is not None


def takes_face_photos(said: Mapping[str, object]) -> bool | None:
    """What a unit says of face photos; None if it says nothing. said: keys in lower case."""
    bits = str(said.get("multibiophotosupport", "")).split(":")
    if len(bits) > _FACE_BIT:
        return bits[_FACE_BIT] == "1"
    told = {"1": True, "0": False}
    return told.get(str(said.get("biophotofun", "")))


def facts_of(said: Mapping[str, object]) -> AccessFacts:
    """Return what follows from what a unit said. A unit that does not allow letters has none."""
    faces = takes_face_photos(said) or False
    machine = str(said.get("machinetype", ""))
    width = str(said.get("maxpinwidth") or said.get("pin2width") or "")
    known_width = int(width) if width.isascii() and width.isdigit() and len(width) < 3 else 0
    return AccessFacts(
        controller=machine not in ("", TERMINAL_MACHINE) and not faces,
        takes_faces=faces,
        takes_fingers=str(said.get("fingerfunon", "")) == "1",
        digits_only=str(said.get("stringpinfunon", "")) != "1",
        pin_width=known_width or USUAL_PIN_WIDTH,
    )
