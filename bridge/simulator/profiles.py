"""How recorded units behave, by name: tests and trainings meet more than a gentle one. TE29.

A recording of the connection doctor is a profile, too: `learn` makes it of its packets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bridge.simulator.unit import Unit
from bridge.terminals.errors import ProtocolError
from bridge.terminals.recording import SECRET_OPTIONS, RecordedPacket, parse_recording
from bridge.terminals.zk.attendance import LAYOUTS
from bridge.terminals.zk.codes import REPLIES, CommandCode, ReplyCode
from bridge.terminals.zk.exchanges import ATTENDANCE
from bridge.terminals.zk.layouts import parse_counts, parse_option

SOME_KEY = 123456
"""The comm key of profiles that ask for one; a recording does not tell it."""
_REFUSALS = frozenset(REPLIES) - {
    ReplyCode.OK, ReplyCode.DATA, ReplyCode.UNAUTHORISED, CommandCode.DATA, CommandCode.PREPARE_DATA
}  # fmt: skip


@dataclass(frozen=True)
class UnitProfile:
    """faults: as `Faults.set_fault` takes them, in order; key: the comm key that is asked for."""

    dialect: str
    faults: tuple[tuple[str, str], ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    key: int = 0

    def shape(self, unit: Unit) -> None:
        """Let a unit behave like this."""
        unit.options.update(self.options)
        for name, value in self.faults:
            unit.faults.set_fault(name, value)


def _zk(*faults: tuple[str, str], key: int = 0) -> UnitProfile:
    return UnitProfile("zk", faults, key=key)


def _push(*faults: tuple[str, str]) -> UnitProfile:
    return UnitProfile("push", faults)


PROFILES: Mapping[str, UnitProfile] = {
    "zk-small-frames": _zk(("frame", "1008"), ("attendance_width", "40"), key=SOME_KEY),
    "zk-old-records": _zk(("frame", "1008"), ("attendance_width", "16"), ("user_width", "28")),
    "zk-oldest-records": _zk(("attendance_width", "8"), ("user_width", "28"), ("frame", "4096")),
    "zk-wide-records": _zk(("attendance_width", "49"), ("bulk", "direct")),
    "zk-odd": _zk(("odd_option", "~Platform"), ("odd_answers", "1100:"), ("wrong_session", "1")),
    "push-slow": _push(("steady_polls", "1")),
    "push-results-first": _push(("results_first", "1"), ("steady_polls", "1")),
    "push-counts-answers": _push(("query_counts", "1"), ("sum_name", "AttlogCount")),
    "push-no-sum": _push(("sum_name", ""), ("unknown_code", "-22")),
    "push-biodata-fingers": _push(("biodata_fingers", "1")),
    "access-slow": UnitProfile("access", (("steady_polls", "1"),)),
    "access-repeats": UnitProfile("access", (("duplicate_posts", "1"),)),
    "access-letters": UnitProfile("access", options={"StringPinFunOn": "1", "MaxPinWidth": "24"}),
    "push-bare-ok": _push(("trusts_bare_ok", "1"), ("ignore_stamps", "1")),
}


def learn(packets: Iterable[RecordedPacket]) -> UnitProfile:
    """Return how the recorded unit behaved, as far as its packets show it."""
    learnt = _Learner()
    for asked, answers in _exchanges(packets):
        learnt.add(asked, answers)
    return learnt.profile()


def _exchanges(
    packets: Iterable[RecordedPacket],
) -> list[tuple[RecordedPacket, list[RecordedPacket]]]:
    found: list[tuple[RecordedPacket, list[RecordedPacket]]] = []
    for packet in packets:
        if packet.direction == "sent" and packet.command != ReplyCode.OK:
            found.append((packet, []))
        elif packet.direction == "received" and found:
            found[-1][1].append(packet)
    return found


class _Learner:
    """What the packets have shown so far."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}
        self._refused: dict[int, int] = {}
        self._accepted: set[int] = set()
        self._options: dict[str, str] = {}
        self._records = 0
        self._asks_key = False

    def add(self, asked: RecordedPacket, answers: list[RecordedPacket]) -> None:
        """Note what one question brought."""
        if not answers:
            return
        first = answers[0]
        if asked.command == CommandCode.OPTION_READ:
            self._note_option(asked, first)
        elif first.command in _REFUSALS:
            self._refused[asked.command] = first.command
        else:
            self._accepted.add(asked.command)
        self._asks_key |= first.command == ReplyCode.UNAUTHORISED
        if asked.command == CommandCode.FREE_SIZES:
            self._note_counts(first)
        if asked.command == CommandCode.PREPARE_BUFFER:
            self._note_width(asked, first)
        for answer in answers:
            if answer.command == CommandCode.PREPARE_DATA and len(answer.data) >= 8:
                frame = int.from_bytes(answer.data[4:8], "little")
                self._faults["frame"] = str(max(1, min(frame, 0x10000)))

    def _note_option(self, asked: RecordedPacket, answer: RecordedPacket) -> None:
        name = asked.data.split(b"\0", 1)[0].decode("ascii", "replace")
        try:
            found, value = parse_option(answer.data)
        except ProtocolError:
            if answer.command == ReplyCode.OK:
                self._faults["odd_option"] = name
            return
        if answer.command == ReplyCode.OK and name.lstrip("~").lower() not in SECRET_OPTIONS:
            self._options[found] = value

    def _note_counts(self, answer: RecordedPacket) -> None:
        try:
            self._records = parse_counts(answer.data).records
        except ProtocolError:
            if answer.command == ReplyCode.OK:
                self._faults["odd_answers"] = f"{int(CommandCode.FREE_SIZES)}:{answer.data.hex()}"

    def _note_width(self, asked: RecordedPacket, answer: RecordedPacket) -> None:
        of_log = int.from_bytes(asked.data[1:3], "little") == ATTENDANCE.command
        size = len(answer.data)
        if answer.command == ReplyCode.OK:
            size = int.from_bytes(answer.data[1:5], "little")
        if of_log and self._records and (size - 4) % self._records == 0:
            width = (size - 4) // self._records
            if width in LAYOUTS:
                self._faults["attendance_width"] = str(width)

    def profile(self) -> UnitProfile:
        """Return all of it; what was ever accepted is not refused."""
        refused = [
            ("refuse", f"{command}:{code}")
            for command, code in self._refused.items()
            if command not in self._accepted
        ]
        key = SOME_KEY if self._asks_key else 0
        return UnitProfile("zk", (*self._faults.items(), *refused), self._options, key)


def find_profile(named: str) -> UnitProfile:
    """Return the profile of this name, or that of a recording in this file. Raises ValueError."""
    if named in PROFILES:
        return PROFILES[named]
    path = Path(named)
    if not path.is_file():
        raise ValueError(f"no profile and no file “{named}”; there are {', '.join(PROFILES)}")
    try:
        return learn(parse_recording(path.read_text("utf-8")))
    except (ProtocolError, UnicodeDecodeError) as error:
        raise ValueError(f"{named}: {error}") from error
