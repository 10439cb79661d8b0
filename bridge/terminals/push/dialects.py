"""Which push dialect a unit speaks, learnt from what it says. Both share one listener and port."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bridge.terminals.fields import plain
from bridge.wording import worded

ENCRYPTION = "exchange"
"""Fact: the unit asked to exchange encryption keys."""
REGISTERED = "registry"
"""Fact: the unit registered, as only units of access control do."""
ACCESS_TABLE = "access_table"
"""Fact: the unit reported a table that only the access-control dialect has."""
ACCESS_VERSION = 3
"""Push versions 1 and 2 are the attendance dialect, 3 is the access-control dialect."""


class PushDialect(StrEnum):
    """attendance: push 2.x, "T&A PUSH"; access: push 3.x, "Security PUSH", "A&C PUSH"."""

    ATTENDANCE = "attendance"
    ACCESS = "access"


@dataclass(frozen=True)
class Recognised:
    """The dialect of a unit. evidence: what shows it; problem: why it cannot be served, or ""."""

    dialect: PushDialect
    evidence: str = ""
    problem: str = ""


def recognise(said: Mapping[str, object]) -> Recognised:
    """Return the dialect of a unit. said: what it has said of itself, with keys in lower case.

    A unit that says nothing else speaks the attendance dialect.
    """
    device_type = _short(said.get("devicetype"))
    version = _short(said.get("pushver"))
    access, attendance = PushDialect.ACCESS, PushDialect.ATTENDANCE
    known = {"acc": access, "att": attendance}.get(device_type.lower())
    if said.get(ENCRYPTION):
        return Recognised(known or access, worded("It asks for encryption keys."), _ENCRYPTED)
    if known is not None:
        return Recognised(
            known, worded("It says DeviceType={device_type}.", device_type=device_type)
        )
    if device_type:
        return Recognised(
            attendance,
            worded("It says DeviceType={device_type}.", device_type=device_type),
            _unserved(device_type),
        )
    if said.get(REGISTERED):
        return Recognised(access, worded("It registered before it reported."))
    if 0 < _major(version) < ACCESS_VERSION:
        return Recognised(attendance, worded("It says push version {version}.", version=version))
    if _major(version) > ACCESS_VERSION:
        return Recognised(
            access, worded("It says push version {version}.", version=version), _newer(version)
        )
    if _major(version) == ACCESS_VERSION:
        return Recognised(access, worded("It says push version {version}.", version=version))
    if said.get(ACCESS_TABLE):
        return Recognised(access, worded("It reported events of doors."))
    return Recognised(attendance)


def forgets_its_stamp(said: Mapping[str, object]) -> bool:
    """Whether a firmware goes on from the stamp that it is told: push 2.2 and older. TE32.

    One that tells no version is that old.
    """
    major, _, rest = _short(said.get("pushver") or "2.2").partition(".")
    return (_major(major), _major(rest)) <= LAST_WITHOUT_MEMORY


def _short(value: object) -> str:
    return plain(str(value or "")[:20])


def _major(version: str) -> int:
    digits = version.partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


LAST_WITHOUT_MEMORY = (2, 2)

_SETTING = worded(
    "On the terminal, set System › Device type to T&A PUSH or A&C PUSH, and let it dial in again."
)
_ENCRYPTED = worded(
    "The terminal asks to exchange encryption keys. How this works is not published, so Muster "
    "cannot answer. On the terminal, turn off encryption under Communication › Cloud server, and "
    "let it dial in again."
)


def _unserved(device_type: str) -> str:
    return " ".join(
        (
            worded(
                "The terminal calls itself “{device_type}”; no protocol is published for it.",
                device_type=device_type,
            ),
            _SETTING,
        )
    )


def _newer(version: str) -> str:
    return " ".join(
        (
            worded(
                "The terminal speaks push version {version}; Muster knows 2 and 3.", version=version
            ),
            _SETTING,
        )
    )
