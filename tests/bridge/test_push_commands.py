"""The commands to a terminal that dials in: what is sent, and what never is. TE7, TE18, TE28."""

import base64
import functools
import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.terminals.names import NAME_FIELDS, shown_name
from bridge.terminals.plan import same_name
from bridge.terminals.push import commands
from bridge.terminals.push.records import (
    parse_results,
    parse_upload,
    to_wire,
)
from bridge.terminals.terminal import FingerTemplate, Person


@functools.cache
def breaking() -> list[str]:
    """Every character that breaks a line or a field. Made at the first use: all are looked at."""
    every = (chr(c) for c in range(0x110000))
    return [one for one in every if unicodedata.category(one) in ("Cc", "Zl", "Zp", "Cs")]


def test_TE7_a_number_with_a_hyphen_is_a_person_too_and_can_be_removed() -> None:
    (person,) = parse_upload("OPERLOG", b"USER PIN=EMP-0012\tName=Nur\tPri=0").users
    assert commands.delete_user(person.pin)("1") == "C:1:DATA DELETE USERINFO PIN=EMP-0012"


@pytest.mark.parametrize("pin", ["12.5", "A/17", "../1", "-1", "1=2", "1&2", "1:2", "1,2", "1 2"])
def test_TE7_a_number_that_is_only_safe_to_read_is_not_sent(pin: str) -> None:
    with pytest.raises(commands.UnsafeValue):
        commands.delete_user(pin)


@given(st.text(max_size=60))
def test_a_name_never_breaks_out_of_its_field(name: str) -> None:
    line = commands.add_user(Person(pin="1042", name=name))("1")
    assert "\n" not in line
    assert "\r" not in line
    assert line.count("\t") == 7
    assert len(line.partition("Name=")[2].partition("\t")[0].encode()) <= NAME_FIELDS[0]


def test_TE18_every_character_at_which_a_line_ends_is_one_that_the_encoder_knows() -> None:
    ends = {chr(c) for c in range(0x110000) if len(f"a{chr(c)}b".splitlines()) > 1}
    assert ends | set("\t\0\x7f") <= set(breaking())


@given(st.text(), st.deferred(lambda: st.sampled_from(breaking())), st.text())
def test_TE18_no_separator_gets_into_a_command(before: str, mark: str, after: str) -> None:
    line = commands.add_user(Person(pin="1", name=before + mark + after))("1")
    assert len(line.splitlines()) == 1
    assert line.count("\t") == 7
    line.encode()
    for build in (
        lambda: commands.add_user(Person(pin="1", password=before + mark + after)),
        lambda: commands.add_user(Person(pin="1", group=before + mark + after)),
        lambda: commands.set_option("LockOn", before + mark + after),
    ):
        with pytest.raises(commands.UnsafeValue):
            build()("1")


@given(st.one_of(st.text(), st.sampled_from(["Ada\u2028B", "Ada\x85B", "क्\u200dष", "Zo\u00a0ë"])))
def test_TE18_a_name_that_was_sent_is_the_name_that_is_read_back(name: str) -> None:
    sent = shown_name(name, "utf-8")
    (person,) = parse_upload("OPERLOG", f"USER PIN=1\tName={sent}\tPri=0".encode()).users
    assert person.name == sent
    assert same_name(name, person.name)


@pytest.mark.parametrize("pin", ["1\t2", "1\n2", "1\r2", "1\x00", "1\x85", "1\u2028", "1\u2029"])
def test_control_characters_in_a_number_are_refused(pin: str) -> None:
    for build in (
        lambda: commands.add_user(Person(pin=pin, name="x"))("1"),
        lambda: commands.query_user(pin)("1"),
    ):
        with pytest.raises(commands.UnsafeValue):
            build()


@pytest.mark.parametrize(
    "command_id", ["", "9" * 17, "0", "01", "-1", "q1", "m12", "1:2", "1\n2", "٣", "1.0", " 1"]
)
def test_TE28_command_ids_are_whole_numbers(command_id: str) -> None:
    with pytest.raises(commands.UnsafeValue):
        commands.query_user("1")(command_id)
    assert not parse_results(f"ID={command_id}&Return=0&CMD=DATA\n".encode())


def test_a_photo_goes_out_with_the_length_of_its_base64() -> None:
    line = commands.update_face_photo("1042", b"\xff\xd8\xff" + b"x" * 100)("2")
    fields = dict(part.split("=", 1) for part in line.partition("BIOPHOTO ")[2].split("\t"))
    assert int(fields["Size"]) == len(fields["Content"])
    assert base64.b64decode(fields["Content"])[:3] == b"\xff\xd8\xff"
    assert fields["Type"] == "9"
    assert fields["PostBackTmpFlag"] == "1"


def test_dangerous_verbs_cannot_be_built() -> None:
    source = (
        open(commands.__file__, encoding="utf-8").read().partition('"""')[2].partition('"""')[2]
    )
    assert not any(verb in source for verb in ("SHELL", "PutFile", "GetFile", "UPGRADE"))


@pytest.mark.parametrize("name", ["ICLOCKSVRURL", "WebServerIP", "a b", "x\ty", ""])
def test_settings_that_hand_the_terminal_over_cannot_be_sent(name: str) -> None:
    with pytest.raises(commands.UnsafeValue):
        commands.set_option(name, "1")


@pytest.mark.parametrize("value", ["a\tb", "a\nb", "\x7f", "\x1f"])
def test_a_value_that_could_end_its_field_is_refused(value: str) -> None:
    with pytest.raises(commands.UnsafeValue, match="control characters"):
        commands.set_option("Delay", value)("1")
    with pytest.raises(commands.UnsafeValue, match="control characters"):
        commands.add_user(Person(pin="7", password=value))("1")


def test_every_command_says_what_it_says_and_no_more() -> None:
    start, end = datetime(2026, 11, 22, 8, 30, 15), datetime(2026, 11, 23)
    span = "StartTime=2026-11-22 08:30:15\tEndTime=2026-11-23 00:00:00"
    expected = {
        commands.delete_user("7"): "DATA DELETE USERINFO PIN=7",
        commands.delete_finger("7", 3): "DATA DELETE FINGERTMP PIN=7\tFID=3",
        commands.delete_face("7"): "DATA DELETE BIODATA PIN=7\tType=9",
        commands.query_user(): "DATA QUERY USERINFO",
        commands.query_user("7"): "DATA QUERY USERINFO PIN=7",
        commands.query_fingers(): "DATA QUERY FINGERTMP",
        commands.query_fingers("7"): "DATA QUERY FINGERTMP PIN=7",
        commands.query_faces(): "DATA QUERY BIODATA Type=9",
        commands.query_faces("7"): "DATA QUERY BIODATA Type=9\tPIN=7",
        commands.query_log(start, end): f"DATA QUERY ATTLOG {span}",
        commands.verify_sum(start, end): f"VERIFY SUM ATTLOG {span}",
        commands.set_option("~Delay", "30"): "SET OPTION ~Delay=30",
        commands.enrol_finger("7", 3): "ENROLL_FP PIN=7\tFID=3\tRETRY=3\tOVERWRITE=1",
        commands.REBOOT: "REBOOT",
        commands.UNLOCK: "AC_UNLOCK",
        commands.update_finger(FingerTemplate("7", 3, b"abc", 1)): (
            "DATA UPDATE FINGERTMP PIN=7\tFID=3\tSize=4\tValid=1\tTMP=YWJj"
        ),
        commands.add_user(Person(pin="7", name="Nur", privilege=14, card=99, group="2")): (
            "DATA UPDATE USERINFO PIN=7\tName=Nur\tPri=14\tPasswd=\tCard=99\tGrp=2\tTZ=\tVerify=0"
        ),
    }
    for build, text in expected.items():
        assert build("17") == f"C:17:{text}"


def test_a_person_without_a_card_is_sent_without_one() -> None:
    assert "\tCard=\t" in commands.add_user(Person(pin="7"))("1")


def test_nothing_is_done_to_a_number_that_no_terminal_takes() -> None:
    for build in (commands.delete_user, commands.query_faces, commands.query_user):
        with pytest.raises(commands.UnsafeValue, match="employee number"):
            build("7 8")


def test_TE11_a_name_goes_out_in_the_bytes_of_the_encoding() -> None:
    line = commands.add_user(Person(pin="7", name="王小明"), "gbk")("1")
    assert b"\tName=" + "王小明".encode("gbk") + b"\t" in to_wire(line)
    kept = commands.add_user(Person(pin="7", raw_name=b"\xd1\xee"))("1")
    assert b"Name=\xd1\xee\t" in to_wire(kept)
    with pytest.raises(commands.UnsafeValue):
        commands.add_user(Person(pin="7", raw_name=b"a\tPri=14"))("1")


def test_TE11_what_a_unit_told_goes_back_in_the_same_bytes() -> None:
    told = b"Grp=\xc4\xb3\tPasswd=\x81\x39\xfe\x30\tVerify=6\tNote=\xd0\x98=\xff"
    line = b"USER PIN=7\tName=\xd1\xee\t" + told
    (person,) = parse_upload("OPERLOG", line).users
    assert person.extra == told
    sent = to_wire(commands.rename_user(person, "王小明".encode("gbk"))("1"))
    assert sent == b"C:1:DATA UPDATE USERINFO PIN=7\tName=" + "王小明".encode("gbk") + b"\t" + told


@pytest.mark.parametrize("told", [b"TZ=1\r2", b"T\x0bZ=1"])
def test_TE18_no_separator_that_a_unit_told_goes_back(told: bytes) -> None:
    (person,) = parse_upload("OPERLOG", b"USER PIN=7\tName=Nur\t" + told).users
    with pytest.raises(commands.UnsafeValue):
        commands.rename_user(person, b"Wei")("1")
