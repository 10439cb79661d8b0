"""Port 4370: the records of logins and operations, and live events. P3."""

import struct
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.simulator.unit import FEBRUARY_30
from bridge.terminals.errors import ProtocolError
from bridge.terminals.terminal import Punch
from bridge.terminals.zk import attendance, clock, events, layouts
from bridge.terminals.zk.codes import CommandCode, EventCode
from bridge.terminals.zk.frames import Packet

CAPTURES = Path(__file__).parents[3] / "shared/data/terminals/captures-pyzk.json"
packets = st.builds(
    Packet,
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.binary(max_size=300),
)
pins = st.from_regex(r"[0-9A-Za-z]{1,24}", fullmatch=True)


def _punches(count: int) -> list[Punch]:
    start = np.datetime64("2026-03-01T06:00:00")
    return [
        Punch(str(1000 + i % 7), str(start + i * 61).replace("T", " "), i % 2, 1)
        for i in range(count)
    ]


def _packed(width: int, punches: list[Punch]) -> bytes:
    return b"".join(
        attendance.pack_attendance(
            width,
            int(p.pin) - 999,
            p.pin,
            clock.encode_time(datetime.fromisoformat(p.local_time)),
            p.status,
            p.verify,
        )
        for p in punches
    )


UIDS = {pin - 999: str(pin) for pin in range(1000, 1007)}


@pytest.mark.parametrize("width", [8, 16, 40, 49])
@pytest.mark.parametrize("count", [1, 5, 40, 1000])
@pytest.mark.parametrize("counted", [True, False])
def test_P3_attendance_of_every_width_is_recognised_with_and_without_a_count(
    width: int, count: int, counted: bool
) -> None:
    data = memoryview(_packed(width, _punches(count)))
    table = attendance.parse_attendance(data, (count if counted else 0, 0), UIDS)
    assert table.records.dtype.itemsize == width
    assert list(table) == _punches(count)
    assert not table.quarantined


def test_P3_a_punch_that_came_while_reading_does_not_change_the_width() -> None:
    data = memoryview(_packed(40, _punches(11)))
    assert len(attendance.parse_attendance(data, (10, 11))) == 11


def test_P3_impossible_rows_go_aside_with_their_bytes_and_the_rest_stays() -> None:
    raw = bytearray(_packed(40, _punches(10)))
    raw[40 * 3 + 27 : 40 * 3 + 31] = FEBRUARY_30.to_bytes(4, "little")
    raw[40 * 5 + 2] = ord("?")
    table = attendance.parse_attendance(memoryview(raw), (10, 10))
    assert len(table) == 8
    assert [bad.reason for bad in table.quarantined] == [
        "a day that does not exist",
        "no known employee number",
    ]
    assert bytes.fromhex(table.quarantined[0].raw) == bytes(raw[120:160])


@pytest.mark.parametrize("width", [8, 16, 40, 49])
@pytest.mark.parametrize("off", [0, 1, -1])
@pytest.mark.parametrize(
    ("status", "verify"),
    [((255,), (1,)), ((255, 255, 0), (1,)), ((0, 1), (101, 104)), ((40,), (200,))],
)
def test_TE6_codes_that_nobody_knows_never_refuse_a_log(
    width: int, off: int, status: tuple[int, ...], verify: tuple[int, ...]
) -> None:
    punches = [
        Punch(p.pin, p.local_time, status[i % len(status)], verify[i % len(verify)])
        for i, p in enumerate(_punches(300))
    ]
    data = memoryview(_packed(width, punches))
    table = attendance.parse_attendance(data, (300 + off, 300 + off), UIDS)
    assert list(table) == punches
    assert not table.quarantined


def test_TE6_a_width_that_only_codes_could_decide_is_not_guessed() -> None:
    """Status 40 of 8-byte records reads as the year 2020 in 16-byte ones."""
    punches = [Punch(p.pin, p.local_time, 40, 1) for p in _punches(40)]
    data = memoryview(_packed(8, punches))
    with pytest.raises(ProtocolError, match="no single known layout"):
        attendance.parse_attendance(data, (0, 0), UIDS)
    assert list(attendance.parse_attendance(data, (39, 39), UIDS)) == punches


codes = st.integers(0, 255)


@given(st.sampled_from(sorted(attendance.LAYOUTS)), st.integers(20, 60), codes, codes)
def test_TE6_every_code_is_kept_in_every_width(
    width: int, count: int, status: int, verify: int
) -> None:
    punches = [Punch(p.pin, p.local_time, status, verify) for p in _punches(count)]
    for counts in ((count, count), (count - 1, count - 1)):
        data = memoryview(_packed(width, punches))
        assert list(attendance.parse_attendance(data, counts, UIDS)) == punches


def test_TE7_numbers_that_are_more_than_letters_and_digits_are_read_at_port_4370_too() -> None:
    at = datetime(2026, 11, 25, 8)
    data = attendance.pack_attendance(40, 1, "EMP-0012", clock.encode_time(at), 0, 1)
    assert [punch.pin for punch in attendance.parse_attendance(memoryview(data), (1, 1))] == [
        "EMP-0012"
    ]
    live = Packet(
        CommandCode.REGISTER_EVENTS, EventCode.PUNCH, 0, events.pack_punch("EMP-0012", 1, 0, at)
    )
    assert [punch.pin for punch in events.parse_event(live).punches] == ["EMP-0012"]


def test_P3_tail_bytes_are_reported() -> None:
    table = attendance.parse_attendance(memoryview(_packed(40, _punches(3)) + b"xyz"), (3, 3))
    assert (len(table), table.quarantined[-1].reason) == (3, "a record cut short")


@given(st.binary(min_size=1, max_size=2000), st.integers(0, 100))
@example(b"\x00\x01\x00\x00\x00\x00\n\x00", 0)
def test_P3_any_bytes_are_a_table_or_an_error_never_a_guess(data: bytes, count: int) -> None:
    try:
        table = attendance.parse_attendance(memoryview(data), (count, count))
    except ProtocolError:
        return
    assert len(list(table)) == len(table)


moments = st.datetimes(datetime(2005, 1, 1), datetime(2099, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
rows = st.tuples(st.integers(1, 60_000), moments, st.integers(0, 5), st.integers(0, 25))


@given(st.sampled_from(sorted(attendance.LAYOUTS)), st.lists(rows, min_size=1, max_size=30))
def test_attendance_survives_in_every_width(
    width: int, punches: list[tuple[int, datetime, int, int]]
) -> None:
    data = b"".join(
        attendance.pack_attendance(width, uid, str(uid), clock.encode_time(at), status, verify)
        for uid, at, status, verify in punches
    )
    table = attendance.parse_attendance(
        memoryview(data), (len(punches), len(punches)), {uid: str(uid) for uid, *_ in punches}
    )
    assert list(table) == [
        Punch(str(uid), at.isoformat(" "), status, verify) for uid, at, status, verify in punches
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 255), moments, st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4)
        ),
        max_size=10,
    )
)
def test_operations_survive(lines: list[tuple[int, datetime, list[int]]]) -> None:
    data = b"".join(
        layouts.OPERATION.pack(0, code, 0, clock.encode_time(at), *params)
        for code, at, params in lines
    )
    found, bad = layouts.parse_operations(memoryview(data))
    assert not bad
    assert [(op.code, op.local_time, list(op.params)) for op in found] == [
        (code, at.isoformat(" "), params) for code, at, params in lines
    ]


# events


@given(pins, st.integers(0, 255), st.integers(0, 255), moments)
def test_live_punches_survive(pin: str, verify: int, status: int, at: datetime) -> None:
    packet = Packet(
        CommandCode.REGISTER_EVENTS, EventCode.PUNCH, 0, events.pack_punch(pin, verify, status, at)
    )
    assert events.parse_event(packet).punches == (Punch(pin, at.isoformat(" "), status, verify),)


@pytest.mark.parametrize(
    ("data", "punch"),
    [
        (
            bytes.fromhex("31303432" + 20 * "00" + "01001a0b16081e0f"),
            Punch("1042", "2026-11-22 08:30:15", 0, 1),
        ),
        (
            struct.pack("<HBB6B", 7, 1, 0, 26, 11, 22, 8, 30, 15),
            Punch("7", "2026-11-22 08:30:15", 0, 1),
        ),
        (
            struct.pack("<IBB6B", 70000, 15, 1, 26, 11, 22, 8, 30, 15),
            Punch("70000", "2026-11-22 08:30:15", 1, 15),
        ),
        (
            struct.pack("<HBB6B4x", 7, 1, 0, 26, 11, 22, 8, 30, 15),
            Punch("7", "2026-11-22 08:30:15", 0, 1),
        ),
        (
            struct.pack("<24sBB6B5x", b"AB12", 1, 0, 26, 11, 22, 8, 30, 15),
            Punch("AB12", "2026-11-22 08:30:15", 0, 1),
        ),
    ],
)
def test_live_punches_of_every_known_length(data: bytes, punch: Punch) -> None:
    assert events.parse_event(
        Packet(CommandCode.REGISTER_EVENTS, EventCode.PUNCH, 0, data)
    ).punches == (punch,)


def test_several_live_punches_in_one_packet() -> None:
    one = struct.pack("<24sBB6B20x", b"1042", 1, 0, 26, 11, 22, 8, 30, 15)
    assert (
        len(
            events.parse_event(
                Packet(CommandCode.REGISTER_EVENTS, EventCode.PUNCH, 0, one * 3)
            ).punches
        )
        == 3
    )


@given(st.integers(0, 0xFFFF), st.binary(max_size=120))
def test_any_live_event_is_an_event_or_an_error(code: int, data: bytes) -> None:
    with suppress(ProtocolError):
        events.parse_event(Packet(CommandCode.REGISTER_EVENTS, code, 0, data))


def punch_event(data: bytes) -> events.LiveEvent:
    return events.parse_event(Packet(CommandCode.REGISTER_EVENTS, EventCode.PUNCH, 0, data))


def test_an_answer_is_no_live_event() -> None:
    with pytest.raises(ProtocolError, match="not a live event"):
        events.parse_event(Packet(CommandCode.DATA, EventCode.PUNCH, 0, bytes(10)))


@pytest.mark.parametrize("length", [0, 9, 11, 13, 31, 33, 35, 38, 51])
def test_a_punch_of_an_unknown_length_is_said_to_be_that(length: int) -> None:
    with pytest.raises(ProtocolError, match=f"a punch of {length} bytes"):
        punch_event(bytes(length))


@pytest.mark.parametrize(
    ("pin", "stamp"),
    [
        (b"1042", (26, 2, 30, 8, 0, 0)),
        (b"1042", (26, 13, 1, 8, 0, 0)),
        (b"1042", (100, 1, 1, 8, 0, 0)),
        (b"no one", (26, 11, 22, 8, 30, 15)),
        (b"", (26, 11, 22, 8, 30, 15)),
    ],
)
def test_a_punch_of_nobody_or_at_no_time_is_an_error(pin: bytes, stamp: tuple[int, ...]) -> None:
    with pytest.raises(ProtocolError, match="without a valid number or time"):
        punch_event(struct.pack("<24sBB6B", pin, 1, 0, *stamp))


def test_punches_follow_each_other_in_packets_of_either_width() -> None:
    def one(pin: bytes) -> bytes:
        return struct.pack("<24sBB6B", pin, 1, 0, 26, 11, 22, 8, 30, 15)

    wide = b"".join(one(pin).ljust(52, b"\0") for pin in (b"1", b"2"))
    narrow = one(b"1") + one(b"2") + one(b"3")
    assert [punch.pin for punch in punch_event(wide).punches] == ["1", "2"]
    assert [punch.pin for punch in punch_event(narrow).punches] == ["1", "2", "3"]
    assert [punch.pin for punch in punch_event(narrow[:64]).punches] == ["1", "2"]
    assert [punch.pin for punch in punch_event(wide[:61]).punches] == ["1"], "one, with a tail"


@pytest.mark.parametrize(
    ("kind", "value"),
    [(EventCode.ENROL_FINGER, 0x0102), (EventCode.FINGER, 2), (EventCode.UNLOCK, 2)],
)
def test_other_events_carry_their_first_number(kind: EventCode, value: int) -> None:
    packet = Packet(CommandCode.REGISTER_EVENTS, kind, 0, bytes([2, 1, 9]))
    assert events.parse_event(packet) == events.LiveEvent(kind, (), value)
    empty = Packet(CommandCode.REGISTER_EVENTS, kind, 0, b"")
    assert events.parse_event(empty).value == 0
    assert punch_event(events.pack_punch("7", 1, 0, datetime(2026, 11, 22))).value == 0


# widths and edges of the log


def test_an_empty_log_is_a_table_without_rows() -> None:
    table = attendance.parse_attendance(memoryview(b""), (0,))
    assert (len(table), list(table), table.quarantined) == (0, [], [])


def test_P3_bytes_that_two_layouts_explain_are_refused_unless_a_count_decides() -> None:
    """Two short records, one of them of 2085, that make sense as one of sixteen bytes as well."""
    late, now = datetime(2085, 3, 4, 5, 6, 7), datetime(2026, 11, 22, 8, 30)
    pair = attendance.pack_attendance(8, 1, "", clock.encode_time(late), 9, 1)
    pair += attendance.pack_attendance(8, 0x0101, "", clock.encode_time(now), 0, 1)
    rows = memoryview(pair * 3)
    assert clock.decode_time(int.from_bytes(pair[4:8], "little")) is not None
    with pytest.raises(ProtocolError, match="fit no single known layout"):
        attendance.choose_width(rows, (0,))
    assert attendance.choose_width(rows, (6,)) == 8
    assert attendance.choose_width(rows, (0, 3)) == 16, "the count after the read"


def test_rows_of_units_that_send_only_a_uid_need_the_list_of_people() -> None:
    rows = b"".join(
        attendance.pack_attendance(
            8, uid, "", clock.encode_time(datetime(2026, 11, 22, 8, uid)), 0, 1
        )
        for uid in (1, 2, 3)
    )
    table = attendance.parse_attendance(memoryview(rows), (3,), {1: "1001", 3: "1003"})
    assert [punch.pin for punch in table] == ["1001", "1003"]
    assert [bad.reason for bad in table.quarantined] == ["no known employee number"]
    assert table.quarantined[0].raw == rows[8:16].hex()


def test_nobody_has_the_number_0() -> None:
    stamp = clock.encode_time(datetime(2026, 11, 22, 8, 30))
    rows = [attendance.pack_attendance(16, 0, pin, stamp, 0, 1) for pin in ("7", "0", "8")]
    table = attendance.parse_attendance(memoryview(b"".join(rows)), (3,))
    assert [punch.pin for punch in table] == ["7", "8"]
    assert [bad.reason for bad in table.quarantined] == ["no known employee number"]
