"""Port 4370: sets and records that are not whole, and what a record does not take. P3, P8."""

import struct
from dataclasses import replace
from datetime import datetime

import pytest

from bridge.simulator.unit import FEBRUARY_30
from bridge.terminals.errors import ProtocolError
from bridge.terminals.terminal import Counts, FingerTemplate, Person
from bridge.terminals.zk import clock, layouts


def test_a_set_without_its_length_is_empty_and_one_with_less_than_it_says_is_an_error() -> None:
    assert bytes(layouts.data_of(b"")) == bytes(layouts.data_of(b"\1\0\0")) == b""
    assert bytes(layouts.data_of(b"\2\0\0\0abc")) == b"ab", "what follows is padding"
    assert bytes(layouts.data_of(bytearray(b"\3\0\0\0abc"))) == b"abc"
    with pytest.raises(ProtocolError, match="a set of 4 bytes, 3 came"):
        layouts.data_of(b"\4\0\0\0abc")


def test_records_of_nobody_and_cut_ones_go_aside_and_the_others_stay() -> None:
    good = layouts.pack_user(Person(pin="7", name="Nur", uid=1), 72)
    nobody = bytearray(good)
    nobody[48:72] = b"not a number".ljust(24, b"\0")
    people, bad = layouts.parse_users(memoryview(good + bytes(nobody) + good + good[:71]), 72)
    assert [person.pin for person in people] == ["7", "7"]
    assert [(one.reason, len(one.raw)) for one in bad] == [
        ("not an employee number", 144),
        ("a record cut short", 142),
    ]
    assert bad[0].raw == nobody.hex()


@pytest.mark.parametrize("uid", [None, 0, 0x10000])
def test_P8_a_person_without_a_place_on_the_unit_is_never_written(uid: int | None) -> None:
    for width in (28, 72):
        with pytest.raises(ValueError, match="needs a uid"):
            layouts.pack_user(Person(pin="7", uid=uid), width)


@pytest.mark.parametrize("pin", ["A7", "4294967296"])
def test_a_narrow_record_takes_numbers_only(pin: str) -> None:
    with pytest.raises(ValueError, match="numbers only"):
        layouts.pack_user(Person(pin=pin, uid=1), 28)
    largest = layouts.pack_user(Person(pin="4294967295", uid=0xFFFF), 28)
    assert layouts.parse_users(memoryview(largest), 28)[0][0].pin == "4294967295"


def test_a_group_that_is_no_number_is_the_first_for_a_narrow_record() -> None:
    record = layouts.pack_user(Person(pin="7", uid=1, group="Lobby"), 28)
    assert layouts.parse_users(memoryview(record), 28)[0][0].group == "0"
    record = layouts.pack_user(Person(pin="7", uid=1, group="258"), 28)
    assert layouts.parse_users(memoryview(record), 28)[0][0].group == "2", "one byte"


def test_extra_bytes_of_another_width_are_not_written_into_a_wide_record() -> None:
    plain = layouts.pack_user(Person(pin="7", uid=1), 72)
    assert layouts.pack_user(Person(pin="7", uid=1, extra=b"\5\0"), 72) == plain


def test_a_narrow_record_takes_the_first_two_bytes_of_what_a_wide_one_had() -> None:
    record = layouts.pack_user(Person(pin="7", uid=1, extra=b"123456789"), 28)
    assert layouts.parse_users(memoryview(record), 28)[0][0].extra == b"12"


def test_TE1_a_known_person_gets_another_name_and_nothing_else() -> None:
    held = Person(pin="7", uid=3, privilege=14, password="1", card=9, group="2", extra=b"123456789")
    (written,) = layouts.allocate_uids([Person(pin="7", name="Nur", privilege=2)], [held])
    assert written == replace(held, name="Nur")
    (fresh,) = layouts.allocate_uids([Person(pin="8")], [])
    assert (fresh.uid, fresh.extra) == (1, b"")


@pytest.mark.parametrize("size", [0, 6, 16 * 1024 + 1, 60])
def test_a_template_of_an_impossible_size_ends_the_set_with_its_bytes(size: int) -> None:
    good = layouts.RawFinger(7, 3, 1, b"template")
    head = layouts.FINGER_HEAD.pack(size, 8, 4, 1)
    fingers, bad = layouts.parse_fingers(memoryview(layouts.pack_finger(good) + head + bytes(50)))
    assert fingers == [good]
    assert [one.reason for one in bad] == [f"a template of {size} bytes"]
    assert bad[0].raw.startswith(head.hex())


def test_the_largest_template_is_read_and_flags_beside_the_finger_are_not() -> None:
    most = layouts.RawFinger(7, 3, 1, bytes(layouts.MAX_TEMPLATE - 6))
    assert layouts.parse_fingers(memoryview(layouts.pack_finger(most))) == ([most], [])
    flagged = layouts.pack_finger(layouts.RawFinger(7, 0x13, 1, b"t"))
    assert layouts.parse_fingers(memoryview(flagged))[0][0].finger == 3


def test_less_than_a_head_after_the_last_finger_goes_aside() -> None:
    good = layouts.RawFinger(7, 3, 1, b"template")
    fingers, bad = layouts.parse_fingers(memoryview(layouts.pack_finger(good) + b"\1\2"))
    assert fingers == [good]
    assert [(one.raw, one.reason) for one in bad] == [("0102", "a record cut short")]


@pytest.mark.parametrize("count", [1, 29, 58, 73])
@pytest.mark.parametrize("width", [28, 72])
def test_a_fast_write_of_any_number_of_people_is_understood(count: int, width: int) -> None:
    """29 wide records have as many bytes as 73 narrow ones."""
    people: list[tuple[bytes, int, list[FingerTemplate]]] = [
        (layouts.pack_user(Person(pin=str(uid), uid=uid), width), uid, [])
        for uid in range(1, count + 1)
    ]
    back, fingers = layouts.parse_bulk(layouts.pack_bulk(people))
    assert [person.uid for person in back] == list(range(1, count + 1))
    assert fingers == []


def test_a_fast_write_that_is_cut_anywhere_is_an_error() -> None:
    person = layouts.pack_user(Person(pin="7", uid=7), 72)
    whole = layouts.pack_bulk([(person, 7, [FingerTemplate("7", 3, b"template")])])
    assert layouts.parse_bulk(whole)[1] == [layouts.RawFinger(7, 3, 1, b"template")]
    for length in range(len(whole)):
        with pytest.raises(ProtocolError):
            layouts.parse_bulk(whole[:length])


def test_a_fast_write_whose_table_points_past_the_templates_is_an_error() -> None:
    row = struct.pack("<BHBI", 2, 7, 0x13, 99)
    blob = struct.pack("<H", 4) + b"abcd"
    with pytest.raises(ProtocolError, match="cut short"):
        layouts.parse_bulk(struct.pack("<III", 0, len(row), len(blob)) + row + blob)


def test_counts_that_a_unit_does_not_send_or_sends_negative_are_none() -> None:
    data = struct.pack("<i", -1) * 23
    assert layouts.parse_counts(data) == Counts()


@pytest.mark.parametrize("length", [0, 4, 35])
def test_TE24_an_answer_that_is_too_short_does_not_count_nothing(length: int) -> None:
    with pytest.raises(ProtocolError, match="counts what it holds"):
        layouts.parse_counts(bytes(length))


def test_what_is_free_is_sent_beside_the_counts() -> None:
    counts = Counts(people=5, fingers=6, records=7, people_capacity=100, fingers_capacity=4)
    data = layouts.pack_counts(counts)
    assert struct.unpack_from("<3i", data, 68) == (0, 95, 0), "fingers, people, records"


def test_operations_on_days_that_do_not_exist_go_aside_with_their_bytes() -> None:
    good = layouts.OPERATION.pack(
        0, 4, 0, clock.encode_time(datetime(2026, 11, 22, 8, 30)), 1, 2, 3, 4
    )
    never = layouts.OPERATION.pack(0, 5, 0, FEBRUARY_30, 9, 8, 7, 6)
    rows, bad = layouts.parse_operations(memoryview(good + never + good[:9]))
    assert [(row.code, row.local_time, row.params) for row in rows] == [
        (4, "2026-11-22 08:30:00", (1, 2, 3, 4))
    ]
    assert [(one.raw, one.reason) for one in bad] == [(never.hex(), "a day that does not exist")]


@pytest.mark.parametrize("raw", [b"", b"=value", b"no sign", b"x" * 65 + b"=1"])
def test_what_is_not_name_and_value_is_no_option(raw: bytes) -> None:
    with pytest.raises(ProtocolError, match="not an option"):
        layouts.parse_option(raw)


def test_an_option_ends_at_the_first_nul() -> None:
    assert layouts.parse_option(b"~OS=1\0garbage=2") == ("~OS", "1")
    assert layouts.parse_option(b"Name=") == ("Name", "")
