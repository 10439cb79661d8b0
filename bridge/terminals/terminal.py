"""What any terminal can be asked, whichever dialect it speaks, and the plain things that are spoken of."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

Progress = Callable[[int, int], None]
"""Called with (done, of how many). It may raise `Cancelled` to stop between two chunks."""


def silent(done: int, total: int) -> None:
    """The progress nobody watches."""


class Capability(StrEnum):
    """What a unit may or may not be able to do. Learned per unit, with the date of the evidence."""

    READ_PEOPLE = "read_people"
    WRITE_PEOPLE = "write_people"
    READ_FINGERS = "read_fingers"
    WRITE_FINGERS = "write_fingers"
    FACE_PHOTOS = "face_photos"
    READ_LOG = "read_log"
    OPERATION_LOG = "operation_log"
    LIVE_EVENTS = "live_events"
    ENROL_FINGER = "enrol_finger"
    SET_CLOCK = "set_clock"
    UNLOCK = "unlock"
    RESTART = "restart"
    TEST_VOICE = "test_voice"
    CLEAR_LOG = "clear_log"
    LOG_SUM = "log_sum"


@dataclass(frozen=True, slots=True)
class Person:
    """A user record of a unit. privilege: 0 user, 2 enroller, 6 manager, 14 super admin; bit 0 set = disabled.

    uid: the unit's own row number, None where the dialect has none; extra: bytes of the record that firmwares use
    differently (time zones), written back untouched.
    """

    pin: str
    name: str = ""
    privilege: int = 0
    password: str = ""
    card: int = 0
    group: str = "1"
    uid: int | None = None
    extra: bytes = b""


@dataclass(frozen=True, slots=True)
class Finger:
    """A fingerprint template as an opaque blob. finger: 0 to 9; valid: 1, or 3 for a finger that means duress."""

    pin: str
    finger: int
    template: bytes
    valid: int = 1


@dataclass(frozen=True, slots=True)
class Punch:
    """One login. local_time: what the terminal's clock said, "YYYY-MM-DD HH:MM:SS"."""

    pin: str
    local_time: str
    status: int
    verify: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What nobody understood: its raw bytes (as text or hex), and why."""

    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What the unit says it holds, and how much it can hold (0 = it does not say)."""

    people: int = 0
    fingers: int = 0
    records: int = 0
    operations: int = 0
    people_capacity: int = 0
    fingers_capacity: int = 0
    records_capacity: int = 0
    faces: int = 0
    faces_capacity: int = 0


@dataclass(frozen=True)
class UnitInfo:
    """Who the unit is. algorithm: of its fingerprint templates; blobs move only between units of the same."""

    serial: str
    name: str = ""
    firmware: str = ""
    platform: str = ""
    algorithm: str = ""
    options: dict[str, str] = field(default_factory=dict)


@dataclass
class Log:
    """The attendance records of a unit. says: how many it announced; iterate `punches` once or often."""

    says: int
    punches: Iterable[Punch]
    received: int
    quarantined: list[Quarantined] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Operation:
    """A line of the unit's own operation log."""

    code: int
    local_time: str
    params: tuple[int, ...] = ()


class Terminal(Protocol):
    """A conversation with one unit. Every method raises only `BridgeError`s and ends within its deadlines."""

    async def info(self) -> UnitInfo: ...
    async def counts(self) -> Counts: ...
    async def capabilities(self) -> dict[Capability, bool]: ...
    async def people(self, progress: Progress = silent) -> list[Person]: ...
    async def fingers(self, progress: Progress = silent) -> list[Finger]: ...
    async def write_people(self, people: list[Person], progress: Progress = silent) -> None: ...
    async def write_fingers(self, fingers: list[Finger], progress: Progress = silent) -> None: ...
    async def remove_people(self, pins: list[str], progress: Progress = silent) -> None: ...
    async def remove_fingers(
        self, fingers: list[tuple[str, int]], progress: Progress = silent
    ) -> None: ...
    async def log(self, progress: Progress = silent) -> Log: ...
    async def clock(self) -> datetime: ...
    async def set_clock(self, local_time: datetime) -> None: ...
    def enrol_finger(self, pin: str, finger: int) -> AsyncIterator[str]: ...
    async def unlock(self, seconds: int) -> None: ...
    async def restart(self) -> None: ...
    async def clear_log(self, expected: int) -> None: ...
