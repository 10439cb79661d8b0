"""A unit on port 4370 as a `Terminal`. Every write is read back: units acknowledge things they did not do."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from bridge.terminals.errors import (
    BridgeError,
    Incomplete,
    NoAnswer,
    NotConfirmed,
    ProtocolError,
    Refused,
    Unsupported,
    WrongUnit,
)
from bridge.terminals.terminal import (
    Capability,
    Counts,
    Finger,
    Log,
    Operation,
    Person,
    Progress,
    UnitInfo,
    silent,
)
from bridge.terminals.zk import exchanges as talk
from bridge.terminals.zk.attendance import parse_attendance
from bridge.terminals.zk.clock import decode_time, encode_time
from bridge.terminals.zk.codes import Command, Event
from bridge.terminals.zk.events import ENROL_ENDS, ENROL_OK, GOOD_SCAN, LiveEvent
from bridge.terminals.zk.layouts import (
    USER_28,
    USER_72,
    RawFinger,
    allocate_uids,
    data_of,
    pack_bulk,
    pack_finger,
    pack_user,
    parse_fingers,
    parse_operations,
    parse_users,
    user_width,
)
from bridge.terminals.zk.session import Address, Deadlines, Link, Witness
from bridge.terminals.zk.session import conversation as link_to

OPTIONS = (
    "~SerialNumber", "~DeviceName", "~Platform", "~OS", "~ZKFPVersion", "ZKFaceVersion", "~PIN2Width", "FaceFunOn",
    "~ExtendFmt", "~UserExtFmt", "MAC", "IPAddress", "NetMask", "GATEIPAddress", "DeviceID", "~OEMVendor", "~ProductTime",
)  # fmt: skip
COPIED_OPTIONS = ("LockOn", "WorkCode", "~PIN2Width")
"""Settings that go to a unit that replaces another; addresses and serial numbers stay its own."""
DISABLED_FOR_S = 300
"""A unit comes back by itself after this long, should we die while it shows “Working…”."""
BULK_BYTES = 256 * 1024
ENROL_WAIT_S = 60.0
HEARTBEAT_S = 20.0


@asynccontextmanager
async def connected(
    address: Address,
    serial: str = "",
    deadlines: Deadlines | None = None,
    witness: Witness | None = None,
    encoding: str = "utf-8",
) -> AsyncIterator["ZkTerminal"]:
    """A conversation with the unit. serial: when given, it must answer to it. Raises BridgeError."""
    async with link_to(address, deadlines, witness) as link:
        terminal = ZkTerminal(link, encoding)
        with suppress(Refused, Unsupported):
            await link.run(talk.command(Command.OPTION_WRITE, b"SDKBuild=1\0", "greet"))
        with suppress(Refused, Unsupported):
            await link.run(talk.command(Command.ENABLE, b"", "wake up"))
        if serial:
            found = await link.run(talk.read_option("~SerialNumber"))
            if found != serial:
                raise WrongUnit(serial, found or "one without a serial number")
        yield terminal


class ZkTerminal:
    """Made by `connected`."""

    def __init__(self, link: Link, encoding: str = "utf-8") -> None:
        self._link = link
        self._encoding = encoding

    @property
    def transport(self) -> str:
        return self._link.wire.name

    @property
    def bad_checksums(self) -> int:
        return self._link.bad_checksums

    async def info(self) -> UnitInfo:
        options = {}
        for name in OPTIONS:
            if value := await self._link.run(talk.read_option(name)):
                options[name.lstrip("~")] = value
        packet = await self._link.run(talk.command(Command.VERSION, b"", "tell its version"))
        firmware = packet.data.split(b"\0")[0].decode("ascii", "replace")[:64]
        algorithm = f"finger {options['ZKFPVersion']}" if options.get("ZKFPVersion") else ""
        return UnitInfo(
            options.get("SerialNumber", ""),
            options.get("DeviceName", ""),
            firmware,
            options.get("Platform", ""),
            algorithm,
            options,
        )

    async def counts(self) -> Counts:
        return await self._link.run(talk.read_counts())

    async def capabilities(self) -> dict[Capability, bool]:
        """What reading alone can find out. Faces are no matter of this dialect: no open library moves them over it."""
        found = {Capability.READ_PEOPLE: True, Capability.FACE_PHOTOS: False}
        fingers = bool(await self._link.run(talk.read_option("~ZKFPVersion")))
        found |= {
            Capability.READ_FINGERS: fingers,
            Capability.WRITE_FINGERS: fingers,
            Capability.ENROL_FINGER: fingers,
        }
        found[Capability.LIVE_EVENTS] = await self._takes(
            Command.REGISTER_EVENTS, struct.pack("<I", 0)
        )
        found[Capability.READ_LOG] = await self.hands_out(talk.ATTENDANCE)
        found[Capability.OPERATION_LOG] = await self.hands_out(talk.OPERATIONS)
        return found

    async def _takes(self, code: int, data: bytes) -> bool:
        try:
            await self._link.run(talk.command(code, data, "do this"))
        except (Refused, Unsupported):
            return False
        return True

    async def hands_out(self, which: talk.Set) -> bool:
        """Whether the unit would give this set; nothing is read."""
        prepared = await self._link.run(talk.prepare(which))
        return prepared and await self._takes(Command.FREE_DATA, b"")

    @asynccontextmanager
    async def _quiet(self) -> AsyncIterator[None]:
        """Nobody punches in while sets are read or written."""
        with suppress(Refused, Unsupported):
            await self._link.run(
                talk.command(Command.DISABLE, struct.pack("<I", DISABLED_FOR_S), "pause")
            )
        try:
            yield
        finally:
            if not self._link.lost:
                with suppress(BridgeError):
                    await self._link.run(talk.command(Command.ENABLE, b"", "go on"))

    async def _read(self, which: talk.Set, progress: Progress) -> bytearray:
        return await self._link.run(
            talk.read_set(which, self._link.chunk, self._link.tries, progress)
        )

    async def people(self, progress: Progress = silent) -> list[Person]:
        return (await self._people(progress))[0]

    async def _people(self, progress: Progress = silent) -> tuple[list[Person], int]:
        """The people and the width of their records."""
        says = (await self.counts()).people
        usual = USER_72.size if self._link.wide else USER_28.size
        if not says:
            return [], usual
        async with self._quiet():
            data = data_of(await self._read(talk.USERS, progress))
        width = user_width(len(data), says)
        people, bad = parse_users(data, width)
        if len(people) + len(bad) < says:
            raise Incomplete("people", says, len(people) + len(bad))
        return people, width

    async def fingers(self, progress: Progress = silent) -> list[Finger]:
        says = (await self.counts()).fingers
        if not says:
            return []
        pins = {person.uid: person.pin for person in await self.people()}
        async with self._quiet():
            fingers, bad = parse_fingers(data_of(await self._read(talk.FINGERS, progress)))
        if len(fingers) + len(bad) < says:
            raise Incomplete("fingers", says, len(fingers))
        return [
            Finger(pins[raw.uid], raw.finger, raw.template, raw.valid)
            for raw in fingers
            if raw.uid in pins
        ]

    async def write_people(self, people: list[Person], progress: Progress = silent) -> None:
        """Adds or changes; everybody else stays as they are. Raises NotConfirmed when the read-back differs."""
        held, width = await self._people()
        people = allocate_uids(people, held)
        async with self._quiet():
            for done, person in enumerate(people):
                progress(done, len(people))
                await self._link.run(
                    talk.command(
                        Command.USER_WRITE,
                        pack_user(person, width, self._encoding),
                        "keep a person",
                    )
                )
            await self._link.run(talk.command(Command.REFRESH_DATA, b"", "refresh its data"))
        now = {person.pin: person for person in (await self._people())[0]}
        lost = [
            person.pin
            for person in people
            if not _same(person, now.get(person.pin), width, self._encoding)
        ]
        if lost:
            raise NotConfirmed(
                f"{len(lost)} of {len(people)} people are not on the terminal as they were sent, {lost[0]} among them."
            )
        progress(len(people), len(people))

    async def write_fingers(self, fingers: list[Finger], progress: Progress = silent) -> None:
        """The people must be there already. Raises NotConfirmed when the read-back differs."""
        held, width = await self._people()
        known = {person.pin: person for person in held}
        by_person: dict[str, list[Finger]] = {}
        for finger in fingers:
            if finger.pin not in known:
                raise NotConfirmed(
                    f"The terminal does not hold person {finger.pin}; write the person first."
                )
            by_person.setdefault(finger.pin, []).append(finger)
        done = 0
        async with self._quiet():
            for batch in _batches(by_person):
                progress(done, len(fingers))
                await self._write_batch([(known[pin], theirs) for pin, theirs in batch], width)
                done += sum(len(theirs) for _, theirs in batch)
        now = {(finger.pin, finger.finger): finger.template for finger in await self.fingers()}
        lost = [
            finger for finger in fingers if now.get((finger.pin, finger.finger)) != finger.template
        ]
        if lost:
            raise NotConfirmed(
                f"{len(lost)} of {len(fingers)} fingers are not on the terminal as they were sent."
            )
        progress(len(fingers), len(fingers))

    async def _write_batch(self, batch: list[tuple[Person, list[Finger]]], width: int) -> None:
        """All at once where the unit can, one by one where it cannot."""
        rows = [
            (pack_user(person, width, self._encoding), person.uid or 0, theirs)
            for person, theirs in batch
        ]
        try:
            await self._link.run(talk.write_bulk(pack_bulk(rows)))
        except (Refused, Unsupported):
            for person, theirs in batch:
                for finger in theirs:
                    raw = RawFinger(person.uid or 0, finger.finger, finger.valid, finger.template)
                    await self._link.run(
                        talk.command(Command.TEMPLATE_WRITE, pack_finger(raw), "keep a finger")
                    )
            await self._link.run(talk.command(Command.REFRESH_DATA, b"", "refresh its data"))

    async def finger(self, pin: str, finger: int) -> Finger | None:
        """One template, None when the unit has none."""
        uid = next((person.uid for person in await self.people() if person.pin == pin), None)
        template = (
            await self._link.run(talk.read_template(uid, finger)) if uid is not None else None
        )
        return Finger(pin, finger, template) if template else None

    async def remove_people(self, pins: list[str], progress: Progress = silent) -> None:
        """Raises NotConfirmed when somebody is still there afterwards."""
        uids = {person.pin: person.uid for person in await self.people()}
        async with self._quiet():
            for done, pin in enumerate(pins):
                progress(done, len(pins))
                if (uid := uids.get(pin)) is not None:
                    await self._link.run(
                        talk.command(Command.DELETE_USER, struct.pack("<H", uid), "remove a person")
                    )
            await self._link.run(talk.command(Command.REFRESH_DATA, b"", "refresh its data"))
        still = {person.pin for person in await self.people()} & set(pins)
        if still:
            raise NotConfirmed(
                f"{len(still)} people are still on the terminal, {min(still)} among them."
            )
        progress(len(pins), len(pins))

    async def remove_fingers(
        self, fingers: list[tuple[str, int]], progress: Progress = silent
    ) -> None:
        uids = {person.pin: person.uid for person in await self.people()}
        held = {(finger.pin, finger.finger) for finger in await self.fingers()}
        async with self._quiet():
            for done, (pin, finger) in enumerate(fingers):
                progress(done, len(fingers))
                if (pin, finger) in held:
                    data = struct.pack("<HB", uids[pin], finger)
                    await self._link.run(
                        talk.command(Command.DELETE_TEMPLATE, data, "remove a finger")
                    )
            await self._link.run(talk.command(Command.REFRESH_DATA, b"", "refresh its data"))
        still = {(finger.pin, finger.finger) for finger in await self.fingers()} & set(fingers)
        if still:
            raise NotConfirmed(f"{len(still)} fingers are still on the terminal.")
        progress(len(fingers), len(fingers))

    async def log(self, progress: Progress = silent) -> Log:
        """All attendance records. Raises Incomplete when fewer came than the unit says it holds."""
        before = (await self.counts()).records
        if not before:
            return Log(0, [], 0)
        async with self._quiet():
            data = data_of(await self._read(talk.ATTENDANCE, progress))
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
        return Log(max(before, len(table.records)), table, len(table.records), table.quarantined)

    async def operations(self, progress: Progress = silent) -> list[Operation]:
        """The unit's own operation log."""
        if not (await self.counts()).operations:
            return []
        async with self._quiet():
            rows, _ = parse_operations(data_of(await self._read(talk.OPERATIONS, progress)))
        return rows

    async def clock(self) -> datetime:
        packet = await self._link.run(talk.command(Command.TIME_READ, b"", "tell its time"))
        moment = (
            decode_time(int.from_bytes(packet.data[:4], "little"))
            if len(packet.data) >= 4
            else None
        )
        if moment is None:
            raise ProtocolError("The terminal's clock shows a day that does not exist; set it.")
        return moment

    async def set_clock(self, local_time: datetime) -> None:
        await self._link.run(
            talk.command(
                Command.TIME_WRITE, struct.pack("<I", encode_time(local_time)), "set its clock"
            )
        )
        off = abs((await self.clock() - local_time).total_seconds())
        if off > 5:
            raise NotConfirmed(f"The clock is still {off:.0f} s off.")

    async def option(self, name: str) -> str:
        return await self._link.run(talk.read_option(name))

    async def set_option(self, name: str, value: str) -> None:
        """Raises NotConfirmed when the unit keeps another value."""
        if any(ord(c) < 32 for c in name + value):
            raise ValueError("control characters cannot be part of an option")
        await self._link.run(talk.write_option(name, value))
        if await self.option(name) != value:
            raise NotConfirmed(f"The terminal did not keep {name}.")

    async def unlock(self, seconds: int) -> None:
        await self._link.run(
            talk.command(Command.UNLOCK, struct.pack("<I", seconds * 10), "open the door")
        )

    async def test_voice(self, index: int = 0) -> None:
        await self._link.run(talk.command(Command.TEST_VOICE, struct.pack("<I", index), "speak"))

    async def restart(self) -> None:
        """Some units answer, some are simply gone."""
        with suppress(BridgeError):
            await self._link.run(talk.command(Command.RESTART, b"", "restart"))
        self._link.lost = True

    async def clear_log(self, expected: int) -> None:
        """Deletes the attendance records, if there are still exactly as many as were read. Raises NotConfirmed."""
        async with self._quiet():
            now = (await self.counts()).records
            if now != expected:
                raise NotConfirmed(
                    f"{now:,} records are on the terminal, {expected:,} were downloaded. Download again first."
                )
            await self._link.run(talk.command(Command.CLEAR_ATTENDANCE, b"", "clear its log"))
            await self._link.run(talk.command(Command.REFRESH_DATA, b"", "refresh its data"))
            left = (await self.counts()).records
        if left:
            raise NotConfirmed(f"{left:,} records are still on the terminal.")

    async def live(self, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[LiveEvent]:
        """What happens at the unit, as it happens. Where nothing does, the unit is asked whether it is still there."""
        await self._register(Event.ALL)
        while True:
            try:
                event = await self._link.event(heartbeat_s)
            except NoAnswer:
                await self._link.run(talk.command(Command.TIME_READ, b"", "tell its time"))
                continue
            except ProtocolError:
                if self._link.lost:
                    raise
                continue  # one event nobody can read does not end the watch: the log has it too
            yield event

    async def _register(self, mask: int) -> None:
        await self._link.run(
            talk.command(Command.REGISTER_EVENTS, struct.pack("<I", mask), "report what happens")
        )

    async def enrol_finger(self, pin: str, finger: int) -> AsyncIterator[str]:
        """Makes the unit ask for a finger three times and tells how it goes. Raises Refused with the unit's reason."""
        uid = next((person.uid for person in await self.people() if person.pin == pin), None)
        if uid is None:
            raise NotConfirmed(f"The terminal does not hold person {pin}; write the person first.")
        before = (await self.counts()).fingers
        await self._link.run(talk.start_enrolment(pin, uid, finger, self._link.wide))
        await self._register(Event.FINGER | Event.FINGER_FEATURES | Event.ENROL_FINGER)
        try:
            async with asyncio.timeout(ENROL_WAIT_S):
                async for text in self._scans():
                    yield text
        except TimeoutError as error:
            raise NoAnswer("Nobody put a finger on the terminal.") from error
        finally:
            await self._end_enrolment()
        if (await self.counts()).fingers < before:
            raise NotConfirmed("The terminal does not show the new finger.")

    async def _scans(self) -> AsyncIterator[str]:
        scans = 0
        while True:
            event = await self._link.event(ENROL_WAIT_S)
            if event.kind is Event.FINGER_FEATURES and event.value == GOOD_SCAN:
                scans += 1
                yield f"Scan {scans} is good."
            elif event.kind is Event.FINGER_FEATURES:
                yield "That scan was not good; once more."
            elif event.kind is Event.ENROL_FINGER:
                if event.value != ENROL_OK:
                    raise Refused(
                        ENROL_ENDS.get(
                            event.value, f"The terminal ended the enrolment (code {event.value})."
                        )
                    )
                yield "The finger is enrolled."
                return

    async def _end_enrolment(self) -> None:
        if self._link.lost:
            return
        for code, data in (
            (Command.REGISTER_EVENTS, struct.pack("<I", 0)),
            (Command.CANCEL_CAPTURE, b""),
            (Command.START_VERIFY, b""),
        ):
            with suppress(BridgeError):
                await self._link.run(talk.command(code, data, "end the enrolment"))

    async def copy_settings(self) -> dict[str, str]:
        """The settings that a replacement takes over."""
        return {name: value for name in COPIED_OPTIONS if (value := await self.option(name))}


def _same(sent: Person, held: Person | None, width: int, encoding: str) -> bool:
    """Compared as the unit keeps it: fields are cut to their width."""
    if held is None or held.uid != sent.uid:
        return False
    return pack_user(sent, width, encoding)[:39] == pack_user(held, width, encoding)[:39]


def _batches(by_person: dict[str, list[Finger]]) -> list[list[tuple[str, list[Finger]]]]:
    batches: list[list[tuple[str, list[Finger]]]] = [[]]
    size = 0
    for pin, fingers in by_person.items():
        weight = USER_72.size + sum(len(finger.template) + 10 for finger in fingers)
        if size + weight > BULK_BYTES and batches[-1]:
            batches.append([])
            size = 0
        batches[-1].append((pin, fingers))
        size += weight
    return [batch for batch in batches if batch]
