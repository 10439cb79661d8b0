"""A unit on port 4370 as a `TerminalDevice`."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from bridge.terminals.confirm import check_enrolled, check_removed, check_written, shown_finger
from bridge.terminals.errors import (
    ODD_ANSWERS,
    BridgeError,
    Incomplete,
    NoAnswer,
    NotConfirmed,
    ProtocolError,
    Refused,
    Unsupported,
    WrongUnit,
)
from bridge.terminals.names import AUTO, NARROW, WIDE, guess, read_names, writing_encoding
from bridge.terminals.terminal import (
    HEARTBEAT_S,
    AttendanceLog,
    Capability,
    Counts,
    FingerTemplate,
    OperationLog,
    Person,
    Progress,
    Punch,
    no_progress,
)
from bridge.terminals.zk import exchanges
from bridge.terminals.zk.attendance import parse_attendance
from bridge.terminals.zk.clock import decode_time, encode_time
from bridge.terminals.zk.codes import CommandCode, EventCode
from bridge.terminals.zk.controls import ZkControls
from bridge.terminals.zk.enrolment import end_enrolment, report_scans
from bridge.terminals.zk.layouts import (
    USER_28,
    USER_72,
    RawFinger,
    allocate_uids,
    bulk_batches,
    data_of,
    pack_bulk,
    pack_finger,
    pack_user,
    parse_fingers,
    parse_operations,
    parse_users,
    user_width,
)
from bridge.terminals.zk.session import Address, Deadlines, PacketTap, Session, open_session
from bridge.wording import worded

DISABLED_FOR_S = 300
"""Seconds after which a unit enables itself, should this program die in the meantime."""
ENROL_WAIT_S = 60.0


@asynccontextmanager
async def connected(
    address: Address,
    serial: str = "",
    deadlines: Deadlines | None = None,
    tap: PacketTap | None = None,
    encoding: str = AUTO,
) -> AsyncIterator["ZkTerminal"]:
    """Open a session with the unit.

    serial: if given, the unit must have this serial number, else WrongUnit is raised. encoding:
    of names on the unit, as in `read_names`. Raises BridgeError.
    """
    async with open_session(address, deadlines, tap) as session:
        terminal = ZkTerminal(session, encoding)
        with suppress(Refused, Unsupported):
            await session.run(exchanges.command(CommandCode.OPTION_WRITE, b"SDKBuild=1\0", "greet"))
        with suppress(Refused, Unsupported):
            await session.run(exchanges.command(CommandCode.ENABLE, b"", worded("wake up")))
        if serial:
            found = await session.run(exchanges.read_option("~SerialNumber"))
            if found != serial:
                raise WrongUnit(serial, found or "one without a serial number")
        yield terminal


class ZkTerminal(ZkControls):
    """A unit in an open session; `connected` makes it."""

    def __init__(self, session: Session, encoding: str = AUTO) -> None:
        super().__init__(session)
        self._encoding = encoding

    @property
    def transport(self) -> str:
        """How the unit was reached: "TCP" or "UDP"."""
        return self._session.transport.name

    @property
    def bad_checksums(self) -> int:
        """How many packets of this session had a wrong checksum."""
        return self._session.bad_checksums

    async def counts(self) -> Counts:
        """Ask for the sizes, which every firmware tells."""
        return await self._session.run(exchanges.read_counts())

    async def capabilities(self) -> dict[Capability, bool]:
        """Return what reading alone can find out.

        Faces cannot be moved over this dialect: no open library does it.
        """
        found = {
            Capability.READ_PEOPLE: True,
            Capability.FACE_PHOTOS: False,
            Capability.READ_CLOCK: True,
            Capability.SETTINGS: True,
        }
        fingers = (Capability.READ_FINGERS, Capability.WRITE_FINGERS, Capability.ENROL_FINGER)
        found |= dict.fromkeys(fingers, await self._knows_fingers())
        found[Capability.LIVE_EVENTS] = await self._accepts(
            CommandCode.REGISTER_EVENTS, struct.pack("<I", 0)
        )
        found[Capability.READ_LOG] = await self.offers_set(exchanges.ATTENDANCE)
        found[Capability.OPERATION_LOG] = await self.offers_set(exchanges.OPERATIONS)
        return found

    async def _knows_fingers(self) -> bool:
        """By its algorithm, or by how many fingers it holds or has room for. TE32."""
        if await self._session.run(exchanges.read_option("~ZKFPVersion")):
            return True
        with suppress(*ODD_ANSWERS):
            counts = await self.counts()
            return bool(counts.fingers or counts.fingers_capacity)
        return False

    async def _accepts(self, code: int, data: bytes) -> bool:
        try:
            await self._command(code, worded("do this"), data)
        except ODD_ANSWERS:
            return False
        return True

    async def offers_set(self, which: exchanges.RecordSet) -> bool:
        """Return whether the unit would hand out this set; nothing is read."""
        prepared = await self._session.run(exchanges.prepare_set(which))
        return prepared and await self._accepts(CommandCode.FREE_DATA, b"")

    @asynccontextmanager
    async def _disabled(self) -> AsyncIterator[None]:
        """Disable the keypad, so that nobody punches in while sets are read or written."""
        with suppress(Refused, Unsupported):
            await self._command(CommandCode.DISABLE, "pause", struct.pack("<I", DISABLED_FOR_S))
        try:
            yield
        finally:
            if not self._session.lost:
                with suppress(BridgeError):
                    await self._command(CommandCode.ENABLE, worded("go on"))

    async def _read_set(self, which: exchanges.RecordSet, progress: Progress) -> bytearray:
        return await self._session.run(
            exchanges.read_set(which, self._session.chunk, self._session.tries, progress)
        )

    async def people(self, progress: Progress = no_progress) -> list[Person]:
        """Read the set of people; the width of the records follows from its size."""
        return (await self._read_people(progress))[0]

    async def _read_people(self, progress: Progress = no_progress) -> tuple[list[Person], int]:
        """Return the people and the width of their records in bytes."""
        says = (await self.counts()).people
        usual = USER_72.size if self._session.wide else USER_28.size
        if not says:
            return [], usual
        async with self._disabled():
            data = data_of(await self._read_set(exchanges.USERS, progress))
        width = user_width(len(data), says)
        self.name_bytes = WIDE if width == USER_72.size else NARROW
        people, bad = parse_users(data, width)
        if len(people) + len(bad) < says:
            raise Incomplete("people", says, len(people) + len(bad))
        return read_names(people, self._encoding), width

    async def names_encoding(self) -> str:
        """Where the encoding is open, the names that the unit holds tell it."""
        return self._writing(await self.people() if self._encoding == AUTO else [])

    def _writing(self, held: list[Person]) -> str:
        """The encoding of names that are written beside those that the unit holds."""
        return writing_encoding(self._encoding, guess(person.raw_name for person in held))

    async def fingers(self, progress: Progress = no_progress) -> list[FingerTemplate]:
        """Read the set of templates, and the people first: templates carry row numbers only."""
        says = (await self.counts()).fingers
        if not says:
            return []
        pins = {person.uid: person.pin for person in await self.people()}
        async with self._disabled():
            fingers, bad = parse_fingers(data_of(await self._read_set(exchanges.FINGERS, progress)))
        if len(fingers) + len(bad) < says:
            raise Incomplete("fingers", says, len(fingers))
        return [
            FingerTemplate(pins[raw.uid], raw.finger, raw.template, raw.valid)
            for raw in fingers
            if raw.uid in pins
        ]

    async def write_people(
        self, people: list[Person], progress: Progress = no_progress
    ) -> list[str]:
        """Write records one by one under the row numbers that the unit already uses."""
        held, width = await self._read_people()
        known = {person.pin for person in held}
        people, encoding = allocate_uids(people, held), self._writing(held)
        async with self._disabled():
            for done, person in enumerate(people):
                progress(done, len(people))
                await self._command(
                    CommandCode.USER_WRITE,
                    worded("keep a person"),
                    pack_user(person, width, encoding),
                )
            await self._command(CommandCode.REFRESH_DATA, worded("refresh its data"))
        now = {person.pin: person for person in (await self._read_people())[0]}
        lost = [
            person.pin
            for person in people
            if not _same(person, now.get(person.pin), width, encoding)
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
        return [person.pin for person in people if person.pin not in known]

    async def write_fingers(
        self, fingers: list[FingerTemplate], progress: Progress = no_progress
    ) -> None:
        """Write in batches of at most BULK_BYTES, each with its people."""
        held, width = await self._read_people()
        encoding = self._writing(held)
        known = {person.pin: person for person in held}
        by_person: dict[str, list[FingerTemplate]] = {}
        for finger in fingers:
            if finger.pin not in known:
                raise NotConfirmed(
                    worded(
                        "The terminal does not hold person {pin}; write the person first.",
                        pin=finger.pin,
                    )
                )
            by_person.setdefault(finger.pin, []).append(finger)
        done = 0
        async with self._disabled():
            for batch in bulk_batches(by_person):
                progress(done, len(fingers))
                rows = [(known[pin], theirs) for pin, theirs in batch]
                await self._write_batch(rows, width, encoding)
                done += sum(len(theirs) for _, theirs in batch)
        check_written(fingers, await self.fingers())
        progress(len(fingers), len(fingers))

    async def _write_batch(
        self, batch: list[tuple[Person, list[FingerTemplate]]], width: int, encoding: str
    ) -> None:
        """Write all at once where the unit can, one by one where it cannot."""
        rows = [
            (pack_user(person, width, encoding), person.uid or 0, theirs)
            for person, theirs in batch
        ]
        try:
            await self._session.run(exchanges.write_bulk(pack_bulk(rows)))
        except (Refused, Unsupported):
            for person, theirs in batch:
                for finger in theirs:
                    raw = RawFinger(person.uid or 0, finger.finger, finger.valid, finger.template)
                    await self._command(
                        CommandCode.TEMPLATE_WRITE, worded("keep a finger"), pack_finger(raw)
                    )
            await self._command(CommandCode.REFRESH_DATA, worded("refresh its data"))

    async def remove_people(self, pins: list[str], progress: Progress = no_progress) -> None:
        """Delete by row number after a read; the count, or else another read, shows the effect."""
        held = {person.pin: person.uid for person in await self.people()}
        if not (uids := [uid for pin in pins if (uid := held.get(pin)) is not None]):
            return
        async with self._disabled():
            for done, uid in enumerate(uids):
                progress(done, len(uids))
                row = struct.pack("<H", uid)
                await self._command(CommandCode.DELETE_USER, worded("remove a person"), row)
            await self._command(CommandCode.REFRESH_DATA, worded("refresh its data"))
        if (await self.counts()).people == len(held) - len(uids):
            return
        still = {person.pin for person in await self.people()} & set(pins)
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
        """Delete only what is there: units acknowledge the deletion of nothing, too."""
        uids = {person.pin: person.uid for person in await self.people()}
        held = {(finger.pin, finger.finger) for finger in await self.fingers()}
        async with self._disabled():
            for done, (pin, finger) in enumerate(fingers):
                progress(done, len(fingers))
                if (pin, finger) in held:
                    data = struct.pack("<HB", uids[pin], finger)
                    await self._command(
                        CommandCode.DELETE_TEMPLATE, worded("remove a finger"), data
                    )
            await self._command(CommandCode.REFRESH_DATA, worded("refresh its data"))
        check_removed(fingers, await self.fingers())
        progress(len(fingers), len(fingers))

    async def log(self, progress: Progress = no_progress) -> AttendanceLog:
        """Read the whole set; its layout follows from the counts before and after the read."""
        before = (await self.counts()).records
        if not before:
            return AttendanceLog(0, [], 0)
        async with self._disabled():
            data = data_of(await self._read_set(exchanges.ATTENDANCE, progress))
        after = (await self.counts()).records
        pins = {}
        table = None
        try:
            table = parse_attendance(data, (before, after))
        except ProtocolError:
            if len(data) % 8:
                raise
        if table is None or "pin" not in (table.records.dtype.names or ()):
            pins = {
                person.uid: person.pin for person in await self.people() if person.uid is not None
            }
            table = parse_attendance(data, (before, after), pins)
        if len(table.records) < before:
            raise Incomplete("records", before, len(table.records))
        return AttendanceLog(
            max(before, len(table.records)), table, len(table.records), table.quarantined
        )

    async def operations(self, progress: Progress = no_progress) -> OperationLog:
        """Read the set of operations."""
        says = (await self.counts()).operations
        if not says:
            return OperationLog([], [])
        async with self._disabled():
            data = data_of(await self._read_set(exchanges.OPERATIONS, progress))
        found = OperationLog(*parse_operations(data))
        received = len(found.rows) + len(found.quarantined)
        if received < says:
            raise Incomplete("operations", says, received)
        return found

    async def clock(self) -> datetime:
        """Ask for the time."""
        packet = await self._command(CommandCode.TIME_READ, worded("tell its time"))
        known = len(packet.data) >= 4
        moment = decode_time(int.from_bytes(packet.data[:4], "little")) if known else None
        if moment is None:
            raise ProtocolError(
                worded("The terminal's clock shows a day that does not exist; set it.")
            )
        return moment

    async def set_clock(self, local_time: datetime) -> None:
        """Set the time and read it back."""
        await self._command(
            CommandCode.TIME_WRITE,
            worded("set its clock"),
            struct.pack("<I", encode_time(local_time)),
        )
        off = abs((await self.clock() - local_time).total_seconds())
        if off > 5:
            raise NotConfirmed(worded("The clock is still {off:.0f} s off.", off=off))

    async def clear_log(self, expected: int) -> None:
        """Count, delete and count again while the keypad is disabled."""
        async with self._disabled():
            now = (await self.counts()).records
            if now != expected:
                raise NotConfirmed(
                    worded(
                        "{now:,} records are on the terminal, {expected:,} were downloaded. "
                        "Download again first.",
                        now=now,
                        expected=expected,
                    )
                )
            await self._command(CommandCode.CLEAR_ATTENDANCE, worded("clear its log"))
            await self._command(CommandCode.REFRESH_DATA, worded("refresh its data"))
            left = (await self.counts()).records
        if left:
            raise NotConfirmed(worded("{left:,} records are still on the terminal.", left=left))

    async def live_punches(
        self, heartbeat_s: float = HEARTBEAT_S
    ) -> AsyncIterator[tuple[Punch, ...]]:
        """Register for all events and yield the punches; a quiet unit is asked for its time."""
        await self._register_events(EventCode.ALL)
        while True:
            try:
                event = await self._session.next_event(heartbeat_s)
            except NoAnswer:
                await self._command(CommandCode.TIME_READ, worded("tell its time"))
                continue
            except ProtocolError:
                if self._session.lost:
                    raise
                continue  # one unreadable event does not end the watch: the log has it too
            if event.punches:
                yield event.punches

    async def _register_events(self, mask: int) -> None:
        await self._command(
            CommandCode.REGISTER_EVENTS, worded("report what happens"), struct.pack("<I", mask)
        )

    async def enrol_finger(self, pin: str, finger: int) -> AsyncIterator[str]:
        """Let the unit ask for a finger three times and report each scan."""
        uid = next((person.uid for person in await self.people() if person.pin == pin), None)
        if uid is None:
            raise NotConfirmed(
                worded("The terminal does not hold person {pin}; write the person first.", pin=pin)
            )
        before = await self._finger(pin, finger)
        await self._session.run(exchanges.start_enrolment(pin, uid, finger, self._session.wide))
        await self._register_events(
            EventCode.FINGER | EventCode.FINGER_FEATURES | EventCode.ENROL_FINGER
        )
        try:
            async with asyncio.timeout(ENROL_WAIT_S):
                async for text in report_scans(self._session, ENROL_WAIT_S):
                    yield text
        except TimeoutError as error:
            raise NoAnswer(worded("Nobody put a finger on the terminal.")) from error
        finally:
            await end_enrolment(self._session)
        check_enrolled(before, await self._finger(pin, finger))
        yield worded("The finger is enrolled.")

    async def _finger(self, pin: str, finger: int) -> bytes | None:
        return shown_finger(await self.fingers(), pin, finger)


def _same(sent: Person, held: Person | None, width: int, encoding: str) -> bool:
    """Compare the records as the unit stores them: fields are cut to their width."""
    if held is None or held.uid != sent.uid:
        return False
    return pack_user(sent, width, encoding)[:39] == pack_user(held, width, encoding)[:39]
