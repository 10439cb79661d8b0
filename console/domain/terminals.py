"""Terminals: their states, their return codes, and the steps that bring a face to one."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

ONLINE_WITHIN = timedelta(seconds=90)
"""A terminal that polled within this time is online."""
CLOCK_OFFSET_LIMIT_S = 60.0
"""A clock that is off by more than this is reported as out of sync."""
MAX_PUSH_ATTEMPTS = 6
RETRY_DELAYS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))


class TerminalStatus(StrEnum):
    """Whether a terminal belongs to the site."""

    PENDING = "pending"
    APPROVED = "approved"
    BLOCKED = "blocked"


class Dialect(StrEnum):
    """push: the terminal dials in over HTTP; zk: we dial the terminal, port 4370."""

    PUSH = "push"
    ZK = "zk"


class ProvisionState(StrEnum):
    """A face on its way to one terminal."""

    WAITING = "waiting"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class CommandKind(StrEnum):
    """The steps of one provisioning, in order; the last reads back what the terminal holds."""

    USERINFO = "userinfo"
    BIOPHOTO = "biophoto"
    READ_BACK = "read_back"


@dataclass(frozen=True)
class ReturnCode:
    """What a return code means. permanent: trying again does not help."""

    sentence: str
    permanent: bool


RETURN_CODES: dict[int, ReturnCode] = {
    -1: ReturnCode("The terminal refused a value.", True),
    -2: ReturnCode("The terminal received the photo incompletely.", False),
    -3: ReturnCode("The terminal could not write to its memory.", False),
    -9: ReturnCode("The terminal received the template incompletely.", False),
    -10: ReturnCode("The terminal does not know this employee number.", False),
    -11: ReturnCode("The terminal could not use the template.", True),
    -12: ReturnCode("The terminal could not use the template.", True),
    -22: ReturnCode("The terminal does not know this command.", True),
    -1001: ReturnCode("The terminal is full. Remove people from it.", True),
    -1002: ReturnCode("The terminal's firmware does not take face photos.", True),
    -1003: ReturnCode("The terminal ran out of time.", False),
    -1004: ReturnCode("The data does not fit the terminal's settings.", True),
    -1005: ReturnCode("The terminal was busy.", False),
    -1006: ReturnCode("The photo is too long for the terminal.", True),
    -1007: ReturnCode("The terminal ran out of memory.", False),
    -1008: ReturnCode("The terminal could not fetch the photo.", False),
}
FACE_ERRORS: dict[str, str] = {
    "D01E0001": "The terminal found no face in the photo.",
    "D01E0002": "The terminal says that the face is covered.",
    "D01E0003": "The terminal says that the photo is not sharp.",
    "D01E0004": "The terminal says that the head is turned too far.",
    "D01E0005": "The terminal's liveness check refused the photo.",
    "D01E0006": "The terminal could not make a template of the photo.",
}


def explain_return(code: int) -> ReturnCode:
    """What a terminal's return code means; unknown ones may be tried again."""
    return RETURN_CODES.get(code, ReturnCode(f"The terminal answered with error {code}.", False))


def known_error(clock_offset_s: float | None) -> float | None:
    """The error of a clock that counts for logins: one that is over the limit, else None."""
    is_off = clock_offset_s is not None and abs(clock_offset_s) > CLOCK_OFFSET_LIMIT_S
    return clock_offset_s if is_off else None


def still_held(people: int) -> str:
    """The problem of a terminal that has not shown yet that people who left are gone from it."""
    return f"{people:,} {'person' if people == 1 else 'people'} who left may still be on it."


def retry_delay(attempt: int) -> timedelta:
    """How long to wait after the attempt (1 is the first)."""
    return RETRY_DELAYS[min(attempt, len(RETRY_DELAYS)) - 1]
