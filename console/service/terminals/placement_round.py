"""One conversation with a terminal: who left goes, who belongs there comes, with face and fingers.

Nothing counts as done before the terminal has shown it. One person who cannot be brought hinders
nobody else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bridge.terminals.errors import (
    BridgeError,
    FaceRefused,
    NoAnswer,
    NotConfirmed,
    Refused,
    Unreachable,
    Unsupported,
)
from bridge.terminals.names import UTF_8, shown_name
from bridge.terminals.plan import fingerprint_of, inventory_digest, same_name
from bridge.terminals.terminal import Capability, FingerTemplate, Person, TerminalDevice
from console.domain.language import msgid
from console.domain.placements import may_be_the_same

FACES_AT_ONCE = 8
"""Photos that are open at a time, so that as many go out in one answer as it holds."""
STILL_HELD = msgid("It says that it removed this person, but still holds them.")
_STRANGER = msgid(
    "{name} must not be on it, but it holds “{shown}” under the number {pin}. "
    "Plan its changes to decide who that is."
)
_STRANGER_UNREAD = msgid(
    "{name} must not be on it, but it holds a name that cannot be read for certain under the "
    "number {pin}. Plan its changes to decide who that is."
)
_UNREAD = msgid(
    "The name that the terminal holds under the number {pin} cannot be read for certain. "
    "Choose its text encoding, or plan its changes to decide who that is."
)
_OTHER_NAME = msgid(
    "The terminal holds “{shown}” under the number {pin}. Plan its changes to decide who that is."
)
_NO_FACE = msgid("The face is no longer in force.")
OpenFace = Callable[[str, str], Awaitable[bytes | None]]
"""(employee id, enrolment id) -> the photo, or None if it is not in force any more."""


@dataclass(frozen=True, kw_only=True)
class DuePerson:
    """Somebody who belongs on the terminal.

    run_at: since when they are due; face_id: the face that belongs there; face_shown: it has
    arrived, as far as is known; face_over: a face that the terminal holds must go; fingers: those
    that belong there; deleted: fingers that must go; known: the terminal has once shown them, or a
    plan has recognised them there; shown: the digest of what the terminal was last seen to hold of
    them, "" if that is not known.
    """

    employee_id: str
    pin: str
    name: str
    run_at: datetime
    face_id: str | None = None
    face_shown: bool = False
    face_over: bool = False
    fingers: tuple[FingerTemplate, ...] = ()
    deleted: tuple[int, ...] = ()
    known: bool = False
    shown: str = ""


@dataclass(frozen=True)
class Due:
    """What is due on one terminal.

    leaving: number -> employee id; doubted: number -> name, of those leaving whose number a
    stranger may have there: people whom Muster may never have put there;
    tells_fingers: the terminal hands out the fingers that it holds.
    """

    leaving: dict[str, str]
    people: list[DuePerson]
    doubted: dict[str, str] = field(default_factory=dict)
    tells_fingers: bool = False


@dataclass(frozen=True)
class Hindrance:
    """Why somebody does not get there.

    permanent: trying again does not help; lasting: it does not pass by itself; doubt: it may be
    somebody else, to whom nothing was done.
    """

    text: str
    permanent: bool = False
    lasting: bool = False
    doubt: bool = False


@dataclass
class Round:
    """What a terminal has shown, by employee id.

    gone: who is not on it any more; absent: who belongs on it and was not; there: who is on it as
    wanted -> digest of what it holds of them; faces: whose face it has shown; bare: who has no face
    on it any more; errors: who is not as wanted; people_written, fingers_written, fingers_removed:
    how many had to be; learnt: what it turned out to be able to do or not.
    """

    gone: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    there: dict[str, str] = field(default_factory=dict)
    faces: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    errors: dict[str, Hindrance] = field(default_factory=dict)
    people_written: int = 0
    fingers_written: int = 0
    fingers_removed: int = 0
    learnt: dict[Capability, bool] = field(default_factory=dict)

    def fail(self, employee_id: str, error: Exception) -> None:
        """Notes why somebody is not as wanted."""
        permanent = isinstance(error, FaceRefused) and error.permanent
        lasting = isinstance(error, Refused) and error.lasting
        self.errors[employee_id] = Hindrance(str(error), permanent, lasting)


def failed_round(due: Due, why: str) -> Round:
    """Nothing was shown."""
    everybody = [*due.leaving.values(), *(person.employee_id for person in due.people)]
    return Round(errors={one: Hindrance(why) for one in everybody})


async def bring(unit: TerminalDevice, due: Due, open_face: OpenFace) -> Round:
    """Brings the terminal where it should be. Raises BridgeError if it cannot be talked to."""
    seen = Round()
    leaving = await _without_strangers(unit, due, seen)
    if leaving:
        await _remove(unit, leaving, seen)
    if due.people:
        names = await _write_people(unit, due.people, seen)
        # what must go waits for nothing that is to come, and no face for a finger
        await _remove_faces(unit, _without_doubts(due.people, seen), seen)
        there = _without_errors(due.people, seen)
        await _write_fingers(unit, due, there, seen, names)
        await _write_faces(unit, _without_their_face(there, seen), seen, open_face)
    return seen


def _without_doubts(people: Iterable[DuePerson], seen: Round) -> list[DuePerson]:
    """Those whom the terminal holds, if it holds anybody under their number."""
    return [
        person
        for person in people
        if not (found := seen.errors.get(person.employee_id)) or not found.permanent
    ]


def _without_errors(people: Iterable[DuePerson], seen: Round) -> list[DuePerson]:
    return [person for person in people if person.employee_id not in seen.errors]


def _without_their_face(people: Iterable[DuePerson], seen: Round) -> list[DuePerson]:
    """A terminal that held nobody under a number has no face of theirs, whatever it had shown."""
    return [one for one in people if not one.face_shown or one.employee_id in seen.absent]


async def _without_strangers(unit: TerminalDevice, due: Due, seen: Round) -> dict[str, str]:
    """Who is to be removed: nobody whom the terminal knows by a name that is another's."""
    if not due.doubted:
        return due.leaving
    leaving = dict(due.leaving)
    for there in await unit.find_people(due.doubted.keys()):
        name = due.doubted[there.pin]
        if there.unread or not may_be_the_same(there.name, name):
            sentence = _STRANGER_UNREAD if there.unread else _STRANGER
            why = sentence.format(name=name, pin=there.pin, shown=there.name)
            seen.errors[leaving.pop(there.pin)] = Hindrance(why, permanent=True, doubt=True)
    return leaving


async def _remove(unit: TerminalDevice, leaving: dict[str, str], seen: Round) -> None:
    try:
        await unit.remove_people(list(leaving))
        held: set[str] = set()
    except NotConfirmed:
        held = {person.pin for person in await unit.find_people(leaving.keys())}
    for pin, employee_id in leaving.items():
        if pin in held:
            seen.errors[employee_id] = Hindrance(STILL_HELD)
        else:
            seen.gone.add(employee_id)


@dataclass(frozen=True)
class _Names:
    """The names that the terminal holds, by number.

    new: who was not on it; same: whose record is what was seen of them before.
    """

    by_pin: dict[str, str]
    new: set[str]
    same: set[str]


async def _write_people(unit: TerminalDevice, people: list[DuePerson], seen: Round) -> _Names:
    """Writes who is missing or has another name.

    A name that cannot be read for certain stays, and counts as the name here.
    """
    held = {one.pin: one for one in await unit.find_people({person.pin for person in people})}
    encoding, size = await _encoding_of(unit, people, held), unit.name_bytes
    due = []
    for person in people:
        there = held.get(person.pin)
        if there is None or _is_to_rename(person, there, encoding, size):
            due.append(person)
        elif (why := _doubt(person, there, encoding, size)) is not None:
            seen.errors[person.employee_id] = Hindrance(why, permanent=True, doubt=True)
    same = {one.pin for one in people if one.shown} - {one.pin for one in due}
    new = {one.pin for one in due} - held.keys()
    if due:
        held |= await _write_names(unit, due, seen, new)
    seen.absent |= {one.employee_id for one in due if one.pin in new}
    names = {
        person.pin: there.name if not there.unread else shown_name(person.name, encoding, size)
        for person in people
        if (there := held.get(person.pin)) is not None
    }
    return _Names(names, new, same)


async def _encoding_of(
    unit: TerminalDevice, people: list[DuePerson], held: dict[str, Person]
) -> str:
    """How the terminal is given names; asked only where that makes a difference."""
    for person in people:
        there = held.get(person.pin)
        differs = there is not None and there.name != shown_name(person.name, UTF_8)
        if differs and not person.name.isascii():
            return await unit.names_encoding()
    return UTF_8


def _is_to_rename(person: DuePerson, there: Person, encoding: str, size: int) -> bool:
    """Whether the person is there under another name. One that cannot be read stays. TE11."""
    if there.unread or same_name(person.name, there.name, encoding, size):
        return False
    return person.known or may_be_the_same(there.name, person.name)


def _doubt(person: DuePerson, there: Person, encoding: str, size: int) -> str | None:
    """Why it is not certain that the person there is this one, in English: it is kept."""
    if person.known:
        return None
    if there.unread:
        return _UNREAD.format(pin=person.pin)
    if same_name(person.name, there.name, encoding, size):
        return None
    return _OTHER_NAME.format(shown=there.name, pin=person.pin)


async def _write_names(
    unit: TerminalDevice, due: list[DuePerson], seen: Round, new: set[str]
) -> dict[str, Person]:
    """Returns those of them whom the terminal then holds. new: who was not on it; may grow."""
    wanted = {person.pin: Person(pin=person.pin, name=person.name) for person in due}

    async def write(some: list[DuePerson]) -> None:
        new.update(await unit.write_people([wanted[person.pin] for person in some]))

    failed = await _each(due, write)
    seen.people_written = len(due) - len(failed)
    for person, error in failed:
        seen.fail(person.employee_id, error)
    return {one.pin: one for one in await unit.find_people(set(wanted))}


async def _each(
    people: list[DuePerson], write: Callable[[list[DuePerson]], Awaitable[None]]
) -> list[tuple[DuePerson, Exception]]:
    """Writes all together; if that fails, one by one. Returns who failed.

    Raises Unreachable, NoAnswer: then nobody else would get there either.
    """
    try:
        await write(people)
    except (Unreachable, NoAnswer):
        raise
    except (BridgeError, ValueError) as error:
        if len(people) == 1:
            return [(people[0], error)]
        return [failed for one in people for failed in await _each([one], write)]
    return []


async def _write_fingers(
    unit: TerminalDevice, due: Due, people: list[DuePerson], seen: Round, names: _Names
) -> None:
    """Adds fingers that are missing and removes deleted ones; notes what is there of each person.

    A finger that differs stays: a plan shows it. Fingers that were not looked at are as they were
    last seen.
    """
    stored: dict[str, dict[int, FingerTemplate]] = {person.pin: {} for person in people}
    touched = {one.pin for one in people if one.fingers or one.deleted}
    unknown = stored.keys() - touched - names.new - names.same
    looked = bool(touched or (unknown and due.tells_fingers))
    if looked:
        for held_finger in await unit.fingers():
            if held_finger.pin in stored:
                stored[held_finger.pin][held_finger.finger] = held_finger
    adding = [one for one in people if any(f.finger not in stored[one.pin] for f in one.fingers)]
    if adding:

        async def add(some: list[DuePerson]) -> None:
            missing = [f for one in some for f in one.fingers if f.finger not in stored[one.pin]]
            await unit.write_fingers(missing)
            seen.fingers_written += len(missing)
            for finger in missing:
                stored[finger.pin][finger.finger] = finger

        for person, error in await _each(adding, add):
            seen.fail(person.employee_id, error)
            if isinstance(error, Unsupported):
                seen.learnt[Capability.WRITE_FINGERS] = False
    gone = [
        (one.pin, number) for one in people for number in one.deleted if number in stored[one.pin]
    ]
    if gone:
        await unit.remove_fingers(gone)
        seen.fingers_removed = len(gone)
        for pin, number in gone:
            del stored[pin][number]
    for person in _without_errors(people, seen):
        if not looked and person.pin in names.same:
            seen.there[person.employee_id] = person.shown
            continue
        name = names.by_pin.get(person.pin, person.name)
        fingers = [
            (number, fingerprint_of(finger.template))
            for number, finger in stored[person.pin].items()
        ]
        seen.there[person.employee_id] = inventory_digest(person.pin, name, fingers)


async def _remove_faces(unit: TerminalDevice, people: list[DuePerson], seen: Round) -> None:
    for person in people:
        if person.face_over:
            try:
                await unit.remove_face(person.pin)
                seen.bare.add(person.employee_id)
            except (Unreachable, NoAnswer):
                raise
            except BridgeError as error:
                seen.fail(person.employee_id, error)


async def _write_faces(
    unit: TerminalDevice, people: list[DuePerson], seen: Round, open_face: OpenFace
) -> None:
    room = asyncio.Semaphore(FACES_AT_ONCE)

    async def one(person: DuePerson, face_id: str) -> None:
        async with room:
            photo = await open_face(person.employee_id, face_id)
            if photo is None:
                seen.errors[person.employee_id] = Hindrance(_NO_FACE)
                return
            try:
                await unit.write_face(person.pin, photo)
                seen.faces.add(person.employee_id)
            except Unsupported as error:
                seen.learnt[Capability.FACE_PHOTOS] = False
                seen.fail(person.employee_id, error)
            except BridgeError as error:
                seen.fail(person.employee_id, error)

    await asyncio.gather(
        *(one(person, person.face_id) for person in people if person.face_id is not None)
    )
