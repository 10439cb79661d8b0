"""The memory of a simulated unit: people, fingers, faces, punches, a clock, and its faults.

All dialects of the simulator share it.
"""

import base64
import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bridge.terminals.terminal import Counts
from bridge.terminals.zk.attendance import pack_attendance
from bridge.terminals.zk.clock import encode_time

FACE, FINGER, NUMBER = 15, 1, 3
ALGORITHM = "10"
FEBRUARY_30 = ((26 * 12 + 1) * 31 + 29) * 86_400


@dataclass
class SimPerson:
    """What the unit holds of one person.

    zone: their time zone, on units of access control. told: further fields of the attendance
    dialect, with keys in lower case: time zone, verify mode.
    """

    name: str = ""
    uid: int = 0
    privilege: int = 0
    password: str = ""
    card: int = 0
    group: str = "1"
    zone: str = ""
    extra: bytes = b""
    told: dict[str, str] = field(default_factory=dict)
    photo: bytes = b""
    fingers: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class SimPunch:
    """One login, as the unit keeps it."""

    pin: str
    at: datetime
    status: int
    verify: int


@dataclass
class Faults:
    """Faults on demand. Numbers count down to 0.

    `set_fault` changes one by its name while the unit runs.
    """

    offline: bool = False
    silent: bool = False
    clock_offset: timedelta = timedelta()
    ignore_writes: bool = False
    enrol_result: int = 0
    # of port 4370
    frame: int = 0x10000
    bulk: str = "chunked"
    dribble: bool = False
    merged: bool = False
    wrong_session: bool = False
    lose_answers: int = 0
    drop_mid_chunk: int = 0
    refuse: dict[int, int] = field(default_factory=dict)
    attendance_width: int = 40
    user_width: int = 72
    encoding: str = "utf-8"
    impossible_dates: int = 0
    count_race: int = 0
    garbage: bool = False
    # of the push dialect
    returns: dict[str, list[int]] = field(default_factory=dict)
    forget_users: bool = False
    face_error: str = ""
    lose_results: int = 0
    query_counts: bool = False
    unknown_code: int = -1002
    sum_name: str = "AttlogSum"
    duplicate_posts: bool = False
    corrupt_lines: int = 0
    impatient: bool = False
    # of access control
    encrypted: bool = False

    def set_fault(self, name: str, value: str) -> None:
        """Set a fault from text. Raises ValueError, which lists the names.

        refuse takes `command:code`, returns takes `verb:code`.
        """
        known = {f.name: getattr(self, f.name) for f in fields(self)}
        if name not in known:
            raise ValueError(f"no fault “{name}”; there are {', '.join(known)}")
        before = known[name]
        if isinstance(before, bool):
            setattr(self, name, value.lower() in ("1", "true", "yes", "on"))
        elif isinstance(before, int):
            setattr(self, name, int(value))
        elif isinstance(before, timedelta):
            self.clock_offset = timedelta(seconds=float(value))
        elif name == "refuse":
            command, _, code = value.partition(":")
            self.refuse = {**self.refuse, int(command): int(code)} if value else {}
        elif name == "returns":
            verb, _, code = value.partition(":")
            self.returns.setdefault(verb, []).append(int(code))
        else:
            setattr(self, name, value)


class Unit:
    """One unit's memory. state: a JSON file, read at the start and written by `save`."""

    def __init__(
        self,
        serial: str,
        clock: Callable[[], datetime] = datetime.now,
        name: str = "SIM-200",
        state: Path | None = None,
    ) -> None:
        self.serial = serial
        self.name = name
        self.people: dict[str, SimPerson] = {}
        self.punches: list[SimPunch] = []
        self.operations: list[tuple[int, datetime]] = []
        self.options: dict[str, str] = {}
        self.faults = Faults()
        self.capacity = 200_000
        self.listeners: list[Callable[[SimPunch], None]] = []
        self._clock = clock
        self._state = state
        self._packed: dict[int, tuple[int, bytearray]] = {}
        self._uids: dict[int, str] = {}
        self._top = 0
        if state is not None and state.exists():
            self._load(json.loads(state.read_text("utf-8")))

    def now(self) -> datetime:
        """Return what the unit's clock shows."""
        return self._clock() + self.faults.clock_offset

    def set_clock(self, shown: datetime) -> None:
        """Let the clock show this time."""
        self.faults.clock_offset = shown - self._clock()
        self.note(4)

    def note(self, code: int) -> None:
        """Add a line to the operation log."""
        self.operations.append((code, self.now()))

    def counts(self) -> Counts:
        """Return how much the unit holds."""
        fingers = sum(len(person.fingers) for person in self.people.values())
        faces = sum(bool(person.photo) for person in self.people.values())
        full = self.capacity
        return Counts(
            people=len(self.people),
            fingers=fingers,
            records=len(self.punches),
            operations=len(self.operations),
            people_capacity=full,
            fingers_capacity=full,
            records_capacity=full,
            faces=faces,
            faces_capacity=full,
        )

    def person(self, pin: str) -> SimPerson:
        """Return the person with this number; a new one gets the next uid."""
        if pin not in self.people:
            self._top = max(self._top, len(self.people)) + 1
            while self.by_uid(self._top) is not None:
                self._top += 1
            self.people[pin] = SimPerson(uid=self._top)
            self._uids[self._top] = pin
        return self.people[pin]

    def place(self, pin: str, uid: int) -> SimPerson:
        """Return the person with this number, moved to the row `uid`."""
        person = self.people.setdefault(pin, SimPerson())
        self._uids.pop(person.uid, None)
        person.uid = uid
        self._uids[uid] = pin
        return person

    def by_uid(self, uid: int) -> str | None:
        """Return the number of the person in this row, None if the row is empty."""
        pin = self._uids.get(uid)
        if (pin in self.people and self.people[pin].uid == uid) or (
            pin is None and len(self._uids) == len(self.people)
        ):
            return pin
        self._uids = {person.uid: pin for pin, person in self.people.items()}
        return self._uids.get(uid)

    def present(self, pin: str, status: int = 0, verify: int = FACE) -> bool:
        """Let somebody stand in front of the unit. Return True if it knows the person and opens."""
        person = self.people.get(pin)
        known = (
            person is not None
            and (verify != FACE or bool(person.photo))
            and (verify != FINGER or bool(person.fingers))
        )
        if known:
            self.punch(SimPunch(pin, self.now().replace(microsecond=0), status, verify))
        return known

    def punch(self, punch: SimPunch) -> None:
        """Store a login and report it to the listeners."""
        self.punches.append(punch)
        for listener in list(self.listeners):
            listener(punch)

    def clear_punches(self) -> None:
        """Delete all logins."""
        self.punches.clear()
        self._packed.clear()
        self.note(29)

    def attendance(self, width: int) -> bytes:
        """Return all punches as records of this width in bytes; packed records are cached."""
        done, packed = self._packed.get(width, (0, bytearray()))
        bad = self.faults.impossible_dates
        for index in range(done, len(self.punches)):
            punch = self.punches[index]
            person = self.people.get(punch.pin)
            stamp = FEBRUARY_30 if index < bad else encode_time(punch.at)
            packed += pack_attendance(
                width, person.uid if person else 0, punch.pin, stamp, punch.status, punch.verify
            )
        self._packed[width] = (len(self.punches), packed)
        return bytes(packed)

    def save(self) -> None:
        """Write the state file, if there is one."""
        if self._state is None:
            return
        people = {pin: _plain(person) for pin, person in self.people.items()}
        punches = [[p.pin, p.at.isoformat(), p.status, p.verify] for p in self.punches]
        text = json.dumps(
            {"serial": self.serial, "people": people, "punches": punches, "options": self.options}
        )
        self._state.parent.mkdir(parents=True, exist_ok=True)
        draft = self._state.with_suffix(".new")
        draft.write_text(text, "utf-8")
        draft.replace(self._state)

    def _load(self, data: dict[str, Any]) -> None:
        for pin, plain in data["people"].items():
            blobs = {
                int(finger): base64.b64decode(blob) for finger, blob in plain.pop("fingers").items()
            }
            extra, photo = (base64.b64decode(plain.pop(key)) for key in ("extra", "photo"))
            self.people[pin] = SimPerson(**plain, extra=extra, photo=photo, fingers=blobs)
        self.punches = [
            SimPunch(pin, datetime.fromisoformat(at), status, verify)
            for pin, at, status, verify in data["punches"]
        ]
        self.options = dict(data["options"])


def _plain(person: SimPerson) -> dict[str, Any]:
    plain = asdict(person)
    for key in ("extra", "photo"):
        plain[key] = base64.b64encode(plain[key]).decode()
    plain["fingers"] = {
        finger: base64.b64encode(blob).decode() for finger, blob in person.fingers.items()
    }
    return plain


def made_up_template(seed: str, size: int = 512) -> bytes:
    """Return a blob with the units' template header; the rest is noise from the seed."""
    noise = random.Random(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))  # noqa: S311 - test data
    return b"\x4a\x4f\x53\x53\x32\x31" + noise.randbytes(size - 6)


def made_up_people(unit: Unit, count: int, first: int = 1001) -> None:
    """Add people with one finger each; equal numbers give equal people on every unit."""
    names = (
        "Ada Byron",
        "Grace Hopper",
        "Alan Turing",
        "Mary Jackson",
        "Edsger Dijkstra",
        "Barbara Liskov",
        "Tim Lee",
        "Radia Perlman",
    )
    for number in range(first, first + count):
        person = unit.person(str(number))
        person.name = names[number % len(names)]
        person.fingers = {6: made_up_template(f"{number}-6")}
