"""The interface of every terminal, whichever dialect it speaks, and the plain records it uses.

`TerminalDevice` is the porting guide: a new dialect is one subclass of it.
"""

import abc
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from bridge.terminals.errors import Unsupported
from bridge.wording import worded

Progress = Callable[[int, int], None]
"""Called with (done, total). It may raise `Cancelled` to stop the work between two chunks."""
HEARTBEAT_S = 20.0
"""Seconds without a live event after which the unit is asked whether it is still there."""
LOG_START = datetime(2000, 1, 1)  # noqa: DTZ001 - the unit's own wall time
LOG_END = datetime(2099, 12, 31, 23, 59, 59)  # noqa: DTZ001 - the unit's own wall time
"""A span that holds every record a unit can have."""

PERSON_PIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,23}")
"""A person's number, which also goes back to units: none of these characters ends a field or a
command anywhere, and none leads out of the folder where a unit keeps its photos by number."""
PUNCH_PIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]{0,23}")
"""The number of a login. It is only read, so it may hold what no command may."""
NOT_TOLD = -1
"""The status or the method of a login for which the unit told none."""


def no_progress(_done: int, _total: int) -> None:
    """Ignore the progress."""


class Capability(StrEnum):
    """What a unit may or may not be able to do. The service stores each with its evidence."""

    READ_PEOPLE = "read_people"
    WRITE_PEOPLE = "write_people"
    READ_FINGERS = "read_fingers"
    WRITE_FINGERS = "write_fingers"
    FACE_PHOTOS = "face_photos"
    READ_LOG = "read_log"
    OPERATION_LOG = "operation_log"
    LIVE_EVENTS = "live_events"
    ENROL_FINGER = "enrol_finger"
    READ_CLOCK = "read_clock"
    SET_CLOCK = "set_clock"
    SETTINGS = "settings"
    UNLOCK = "unlock"
    LOCK = "lock"
    RESTART = "restart"
    TEST_VOICE = "test_voice"
    CLEAR_LOG = "clear_log"
    LOG_SUM = "log_sum"


@dataclass(frozen=True, slots=True)
class Person:
    """A user record of a unit.

    privilege: 0 user, 2 enroller, 6 manager, 14 super admin; if bit 0 is set, the person is
        disabled.
    uid: the unit's own row number; None where the dialect has none.
    extra: what else the unit told of them (time zones, verify mode); it is written back unchanged.
    raw_name: the name as the unit keeps it, where it is more than ASCII; it is written back
        unchanged. The name is empty if these bytes cannot be read for certain.
    """

    pin: str
    name: str = ""
    privilege: int = 0
    password: str = ""
    card: int = 0
    group: str = "1"
    uid: int | None = None
    extra: bytes = b""
    raw_name: bytes = field(default=b"", compare=False)

    @property
    def unread(self) -> bool:
        """Whether the person has a name that cannot be read for certain."""
        return bool(self.raw_name) and not self.name


@dataclass(frozen=True, slots=True)
class FingerTemplate:
    """A fingerprint template as an opaque blob.

    finger: 0 to 9. valid: 1, or 3 for a finger that signals duress.
    """

    pin: str
    finger: int
    template: bytes
    valid: int = 1


class Punch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One login. local_time: what the terminal's clock showed, "YYYY-MM-DD HH:MM:SS".

    Not looked at by the garbage collector, because a log of 100,000 of them is made at once.

    status, verify: the unit's own codes, whatever they are, or NOT_TOLD. Makers use them freely.
    event: the unit's code of something that may be a login, NOT_TOLD for an ordinary login.
    """

    pin: str
    local_time: str
    status: int
    verify: int
    event: int = NOT_TOLD


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that could not be understood: its raw bytes (as text or hex) and the reason."""

    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the unit says it holds and how much it can hold (0 if it does not say)."""

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
class Estimate:
    """How long a unit takes. measured: at its own pace; otherwise about so long at most."""

    seconds: float
    measured: bool


@dataclass(frozen=True)
class UnitInfo:
    """The identity of a unit.

    algorithm: the format of its fingerprint templates. Templates can be moved only between units
        with the same algorithm.
    """

    serial: str
    name: str = ""
    firmware: str = ""
    platform: str = ""
    algorithm: str = ""
    options: dict[str, str] = field(default_factory=dict)


@dataclass
class AttendanceLog:
    """The attendance records of a unit.

    says: how many records the unit announced. received: how many arrived, quarantined rows
    included. other_events: rows among them that are no logins by a person. counted: whether the
    unit announced a number at all; if not, nothing shows that all have come, and `says` is what
    came. `punches` can be iterated more than once.
    """

    says: int
    punches: Iterable[Punch]
    received: int
    quarantined: list[Quarantined] = field(default_factory=list)
    other_events: int = 0
    counted: bool = True


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """A line of the unit's own operation log. local_time: as in `Punch`."""

    code: int
    local_time: str
    params: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationLog:
    """A unit's own operation log. quarantined: lines that could not be understood."""

    rows: list[OperationRecord]
    quarantined: list[Quarantined]


class TerminalDevice(abc.ABC):
    """A session with one unit. Subclass it to add a dialect.

    Rules for every method:

    * **Errors.** A method raises nothing but `BridgeError`s. `Unreachable`: the connection broke.
      `NoAnswer`: the unit is there but did not answer in time. `Refused`: the unit answered with
      an error. `ProtocolError`: the answer is not of this dialect. `Unsupported`: the unit, or the
      whole dialect, cannot do this. A mistake of the caller (a control character in a setting) is
      a `ValueError`.
    * **Deadlines.** Every method ends by itself. No unit, however broken, may keep it waiting
      forever, and no answer may take more memory than a fixed bound.
    * **Nothing is trusted.** Units acknowledge changes that they did not make. A method that
      writes reads the result back and raises `NotConfirmed` if it differs. A method that reads
      compares the number of rows with the number that the unit announced and raises `Incomplete`
      if rows are missing, `Uncounted` if it announced none. Rows that cannot be understood are
      quarantined; they never end a read.
    * **Order.** A unit serves one session at a time. The callers make one call after the other.
    * **Progress.** `progress(done, total)` is called before each chunk. If it raises `Cancelled`,
      the method leaves the unit usable (buffers freed, keypad enabled) and lets `Cancelled` pass.
    * **Time.** Units know local wall time only: every `datetime` here is naive and in the unit's
      own zone, with a resolution of one second.
    * **People** are known by their employee number (`pin`), 1 to 24 ASCII letters and digits. Row
      numbers of the unit (`uid`) stay inside the dialect.

    The abstract methods are what every dialect must offer. Each other method is optional: its
    default raises `Unsupported`, and `capabilities` tells the callers before they try. A dialect
    implements the ones that it can, and nobody above the bridge asks which dialect it is.
    """

    name_bytes: int = 24
    """How many bytes of a name the unit keeps, as far as it has shown; the widest record's."""

    @abc.abstractmethod
    async def info(self) -> UnitInfo:
        """Return who the unit is. `serial` must be filled: the service pins it."""

    async def serial_number(self) -> str:
        """Return the serial number alone, or "". Override it where that is cheaper than `info`."""
        return (await self.info()).serial

    async def facts(self) -> dict[str, str]:
        """Return what tells this unit from others, and its firmware, by a few short questions.

        Under `mac`, `platform`, `devicename` and `firmware`; what it does not tell is left out. A
        unit that dials in tells them by itself, so that its dialect keeps the default.
        """
        return {}

    @abc.abstractmethod
    async def counts(self) -> Counts:
        """Return the unit's own counts, asked anew at each call: other methods check with them."""

    @abc.abstractmethod
    async def capabilities(self) -> dict[Capability, bool]:
        """Return what the unit can do, as far as questions without side effects can tell.

        A capability that is left out is unknown. The service learns it at the first attempt: from
        success, or from `Unsupported`.
        """

    def time_for(self, commands: int, questions: int) -> Estimate | None:
        """Return how long the unit takes, by its own pace; None if it is never measured.

        commands: changes that need not wait for each other; questions: asked one by one.
        """
        return None

    # people

    @abc.abstractmethod
    async def people(self, progress: Progress = no_progress) -> list[Person]:
        """Return everybody on the unit. Raises Incomplete."""

    async def find_people(self, pins: Collection[str]) -> list[Person]:
        """Return those of these people whom the unit holds.

        Override it where the unit can be asked for one number.
        """
        return [person for person in await self.people() if person.pin in pins]

    @abc.abstractmethod
    async def names_encoding(self) -> str:
        """Return the encoding in which names are written to the unit, as in `names.encode_name`."""

    @abc.abstractmethod
    async def write_people(
        self, people: list[Person], progress: Progress = no_progress
    ) -> list[str]:
        """Add these people; those whom the unit holds already get the name and nothing else.

        Returns the numbers of those whom it did not hold: it has no face or finger of them either.

        Their rights, card, password, group, time zones and verify mode stay as the unit has them,
        and so does everybody else. The unit may cut names to the width of its records; that is no
        difference. Raises NotConfirmed if the read-back differs.
        """

    @abc.abstractmethod
    async def remove_people(self, pins: list[str], progress: Progress = no_progress) -> None:
        """Remove these people with everything that belongs to them (fingers, faces).

        A number that the unit does not hold is ignored. Raises NotConfirmed if one of them is
        still there afterwards.
        """

    # fingers

    async def fingers(self, progress: Progress = no_progress) -> list[FingerTemplate]:
        """Return all fingerprint templates, byte for byte (READ_FINGERS). Raises Incomplete."""
        raise Unsupported(worded("This terminal does not hand out fingerprints."))

    async def write_fingers(
        self, fingers: list[FingerTemplate], progress: Progress = no_progress
    ) -> None:
        """Add or replace these templates (WRITE_FINGERS). Their people must be on the unit.

        Raises NotConfirmed if a person is missing or if the read-back differs.
        """
        raise Unsupported(worded("This terminal does not accept fingerprints."))

    async def remove_fingers(
        self, fingers: list[tuple[str, int]], progress: Progress = no_progress
    ) -> None:
        """Remove templates by (pin, finger 0 to 9) (WRITE_FINGERS). The people stay.

        A finger that the unit does not hold is ignored. Raises NotConfirmed if one is still there.
        """
        raise Unsupported(worded("This terminal does not remove single fingerprints."))

    def enrol_finger(self, pin: str, finger: int) -> AsyncIterator[str]:
        """Let the unit scan a new finger of somebody it holds (ENROL_FINGER).

        Implement it as an asynchronous generator: it yields one sentence for the operator after
        each step and ends when the unit holds the finger. It ends within two minutes. If it is
        closed early, the unit returns to normal use. Raises NotConfirmed if the person is not on
        the unit, NoAnswer if nobody comes, Refused with the reason that the unit gives.
        """
        raise Unsupported(worded("This terminal does not enrol fingers on request."))

    # faces

    async def write_face(self, pin: str, jpeg: bytes) -> None:
        """Add or replace the face of somebody whom the unit holds (FACE_PHOTOS).

        Implement it so that it may run for several people at a time. Raises FaceRefused with the
        unit's reason, and NotConfirmed if the unit does not show that it holds the face.
        """
        raise Unsupported(worded("This terminal takes no face photos."))

    async def remove_face(self, pin: str) -> None:
        """Remove the face of a person, who stays (FACE_PHOTOS).

        A face that the unit does not hold is ignored. Raises NotConfirmed if it is still there.
        """
        raise Unsupported(worded("This terminal takes no face photos."))

    # log

    @abc.abstractmethod
    async def log(self, progress: Progress = no_progress) -> AttendanceLog:
        """Return all attendance records, not counted if the unit does not count them.

        Raises Incomplete.
        """

    async def log_between(
        self, start: datetime, end: datetime, says: int = 0, progress: Progress = no_progress
    ) -> AttendanceLog:
        """Return the records from start to end, both included (LOG_SUM).

        says: how many there should be, from `count_between`; 0 means that the method asks by
        itself. Raises Incomplete. A log that the unit does not count is returned as not counted.
        """
        raise Unsupported(worded("This terminal hands out its log only as a whole."))

    async def count_between(self, start: datetime, end: datetime) -> int:
        """Return how many records the unit holds from start to end, both included (LOG_SUM)."""
        raise Unsupported(worded("This terminal does not count a part of its log."))

    async def count_logins(self) -> int:
        """Return how many logins the unit holds. Raises Unsupported if it does not say.

        Override it where `counts` counts more, or does not tell 0 from a number that is missing.
        """
        return (await self.counts()).records

    async def operations(self, progress: Progress = no_progress) -> OperationLog:
        """Return the unit's own operation log (OPERATION_LOG). Raises Incomplete."""
        raise Unsupported(worded("This terminal does not hand out its operation log."))

    async def clear_log(self, expected: int) -> None:
        """Delete all attendance records (CLEAR_LOG).

        expected: how many records the caller has saved. If the unit holds another number, nothing
        is deleted. Raises NotConfirmed in that case, and if records are left afterwards.
        """
        raise Unsupported(worded("This terminal does not clear its log on request."))

    def live_punches(self, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[tuple[Punch, ...]]:
        """Yield logins as they happen, one tuple for each report (LIVE_EVENTS).

        Implement it as an asynchronous generator that never ends by itself. After heartbeat_s
        seconds without a report it asks the unit something harmless, so that a dead unit raises
        NoAnswer or Unreachable. A report that cannot be understood is skipped: the log holds the
        same logins. A dialect whose units post their logins by themselves keeps the default.
        """
        raise Unsupported(worded("This terminal does not report logins over this session."))

    # clock

    async def clock(self) -> datetime:
        """Return what the unit's clock shows (READ_CLOCK). Raises ProtocolError for 30 February."""
        raise Unsupported(worded("This terminal does not tell its time."))

    async def set_clock(self, local_time: datetime) -> None:
        """Set the clock (SET_CLOCK). Raises NotConfirmed if it is over 5 s off afterwards."""
        raise Unsupported(worded("This terminal does not take its time from here."))

    # settings

    async def option(self, name: str) -> str:
        """Return the value of a setting, "" if the unit has no such setting (SETTINGS)."""
        raise Unsupported(worded("This terminal does not tell its settings."))

    async def set_option(self, name: str, value: str) -> None:
        """Change a setting (SETTINGS). Raises NotConfirmed if the unit keeps another value."""
        raise Unsupported(worded("This terminal does not take settings."))

    async def copied_options(self) -> dict[str, str]:
        """Return the settings that go along when another unit replaces this one (SETTINGS).

        Only settings of the site belong here (how long the door stays open), never what makes a
        unit itself: its address, serial number, or keys.
        """
        raise Unsupported(worded("This terminal does not tell its settings."))

    # device

    async def unlock(self, seconds: int) -> None:
        """Open the door for that many seconds (UNLOCK). There is nothing to read back."""
        raise Unsupported(worded("This terminal does not open a door on request."))

    async def test_voice(self, index: int = 0) -> None:
        """Play a phrase, so that somebody nearby hears which unit it is (TEST_VOICE)."""
        raise Unsupported(worded("This terminal cannot be made to speak."))

    async def lock(self, seconds: int) -> None:
        """Let nobody log in for that many seconds (LOCK). There is nothing to read back.

        The unit takes logins again by itself, or when a new session wakes it up.
        """
        raise Unsupported(worded("This terminal cannot be locked from here."))

    async def restart(self) -> None:
        """Restart the unit (RESTART). The session may be lost afterwards, without an error."""
        raise Unsupported(worded("This terminal does not restart on request."))
