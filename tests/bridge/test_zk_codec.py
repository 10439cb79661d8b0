"""Port 4370, byte by byte: frames, key, clock, records. P3: layouts by count and plausibility."""

import json
import struct
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.simulator.unit import FEBRUARY_30
from bridge.terminals.errors import ProtocolError
from bridge.terminals.fields import breaks_field
from bridge.terminals.names import read_names
from bridge.terminals.terminal import Counts, FingerTemplate, Person
from bridge.terminals.zk import clock, comm_key, exchanges, frames, layouts
from bridge.terminals.zk.frames import Packet, StreamParser, decode, encode, encode_tcp
from bridge.terminals.zk.text import write_field

CAPTURES = Path(__file__).parents[3] / "shared/data/terminals/captures-pyzk.json"
packets = st.builds(
    Packet,
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.binary(max_size=300),
)
pins = st.from_regex(r"[0-9A-Za-z]{1,24}", fullmatch=True)


# frames


def test_the_beginning_of_a_second_packet_waits_for_its_rest() -> None:
    first, second = Packet(1, 2, 3, b"first"), Packet(4, 5, 6, b"and the second")
    raw = encode_tcp(first) + encode_tcp(second)
    parser = StreamParser()
    assert parser.feed(raw[:-1]) == [first]
    assert parser.feed(raw[-1:]) == [second]


@given(packets)
def test_packets_survive_the_way_over_udp_and_carry_a_checksum(packet: Packet) -> None:
    assert decode(encode(packet)) == packet


@settings(max_examples=30)
@given(st.lists(packets, min_size=1, max_size=4))
def test_a_stream_cut_at_every_byte_gives_the_same_packets(sent: list[Packet]) -> None:
    stream = b"".join(encode_tcp(packet) for packet in sent)
    for border in range(len(stream) + 1):
        parser = StreamParser()
        assert parser.feed(stream[:border]) + parser.feed(stream[border:]) == sent


def test_a_stream_of_single_bytes_gives_the_same_packets() -> None:
    sent = [Packet(2000, 1, 2, bytes(range(50))), Packet(1501, 0, 2, b"")]
    parser = StreamParser()
    stream = b"".join(encode_tcp(packet) for packet in sent)
    assert [packet for byte in stream for packet in parser.feed(bytes([byte]))] == sent


@pytest.mark.parametrize(
    "stream",
    [
        b"HTTP/1.1 200",
        b"\x50\x50\x82\x7e",
        frames.MAGIC + struct.pack("<I", 7),
        frames.MAGIC + b"\xff\xff\xff\xff",
    ],
)
def test_what_is_no_frame_is_refused_at_once(stream: bytes) -> None:
    with pytest.raises(ProtocolError):
        StreamParser().feed(stream)


def test_a_wrong_checksum_is_noted_not_refused() -> None:
    payload = bytearray(encode(Packet(2000, 1, 2, b"abc")))
    payload[2] ^= 1
    assert decode(bytes(payload)).checksum_ok is False


@pytest.mark.skipif(
    not CAPTURES.exists(),
    reason="the captures of real terminals may not be part of this repository",
)
def test_golden_every_captured_packet_decodes_as_noted_however_it_is_cut() -> None:
    checked = 0
    for entry in json.loads(CAPTURES.read_text()):
        raw = bytes.fromhex(entry["hex"])
        for noted in entry["packets"]:
            checked += _check_capture(raw, noted)
    assert checked >= 80


def _check_capture(raw: bytes, noted: dict[str, Any]) -> bool:
    if not raw.startswith(frames.MAGIC):
        packet = decode(raw)
        assert (packet.command, packet.session, packet.reply, len(packet.data)) == (
            noted["cmd"],
            noted["session"],
            noted["reply"],
            noted["len"],
        )
        return bool(packet.checksum_ok == noted["checksum_ok"])
    whole = StreamParser().feed(raw)
    assert noted["cmd"] in [packet.command for packet in whole]
    for border in range(len(raw)):
        parser = StreamParser()
        first = parser.feed(raw[:border])
        with suppress(ProtocolError):  # two captures end in bytes their author left behind
            first += parser.feed(raw[border:])
        assert first == whole
    return any(
        (p.command, p.reply, len(p.data), p.checksum_ok)
        == (noted["cmd"], noted["reply"], noted["len"], noted["checksum_ok"])
        for p in whole
    )


# key and clock


@pytest.mark.parametrize(
    ("key", "session", "ticks", "expected"),
    [
        (12, 0x45CF, 0x32, "614d323c"),
        (45, 0x45CF, 0x32, "61c9323c"),
        (999999, 0x45CF, 0x32, "2281324c"),
        (131071, 0xFFFF, 0x32, "617d3206"),
        (12, 0x45CF, 0, "537f000e"),
    ],
)
def test_comm_key_as_real_units_expect_it(
    key: int, session: int, ticks: int, expected: str
) -> None:
    assert comm_key.scramble(key, session, ticks).hex() == expected
    assert comm_key.matches(bytes.fromhex(expected), key, session)
    assert not comm_key.matches(bytes.fromhex(expected), key + 1, session)


def test_the_clock_of_the_published_example() -> None:
    moment = datetime(2026, 11, 22, 8, 30, 15)
    assert (
        clock.encode_time(moment)
        == 864289815
        == int.from_bytes(bytes.fromhex("17048433"), "little")
    )
    assert clock.decode_time(864289815) == moment


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59)))
def test_times_survive_both_forms(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert clock.decode_time(clock.encode_time(moment)) == moment
    assert clock.decode_event_time(clock.encode_event_time(moment)) == moment


@given(st.lists(st.integers(0, 0xFFFFFFFF), max_size=50))
def test_a_column_of_times_says_what_single_times_say(values: list[int]) -> None:
    column = clock.decode_times(np.array(values, np.uint32)).tolist()
    assert column == [clock.decode_time(value) for value in values]


def test_the_calendar_of_a_unit_ends_with_2099() -> None:
    last = clock.encode_time(datetime(2099, 12, 31, 23, 59, 59))
    first = clock.encode_time(datetime(2000, 1, 1))
    times = clock.decode_times(np.array([first, last, last + 1], np.uint32))
    assert times[0] == np.datetime64("2000-01-01T00:00:00")
    assert times[1] == np.datetime64("2099-12-31T23:59:59")
    assert np.isnat(times[2])
    assert clock.decode_time(last) == datetime(2099, 12, 31, 23, 59, 59)
    assert clock.decode_time(last + 1) is None


def test_P3_february_30_is_no_time() -> None:
    assert clock.decode_time(FEBRUARY_30) is None


@given(st.text(), st.characters(categories=["Cc", "Zl", "Zp", "Cs"]))
def test_TE18_no_separator_gets_into_a_record_or_a_setting(before: str, mark: str) -> None:
    raw = write_field(before + mark + "x", 24)
    assert len(raw) == 24
    assert not breaks_field(raw.rstrip(b"\0").decode())
    with pytest.raises(ValueError, match="cannot be part"):
        next(exchanges.write_option("LockOn", before + mark))


# people, fingers, counts


@given(
    pins,
    st.text(max_size=30),
    st.integers(0, 255),
    st.integers(0, 0xFFFFFFFF),
    st.integers(1, 0xFFFF),
)
def test_wide_people_survive_except_for_what_their_fields_cut(
    pin: str, name: str, privilege: int, card: int, uid: int
) -> None:
    person = Person(
        pin=pin, name=name, privilege=privilege, password="1234", card=card, group="2", uid=uid
    )
    (back,), bad = layouts.parse_users(memoryview(layouts.pack_user(person, 72)), 72)
    assert not bad
    assert (back.pin, back.privilege, back.password, back.card, back.group, back.uid) == (
        pin,
        privilege,
        "1234",
        card,
        "2",
        uid,
    )
    assert layouts.pack_user(back, 72)[:11] == layouts.pack_user(person, 72)[:11]


@given(st.integers(1, 0xFFFFFFFF), st.integers(1, 0xFFFF))
def test_narrow_people_survive(number: int, uid: int) -> None:
    person = Person(
        pin=str(number),
        name="Nur",
        privilege=0,
        password="12",
        card=7,
        group="1",
        uid=uid,
        extra=b"\x05\x00",
    )
    assert layouts.parse_users(memoryview(layouts.pack_user(person, 28)), 28) == ([person], [])


def test_names_are_cut_between_characters_and_read_in_utf8_or_as_they_prove() -> None:
    record = layouts.pack_user(Person(pin="1", name="陈" * 20, uid=1), 72)
    assert layouts.parse_users(memoryview(record), 72)[0][0].name == "陈" * 8
    names = ["陈伟", "王小明", "李娜"]
    chinese = b"".join(
        layouts.pack_user(Person(pin="1", name=name, uid=1), 72, "gbk") for name in names
    )
    people, _ = layouts.parse_users(memoryview(chinese), 72)
    assert people[0].unread
    assert [person.name for person in read_names(people, "auto")] == names


def test_bytes_that_firmwares_use_differently_are_written_back_untouched() -> None:
    extra = bytes(range(9))
    record = layouts.pack_user(Person(pin="1", name="Nur", uid=1, extra=extra), 72)
    assert record[39:48] == extra


@pytest.mark.parametrize(
    ("total", "count", "width"), [(72 * 3, 3, 72), (28 * 3, 3, 28), (28, 0, 28), (72, 9, 72)]
)
def test_the_width_of_people_comes_from_the_count(total: int, count: int, width: int) -> None:
    assert layouts.user_width(total, count) == width


@pytest.mark.parametrize(("total", "count"), [(100, 3), (504 * 2, 5), (1, 1)])
def test_P3_a_width_that_fits_nothing_or_everything_is_an_error(total: int, count: int) -> None:
    with pytest.raises(ProtocolError):
        layouts.user_width(total, count)


def test_P8_people_keep_the_uid_the_unit_knows_them_by_and_new_ones_go_on_top() -> None:
    held = [Person(pin="7", uid=3, extra=b"123456789"), Person(pin="8", uid=9)]
    got = layouts.allocate_uids(
        [
            Person(pin="8", name="Eight"),
            Person(pin="9"),
            Person(pin="7", name="Seven"),
            Person(pin="10"),
        ],
        held,
    )
    assert [(person.pin, person.uid) for person in got] == [
        ("8", 9),
        ("9", 10),
        ("7", 3),
        ("10", 11),
    ]
    assert got[2].extra == b"123456789"


def test_a_full_uid_range_is_filled_in_its_gaps_and_then_refused() -> None:
    held = [Person(pin=str(uid), uid=uid) for uid in range(1, 0x10000) if uid != 77]
    assert layouts.allocate_uids([Person(pin="x")], held)[0].uid == 77
    with pytest.raises(ValueError, match="no free uid"):
        layouts.allocate_uids([Person(pin="x"), Person(pin="y")], held)


@given(
    st.lists(
        st.builds(
            layouts.RawFinger,
            st.integers(1, 0xFFFF),
            st.integers(0, 9),
            st.just(1),
            st.binary(min_size=1, max_size=600),
        ),
        max_size=5,
    )
)
def test_fingers_survive_and_a_cut_set_gives_those_before_the_cut(
    fingers: list[layouts.RawFinger],
) -> None:
    data = b"".join(map(layouts.pack_finger, fingers))
    assert layouts.parse_fingers(memoryview(data)) == (fingers, [])
    if data:
        found, bad = layouts.parse_fingers(memoryview(data[:-1]))
        assert found == fingers[:-1]
        assert bad


@given(
    st.lists(
        st.tuples(st.integers(1, 0xFFFF), st.lists(st.binary(min_size=1, max_size=50), max_size=3)),
        max_size=4,
        unique_by=lambda row: row[0],
    )
)
def test_a_fast_write_is_understood_by_the_other_side(rows: list[tuple[int, list[bytes]]]) -> None:
    people = [
        (
            layouts.pack_user(Person(pin=str(uid), uid=uid), 72),
            uid,
            [FingerTemplate(str(uid), i, blob) for i, blob in enumerate(blobs)],
        )
        for uid, blobs in rows
    ]
    back, fingers = layouts.parse_bulk(layouts.pack_bulk(people))
    assert [person.uid for person in back] == [uid for uid, _ in rows]
    assert [(finger.uid, finger.finger, finger.template) for finger in fingers] == [
        (uid, i, blob) for uid, blobs in rows for i, blob in enumerate(blobs)
    ]


@given(st.binary(max_size=200))
def test_any_bytes_as_a_fast_write_are_people_or_an_error(buffer: bytes) -> None:
    with suppress(ProtocolError):
        layouts.parse_bulk(buffer)


@pytest.mark.parametrize("length", [72, 80, 92, 112])
def test_counts_are_read_as_far_as_they_go(length: int) -> None:
    counts = Counts(
        people=5,
        fingers=6,
        records=7,
        operations=8,
        people_capacity=100,
        fingers_capacity=200,
        records_capacity=300,
        faces=9,
        faces_capacity=10,
    )
    data = layouts.pack_counts(counts).ljust(length, b"\0")[:length]
    read = layouts.parse_counts(data)
    assert (read.people, read.fingers, read.records, read.operations) == (5, 6, 7, 8)
    assert read.faces == (9 if length >= 84 else 0)


@given(
    st.from_regex(r"~?[A-Za-z0-9]{1,20}", fullmatch=True),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
)
def test_options_survive_with_the_doubled_sign_that_some_firmwares_write(
    name: str, value: str
) -> None:
    value = value.lstrip("=")
    for sign in ("=", "=="):
        assert layouts.parse_option(f"{name}{sign}{value}\0".encode()) == (name, value)


@given(st.builds(Counts, *[st.integers(0, 2**31 - 1)] * 9))
def test_counts_survive(counts: Counts) -> None:
    assert layouts.parse_counts(layouts.pack_counts(counts)) == counts


def test_a_payload_shorter_than_its_header_is_no_packet() -> None:
    with pytest.raises(ProtocolError, match="a packet of 7 bytes"):
        decode(bytes(7))


def test_a_checksum_wraps_at_65535() -> None:
    """One's complement of the sum of 16-bit words, as units compute it; the sum is never 0."""
    header = struct.pack("<HHH", 0xFFFF, 0, 0)
    assert frames.checksum(header[:2] + b"\0\0" + header[2:]) == 0
    assert frames.checksum(struct.pack("<HHHH", 0xFFFF, 0, 1, 0)) == 0xFFFE
    assert frames.checksum(struct.pack("<HHHH", 0, 0, 0, 0)) == 0xFFFF
