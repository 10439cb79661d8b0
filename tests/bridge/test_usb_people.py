"""The people on a USB stick: `user.dat` of units without a network. P8, P9, TE1."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.terminals.errors import ProtocolError
from bridge.terminals.names import AUTO, UTF_8
from bridge.terminals.terminal import Person
from bridge.terminals.usb_people import PeopleFile, parse_people_file, write_people_file
from bridge.terminals.zk.layouts import pack_user

WIDE, NARROW = 72, 28
MAKERS_WIDE = struct.Struct("<HB8s24s4sB4H24s")
"""The maker's SSR_User, field by field: number of the row, privilege, password, name, card, group,
time zones, number."""
MAKERS_NARROW = struct.Struct("<HB5s8s5sBHI")
"""The maker's User."""


def wide(uid: int = 1, name: bytes = b"Ada", pin: bytes = b"1042", group: int = 1) -> bytes:
    card = (0x1F2E3D).to_bytes(4, "little")
    return MAKERS_WIDE.pack(uid, 14, b"4321", name, card, group, 0, 1, 0, 0, pin)


def read(data: bytes, encoding: str = AUTO) -> PeopleFile:
    return parse_people_file(data, encoding)


def test_a_record_of_a_colour_screen_is_read_at_the_makers_offsets() -> None:
    file = read(wide() + wide(7, "Zoë".encode(), b"EMP-0012"))
    assert file.width == WIDE
    first, second = file.people
    assert (first.uid, first.pin, first.name, first.privilege) == (1, "1042", "Ada", 14)
    assert (first.password, first.card, first.extra[0]) == ("4321", 0x1F2E3D, 1)
    assert (second.uid, second.pin, second.name) == (7, "EMP-0012", "Zoë")


def test_a_record_of_a_black_and_white_screen_is_read_at_the_makers_offsets() -> None:
    file = read(MAKERS_NARROW.pack(3, 0, b"77", b"Ada", b"\x05\0\0\0\0", 2, 9, 1042))
    assert (file.width, file.name_bytes) == (NARROW, 8)
    (person,) = file.people
    assert (person.uid, person.pin, person.name, person.card) == (3, "1042", "Ada", 5)
    assert (person.group, person.extra, person.password) == ("2", b"\x09\0", "77")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x" * 71,
        wide(uid=0),
        wide() + wide(),
        wide(1) + wide(2),
        wide(pin=b"no number"),
        b"\xff" * 504,
        bytes(WIDE),
    ],
    ids=["nothing", "cut", "no row", "twice", "a number twice", "no number", "noise", "empty"],
)
def test_a_file_that_makes_no_sense_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"not a user\.dat"):
        read(data)


def test_P3_the_width_is_never_guessed() -> None:
    seven = b"".join(wide(n, pin=str(n).encode()) for n in range(1, 8))
    assert len(seven) % NARROW == 0
    assert read(seven).width == WIDE
    eighteen = b"".join(
        MAKERS_NARROW.pack(n, 0, b"", b"Ada", b"", 1, 0, 1000 + n) for n in range(1, 19)
    )
    assert len(eighteen) % WIDE == 0
    assert read(eighteen).width == NARROW


@given(
    st.lists(
        st.tuples(st.binary(max_size=8), st.binary(max_size=24), st.integers(0, 255)),
        min_size=1,
        max_size=6,
    )
)
def test_TE1_a_file_in_which_nothing_changes_stays_the_same_byte_for_byte(
    rows: list[tuple[bytes, bytes, int]],
) -> None:
    data = b"".join(
        MAKERS_WIDE.pack(
            uid, 0, password, name, b"\x01\x02\x03\x04", group, 1, 2, 3, 4, b"%d" % uid
        )
        for uid, (password, name, group) in enumerate(rows, 1)
    )
    assert write_people_file(read(data), {}, {}) == data


def test_TE1_only_the_name_changes_and_whoever_is_new_stands_behind_the_last() -> None:
    file = read(wide(5, b"Ada", b"1042") + ordinary(9, "1043"))
    written = write_people_file(file, {"1042": "Ada Bell"}, {"1044": "New"})
    assert written[: 2 * WIDE] == wide(5, b"Ada Bell", b"1042") + ordinary(9, "1043")
    new = read(written).people[2]
    assert (new.uid, new.pin, new.name, new.privilege) == (10, "1044", "New", 0)
    assert new.extra == file.people[1].extra, "group and time zones as of everybody there"


def ordinary(uid: int, pin: str, extra: bytes = b"\x01" + bytes(8)) -> bytes:
    return pack_user(Person(pin=pin, name="Bo", uid=uid, extra=extra), WIDE)


def test_nobody_is_added_where_it_is_not_certain_how() -> None:
    differ = read(ordinary(1, "1") + ordinary(2, "2", b"\x02" + bytes(8)))
    with pytest.raises(ValueError, match="different groups"):
        write_people_file(differ, {}, {"3": "New"})
    narrow = read(MAKERS_NARROW.pack(3, 0, b"", b"Ada", b"", 1, 0, 1042))
    with pytest.raises(ValueError, match="numbers only"):
        write_people_file(narrow, {}, {"EMP-1": "New"})
    added = write_people_file(narrow, {"1042": "Adalbert Longname"}, {"1043": "New"})
    assert [(one.uid, one.name) for one in read(added).people] == [(3, "Adalbert"), (4, "New")]


def test_TE11_names_are_written_in_the_encoding_of_those_that_are_there() -> None:
    data = wide(1, "Ольга Иванова".encode("cp1251"), b"1") + ordinary(2, "2")
    file = read(data, "windows-1251")
    assert file.people[0].name == "Ольга Иванова"
    written = write_people_file(file, {"2": "Иван"}, {})
    assert "Иван".encode("cp1251") in written
    assert replace(read(data, UTF_8).people[0], raw_name=b"").name == ""
