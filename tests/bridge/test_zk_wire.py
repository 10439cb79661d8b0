"""Port 4370: every number and every byte at its place.

A client and a simulator that share one table agree on whatever stands in it; so these tests
compare the tables with another client's, and the records with bytes that are written out.
"""

import ast
import importlib.util
import struct
from datetime import datetime
from pathlib import Path

import pytest

from bridge.terminals.errors import ProtocolError
from bridge.terminals.terminal import Counts, FingerTemplate, Person, Punch
from bridge.terminals.zk import attendance, clock, frames, layouts
from bridge.terminals.zk.codes import REPLIES, UNSUPPORTED, CommandCode, EventCode, ReplyCode

WHEN = datetime(2026, 11, 22, 8, 30, 15)
STAMP = ((((26 * 12 + 10) * 31 + 21) * 24 + 8) * 60 + 30) * 60 + 15
"""The same moment in mixed radix."""

IN_PYZK = {
    "DB_RRQ": CommandCode.DB_READ,
    "USER_WRQ": CommandCode.USER_WRITE,
    "USERTEMP_RRQ": CommandCode.USERS_READ,
    "USERTEMP_WRQ": CommandCode.TEMPLATE_WRITE,
    "OPTIONS_RRQ": CommandCode.OPTION_READ,
    "OPTIONS_WRQ": CommandCode.OPTION_WRITE,
    "ATTLOG_RRQ": CommandCode.ATTENDANCE_READ,
    "CLEAR_DATA": CommandCode.CLEAR_DATA,
    "CLEAR_ATTLOG": CommandCode.CLEAR_ATTENDANCE,
    "DELETE_USER": CommandCode.DELETE_USER,
    "DELETE_USERTEMP": CommandCode.DELETE_TEMPLATE,
    "UNLOCK": CommandCode.UNLOCK,
    "CLEAR_OPLOG": CommandCode.CLEAR_OPLOG,
    "OPLOG_RRQ": CommandCode.OPLOG_READ,
    "GET_FREE_SIZES": CommandCode.FREE_SIZES,
    "STARTVERIFY": CommandCode.START_VERIFY,
    "STARTENROLL": CommandCode.START_ENROL,
    "CANCELCAPTURE": CommandCode.CANCEL_CAPTURE,
    "GET_PINWIDTH": CommandCode.PIN_WIDTH,
    "GET_TIME": CommandCode.TIME_READ,
    "SET_TIME": CommandCode.TIME_WRITE,
    "REG_EVENT": CommandCode.REGISTER_EVENTS,
    "CONNECT": CommandCode.CONNECT,
    "EXIT": CommandCode.EXIT,
    "ENABLEDEVICE": CommandCode.ENABLE,
    "DISABLEDEVICE": CommandCode.DISABLE,
    "RESTART": CommandCode.RESTART,
    "REFRESHDATA": CommandCode.REFRESH_DATA,
    "REFRESHOPTION": CommandCode.REFRESH_OPTION,
    "TESTVOICE": CommandCode.TEST_VOICE,
    "GET_VERSION": CommandCode.VERSION,
    "AUTH": CommandCode.AUTH,
    "PREPARE_DATA": CommandCode.PREPARE_DATA,
    "DATA": CommandCode.DATA,
    "FREE_DATA": CommandCode.FREE_DATA,
    "ACK_OK": ReplyCode.OK,
    "ACK_ERROR": ReplyCode.ERROR,
    "ACK_DATA": ReplyCode.DATA,
    "ACK_RETRY": ReplyCode.RETRY,
    "ACK_REPEAT": ReplyCode.REPEAT,
    "ACK_UNAUTH": ReplyCode.UNAUTHORISED,
    "ACK_UNKNOWN": ReplyCode.UNKNOWN,
    "ACK_ERROR_CMD": ReplyCode.ERROR_COMMAND,
    "ACK_ERROR_INIT": ReplyCode.NOT_INITIALISED,
    "ACK_ERROR_DATA": ReplyCode.ERROR_DATA,
}
UNNAMED = {
    CommandCode.TEMPLATE_READ: 88,
    CommandCode.SAVE_TEMPLATES: 110,
    CommandCode.DELETE_FINGER: 134,
    CommandCode.PREPARE_BUFFER: 1503,
    CommandCode.READ_BUFFER: 1504,
    ReplyCode.WRONG_DEVICE_TYPE: 4989,
}
"""Codes that pyzk writes as numbers, or does not know."""


def numbers_of_pyzk() -> dict[str, int]:
    """Its constants by name. The file is read, not imported: it is a client of its own."""
    package = importlib.util.find_spec("zk")
    assert package is not None and package.submodule_search_locations
    text = (Path(package.submodule_search_locations[0]) / "const.py").read_text("utf-8")
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }


def test_commands_and_replies_have_the_numbers_that_another_client_uses() -> None:
    theirs = numbers_of_pyzk()
    assert {name: int(code) for name, code in IN_PYZK.items()} == {
        name: theirs[f"CMD_{name}"] for name in IN_PYZK
    }
    assert {code: int(code) for code in UNNAMED} == UNNAMED
    assert {*IN_PYZK.values(), *UNNAMED} == {*CommandCode, *ReplyCode}, "none is left out"


def test_events_are_single_bits_of_a_mask() -> None:
    assert [event.value for event in EventCode] == [1, 2, 4, 8, 0x10, 0x20, 0x80, 0x100, 0x200]
    assert EventCode.ALL.value == 0xFFFF


def test_what_answers_a_request_and_what_says_that_a_unit_cannot() -> None:
    assert {4989, 65533, 65535} == UNSUPPORTED
    assert {1500, 1501, *ReplyCode} == REPLIES


# frames


def test_a_frame_has_its_magic_its_length_and_a_header_of_eight_bytes() -> None:
    packet = frames.Packet(1000, 0x1234, 5, b"ab")
    raw = frames.encode_tcp(packet)
    assert raw[:8].hex() == "5050827d0a000000"
    command, _, session, reply = struct.unpack_from("<4H", raw, 8)
    assert (command, session, reply, raw[16:]) == (1000, 0x1234, 5, b"ab")


def test_a_frame_may_have_16_megabytes_and_no_header_less() -> None:
    def feed(size: int) -> list[frames.Packet]:
        return frames.StreamParser().feed(frames.MAGIC + struct.pack("<I", size))

    assert feed(16 * 1024 * 1024) == feed(8) == [], "the rest may come"
    for size in (16 * 1024 * 1024 + 1, 7, 0):
        with pytest.raises(ProtocolError):
            feed(size)


# records


def test_a_narrow_person() -> None:
    person = Person(
        pin="1042",
        name="Nur Aisy",
        privilege=14,
        password="12345",
        card=0x0A0B0C0D,
        group="2",
        uid=0x0102,
        extra=b"\x05\x00",
    )
    raw = bytes.fromhex("02010e" + b"12345Nur Aisy".hex() + "0d0c0b0a" + "00" + "02" + "0500")
    raw += (1042).to_bytes(4, "little")
    assert layouts.pack_user(person, 28) == raw
    assert layouts.parse_users(memoryview(raw), 28) == ([person], [])


def test_a_wide_person() -> None:
    person = Person(
        pin="A1042",
        name="Nur Aisyah binti Rahman X",
        privilege=14,
        password="12345678",
        card=0x0A0B0C0D,
        group="2",
        uid=0x0102,
        extra=b"\x012\0\x01\0\x02\0\0\0",
    )
    raw = b"\x02\x01\x0e" + b"12345678" + b"Nur Aisyah binti Rahman\0" + b"\x0d\x0c\x0b\x0a"
    raw += b"\x01" + b"2\0\x01\0\x02\0\0" + b"\0" + b"A1042".ljust(24, b"\0")
    assert layouts.pack_user(person, 72) == raw
    ((back,), _) = layouts.parse_users(memoryview(raw), 72)
    assert (back.pin, back.uid, back.privilege, back.password) == ("A1042", 0x0102, 14, "12345678")
    assert (back.name, back.card, back.group, back.extra) == (
        "Nur Aisyah binti Rahman",
        0x0A0B0C0D,
        "2",
        person.extra,
    )


ROWS = {
    40: b"\x07\x00" + b"1042".ljust(24, b"\0") + b"\x0f" + STAMP.to_bytes(4, "little") + b"\x01",
    49: b"\x07\x00" + b"1042".ljust(24, b"\0") + b"\x0f" + STAMP.to_bytes(4, "little") + b"\x01",
    16: (1042).to_bytes(4, "little") + STAMP.to_bytes(4, "little") + b"\x0f\x01",
    8: b"\x07\x00" + b"\x0f" + STAMP.to_bytes(4, "little") + b"\x01",
}


@pytest.mark.parametrize("width", ROWS)
def test_a_login_of_each_width(width: int) -> None:
    raw = ROWS[width].ljust(width, b"\0")
    assert attendance.pack_attendance(width, 7, "1042", STAMP, 1, 15) == raw
    table = attendance.parse_attendance(memoryview(raw * 3), (3,), {7: "1042"})
    assert list(table) == [Punch("1042", "2026-11-22 08:30:15", 1, 15)] * 3


def test_the_clock_counts_days_in_months_of_31() -> None:
    assert clock.encode_time(WHEN) == STAMP
    assert clock.decode_time(STAMP) == WHEN
    assert clock.encode_event_time(WHEN) == bytes([26, 11, 22, 8, 30, 15])


def test_a_finger_and_its_set() -> None:
    finger = layouts.RawFinger(0x0102, 3, 1, b"abc")
    raw = bytes.fromhex("0900" + "0201" + "03" + "01") + b"abc"
    assert layouts.pack_finger(finger) == raw
    assert layouts.parse_fingers(memoryview(raw)) == ([finger], [])


def test_a_fast_write() -> None:
    person = layouts.pack_user(Person(pin="7", uid=7), 72)
    raw = struct.pack("<III", 73, 16, 9) + b"\x02" + person
    raw += bytes.fromhex("02" + "0700" + "13" + "00000000")
    raw += bytes.fromhex("02" + "0700" + "14" + "05000000")
    raw += b"\x03\x00abc" + b"\x02\x00de"
    fingers = [FingerTemplate("7", 3, b"abc"), FingerTemplate("7", 4, b"de")]
    assert layouts.pack_bulk([(person, 7, fingers)]) == raw
    assert layouts.parse_bulk(raw)[1] == [
        layouts.RawFinger(7, 3, 1, b"abc"),
        layouts.RawFinger(7, 4, 1, b"de"),
    ]


def test_counts_stand_at_fixed_places_of_32_bits() -> None:
    assert layouts.parse_counts(struct.pack("<23i", *range(23))) == Counts(
        people=4,
        fingers=6,
        records=8,
        operations=10,
        fingers_capacity=14,
        people_capacity=15,
        records_capacity=16,
        faces=20,
        faces_capacity=22,
    )


def test_a_line_of_the_operation_log() -> None:
    raw = struct.pack("<HBBI4H", 0, 4, 9, STAMP, 1, 2, 3, 0xFFFF)
    assert len(raw) == 16
    (row,), bad = layouts.parse_operations(memoryview(raw))
    assert (row.code, row.local_time, row.params, bad) == (
        4,
        "2026-11-22 08:30:15",
        (1, 2, 3, 0xFFFF),
        [],
    )
