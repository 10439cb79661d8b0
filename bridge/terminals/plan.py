"""Plan before write: what a unit holds against what it should hold, as steps that can be shown, applied and proven."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from bridge.terminals.terminal import Capability, Finger, Person, Progress, Terminal, silent

NAME_FIELDS = (24, 8)
"""Bytes of the name in the records there are."""
PERSON_BYTES = 72
PERSON_S, FINGER_S, REMOVE_S = 0.05, 0.3, 0.1
"""Seconds a unit takes per item: a cautious guess for real hardware. The receipt tells what it really took."""
READ_BACK_S = 2.0


class StepKind(StrEnum):
    ADD = "add"
    RENAME = "rename"
    REMOVE = "remove"
    ADD_FINGER = "add_finger"
    REPLACE_FINGER = "replace_finger"
    REMOVE_FINGER = "remove_finger"


@dataclass(frozen=True)
class Wanted:
    """Somebody who belongs on a unit. What a unit knows besides (rights, card, password) stays as it is there.

    deleted: fingers (0 to 9) that must not be on it any more; others that are not wanted stay.
    """

    pin: str
    name: str
    fingers: tuple[Finger, ...] = ()
    deleted: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """One change. was, becomes: for people to read."""

    kind: StepKind
    pin: str
    was: str = ""
    becomes: str = ""
    person: Person | None = None
    finger: Finger | None = None


@dataclass(frozen=True)
class Plan:
    """steps: what would be done; unknown: people on the unit who belong to nobody here; same: people already right."""

    steps: tuple[Step, ...]
    unknown: tuple[Person, ...]
    same: int

    @property
    def bytes(self) -> int:
        """What goes over the wire, about."""
        blobs = sum(
            len(step.finger.template) + 8
            for step in self.steps
            if step.finger and step.kind is not StepKind.REMOVE_FINGER
        )
        return blobs + PERSON_BYTES * sum(step.finger is None for step in self.steps)

    @property
    def seconds(self) -> float:
        rates = {
            StepKind.ADD_FINGER: FINGER_S,
            StepKind.REPLACE_FINGER: FINGER_S,
            StepKind.REMOVE: REMOVE_S,
            StepKind.REMOVE_FINGER: REMOVE_S,
        }
        return (
            READ_BACK_S + sum(rates.get(step.kind, PERSON_S) for step in self.steps)
            if self.steps
            else 0.0
        )

    @property
    def destructive(self) -> bool:
        """Something on the unit would be gone afterwards."""
        return any(step.kind is StepKind.REMOVE for step in self.steps)


@dataclass(frozen=True)
class Receipt:
    """What was done and seen to be done."""

    added: int
    renamed: int
    removed: int
    fingers: int
    people_on_unit: int


def cut(name: str, size: int) -> str:
    """The name as a record of that size keeps it."""
    return name.encode()[:size].decode(errors="ignore").strip()


def same_name(wanted: str, held: str) -> bool:
    return held in {wanted, *(cut(wanted, size) for size in NAME_FIELDS)}


def fingerprint_of(template: bytes) -> str:
    """Identity of a template, 64 hex digits."""
    return hashlib.sha256(template).hexdigest()


def digest(pin: str, name: str, fingers: Iterable[tuple[int, str]]) -> str:
    """Identity of what a unit holds of a person: equal digests need no writing. 16 hex digits.

    fingers: (finger, identity of its template). Of the name only what the narrowest record keeps counts.
    """
    parts = [
        pin,
        cut(name, NAME_FIELDS[-1]),
        *(f"{finger}:{identity}" for finger, identity in sorted(fingers)),
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def make_plan(
    wanted: Iterable[Wanted],
    people: Iterable[Person],
    fingers: Iterable[Finger],
    remove_unknown: bool,
    can: dict[Capability, bool],
    departed: Collection[str] = (),
) -> Plan:
    """The difference. Fingers are planned only where the unit takes them.

    departed: numbers of people who must not be on the unit any more. Who is merely unknown stays, unless remove_unknown.
    """
    held = {person.pin: person for person in people}
    blobs = {(finger.pin, finger.finger): finger for finger in fingers}
    steps: list[Step] = []
    same = 0
    known = set()
    for want in sorted(wanted, key=lambda want: want.pin):
        known.add(want.pin)
        theirs = _person_steps(want, held.get(want.pin))
        if can.get(Capability.WRITE_FINGERS):
            theirs += _finger_steps(want, blobs)
        steps += theirs
        same += not theirs
    unknown = tuple(
        person for pin, person in sorted(held.items()) if pin not in known and pin not in departed
    )
    gone = [held[pin] for pin in sorted(departed) if pin in held and pin not in known]
    gone += unknown if remove_unknown else ()
    steps += [Step(StepKind.REMOVE, person.pin, was=person.name, person=person) for person in gone]
    return Plan(tuple(steps), unknown, same)


def _person_steps(want: Wanted, held: Person | None) -> list[Step]:
    if held is None:
        return [
            Step(
                StepKind.ADD,
                want.pin,
                becomes=want.name,
                person=Person(pin=want.pin, name=want.name),
            )
        ]
    if not same_name(want.name, held.name):
        return [
            Step(StepKind.RENAME, want.pin, held.name, want.name, replace(held, name=want.name))
        ]
    return []


def _finger_steps(want: Wanted, blobs: dict[tuple[str, int], Finger]) -> list[Step]:
    steps = []
    for finger in want.fingers:
        before = blobs.get((want.pin, finger.finger))
        if before is None:
            steps.append(Step(StepKind.ADD_FINGER, want.pin, finger=finger))
        elif before.template != finger.template:
            steps.append(Step(StepKind.REPLACE_FINGER, want.pin, finger=finger))
    gone = [blobs[want.pin, finger] for finger in want.deleted if (want.pin, finger) in blobs]
    return steps + [Step(StepKind.REMOVE_FINGER, want.pin, finger=finger) for finger in gone]


async def apply(terminal: Terminal, plan: Plan, progress: Progress = silent) -> Receipt:
    """Does what the plan says, in an order that never leaves a finger without its person. Every part is read back.

    Raises BridgeError; what was done until then is done, and a new plan shows the rest.
    """
    people = [
        step.person
        for step in plan.steps
        if step.kind in (StepKind.ADD, StepKind.RENAME) and step.person
    ]
    fingers = [
        step.finger
        for step in plan.steps
        if step.finger and step.kind is not StepKind.REMOVE_FINGER
    ]
    let_go = [
        (step.pin, step.finger.finger)
        for step in plan.steps
        if step.finger and step.kind is StepKind.REMOVE_FINGER
    ]
    gone = [step.pin for step in plan.steps if step.kind is StepKind.REMOVE]
    total = len(people) + len(fingers) + len(let_go) + len(gone)
    if people:
        await terminal.write_people(people, lambda done, _: progress(done, total))
    if fingers:
        await terminal.write_fingers(fingers, lambda done, _: progress(len(people) + done, total))
    if let_go:
        await terminal.remove_fingers(
            let_go, lambda done, _: progress(len(people) + len(fingers) + done, total)
        )
    if gone:
        await terminal.remove_people(
            gone, lambda done, _: progress(total - len(gone) + done, total)
        )
    progress(total, total)
    counts = await terminal.counts()
    renamed = sum(step.kind is StepKind.RENAME for step in plan.steps)
    return Receipt(
        len(people) - renamed, renamed, len(gone), len(fingers) + len(let_go), counts.people
    )
