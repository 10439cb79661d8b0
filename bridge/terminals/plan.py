"""Plans: the difference between what a unit holds and what it should hold.

A plan is a list of steps that can be shown to the operator, applied, and checked afterwards.
"""

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from bridge.terminals.errors import Unsupported
from bridge.terminals.fields import plain
from bridge.terminals.names import UTF_8, WIDE, shown_name
from bridge.terminals.terminal import (
    Capability,
    Estimate,
    FingerTemplate,
    Person,
    Progress,
    TerminalDevice,
    no_progress,
)

PERSON_BYTES = 72
PERSON_S, FINGER_S, REMOVE_S = 0.1, 0.5, 0.1
"""Seconds that a dialled unit takes for one item at most: a guess, as none was measured."""
READ_BACK_S = 2.0
QUESTIONS_OF_A_PART, QUESTIONS_AT_THE_END = 4, 6
"""What is asked to prove people, fingers or removals, before and after; and to read all again."""
PORTION = 200
"""Steps that are checked, written and proved at a time."""
OwnPace = Callable[[int, int], Estimate | None]
"""`TerminalDevice.time_for` of the unit."""


def not_measured(_commands: int, _questions: int) -> Estimate | None:
    """Nothing is known of the unit's pace."""
    return None


class StepKind(StrEnum):
    """What a step does."""

    ADD = "add"
    RENAME = "rename"
    REMOVE = "remove"
    ADD_FINGER = "add_finger"
    REPLACE_FINGER = "replace_finger"
    REMOVE_FINGER = "remove_finger"
    RECOGNISE = "recognise"
    """Whoever is there, under a name that cannot be read, is this person. Nothing is written."""


_PARTS = {
    StepKind.ADD: "people",
    StepKind.RENAME: "people",
    StepKind.REMOVE: "removals",
    StepKind.ADD_FINGER: "fingers",
    StepKind.REPLACE_FINGER: "fingers",
    StepKind.REMOVE_FINGER: "fingers that go",
}
"""What `apply_plan` writes and proves at a time."""


@dataclass(frozen=True)
class WantedPerson:
    """Somebody who belongs on a unit. Their rights, card and password there stay unchanged.

    deleted: fingers (0 to 9) that must be removed from the unit. Other fingers that are not
    listed in `fingers` stay.
    """

    pin: str
    name: str
    fingers: tuple[FingerTemplate, ...] = ()
    deleted: tuple[int, ...] = ()


@dataclass(frozen=True)
class PlanStep:
    """One change. was, becomes: the names before and after, for the operator."""

    kind: StepKind
    pin: str
    was: str = ""
    becomes: str = ""
    person: Person | None = None
    finger: FingerTemplate | None = None


StillRight = Callable[[Sequence[PlanStep]], Awaitable[Sequence[PlanStep]]]
"""Those of some steps that are still right."""


async def all_still_right(steps: Sequence[PlanStep]) -> Sequence[PlanStep]:
    """Nothing can have changed since the plan was made."""
    return steps


@dataclass(frozen=True)
class TerminalPlan:
    """The changes to one unit.

    unknown: people on the unit who match nobody here. same: how many people need no change.
    """

    steps: tuple[PlanStep, ...]
    unknown: tuple[Person, ...]
    same: int

    @property
    def bytes(self) -> int:
        """About how many bytes are sent."""
        blobs = sum(
            len(step.finger.template) + 8
            for step in self.steps
            if step.finger and step.kind is not StepKind.REMOVE_FINGER
        )
        people = [step for step in self.steps if step.finger is None]
        return blobs + PERSON_BYTES * sum(step.kind is not StepKind.RECOGNISE for step in people)

    def time(self, pace: OwnPace = not_measured) -> Estimate:
        """How long the unit will take: by its own pace, or else by a guess."""
        if not self.steps:
            return Estimate(0.0, measured=True)
        kinds = [step.kind for step in self.steps if step.kind is not StepKind.RECOGNISE]
        parts = Counter(_PARTS[kind] for kind in kinds)
        portions = sum(-(-count // PORTION) for count in parts.values())
        own = pace(len(kinds), portions * QUESTIONS_OF_A_PART + QUESTIONS_AT_THE_END)
        return own or Estimate(self._guess(), measured=False)

    def _guess(self) -> float:
        rates = {
            StepKind.ADD_FINGER: FINGER_S,
            StepKind.REPLACE_FINGER: FINGER_S,
            StepKind.REMOVE: REMOVE_S,
            StepKind.REMOVE_FINGER: REMOVE_S,
            StepKind.RECOGNISE: 0.0,
        }
        return READ_BACK_S + sum(rates.get(step.kind, PERSON_S) for step in self.steps)

    @property
    def destructive(self) -> bool:
        """Whether somebody would be removed from the unit."""
        return any(step.kind is StepKind.REMOVE for step in self.steps)


@dataclass(frozen=True)
class PlanReceipt:
    """What was done and confirmed by the read-back.

    fingers: written or removed; left_out: those that the unit turned out not to take; new: numbers
    of whom the unit did not hold when they were written, also where the plan was to rename them.
    """

    added: int
    renamed: int
    removed: int
    fingers: int
    people_on_unit: int
    left_out: int = 0
    new: tuple[str, ...] = ()


def same_name(wanted: str, held: str, encoding: str = UTF_8, size: int = WIDE) -> bool:
    """Return whether a unit shows the wanted name, as far as its record and encoding can.

    size: bytes of a name that it keeps.
    """
    return held in {plain(wanted), shown_name(wanted, encoding, size)}


def fingerprint_of(template: bytes) -> str:
    """Return the SHA-256 of a template, 64 hex digits."""
    return hashlib.sha256(template).hexdigest()


def inventory_digest(pin: str, name: str, fingers: Iterable[tuple[int, str]]) -> str:
    """Return a digest of what a unit holds of a person, 16 hex digits: equal digests, no change.

    name: as the unit shows it; fingers: (finger, `fingerprint_of` its template).
    """
    parts = [
        pin,
        name,
        *(f"{finger}:{identity}" for finger, identity in sorted(fingers)),
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def make_plan(
    wanted: Iterable[WantedPerson],
    people: Iterable[Person],
    fingers: Iterable[FingerTemplate],
    remove_unknown: bool,
    can: dict[Capability, bool],
    departed: Collection[str] = (),
    encoding: str = UTF_8,
    recognised: Collection[str] = (),
    name_bytes: int = WIDE,
) -> TerminalPlan:
    """Return the difference. Fingers are planned only where the unit accepts them.

    departed: numbers of people who must be removed. People who are merely unknown stay, unless
    remove_unknown is set. encoding, name_bytes: of the names that the unit is given. recognised:
    numbers whose people are known to be those here. A name on the unit that cannot be read for
    certain is left as it is; if its person is not recognised yet, a step says so.
    """
    held = {person.pin: person for person in people}
    blobs = {(finger.pin, finger.finger): finger for finger in fingers}
    steps: list[PlanStep] = []
    same = 0
    known = set()
    for want in sorted(wanted, key=lambda want: want.pin):
        known.add(want.pin)
        there = held.get(want.pin)
        if there is not None and there.unread:
            theirs = [] if want.pin in recognised else [_recognise(want)]
        else:
            theirs = _person_steps(want, there, encoding, name_bytes)
        if can.get(Capability.WRITE_FINGERS):
            theirs += _finger_steps(want, blobs)
        steps += theirs
        same += not theirs
    unknown = tuple(
        person for pin, person in sorted(held.items()) if pin not in known and pin not in departed
    )
    gone = [held[pin] for pin in sorted(departed) if pin in held and pin not in known]
    gone += unknown if remove_unknown else ()
    steps += [
        PlanStep(StepKind.REMOVE, person.pin, was=person.name, person=person) for person in gone
    ]
    return TerminalPlan(tuple(steps), unknown, same)


def _person_steps(
    want: WantedPerson, held: Person | None, encoding: str, name_bytes: int
) -> list[PlanStep]:
    if held is None:
        return [
            PlanStep(
                StepKind.ADD,
                want.pin,
                becomes=want.name,
                person=Person(pin=want.pin, name=want.name),
            )
        ]
    if not same_name(want.name, held.name, encoding, name_bytes):
        renamed = replace(held, name=want.name, raw_name=b"")
        return [PlanStep(StepKind.RENAME, want.pin, held.name, want.name, renamed)]
    return []


def _recognise(want: WantedPerson) -> PlanStep:
    return PlanStep(StepKind.RECOGNISE, want.pin, becomes=want.name)


def _finger_steps(
    want: WantedPerson, blobs: dict[tuple[str, int], FingerTemplate]
) -> list[PlanStep]:
    steps = []
    for finger in want.fingers:
        before = blobs.get((want.pin, finger.finger))
        if before is None:
            steps.append(PlanStep(StepKind.ADD_FINGER, want.pin, finger=finger))
        elif before.template != finger.template:
            steps.append(PlanStep(StepKind.REPLACE_FINGER, want.pin, finger=finger))
    gone = [blobs[want.pin, finger] for finger in want.deleted if (want.pin, finger) in blobs]
    return steps + [PlanStep(StepKind.REMOVE_FINGER, want.pin, finger=finger) for finger in gone]


async def apply_plan(
    terminal: TerminalDevice,
    plan: TerminalPlan,
    progress: Progress = no_progress,
    still: StillRight = all_still_right,
) -> PlanReceipt:
    """Apply the plan, in an order that never leaves a finger without its person.

    Every portion is checked by `still` right before it is written, and read back. Raises
    BridgeError: the portions before it are done, and a new plan shows the rest.
    """
    done, total = _Done(), sum(step.kind in _PARTS for step in plan.steps)
    for kinds, write in _WRITES:
        steps = [step for step in plan.steps if step.kind in kinds]
        for start in range(0, len(steps), PORTION):
            some = steps[start : start + PORTION]
            right = await still(some)
            if right:
                begun = partial(_progress_from, progress, done.seen, total)
                await write(terminal, right, done, begun)
            done.seen += len(some)
    progress(total, total)
    counts = await terminal.counts()
    return PlanReceipt(
        added=done.of[StepKind.ADD],
        renamed=done.of[StepKind.RENAME],
        removed=done.of[StepKind.REMOVE],
        fingers=sum(done.of[kind] for kind in _FINGER_KINDS),
        people_on_unit=counts.people,
        left_out=done.left_out,
        new=tuple(done.new),
    )


def _progress_from(progress: Progress, seen: int, total: int, part: int, _of: int) -> None:
    progress(seen + part, total)


@dataclass
class _Done:
    """What was written so far.

    seen: steps; of: by their kind; left_out: fingers not taken; new: who was not there before.
    """

    seen: int = 0
    of: Counter[StepKind] = field(default_factory=Counter)
    left_out: int = 0
    new: list[str] = field(default_factory=list)

    def note(self, steps: Sequence[PlanStep]) -> None:
        """These are done."""
        self.of.update(step.kind for step in steps)


async def _write_people(
    terminal: TerminalDevice, steps: Sequence[PlanStep], done: _Done, progress: Progress
) -> None:
    done.new += await terminal.write_people(
        [step.person for step in steps if step.person], progress
    )
    done.note(steps)


async def _write_fingers(
    terminal: TerminalDevice, steps: Sequence[PlanStep], done: _Done, progress: Progress
) -> None:
    try:
        await terminal.write_fingers([step.finger for step in steps if step.finger], progress)
    except Unsupported:
        done.left_out += len(steps)
    else:
        done.note(steps)


async def _remove_fingers(
    terminal: TerminalDevice, steps: Sequence[PlanStep], done: _Done, progress: Progress
) -> None:
    gone = [(step.pin, step.finger.finger) for step in steps if step.finger]
    await terminal.remove_fingers(gone, progress)
    done.note(steps)


async def _remove_people(
    terminal: TerminalDevice, steps: Sequence[PlanStep], done: _Done, progress: Progress
) -> None:
    await terminal.remove_people([step.pin for step in steps], progress)
    done.note(steps)


_FINGER_KINDS = (StepKind.ADD_FINGER, StepKind.REPLACE_FINGER, StepKind.REMOVE_FINGER)
_WRITES = (
    ((StepKind.ADD, StepKind.RENAME), _write_people),
    ((StepKind.ADD_FINGER, StepKind.REPLACE_FINGER), _write_fingers),
    ((StepKind.REMOVE_FINGER,), _remove_fingers),
    ((StepKind.REMOVE,), _remove_people),
)
