"""A unit that dials in, as a `Terminal`. It is asked through its postbox; every write is read back."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from bridge.terminals.errors import Incomplete, NotConfirmed, Refused, Unsupported
from bridge.terminals.push import commands
from bridge.terminals.push.command_queue import CommandQueue
from bridge.terminals.terminal import (
    Capability,
    Counts,
    Finger,
    Log,
    Person,
    Progress,
    UnitInfo,
    silent,
)

ENROL_S = 120.0
ENROL_RESULTS = {
    2: "This finger is already enrolled.",
    4: "The scans did not fit together.",
    5: "This finger belongs to somebody else on the terminal.",
    6: "Cancelled at the terminal, or nobody came.",
    7: "The terminal is busy.",
}
_FACE_BIT = 9
LOG_START = datetime(2000, 1, 1)  # noqa: DTZ001 - the unit's own wall time
LOG_END = datetime(2099, 12, 31, 23, 59, 59)  # noqa: DTZ001


class PushTerminal:
    """known: what the unit told of itself when it dialled in (keys in lower case)."""

    def __init__(self, serial: str, command_queue: CommandQueue, known: Mapping[str, str]) -> None:
        self._serial = serial
        self._box = command_queue
        self._known = known

    async def info(self) -> UnitInfo:
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
        return (await self._box.ask(commands.INFO, "tell about itself")).result.fields

    async def counts(self) -> Counts:
        fields = await self._info()

        def number(*names: str) -> int:
            return next((int(fields[name]) for name in names if fields.get(name, "").isdigit()), 0)

        return Counts(
            people=number("usercount"),
            fingers=number("fpcount"),
            records=number("transactioncount"),
            operations=0,
            people_capacity=number("maxusercount"),
            fingers_capacity=number("maxfingercount"),
            records_capacity=number("maxattlogcount"),
            faces=number("facecount"),
            faces_capacity=number("maxfacecount"),
        )

    async def capabilities(self) -> dict[Capability, bool]:
        """What the unit says of itself. What it refuses later is learned then."""
        fields = {**self._known, **await self._info()}
        bits = fields.get("multibiophotosupport", "").split(":")
        photos = bits[_FACE_BIT] == "1" if len(bits) > _FACE_BIT else fields.get("facefunon") == "1"
        fingers = fields.get("fingerfunon", "0") == "1"
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
            **dict.fromkeys(fingers_can, fingers),
            Capability.FACE_PHOTOS: photos,
        }

    async def people(self, progress: Progress = silent) -> list[Person]:
        says = (await self.counts()).people
        if not says:
            return []
        answer = await self._box.ask(commands.query_user(), "hand out its people", ("users", says))
        people = {person.pin: person for person in answer.rows.users}
        if len(people) < says:
            raise Incomplete("people", says, len(people))
        progress(len(people), says)
        return list(people.values())

    async def fingers(self, progress: Progress = silent) -> list[Finger]:
        says = (await self.counts()).fingers
        if not says:
            return []
        answer = await self._box.ask(
            commands.query_fingers(), "hand out its fingers", ("fingers", says)
        )
        fingers = {(finger.pin, finger.finger): finger for finger in answer.rows.fingers}
        if len(fingers) < says:
            raise Incomplete("fingers", says, len(fingers))
        progress(len(fingers), says)
        return list(fingers.values())

    async def write_people(self, people: list[Person], progress: Progress = silent) -> None:
        for done, person in enumerate(people):
            progress(done, len(people))
            await self._box.ask(commands.update_user(person), "keep a person")
        now = {person.pin: person for person in await self.people()}
        lost = [
            person.pin
            for person in people
            if person.pin not in now or now[person.pin].name != commands.cut_name(person.name)
        ]
        if lost:
            raise NotConfirmed(
                f"{len(lost)} of {len(people)} people are not on the terminal as they were sent, {lost[0]} among them."
            )
        progress(len(people), len(people))

    async def write_fingers(self, fingers: list[Finger], progress: Progress = silent) -> None:
        for done, finger in enumerate(fingers):
            progress(done, len(fingers))
            await self._box.ask(commands.update_finger(finger), "keep a finger")
        now = {(finger.pin, finger.finger): finger.template for finger in await self.fingers()}
        lost = [
            finger for finger in fingers if now.get((finger.pin, finger.finger)) != finger.template
        ]
        if lost:
            raise NotConfirmed(
                f"{len(lost)} of {len(fingers)} fingers are not on the terminal as they were sent."
            )
        progress(len(fingers), len(fingers))

    async def remove_people(self, pins: list[str], progress: Progress = silent) -> None:
        for done, pin in enumerate(pins):
            progress(done, len(pins))
            await self._box.ask(commands.delete_user(pin), "remove a person")
        still = {person.pin for person in await self.people()} & set(pins)
        if still:
            raise NotConfirmed(
                f"{len(still)} people are still on the terminal, {min(still)} among them."
            )
        progress(len(pins), len(pins))

    async def remove_fingers(
        self, fingers: list[tuple[str, int]], progress: Progress = silent
    ) -> None:
        for done, (pin, finger) in enumerate(fingers):
            progress(done, len(fingers))
            await self._box.ask(commands.delete_finger(pin, finger), "remove a finger")
        still = {(finger.pin, finger.finger) for finger in await self.fingers()} & set(fingers)
        if still:
            raise NotConfirmed(f"{len(still)} fingers are still on the terminal.")
        progress(len(fingers), len(fingers))

    async def log(self, progress: Progress = silent) -> Log:
        says = (await self.counts()).records
        return await self.log_of(LOG_START, LOG_END, says, progress)

    async def log_of(
        self, start: datetime, end: datetime, says: int = 0, progress: Progress = silent
    ) -> Log:
        """The logins of a span of the unit's own time. says: how many it should hold; 0 = ask it. Raises Incomplete."""
        says = says or await self.sum_of(start, end) or 0
        answer = await self._box.ask(
            commands.query_log(start, end), "hand out its log", ("punches", says)
        )
        punches = [
            punch
            for punch in answer.rows.punches
            if start <= datetime.fromisoformat(punch.local_time) <= end
        ]
        received = len(punches) + len(answer.rows.quarantined)
        if received < says:
            raise Incomplete("records", says, received)
        progress(received, received)
        return Log(says or received, punches, received, answer.rows.quarantined)

    async def sum_of(self, start: datetime, end: datetime) -> int | None:
        """How many logins the unit holds of a span; None when it cannot say."""
        try:
            fields = (
                await self._box.ask(commands.verify_sum(start, end), "count its log")
            ).result.fields
        except (Unsupported, Refused):
            return None
        value = fields.get("attlogsum", "")
        return int(value) if value.isdigit() and len(value) < 10 else None

    async def clock(self) -> datetime:
        """Units of this dialect do not tell their time; they take ours from every answer."""
        raise Unsupported(
            "Terminals that dial in do not tell their time; they take it from Muster at every contact."
        )

    async def set_clock(self, local_time: datetime) -> None:
        """Every answer carries the time: a new handshake sets the clock."""
        await self._box.ask(commands.CHECK, "take the time")

    async def enrol_finger(self, pin: str, finger: int) -> AsyncIterator[str]:
        """The unit asks for the finger and reports only how it ended. Raises Refused with the unit's reason."""
        yield "The terminal asks for the finger, three times."
        try:
            await self._box.ask(
                commands.enrol_finger(pin, finger), "enrol a finger", answer_s=ENROL_S
            )
        except Refused as error:
            raise Refused(ENROL_RESULTS.get(error.code, str(error)), error.code) from error
        yield "The finger is enrolled."

    async def unlock(self, seconds: int) -> None:
        await self._box.ask(commands.UNLOCK, "open the door")

    async def restart(self) -> None:
        await self._box.ask(commands.REBOOT, "restart")

    async def clear_log(self, expected: int) -> None:
        """Deletes the attendance records, if there are still exactly as many as were read. Raises NotConfirmed."""
        now = (await self.counts()).records
        if now != expected:
            raise NotConfirmed(
                f"{now:,} records are on the terminal, {expected:,} were downloaded. Download again first."
            )
        await self._box.ask(commands.CLEAR_LOG, "clear its log")
        left = (await self.counts()).records
        if left:
            raise NotConfirmed(f"{left:,} records are still on the terminal.")
