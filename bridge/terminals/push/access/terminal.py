"""An access-control unit, as a `TerminalDevice`. Everything goes through its command queue."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from bridge.terminals.confirm import check_enrolled, check_removed, check_written, shown_finger
from bridge.terminals.errors import Incomplete, NotConfirmed, Refused, Uncounted, Unsupported
from bridge.terminals.names import UTF_8, shown_name
from bridge.terminals.push.access import commands
from bridge.terminals.push.access.facts import facts_of
from bridge.terminals.push.codes import ReturnCodes
from bridge.terminals.push.command_queue import ANSWER_S, CommandAnswer, CommandQueue
from bridge.terminals.push.commands import Builder
from bridge.terminals.push.faces import check_photo, has_face, send_photo
from bridge.terminals.terminal import (
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
CODES = ReturnCodes(
    unknown=frozenset({-13, -100, -629, -708, -801, -1002, -1004}),
    nothing=frozenset({-1}),
    positive_succeeds=True,
)
"""No such command, table or field; -1 is also what a firmware says that does not know a query. What
the other codes mean is not published for this dialect."""
_COUNTED = {
    "people": "user",
    "fingers": "templatev10",
    "records": "transaction",
    "faces": commands.COUNT_FACES,
}

_DIGITS_ONLY = worded(
    "The terminal cannot hold the number {number}: it takes at most {most} digits, and no zero in "
    "front."
)
_TOO_LONG = worded(
    "The terminal cannot hold the number {number}: it takes at most {most} characters, and no zero "
    "in front."
)


class AccessTerminal(TerminalDevice):
    """An access-control unit. known: what it said when it registered, with keys in lower case.

    Somebody who is on the unit already keeps everything but the name: card, password, group, time
    zone and rights are set there.
    """

    def __init__(self, serial: str, queue: CommandQueue, known: Mapping[str, str]) -> None:
        self._serial = serial
        self._queue = queue
        self._known = known
        self._facts = facts_of(known)

    async def info(self) -> UnitInfo:
        """Return what the unit said when it registered."""
        known = self._known
        algorithm = f"finger {known['fpversion']}" if known.get("fpversion") else ""
        name, firmware = known.get("devicename", ""), known.get("firmware", "")
        return UnitInfo(
            self._serial, name, firmware, known.get("platform", ""), algorithm, dict(known)
        )

    async def counts(self) -> Counts:
        """Count each table. A table that the unit does not count is taken for empty."""
        numbers = await asyncio.gather(*(self._count_if_told(one) for one in _COUNTED.values()))
        return Counts(
            **dict(zip(_COUNTED, numbers, strict=True)),
            people_capacity=self._told("maxusercount"),
            records_capacity=self._told("maxattlogcount"),
        )

    def _told(self, name: str) -> int:
        value = self._known.get(name, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0

    async def _count_if_told(self, table: str) -> int:
        with suppress(Unsupported, Refused):
            return await self._count(table)
        return 0

    async def _announced(self, answer: CommandAnswer, table: str, what: str) -> int:
        """How many rows a query found: by its code, or else by the count of the table.

        Raises Uncounted if neither tells: no rows do not show that there are none.
        """
        if answer.result.code > 0:
            return answer.result.code
        try:
            return await self._count(table)
        except (Unsupported, Refused) as error:
            raise Uncounted(what) from error

    async def _count(self, table: str) -> int:
        """Raises Unsupported if the unit does not count this table."""
        answer = await self._ask(
            commands.count(table), worded("count what it holds"), ("counts", 1)
        )
        name = table.split(" ", maxsplit=1)[0]
        if name not in answer.rows.counts:
            raise Unsupported(worded("The terminal did not say how many rows it holds."))
        return answer.rows.counts[name]

    def time_for(self, commands: int, questions: int) -> Estimate:
        """Measured at the unit's polls."""
        return self._queue.time_for(commands, questions)

    async def capabilities(self) -> dict[Capability, bool]:
        """Return what the unit says of itself. What it refuses later is learned then."""
        always = (
            Capability.READ_PEOPLE,
            Capability.WRITE_PEOPLE,
            Capability.LIVE_EVENTS,
            Capability.SET_CLOCK,
        )
        fingers = (Capability.READ_FINGERS, Capability.WRITE_FINGERS, Capability.ENROL_FINGER)
        return {
            **dict.fromkeys(always, True),
            **dict.fromkeys(fingers, self._facts.takes_fingers),
            Capability.FACE_PHOTOS: self._facts.takes_faces,
            Capability.READ_CLOCK: False,
            Capability.SETTINGS: False,
        }

    async def _ask(
        self, question: Builder, what: str, rows: tuple[str, int], answer_s: float = ANSWER_S
    ) -> CommandAnswer:
        return await self._queue.exchange(question, what, rows, answer_s, CODES)

    async def _do(self, builders: Sequence[Builder], what: str, progress: Progress) -> None:
        await self._queue.exchange_all(builders, what, progress, CODES)

    # people

    async def people(self, progress: Progress = no_progress) -> list[Person]:
        """Query everybody. The code of the answer is how many there are."""
        answer = await self._ask(
            commands.query_users(), worded("hand out its people"), ("users", 0)
        )
        says = await self._announced(answer, "user", "people")
        people = {person.pin: person for person in answer.rows.users}
        if len(people) < says:
            raise Incomplete("people", says, len(people))
        progress(len(people), says)
        return list(people.values())

    async def find_people(self, pins: Collection[str]) -> list[Person]:
        """Ask for each by number if they are few and the answers are clear; else for everybody."""
        if len(pins) <= ASKED_BY_NUMBER:
            answers = await asyncio.gather(*(self._ask_for(pin) for pin in pins))
            if all(answer is not None for answer in answers):
                return [person for found in answers for person in found or ()]
        return [person for person in await self.people() if person.pin in pins]

    async def _held(self, pins: Collection[str]) -> dict[str, Person]:
        return {person.pin: person for person in await self.find_people(pins)}

    async def _ask_for(self, pin: str) -> list[Person] | None:
        """The person with this number, or nobody; None if the answer shows neither."""
        question = commands.query_users(pin)
        answer = await self._ask(question, worded("look for a person"), ("users", 0))
        found = [person for person in answer.rows.users if person.pin == pin]
        return found if found or answer.result.code == 0 else None

    async def names_encoding(self) -> str:
        """Nothing else is published for this dialect."""
        return UTF_8

    async def write_people(
        self, people: list[Person], progress: Progress = no_progress
    ) -> list[str]:
        """Add who is missing, rename who has another name, and read back."""
        self._refuse_unfit([person.pin for person in people])
        before = await self._held([person.pin for person in people])
        sent: list[Builder] = []
        for person in people:
            held = before.get(person.pin)
            if held is None:
                sent += self._additions(person)
            elif held.name != shown_name(person.name, UTF_8):
                sent.append(commands.rename(held, person.name))
        await self._do(sent, worded("keep a person"), progress)
        if sent:
            self._compare(people, before, await self._held([person.pin for person in people]))
        progress(len(people), len(people))
        return [person.pin for person in people if person.pin not in before]

    def _additions(self, person: Person) -> list[Builder]:
        if self._facts.controller:
            return commands.add_to_controller(person, self._told("lockcount"))
        return commands.add_to_terminal(person)

    def _refuse_unfit(self, pins: Sequence[str]) -> None:
        unfit = next((pin for pin in pins if not self._facts.holds(pin)), None)
        if unfit is not None:
            sentence = _DIGITS_ONLY if self._facts.digits_only else _TOO_LONG
            words = sentence.format(number=unfit, most=self._facts.pin_width)
            raise Refused(words, lasting=True)

    @staticmethod
    def _compare(
        people: list[Person], before: Mapping[str, Person], now: Mapping[str, Person]
    ) -> None:
        """Raises NotConfirmed if a name is not there, or something else was changed with it."""
        wrong = [
            person.pin
            for person in people
            if person.pin not in now
            or now[person.pin].name != shown_name(person.name, UTF_8)
            or (person.pin in before and before[person.pin].extra != now[person.pin].extra)
        ]
        if wrong:
            raise NotConfirmed(
                worded(
                    "{lost} of {all} people are not on the terminal as they were sent, "
                    "{pin} among them.",
                    lost=len(wrong),
                    all=len(people),
                    pin=wrong[0],
                )
            )

    async def remove_people(self, pins: list[str], progress: Progress = no_progress) -> None:
        """Remove those of the people whom the unit holds, and look for them again."""
        held = await self._held([pin for pin in pins if self._facts.holds(pin)])
        removals = [one for pin in held for one in self._removals(pin)]
        await self._do(removals, worded("remove a person"), progress)
        still = await self._held(list(held)) if held else {}
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

    def _removals(self, pin: str) -> list[Builder]:
        if self._facts.controller:
            return commands.remove_from_controller(pin)
        return commands.remove_from_terminal(pin)

    # faces and fingers

    async def write_face(self, pin: str, jpeg: bytes) -> None:
        """Send the photo; the template that the unit makes of it shows that it has the face."""
        self._refuse_unfit([pin])
        taken = await send_photo(self._queue, commands.update_face(pin, jpeg), CODES)
        if has_face(taken.rows, pin):
            return
        shown = await self._ask(commands.query_face(pin), worded("show a face"), ("templates", 0))
        check_photo(taken, shown.rows)
        if not has_face(shown.rows, pin):
            raise NotConfirmed(
                worded("The terminal took the photo, but shows no face of this person.")
            )

    async def remove_face(self, pin: str) -> None:
        """Delete the template and the photo, then ask for both."""
        await self._delete_face(commands.delete_face(pin))
        with suppress(Unsupported):  # not every firmware keeps the photo
            await self._delete_face(commands.delete_face_photo(pin))
            photo = await self._ask(
                commands.query_face_photo(pin), worded("show a photo"), ("photos", 0)
            )
            shown = any(one.pin == pin for one in photo.rows.photos)
            self._check_gone(photo, shown=shown)
        face = await self._ask(commands.query_face(pin), worded("show a face"), ("templates", 0))
        self._check_gone(face, shown=has_face(face.rows, pin))

    async def _delete_face(self, question: Builder) -> None:
        try:
            await self._queue.exchange(question, worded("remove a face"), codes=CODES)
        except Refused as error:
            if error.code not in CODES.nothing:
                raise

    @staticmethod
    def _check_gone(answer: CommandAnswer, *, shown: bool) -> None:
        """Raises NotConfirmed unless the unit says that it has no such row."""
        if shown or answer.result.code != 0:
            raise NotConfirmed(worded("The terminal does not show that the face is gone."))

    async def fingers(self, progress: Progress = no_progress) -> list[FingerTemplate]:
        """Query all templates. The code of the answer is how many there are."""
        question = commands.query_fingers()
        answer = await self._ask(question, worded("hand out its fingers"), ("fingers", 0))
        says = await self._announced(answer, "templatev10", "fingers")
        fingers = {(finger.pin, finger.finger): finger for finger in answer.rows.fingers}
        if len(fingers) < says:
            raise Incomplete("fingers", says, len(fingers))
        progress(len(fingers), says)
        return list(fingers.values())

    async def write_fingers(
        self, fingers: list[FingerTemplate], progress: Progress = no_progress
    ) -> None:
        """Send one command for each template, then query all."""
        await self._do(
            [commands.update_finger(one) for one in fingers], worded("keep a finger"), progress
        )
        check_written(fingers, await self.fingers())
        progress(len(fingers), len(fingers))

    async def remove_fingers(
        self, fingers: list[tuple[str, int]], progress: Progress = no_progress
    ) -> None:
        """Send one command for each finger, then query all templates."""
        sent = [commands.delete_finger(pin, finger) for pin, finger in fingers]
        await self._do(sent, worded("remove a finger"), progress)
        check_removed(fingers, await self.fingers())
        progress(len(fingers), len(fingers))

    async def enrol_finger(self, pin: str, finger: int) -> AsyncIterator[str]:
        """Let the unit ask for the finger, and look for it afterwards."""
        before = await self._finger(pin, finger)
        yield worded("The terminal asks for the finger, three times.")
        question = commands.enrol_finger(pin, finger)
        await self._queue.exchange(
            question, worded("enrol a finger"), answer_s=ENROL_S, codes=CODES
        )
        check_enrolled(before, await self._finger(pin, finger))
        yield worded("The finger is enrolled.")

    async def _finger(self, pin: str, finger: int) -> bytes | None:
        return shown_finger(await self.fingers(), pin, finger)

    # log

    async def log(self, progress: Progress = no_progress) -> AttendanceLog:
        """Query the whole log: logins, and events of doors, which are only counted."""
        answer = await self._ask(commands.query_log(), worded("hand out its log"), ("log_rows", 0))
        rows, says = answer.rows, await self._announced(answer, "transaction", "events")
        received = rows.number_of("log_rows")
        if received < says:
            raise Incomplete("records", says, received)
        progress(received, received)
        return AttendanceLog(says, rows.punches, received, rows.quarantined, rows.other_events)

    async def count_logins(self) -> int:
        """Read the whole log: the unit's own count has events of doors in it."""
        found = await self.log()
        return sum(1 for _ in found.punches) + len(found.quarantined)

    async def log_between(
        self, start: datetime, end: datetime, says: int = 0, progress: Progress = no_progress
    ) -> AttendanceLog:
        """Read the whole log, which is counted: how a span is asked for is not published."""
        whole = await self.log(progress)
        moments = start.isoformat(" "), end.isoformat(" ")
        inside = [one for one in whole.punches if moments[0] <= one.local_time <= moments[1]]
        return AttendanceLog(len(inside), inside, len(inside), whole.quarantined)

    async def clear_log(self, expected: int) -> None:
        """Count, clear and count again."""
        now = await self._count("transaction")
        if now != expected:
            raise NotConfirmed(
                worded(
                    "{now:,} records are on the terminal, {expected:,} were downloaded. "
                    "Download again first.",
                    now=now,
                    expected=expected,
                )
            )
        await self._queue.exchange(commands.CLEAR_LOG, worded("clear its log"), codes=CODES)
        left = await self._count("transaction")
        if left:
            raise NotConfirmed(worded("{left:,} records are still on the terminal.", left=left))

    # device

    async def clock(self) -> datetime:
        """Raise Unsupported: units of this dialect ask for the time and do not tell theirs."""
        raise Unsupported(
            worded(
                "Terminals that dial in do not tell their time; "
                "they take it from Muster at every contact."
            )
        )

    async def set_clock(self, local_time: datetime) -> None:
        """Tell the time; the unit may ask for it once more by itself."""
        question = commands.set_clock(local_time)
        await self._queue.exchange(question, worded("take the time"), codes=CODES)

    async def unlock(self, seconds: int) -> None:
        """Open the first door."""
        await self._queue.exchange(commands.unlock(seconds), worded("open the door"), codes=CODES)

    async def restart(self) -> None:
        """Restart; the unit dials in again by itself."""
        await self._queue.exchange(commands.RESTART, "restart", codes=CODES)
