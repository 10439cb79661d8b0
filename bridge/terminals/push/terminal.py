"""A unit that dials in, as a `TerminalDevice`. Everything goes through its command queue."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from enum import Enum

from bridge.terminals.confirm import check_enrolled, check_removed, check_written, shown_finger
from bridge.terminals.errors import Incomplete, NotConfirmed, Refused, Uncounted, Unsupported
from bridge.terminals.names import AUTO, UTF_8, decode, guess, read_names, writing_encoding
from bridge.terminals.push import commands
from bridge.terminals.push.codes import ATTENDANCE_CODES, FOR_NOW, NO_SUCH_PERSON
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.push.faces import check_photo, has_face, send_photo
from bridge.terminals.push.fingers import commands_for, knows_fingers
from bridge.terminals.push.records import CommandResult, UploadBatch
from bridge.terminals.terminal import (
    LOG_END,
    LOG_START,
    AttendanceLog,
    Capability,
    Counts,
    Estimate,
    FingerTemplate,
    Person,
    Progress,
    TerminalDevice,
    UnitInfo,
    no_progress,
)
from bridge.wording import worded

ENROL_S = 120.0
ASKED_BY_NUMBER = 20
"""Up to so many people are looked for one by one; more are looked for among all."""
ENROL_RESULTS = {
    2: worded("This finger is already enrolled."),
    4: worded("The scans did not fit together."),
    5: worded("This finger belongs to somebody else on the terminal."),
    6: worded("Cancelled at the terminal, or nobody came."),
    7: worded("The terminal is busy."),
}
_FACE_BIT = 9
_RECORDS = "transactioncount"


class Unclear(Enum):
    """The unit neither shows a person nor says that it holds nobody by the number."""

    UNCLEAR = 0


UNCLEAR = Unclear.UNCLEAR


def takes_face_photos(fields: Mapping[str, object]) -> bool | None:
    """What a unit says of face photos in its options; None if it says nothing.

    fields: with keys in lower case.
    """
    bits = str(fields.get("multibiophotosupport", "")).split(":")
    if len(bits) > _FACE_BIT:
        return bits[_FACE_BIT] == "1"
    said = {"1": True, "0": False}
    return said.get(str(fields.get("facefunon", "")))


class PushTerminal(TerminalDevice):
    """A unit that dials in.

    known: what the unit said of itself when it dialled in, with keys in lower case. encoding: of
    names on the unit, as in `read_names`.
    """

    def __init__(
        self, serial: str, queue: CommandQueue, known: Mapping[str, str], encoding: str = AUTO
    ) -> None:
        self._serial = serial
        self._queue = queue
        self._known = known
        self._encoding = encoding
        self._fingers = commands_for(known)
        self._proven: str | None = None

    async def info(self) -> UnitInfo:
        """Combine what the unit said when it dialled in with its answer to INFO."""
        fields = {**self._known, **await self._info()}
        algorithm = f"finger {fields['fpversion']}" if fields.get("fpversion") else ""
        firmware = fields.get("fwversion", fields.get("firmware", ""))
        return UnitInfo(
            self._serial,
            fields.get("devicename", ""),
            firmware,
            fields.get("platform", ""),
            algorithm,
            fields,
        )

    async def _info(self) -> dict[str, str]:
        return (
            await self._queue.exchange(commands.INFO, worded("tell about itself"))
        ).result.fields

    async def counts(self) -> Counts:
        """Take the numbers from the answer to INFO; a number that is missing is 0."""
        fields = await self._info()

        def number(name: str) -> int:
            return _number(fields, name) or 0

        return Counts(
            people=number("usercount"),
            fingers=number("fpcount"),
            records=number(_RECORDS),
            operations=0,
            people_capacity=number("maxusercount"),
            fingers_capacity=number("maxfingercount"),
            records_capacity=number("maxattlogcount"),
            faces=number("facecount"),
            faces_capacity=number("maxfacecount"),
        )

    def time_for(self, commands: int, questions: int) -> Estimate:
        """Measured at the unit's polls."""
        return self._queue.time_for(commands, questions)

    async def capabilities(self) -> dict[Capability, bool]:
        """Return what the unit says of itself. What it refuses later is learned then."""
        fields = {**self._known, **await self._info()}
        fingers = knows_fingers(fields)
        always = (
            Capability.READ_PEOPLE,
            Capability.WRITE_PEOPLE,
            Capability.READ_LOG,
            Capability.LIVE_EVENTS,
            Capability.SET_CLOCK,
        )
        fingers_can = (Capability.READ_FINGERS, Capability.WRITE_FINGERS, Capability.ENROL_FINGER)
        return {
            **dict.fromkeys(always, True),
            **({} if fingers is None else dict.fromkeys(fingers_can, fingers)),
            Capability.FACE_PHOTOS: takes_face_photos(fields) or False,
            Capability.READ_CLOCK: False,
            Capability.SETTINGS: False,
        }

    async def people(self, progress: Progress = no_progress) -> list[Person]:
        """Query everybody; the unit may post a person twice, the last row counts."""
        told = _number(await self._info(), "usercount")
        if told == 0:
            return []
        answer = await self._queue.exchange(
            commands.query_user(), worded("hand out its people"), ("users", told or 0)
        )
        says = _announced(told, answer.result, "people")
        people = {person.pin: person for person in answer.rows.users}
        if len(people) < says:
            raise Incomplete("people", says, len(people))
        progress(len(people), says)
        return read_names(people.values(), self._encoding)

    async def fingers(self, progress: Progress = no_progress) -> list[FingerTemplate]:
        """Query all templates; the unit may post one twice, the last row counts."""
        told = _number(await self._info(), "fpcount")
        if told == 0:
            return []
        answer = await self._queue.exchange(
            self._fingers.query(), worded("hand out its fingers"), ("fingers", told or 0)
        )
        says = _announced(told, answer.result, "fingers")
        fingers = {(finger.pin, finger.finger): finger for finger in answer.rows.fingers}
        if len(fingers) < says:
            raise Incomplete("fingers", says, len(fingers))
        progress(len(fingers), says)
        return list(fingers.values())

    async def find_people(self, pins: Collection[str]) -> list[Person]:
        """Ask for each by number if they are few and the unit answers that; else for everybody."""
        if len(pins) <= ASKED_BY_NUMBER:
            found = await asyncio.gather(*(self._ask_for(pin) for pin in pins))
            there = [person for person in found if isinstance(person, Person)]
            if UNCLEAR not in found and not self._tell_too_little(there):
                return read_names(there, self._encoding)
        return [person for person in await self.people() if person.pin in pins]

    def _tell_too_little(self, people: list[Person]) -> bool:
        """Whether only the names of everybody on the unit can tell how to read these."""
        foreign = (one.raw_name and decode(one.raw_name, UTF_8) is None for one in people)
        return self._encoding == AUTO and any(foreign)

    async def names_encoding(self) -> str:
        """Where the encoding is open, the names that the unit holds tell it, once a session."""
        if self._encoding == AUTO and self._proven is None:
            self._proven = guess(person.raw_name for person in await self.people())
        return writing_encoding(self._encoding, self._proven or "")

    async def _ask_for(self, pin: str) -> "Person | Unclear | None":
        """The person, or None if the unit says that it holds nobody by this number."""
        question = commands.query_user(pin)
        answer = await self._queue.exchange(question, worded("look for a person"), ("users", 1))
        if answer.result.code == NO_SUCH_PERSON:
            return None
        shown = [person for person in answer.rows.users if person.pin == pin]
        return shown[-1] if shown else UNCLEAR

    async def write_people(
        self, people: list[Person], progress: Progress = no_progress
    ) -> list[str]:
        """Send one command for each person, then ask for them again."""
        encoding = UTF_8
        if not all(person.name.isascii() for person in people):
            encoding = await self.names_encoding()
        names = {person.pin: commands.name_bytes(person, encoding) for person in people}
        held = {person.pin: person for person in await self.find_people(names)}
        sent = [
            commands.rename_user(held[person.pin], names[person.pin])
            if person.pin in held
            else commands.add_user(person, encoding)
            for person in people
        ]
        await self._queue.exchange_all(sent, worded("keep a person"), progress)
        now = {person.pin: person for person in await self.find_people(names)}
        lost = [
            person.pin
            for person in people
            if person.pin not in now or _name_bytes(now[person.pin]) != names[person.pin]
        ]
        if lost:
            raise NotConfirmed(
                worded(
                    "{lost} of {all} people are not on the terminal as they were sent, "
                    "{pin} among them.",
                    lost=len(lost),
                    all=len(people),
                    pin=lost[0],
                )
            )
        progress(len(people), len(people))
        return [person.pin for person in people if person.pin not in held]

    async def write_face(self, pin: str, jpeg: bytes) -> None:
        """Send the photo, then ask for the template that the unit has made of it."""
        sent = commands.update_face_photo(pin, jpeg)
        taken = await send_photo(self._queue, sent, ATTENDANCE_CODES)
        shown = await self._face_rows(pin)
        check_photo(taken, shown)
        if shown is None:  # it does not hand out faces, so the person is all that can be seen
            if not await self.find_people([pin]):
                raise NotConfirmed(worded("The terminal accepted the photo, but not the person."))
        elif not has_face(shown, pin) and not has_face(taken.rows, pin):
            raise NotConfirmed(
                worded("The terminal accepted the photo, but holds no face of the person.")
            )

    async def _face_rows(self, pin: str) -> UploadBatch | None:
        """What the unit posts when it is asked for a face; None if it does not know how."""
        question = commands.query_faces(pin)
        try:
            asked = await self._queue.exchange(
                question, worded("hand out a face"), ("templates", 1)
            )
        except (Refused, Unsupported):
            return None
        return asked.rows

    async def remove_face(self, pin: str) -> None:
        """Delete the template, then ask for it."""
        try:
            await self._queue.exchange(commands.delete_face(pin), worded("remove a face"))
        except Refused as error:
            if error.code not in ATTENDANCE_CODES.nothing:
                raise
        still = await self._face_rows(pin)
        if still is None or has_face(still, pin):
            raise NotConfirmed(worded("The terminal does not show that the face is gone."))

    async def write_fingers(
        self, fingers: list[FingerTemplate], progress: Progress = no_progress
    ) -> None:
        """Send one command for each template, then query all."""
        sent = [self._fingers.write(finger) for finger in fingers]
        await self._queue.exchange_all(sent, worded("keep a finger"), progress)
        check_written(fingers, await self.fingers())
        progress(len(fingers), len(fingers))

    async def remove_people(self, pins: list[str], progress: Progress = no_progress) -> None:
        """Send one command for each person, then query them: each by number if they are few."""
        removed = [commands.delete_user(pin) for pin in pins]
        await self._queue.exchange_all(removed, worded("remove a person"), progress)
        still = {person.pin for person in await self.find_people(pins)}
        if still:
            raise NotConfirmed(
                worded(
                    "{pin} is still on the terminal; of {all} people, {still} are.",
                    pin=min(still),
                    all=len(pins),
                    still=len(still),
                )
            )
        progress(len(pins), len(pins))

    async def remove_fingers(
        self, fingers: list[tuple[str, int]], progress: Progress = no_progress
    ) -> None:
        """Send one command for each finger, then query all templates."""
        removed = [self._fingers.remove(pin, finger) for pin, finger in fingers]
        await self._queue.exchange_all(removed, worded("remove a finger"), progress)
        check_removed(fingers, await self.fingers())
        progress(len(fingers), len(fingers))

    async def log(self, progress: Progress = no_progress) -> AttendanceLog:
        """Query the years 2000 to 2099 and expect as many rows as INFO tells."""
        says = _number(await self._info(), _RECORDS) or 0
        return await self.log_between(LOG_START, LOG_END, says, progress)

    async def count_logins(self) -> int:
        """Take the number from the answer to INFO."""
        told = _number(await self._info(), _RECORDS)
        if told is None:
            raise Unsupported(worded("The terminal does not say how many logins it holds."))
        return told

    async def log_between(
        self, start: datetime, end: datetime, says: int = 0, progress: Progress = no_progress
    ) -> AttendanceLog:
        """Query a span. The code of the answer may be the number of rows, if the unit counts."""
        told = says or None
        if told is None:
            with suppress(Unsupported):
                told = await self.count_between(start, end)
        answer = await self._queue.exchange(
            commands.query_log(start, end), worded("hand out its log"), ("punches", told or 0)
        )
        if told is None and answer.result.code > 0:
            told = answer.result.code
        punches = [
            punch
            for punch in answer.rows.punches
            if start <= datetime.fromisoformat(punch.local_time) <= end
        ]
        received = len(punches) + len(answer.rows.quarantined)
        if told is not None and received < told:
            raise Incomplete("records", told, received)
        progress(received, received)
        return AttendanceLog(
            received if told is None else told,
            punches,
            received,
            answer.rows.quarantined,
            counted=told is not None,
        )

    async def count_between(self, start: datetime, end: datetime) -> int:
        """Ask for the sum of a span.

        Many firmwares refuse it, which counts as Unsupported if it is not for this moment only.
        """
        command = commands.verify_sum(start, end)
        try:
            fields = (await self._queue.exchange(command, worded("count its log"))).result.fields
        except Refused as error:
            if error.code in FOR_NOW:
                raise
            raise Unsupported(str(error)) from error
        told = [_number(fields, name) for name in ("attlogsum", "attlogcount")]
        found = next((number for number in told if number is not None), None)
        if found is None:
            raise Unsupported(worded("The terminal did not say how many logins it holds."))
        return found

    async def clock(self) -> datetime:
        """Raise Unsupported: units of this dialect take the time from every answer."""
        raise Unsupported(
            worded(
                "Terminals that dial in do not tell their time; "
                "they take it from Muster at every contact."
            )
        )

    async def set_clock(self, local_time: datetime) -> None:
        """Make the unit call again: every answer of the listener carries the time."""
        await self._queue.exchange(commands.CHECK, worded("take the time"))

    async def enrol_finger(self, pin: str, finger: int) -> AsyncIterator[str]:
        """Let the unit ask for the finger, and look for it afterwards."""
        before = await self._finger(pin, finger, rows=0)
        yield worded("The terminal asks for the finger, three times.")
        try:
            await self._queue.exchange(
                self._fingers.enrol(pin, finger), worded("enrol a finger"), answer_s=ENROL_S
            )
        except Refused as error:
            raise Refused(ENROL_RESULTS.get(error.code, str(error)), error.code) from error
        check_enrolled(before, await self._finger(pin, finger, rows=1))
        yield worded("The finger is enrolled.")

    async def _finger(self, pin: str, finger: int, rows: int) -> bytes | None:
        """What the unit shows of one finger. rows: how many are waited for."""
        question = self._fingers.query(pin)
        answer = await self._queue.exchange(question, worded("show a finger"), ("fingers", rows))
        return shown_finger(answer.rows.fingers, pin, finger)

    async def unlock(self, seconds: int) -> None:
        """Open the door for as long as the unit's own setting says."""
        await self._queue.exchange(commands.UNLOCK, worded("open the door"))

    async def restart(self) -> None:
        """Send REBOOT; the unit dials in again by itself."""
        await self._queue.exchange(commands.REBOOT, "restart")

    async def clear_log(self, expected: int) -> None:
        """Count, clear and count again."""
        now = await self.count_logins()
        if now != expected:
            raise NotConfirmed(
                worded(
                    "{now:,} records are on the terminal, {expected:,} were downloaded. "
                    "Download again first.",
                    now=now,
                    expected=expected,
                )
            )
        await self._queue.exchange(commands.CLEAR_LOG, worded("clear its log"))
        left = await self.count_logins()
        if left:
            raise NotConfirmed(worded("{left:,} records are still on the terminal.", left=left))


def _number(fields: Mapping[str, str], name: str) -> int | None:
    """A number that the unit told, None if it told none."""
    value = fields.get(name, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _announced(told: int | None, result: CommandResult, what: str) -> int:
    """How many rows of a query there are: by INFO, or by the code of the answer.

    Raises Uncounted if neither tells: no rows do not show that there are none.
    """
    if told is not None:
        return told
    if result.code > 0:
        return result.code
    if result.code == NO_SUCH_PERSON:
        return 0
    raise Uncounted(what)


def _name_bytes(held: Person) -> bytes:
    return held.raw_name or held.name.encode()
