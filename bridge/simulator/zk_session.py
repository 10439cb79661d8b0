"""One client's session with a simulated unit of port 4370: packets in, packets out.

It has no sockets, and faults on demand.
"""

import struct
from collections import deque
from collections.abc import Callable
from typing import ClassVar, Protocol

from bridge.simulator.unit import ALGORITHM, SimPerson, SimPunch, Unit
from bridge.terminals.errors import ProtocolError
from bridge.terminals.names import CODE_PAGES
from bridge.terminals.terminal import Person
from bridge.terminals.zk.clock import decode_time, encode_time
from bridge.terminals.zk.codes import CommandCode, EventCode, ReplyCode
from bridge.terminals.zk.comm_key import matches
from bridge.terminals.zk.events import pack_punch
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.layouts import (
    OPERATION,
    RawFinger,
    pack_counts,
    pack_finger,
    pack_user,
    parse_bulk,
    parse_fingers,
    parse_users,
)

FIRMWARE = "Ver 6.60 Sim 1.0"
DIRECT_BYTES = 1024
"""Bytes of a set up to which it is sent at once, as terminals do."""
MAX_BUFFER = 64 * 1024 * 1024


Handler = Callable[["ZkSession", Packet], None]


class PacketSink(Protocol):
    """Where a session's packets go. largest: bytes of data in one of them."""

    largest: int

    def send(self, packet: Packet) -> None:
        """Send a packet to the client."""
        ...

    def hang_up(self) -> None:
        """Cut the connection."""
        ...


class ZkSession:
    """A session. mask: the events that the client has registered for."""

    def __init__(self, unit: Unit, key: int, session: int, sink: PacketSink) -> None:
        self.unit = unit
        self.session = session
        self.mask = 0
        self.open = False
        self.left = False
        self.disabled = False
        self.events: deque[tuple[int, bytes]] = deque()
        self._key = key
        self._sink = sink
        self.chunks_sent = 0
        self._prepared = b""
        self._incoming = bytearray()
        self._expected = 0

    def hang_up(self) -> None:
        """Cut the connection, as a pulled cable does."""
        self._sink.hang_up()

    def handle_packet(self, packet: Packet) -> None:
        """Answer one packet, or not, as the faults say."""
        faults = self.unit.faults
        if packet.command in (ReplyCode.OK, ReplyCode.ERROR):
            return
        if faults.silent:
            return
        if faults.lose_answers and packet.command not in (CommandCode.CONNECT, CommandCode.AUTH):
            faults.lose_answers -= 1
            return
        if packet.command in faults.refuse:
            self._answer(packet, faults.refuse[packet.command])
            return
        if packet.command == CommandCode.CONNECT:
            self.open = self._key == 0
            self._answer(packet, ReplyCode.OK if self.open else ReplyCode.UNAUTHORISED)
            return
        if packet.command == CommandCode.AUTH:
            self.open = matches(packet.data, self._key, self.session)
            self._answer(packet, ReplyCode.OK if self.open else ReplyCode.UNAUTHORISED)
            return
        if not self.open:
            self._answer(packet, ReplyCode.UNAUTHORISED)
            return
        if packet.command in faults.odd_answers:
            self._answer(packet, ReplyCode.OK, faults.odd_answers[packet.command])
            return
        handler = self._handlers.get(packet.command)
        if handler is None:
            self._answer(packet, ReplyCode.UNKNOWN)
            return
        try:
            handler(self, packet)
        except (struct.error, ValueError, ProtocolError, KeyError):
            self._answer(packet, ReplyCode.ERROR)

    def _answer(
        self, request: Packet, command: int, data: bytes = b"", session: int | None = None
    ) -> None:
        shown = self.session if session is None else session
        if self.unit.faults.wrong_session:
            shown ^= 0x5A5A
        self._sink.send(Packet(command, shown, request.reply, data))

    def _ok(self, packet: Packet) -> None:
        self._answer(packet, ReplyCode.OK)

    # session and device

    def _exit(self, packet: Packet) -> None:
        self._ok(packet)
        self.left = True

    def _enable(self, packet: Packet) -> None:
        self.disabled = False
        self._ok(packet)

    def _disable(self, packet: Packet) -> None:
        self.disabled = True
        self._ok(packet)

    def _restart(self, packet: Packet) -> None:
        self._ok(packet)
        self._sink.hang_up()

    def _version(self, packet: Packet) -> None:
        self._answer(packet, ReplyCode.OK, FIRMWARE.encode() + b"\0")

    def _option_read(self, packet: Packet) -> None:
        name = packet.data.split(b"\0", 1)[0].decode("ascii")
        value = self._options().get(name)
        if name == self.unit.faults.odd_option:
            self._ok(packet)
        elif value is None:
            self._answer(packet, ReplyCode.ERROR)
        else:
            self._answer(packet, ReplyCode.OK, f"{name}={value}\0".encode())

    def _options(self) -> dict[str, str]:
        fixed = {
            "~SerialNumber": self.unit.serial,
            "~DeviceName": self.unit.name,
            "~Platform": "ZMM220_TFT",
            "~OS": "1",
            "~ZKFPVersion": ALGORITHM,
            "~PIN2Width": "24",
            "FaceFunOn": "0",
            "~ExtendFmt": "0",
            "~UserExtFmt": "0",
            "MAC": "00:17:61:00:00:01",
            "IPAddress": "127.0.0.1",
            "NetMask": "255.0.0.0",
            "GATEIPAddress": "127.0.0.1",
            "DeviceID": "1",
            "LockOn": "5",
            "CompatOldFirmware": "0",
            "~OEMVendor": "Muster",
            "~ProductTime": "2026-01-01",
        }
        return {**fixed, **self.unit.options}

    def _option_write(self, packet: Packet) -> None:
        name, found, value = packet.data.split(b"\0", 1)[0].decode("utf-8").partition("=")
        if found and name != "SDKBuild" and not self.unit.faults.ignore_writes:
            self.unit.options[name] = value
        self._ok(packet)

    def _free_sizes(self, packet: Packet) -> None:
        self._answer(packet, ReplyCode.OK, pack_counts(self.unit.counts()))

    def _pin_width(self, packet: Packet) -> None:
        self._answer(packet, ReplyCode.OK, b"\x18\0")

    def _time_read(self, packet: Packet) -> None:
        self._answer(packet, ReplyCode.OK, struct.pack("<I", encode_time(self.unit.now())))

    def _time_write(self, packet: Packet) -> None:
        shown = decode_time(struct.unpack("<I", packet.data[:4])[0])
        if shown is None:
            raise ValueError("no such day")
        if not self.unit.faults.ignore_writes:
            self.unit.set_clock(shown)
        self._ok(packet)

    # sets

    def _set(self, command: int) -> bytes:
        faults = self.unit.faults
        if command == CommandCode.ATTENDANCE_READ:
            for _ in range(faults.count_race):
                self.unit.punch(
                    SimPunch(
                        next(iter(self.unit.people), "1"),
                        self.unit.now().replace(microsecond=0),
                        0,
                        1,
                    )
                )
            faults.count_race = 0
            records = self.unit.attendance(faults.attendance_width)
        elif command == CommandCode.USERS_READ:
            records = b"".join(
                self._user_record(pin, person) for pin, person in self.unit.people.items()
            )
        elif command == CommandCode.DB_READ:
            records = b"".join(
                pack_finger(RawFinger(person.uid, finger, 1, blob))
                for person in self.unit.people.values()
                for finger, blob in sorted(person.fingers.items())
            )
        elif command == CommandCode.OPLOG_READ:
            records = b"".join(
                OPERATION.pack(0, code, 0, encode_time(at), 0, 0, 0, 0)
                for code, at in self.unit.operations
            )
        else:
            raise ValueError("no such set")
        return struct.pack("<I", len(records)) + records

    def _user_record(self, pin: str, person: SimPerson) -> bytes:
        faults = self.unit.faults
        record = Person(
            pin=pin,
            name=person.name,
            privilege=person.privilege,
            password=person.password,
            card=person.card,
            group=person.group,
            uid=person.uid,
            extra=person.extra,
        )
        return pack_user(record, faults.user_width, faults.encoding)

    def _shown_name(self, record: Person) -> str:
        """The name as the unit shows it, in its own encoding."""
        codec = CODE_PAGES[self.unit.faults.encoding].codec
        return record.raw_name.decode(codec, errors="ignore") or record.name

    def _prepare(self, packet: Packet) -> None:
        _, command, _, _ = struct.unpack("<BHII", packet.data[:11])
        whole = self._set(command)
        if self.unit.faults.bulk == "direct" or len(whole) <= DIRECT_BYTES:
            self._answer(packet, CommandCode.DATA, whole)
            return
        self._prepared = whole
        self._answer(packet, ReplyCode.OK, struct.pack("<BIII", 0, len(whole), len(whole), 0))

    def _read_buffer(self, packet: Packet) -> None:
        start, length = struct.unpack("<II", packet.data[:8])
        self._transfer(packet, self._prepared[start : start + length])
        self.chunks_sent += 1

    def _direct(self, packet: Packet) -> None:
        self._transfer(packet, self._set(packet.command))

    def _transfer(self, packet: Packet, part: bytes) -> None:
        frame = max(1, min(self.unit.faults.frame, self._sink.largest))
        self._answer(packet, CommandCode.PREPARE_DATA, struct.pack("<II", len(part), frame))
        for index, start in enumerate(range(0, len(part), frame)):
            if self.unit.faults.drop_mid_chunk and start >= len(part) // 2:
                self.unit.faults.drop_mid_chunk -= 1
                self._sink.hang_up()
                return
            self._answer(
                packet, CommandCode.DATA, part[start : start + frame], session=index & 0xFFFF
            )
        self._ok(packet)

    def _free(self, packet: Packet) -> None:
        self._prepared = b""
        self._incoming.clear()
        self._ok(packet)

    # people and fingers

    def _user_write(self, packet: Packet) -> None:
        people, bad = parse_users(memoryview(packet.data), len(packet.data))
        if bad or not people:
            raise ValueError("no user record")
        self._store_person(people[0])
        self._ok(packet)

    def _store_person(self, record: Person) -> None:
        if self.unit.faults.ignore_writes:
            return
        before = self.unit.by_uid(record.uid or 0)
        if before is not None and before != record.pin:
            del self.unit.people[before]  # as real units do: the uid decides who is overwritten
        person = self.unit.place(record.pin, record.uid or 0)
        person.name, person.privilege = self._shown_name(record), record.privilege
        person.password, person.card, person.group, person.extra = (
            record.password,
            record.card,
            record.group,
            record.extra,
        )

    def _delete_user(self, packet: Packet) -> None:
        pin = self.unit.by_uid(struct.unpack("<H", packet.data[:2])[0])
        if pin is None:
            raise KeyError("no such uid")
        if not self.unit.faults.ignore_writes:
            del self.unit.people[pin]
        self._ok(packet)

    def _template_read(self, packet: Packet) -> None:
        uid, finger = struct.unpack("<HB", packet.data[:3])
        blob = self.unit.people[self.unit.by_uid(uid) or ""].fingers[finger]
        self._transfer(packet, blob + b"\0")

    def _template_write(self, packet: Packet) -> None:
        fingers, bad = parse_fingers(memoryview(packet.data))
        pin = self.unit.by_uid(fingers[0].uid) if fingers and not bad else None
        if pin is None:
            raise KeyError("no such uid")
        if not self.unit.faults.ignore_writes:
            self.unit.people[pin].fingers[fingers[0].finger] = fingers[0].template
        self._ok(packet)

    def _delete_template(self, packet: Packet) -> None:
        uid, finger = struct.unpack("<HB", packet.data[:3])
        pin = self.unit.by_uid(uid)
        if pin is not None and not self.unit.faults.ignore_writes:
            self.unit.people[pin].fingers.pop(finger, None)
        self._ok(packet)  # acknowledged even when there was nothing to delete

    def _delete_finger(self, packet: Packet) -> None:
        pin, finger = struct.unpack("<24sB", packet.data[:25])
        person = self.unit.people.get(pin.split(b"\0")[0].decode("ascii"))
        if person is not None and not self.unit.faults.ignore_writes:
            person.fingers.pop(finger, None)
        self._ok(packet)

    def _announce(self, packet: Packet) -> None:
        self._expected = struct.unpack("<I", packet.data[:4])[0]
        self._incoming.clear()
        if self._expected > MAX_BUFFER:
            raise ValueError("too much")
        self._ok(packet)

    def _data(self, packet: Packet) -> None:
        if len(self._incoming) + len(packet.data) > self._expected:
            raise ValueError("more than announced")
        self._incoming += packet.data
        self._ok(packet)

    def _save(self, packet: Packet) -> None:
        people, fingers = parse_bulk(bytes(self._incoming))
        if not self.unit.faults.ignore_writes:
            for person in people:
                self._store_person(person)
            for finger in fingers:
                pin = self.unit.by_uid(finger.uid)
                if pin is not None:
                    self.unit.people[pin].fingers[finger.finger] = finger.template
        self._incoming.clear()
        self._ok(packet)

    def _clear_attendance(self, packet: Packet) -> None:
        if not self.unit.faults.ignore_writes:
            self.unit.clear_punches()
        self._ok(packet)

    def _clear_data(self, packet: Packet) -> None:
        what = packet.data[:1] or b"\0"
        if what in (b"\0", b"\1"):
            self.unit.clear_punches()
        if what in (b"\0", b"\5"):
            self.unit.people.clear()
        self._ok(packet)

    # events and enrolment

    def _register(self, packet: Packet) -> None:
        self.mask = struct.unpack("<I", packet.data[:4])[0]
        self._ok(packet)

    def punched(self, punch: SimPunch) -> None:
        """Queue a login at the unit as an event, if the client has registered for it."""
        if self.mask & EventCode.PUNCH:
            self.events.append(
                (EventCode.PUNCH, pack_punch(punch.pin, punch.verify, punch.status, punch.at))
            )

    def send_event(self) -> bool:
        """Send the next queued event. Return False if there is none."""
        if not self.events:
            return False
        code, data = self.events.popleft()
        self._sink.send(Packet(CommandCode.REGISTER_EVENTS, code, 0, data))
        return True

    def _start_enrol(self, packet: Packet) -> None:
        if len(packet.data) >= 26:
            raw, finger, _ = struct.unpack("<24sBB", packet.data[:26])
            pin = raw.split(b"\0")[0].decode("ascii")
        else:
            uid, finger = struct.unpack("<IB", packet.data[:5])
            pin = self.unit.by_uid(uid) or str(uid)
        if pin not in self.unit.people:
            raise KeyError("no such person")
        self._ok(packet)
        result = self.unit.faults.enrol_result
        if result != 6:
            for _ in range(3):
                self.events += [
                    (EventCode.FINGER, b""),
                    (EventCode.FINGER_FEATURES, bytes([0x64 if result != 4 else 0])),
                ]
        blob = self.unit.enrol(pin, finger) if result == 0 else None
        ended = struct.pack("<HH9sB", result, len(blob or b""), pin.encode()[:9], finger)
        self.events.append((EventCode.ENROL_FINGER, ended))

    _handlers: ClassVar[dict[int, Handler]] = {
        CommandCode.EXIT: _exit,
        CommandCode.ENABLE: _enable,
        CommandCode.DISABLE: _disable,
        CommandCode.RESTART: _restart,
        CommandCode.VERSION: _version,
        CommandCode.OPTION_READ: _option_read,
        CommandCode.OPTION_WRITE: _option_write,
        CommandCode.FREE_SIZES: _free_sizes,
        CommandCode.PIN_WIDTH: _pin_width,
        CommandCode.TIME_READ: _time_read,
        CommandCode.TIME_WRITE: _time_write,
        CommandCode.PREPARE_BUFFER: _prepare,
        CommandCode.READ_BUFFER: _read_buffer,
        CommandCode.FREE_DATA: _free,
        CommandCode.ATTENDANCE_READ: _direct,
        CommandCode.USERS_READ: _direct,
        CommandCode.OPLOG_READ: _direct,
        CommandCode.DB_READ: _direct,
        CommandCode.USER_WRITE: _user_write,
        CommandCode.DELETE_USER: _delete_user,
        CommandCode.TEMPLATE_READ: _template_read,
        CommandCode.TEMPLATE_WRITE: _template_write,
        CommandCode.DELETE_TEMPLATE: _delete_template,
        CommandCode.DELETE_FINGER: _delete_finger,
        CommandCode.PREPARE_DATA: _announce,
        CommandCode.DATA: _data,
        CommandCode.SAVE_TEMPLATES: _save,
        CommandCode.CLEAR_ATTENDANCE: _clear_attendance,
        CommandCode.CLEAR_DATA: _clear_data,
        CommandCode.REGISTER_EVENTS: _register,
        CommandCode.START_ENROL: _start_enrol,
        CommandCode.REFRESH_DATA: _ok,
        CommandCode.REFRESH_OPTION: _ok,
        CommandCode.UNLOCK: _ok,
        CommandCode.TEST_VOICE: _ok,
        CommandCode.START_VERIFY: _ok,
        CommandCode.CANCEL_CAPTURE: _ok,
    }
