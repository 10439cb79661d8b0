"""Layouts of people, fingers, counts, operations and options; see attendance.py for logins."""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bridge.terminals.errors import ProtocolError
from bridge.terminals.names import encode_name, named
from bridge.terminals.terminal import Counts, FingerTemplate, OperationRecord, Person, Quarantined
from bridge.terminals.zk.clock import decode_time
from bridge.terminals.zk.text import field_bytes, read_field, read_pin, write_field
from bridge.wording import worded

USER_28 = struct.Struct("<HB5s8sIxBHI")
USER_72 = struct.Struct("<HB8s24sIx7sx24s")
USER_WIDTHS = (28, 72)
_EXTRA = slice(39, 48)
"""Group, time-zone flag and time zones of the wide record: kept as they came."""
FINGER_HEAD = struct.Struct("<HHBB")
OPERATION = struct.Struct("<HBBI4H")
MAX_TEMPLATE = 16 * 1024
BULK_HEAD = struct.Struct("<III")
_BULK_ROW = struct.Struct("<BHBI")
_BULK_USER, _BULK_FINGER = 2, 0x10
MAX_UID = 0xFFFF
BULK_BYTES = 256 * 1024
"""Bytes of one fast write."""


def data_of(dataset: bytes | bytearray) -> memoryview:
    """Return the records of a set, without its leading u32 length.

    Raises ProtocolError if the set is shorter than this length.
    """
    if len(dataset) < 4:
        return memoryview(b"")
    total = int.from_bytes(dataset[:4], "little")
    if total > len(dataset) - 4:
        raise ProtocolError(
            worded("a set of {total:,} bytes, {value:,} came", total=total, value=len(dataset) - 4)
        )
    return memoryview(dataset)[4 : 4 + total]


def user_width(total: int, count: int) -> int:
    """Return 28 or 72, from the set's size and the unit's own count. Raises ProtocolError."""
    for width in USER_WIDTHS:
        if count and total == width * count:
            return width
    fitting = [width for width in USER_WIDTHS if total % width == 0]
    if len(fitting) == 1:
        return fitting[0]
    raise ProtocolError(
        worded("{total:,} bytes for {count:,} people fit no known record", total=total, count=count)
    )


def pack_user(person: Person, width: int, encoding: str = "utf-8") -> bytes:
    """Return a user record of `width` bytes (28 or 72).

    Raises ValueError if the person does not fit: a narrow record holds only a numeric PIN.
    """
    if person.uid is None or not 0 < person.uid <= MAX_UID:
        raise ValueError("a user record needs a uid of 1 to 65535")
    if width == USER_28.size:
        if not person.pin.isdigit() or int(person.pin) > 0xFFFFFFFF:
            raise ValueError(
                worded("this terminal takes numbers only, not “{pin}”", pin=person.pin)
            )
        group = int(person.group) if person.group.isdigit() else 0
        zone = int.from_bytes(person.extra[:2], "little")
        password, name = write_field(person.password, 5), _name_field(person, 8, encoding)
        return USER_28.pack(
            person.uid,
            person.privilege,
            password,
            name,
            person.card,
            group & 0xFF,
            zone,
            int(person.pin),
        )
    password, name = write_field(person.password, 8), _name_field(person, 24, encoding)
    group_field, pin = write_field(person.group, 7), write_field(person.pin, 24)
    record = bytearray(
        USER_72.pack(person.uid, person.privilege, password, name, person.card, group_field, pin)
    )
    if len(person.extra) == 9:
        record[_EXTRA] = person.extra
    return bytes(record)


def _name_field(person: Person, size: int, encoding: str) -> bytes:
    raw = person.raw_name[:size] or encode_name(person.name, size, encoding)
    return raw.ljust(size, b"\0")


def parse_users(data: memoryview, width: int) -> tuple[list[Person], list[Quarantined]]:
    """Return the people with a valid number, and the other records quarantined.

    Names that are no UTF-8 are not read yet: `read_names` needs all of them.
    """
    people, bad = [], []
    whole = len(data) // width * width
    for start in range(0, whole, width):
        record = bytes(data[start : start + width])
        person = _narrow(record) if width == USER_28.size else _wide(record)
        if person is None:
            bad.append(Quarantined(record.hex(), worded("not an employee number")))
        else:
            people.append(person)
    if whole < len(data):
        bad.append(Quarantined(bytes(data[whole:]).hex(), worded("a record cut short")))
    return people, bad


def _wide(record: bytes) -> Person | None:
    uid, privilege, password, name, card, group, pin_field = USER_72.unpack(record)
    pin = read_pin(pin_field)
    if pin is None:
        return None
    return Person(
        pin=pin,
        **named(field_bytes(name)),
        privilege=privilege,
        password=read_field(password),
        card=card,
        group=read_field(group),
        uid=uid,
        extra=record[_EXTRA],
    )


def _narrow(record: bytes) -> Person | None:
    uid, privilege, password, name, card, group, zone, pin = USER_28.unpack(record)
    return Person(
        pin=str(pin),
        **named(field_bytes(name)),
        privilege=privilege,
        password=read_field(password),
        card=card,
        group=str(group),
        uid=uid,
        extra=zone.to_bytes(2, "little"),
    )


def allocate_uids(people: Iterable[Person], held: Iterable[Person]) -> list[Person]:
    """Return the people as they are to be written: held ones with nothing but another name.

    New people get a uid. A wrong one would overwrite somebody, so new ones lie above all others.
    Raises ValueError if the unit has no free uid.
    """
    known = {person.pin: person for person in held}
    uids = {person.uid for person in known.values() if person.uid is not None}
    used = max(uids, default=0)
    result = []
    for person in people:
        before = known.get(person.pin)
        if before is not None and before.uid is not None:
            result.append(replace(before, name=person.name, raw_name=person.raw_name))
            continue
        used += 1
        uid = used if used <= MAX_UID else _gap(uids)
        uids.add(uid)
        result.append(replace(person, uid=uid))
    return result


def _gap(uids: set[int]) -> int:
    free = next((uid for uid in range(1, MAX_UID + 1) if uid not in uids), None)
    if free is None:
        raise ValueError(worded("the terminal has no free uid"))
    return free


@dataclass(frozen=True, slots=True)
class RawFinger:
    """A template under the unit's own uid."""

    uid: int
    finger: int
    valid: int
    template: bytes


def parse_fingers(data: memoryview) -> tuple[list[RawFinger], list[Quarantined]]:
    """Parse `size, uid, finger, valid` and template, repeated; size counts its own six bytes."""
    fingers: list[RawFinger] = []
    position = 0
    while position + FINGER_HEAD.size <= len(data):
        size, uid, finger, valid = FINGER_HEAD.unpack_from(data, position)
        if size <= FINGER_HEAD.size or size > MAX_TEMPLATE or position + size > len(data):
            return fingers, [
                Quarantined(
                    bytes(data[position:][:64]).hex(),
                    worded("a template of {size} bytes", size=size),
                )
            ]
        fingers.append(
            RawFinger(
                uid,
                finger & 0x0F,
                valid,
                bytes(data[position + FINGER_HEAD.size : position + size]),
            )
        )
        position += size
    rest = (
        [Quarantined(bytes(data[position:]).hex(), worded("a record cut short"))]
        if position < len(data)
        else []
    )
    return fingers, rest


def pack_finger(finger: RawFinger) -> bytes:
    """Return one entry of `parse_fingers`."""
    return (
        FINGER_HEAD.pack(
            FINGER_HEAD.size + len(finger.template), finger.uid, finger.finger, finger.valid
        )
        + finger.template
    )


def pack_bulk(people: list[tuple[bytes, int, list[FingerTemplate]]]) -> bytes:
    """Return the buffer of a fast write. people: (user record, uid, fingers) for each."""
    users = b"".join(b"\x02" + record for record, _, _ in people)
    table, blobs = bytearray(), bytearray()
    for _, uid, fingers in people:
        for finger in fingers:
            table += _BULK_ROW.pack(_BULK_USER, uid, _BULK_FINGER + finger.finger, len(blobs))
            blobs += struct.pack("<H", len(finger.template)) + finger.template
    return BULK_HEAD.pack(len(users), len(table), len(blobs)) + users + table + blobs


def bulk_batches(
    by_person: dict[str, list[FingerTemplate]],
) -> list[list[tuple[str, list[FingerTemplate]]]]:
    """Return people with their fingers in parts that one fast write may carry."""
    batches: list[list[tuple[str, list[FingerTemplate]]]] = [[]]
    size = 0
    for pin, fingers in by_person.items():
        weight = USER_72.size + sum(len(finger.template) + 10 for finger in fingers)
        if size + weight > BULK_BYTES and batches[-1]:
            batches.append([])
            size = 0
        batches[-1].append((pin, fingers))
        size += weight
    return [batch for batch in batches if batch]


def parse_bulk(buffer: bytes) -> tuple[list[Person], list[RawFinger]]:
    """Parse a fast write, as the unit does. Raises ProtocolError if its parts do not fit."""
    if len(buffer) < BULK_HEAD.size:
        raise ProtocolError(worded("a fast write without its header"))
    users_size, table_size, blobs_size = BULK_HEAD.unpack_from(buffer)
    if BULK_HEAD.size + users_size + table_size + blobs_size > len(buffer):
        raise ProtocolError(worded("a fast write shorter than it says"))
    start = BULK_HEAD.size
    users = buffer[start : start + users_size]
    table = buffer[start + users_size : start + users_size + table_size]
    blobs = buffer[start + users_size + table_size :]
    # 29 wide records are as long as 73 narrow ones: only the bytes between them tell them apart
    fitting = (width for width in USER_WIDTHS if set(users[:: width + 1]) == {_BULK_USER})
    width = next((width for width in fitting if users_size % (width + 1) == 0), 72)
    records = b"".join(users[i + 1 : i + 1 + width] for i in range(0, users_size, width + 1))
    people, _ = parse_users(memoryview(records), width)
    fingers = []
    for position in range(0, table_size - table_size % _BULK_ROW.size, _BULK_ROW.size):
        _, uid, slot, offset = _BULK_ROW.unpack_from(table, position)
        size = int.from_bytes(blobs[offset : offset + 2], "little")
        template = blobs[offset + 2 : offset + 2 + size]
        if not size or len(template) != size:
            raise ProtocolError(worded("a fast write whose template is cut short"))
        fingers.append(RawFinger(uid, slot - _BULK_FINGER, 1, template))
    return people, fingers


_COUNT_OFFSETS = {
    "people": 16,
    "fingers": 24,
    "records": 32,
    "operations": 40,
    "fingers_capacity": 56,
    "people_capacity": 60,
    "records_capacity": 64,
    "faces": 80,
    "faces_capacity": 88,
}
_COUNTED_BYTES = _COUNT_OFFSETS["records"] + 4


def parse_counts(data: bytes) -> Counts:
    """Parse the 72 to 112 bytes that units send; negative and further numbers become 0.

    Raises ProtocolError if people, fingers or records are not among them: no number is not 0.
    """
    if len(data) < _COUNTED_BYTES:
        raise ProtocolError(
            worded("{data} bytes, where a terminal counts what it holds", data=len(data))
        )
    values = {}
    for name, offset in _COUNT_OFFSETS.items():
        if offset + 4 <= len(data):
            values[name] = max(0, int.from_bytes(data[offset : offset + 4], "little", signed=True))
    return Counts(**values)


def pack_counts(counts: Counts) -> bytes:
    """Return the counts as 92 bytes, as a unit sends them."""
    data = bytearray(92)
    for name, offset in _COUNT_OFFSETS.items():
        data[offset : offset + 4] = int(getattr(counts, name)).to_bytes(4, "little")
    for name, offset in (("fingers", 68), ("people", 72), ("records", 76)):
        free = max(0, getattr(counts, f"{name}_capacity") - getattr(counts, name))
        data[offset : offset + 4] = free.to_bytes(4, "little")
    return bytes(data)


def parse_operations(data: memoryview) -> tuple[list[OperationRecord], list[Quarantined]]:
    """Parse the unit's own operation log, 16 bytes a line.

    The layout is TOPLog of the maker's "Communication protocol manual" of 2006: who did it (not
    filled in by newer units), the code, the time, and four numbers.
    """
    rows, bad = [], []
    whole = len(data) // OPERATION.size * OPERATION.size
    for _, code, _, stamp, *params in OPERATION.iter_unpack(data[:whole]):
        at = decode_time(stamp)
        if at is None:
            bad.append(
                Quarantined(
                    OPERATION.pack(0, code, 0, stamp, *params).hex(),
                    worded("a day that does not exist"),
                )
            )
        else:
            rows.append(OperationRecord(code, at.isoformat(" "), tuple(params)))
    return rows, bad


_OPTION = re.compile(rb"([ -<>-~]{1,64})=(.{0,512})", re.DOTALL)


def parse_option(data: bytes) -> tuple[str, str]:
    """Parse `name=value` up to a NUL; some firmwares write `=` twice. Raises ProtocolError."""
    match = _OPTION.match(data.split(b"\0", 1)[0])
    if match is None:
        raise ProtocolError(worded("not an option"))
    return match[1].decode("ascii"), read_field(match[2]).removeprefix("=")
