"""The log on a USB stick, as units without a network write it."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.terminals.terminal import NOT_TOLD, Punch
from bridge.terminals.usb_files import parse_attlog


def test_lines_of_attlog_are_logins_and_all_else_is_set_aside() -> None:
    data = (
        b"     1042\t2026-11-22 08:30:15\t1\t0\t15\t0\r\n"
        b"1043\t2026-11-22 8:31:00\t1\t255\t\n\n"
        b"1043\t2026-02-30 08:31:00\t1\t0\t1\t0\n"
        b"a b\t2026-11-22 08:31:00\t1\t0\t1\t0\n"
        b"1043 2026-11-22\n"
    )
    file = parse_attlog(data)
    assert file.punches == [
        Punch("1042", "2026-11-22 08:30:15", 0, 15),
        Punch("1043", "2026-11-22 08:31:00", 255, NOT_TOLD),
    ]
    assert [line.reason for line in file.bad][1:] == [
        "not an employee number",
        "not a line of attlog.dat",
    ]
    assert file.bad[0].raw.startswith("1043\t2026-02-30")
    assert file.serial == ""


def test_a_file_of_an_older_unit_says_whose_it_is() -> None:
    login = b"1042\t2026-11-22 08:30:15\t1\t0\t15\t0\r\n"
    for data in (b"3393070500077\r\n" + login + b"8A3F\r\n", b"3393070500077\r\n" + login):
        file = parse_attlog(data)
        assert (file.serial, len(file.punches), file.bad) == ("3393070500077", 1, [])
    alone = parse_attlog(b"3393070500077\r\n")
    assert (alone.serial, alone.punches, alone.bad) == ("3393070500077", [], [])


@given(st.binary(max_size=400))
def test_whatever_a_file_holds_no_line_is_lost(data: bytes) -> None:
    file = parse_attlog(data)
    lines = [line for line in data.replace(b"\r", b"\n").split(b"\n") if line.strip()]
    assert len(file.punches) + len(file.bad) <= len(lines)
    assert all(len(line.raw) <= 200 for line in file.bad)
