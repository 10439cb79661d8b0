"""The push dialect, byte by byte: uploads are parsed or quarantined, commands are safe."""

import base64
import io
import tarfile
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.terminals.errors import ProtocolError
from bridge.terminals.names import read_names
from bridge.terminals.push import commands
from bridge.terminals.push.commands import rename_user
from bridge.terminals.push.dialects import forgets_its_stamp
from bridge.terminals.push.records import (
    MAX_LINE,
    UploadBatch,
    parse_results,
    parse_upload,
    unpack_archive,
)
from bridge.terminals.terminal import NOT_TOLD, FingerTemplate, Person, Punch


def test_attendance_lines_of_every_known_length() -> None:
    body = b"1042\t2026-11-22 08:30:15\t0\t15\nA7\t2026-11-22 08:30:16\t1\t1\t0\t0\t0\t0\t36.6\t1\n"
    batch = parse_upload("ATTLOG", body)
    assert batch.punches == [
        Punch("1042", "2026-11-22 08:30:15", 0, 15),
        Punch("A7", "2026-11-22 08:30:16", 1, 1),
    ]
    assert batch.lines == 2


@pytest.mark.parametrize(
    "line",
    [
        b"1042",
        b"1\t2025-02-30 08:00:00\t0\t1",
        b"x y\t2026-11-22 08:30:15\t0\t1",
        b"1\t22.11.2026\t0\t1",
        b"1\t2026-11-22 08:30:15\tin\t1",
    ],
)
def test_P3_one_bad_line_is_set_aside_with_its_text_and_the_others_are_kept(line: bytes) -> None:
    batch = parse_upload(
        "ATTLOG", b"7\t2026-11-22 08:30:15\t0\t1\n" + line + b"\n8\t2026-11-22 08:30:15\t0\t1\n"
    )
    assert [punch.pin for punch in batch.punches] == ["7", "8"]
    assert [bad.raw for bad in batch.quarantined] == [line.decode()]
    assert batch.lines == 3


def test_TE7_a_login_is_who_and_when_and_the_rest_may_be_missing() -> None:
    lines = ["1001\tTIME\t\t1\t0", "1001\tTIME\t0", "1001\tTIME", "1001\tTIME\t0\t"]
    body = "\n".join(lines).replace("TIME", "2026-11-25 08:00:03")
    batch = parse_upload("ATTLOG", body.encode())
    assert not batch.quarantined
    assert [(punch.status, punch.verify) for punch in batch.punches] == [
        (NOT_TOLD, 1),
        (0, NOT_TOLD),
        (NOT_TOLD, NOT_TOLD),
        (0, NOT_TOLD),
    ]


def test_TE7_codes_that_nobody_knows_are_kept_as_numbers() -> None:
    body = b"1\t2026-11-25 08:00:01\t255\t104\n1\t2026-11-25 08:00:02\t999\t4096\n"
    batch = parse_upload("ATTLOG", body)
    assert [(punch.status, punch.verify) for punch in batch.punches] == [(255, 104), (999, 4096)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-05 8:00:07",
        "2026-11-5 08:00:07",
        "2026/11/05 08:00:07",
        "2026.11.05 08:00:07",
        "2026-11-05T08:00:07",
        "2026-11-05  08:00:07.250",
    ],
)
def test_TE7_a_time_with_one_meaning_is_read_and_stored_in_one_form(text: str) -> None:
    batch = parse_upload("ATTLOG", f"1001\t{text}\t0\t1\n".encode())
    assert batch.punches == [Punch("1001", "2026-11-05 08:00:07", 0, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "05/11/2026 08:00:07",
        "05.11.2026 08:00:07",
        "26-11-05 08:00:07",
        "2026-11/05 08:00:07",
        "2026-11-05 08:00:07Z",
        "2026-11-05 08:00:07+08:00",
        "2026-11-05 08:00",
        "2026-11-05 8:00:07 PM",
        "2026-11-31 08:00:07",
        "0000-11-05 08:00:07",
        "1764057610",
        "٢٠٢٦-11-05 08:00:07",
    ],
)
def test_TE7_a_time_that_could_mean_several_is_set_aside(text: str) -> None:
    line = f"1001\t{text}\t0\t1"
    batch = parse_upload("ATTLOG", line.encode())
    assert (batch.punches, [bad.raw for bad in batch.quarantined]) == ([], [line])


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), st.sampled_from("-/."))
def test_TE7_every_moment_survives_in_every_form(moment: datetime, mark: str) -> None:
    day = f"{moment.year}{mark}{moment.month}{mark}{moment.day}"
    text = f"{day} {moment.hour}:{moment.minute:02}:{moment.second:02}"
    (punch,) = parse_upload("ATTLOG", f"7\t{text}\t0\t1".encode()).punches
    assert punch.local_time == moment.replace(microsecond=0).isoformat(" ")


@pytest.mark.parametrize("pin", ["EMP-0012", "EMP_12", "12.5", "A/17", "0", "X" * 24])
def test_TE7_employee_numbers_that_are_more_than_letters_and_digits_are_read(pin: str) -> None:
    batch = parse_upload("ATTLOG", f"{pin}\t2026-11-25 08:00:12\t0\t1".encode())
    assert [punch.pin for punch in batch.punches] == [pin]


@pytest.mark.parametrize("pin", ["", "-1", "=1", "1 001", "1<b>", "X" * 25, "٠١", "1\u20282"])
def test_TE7_what_is_no_number_of_a_person_is_set_aside(pin: str) -> None:
    batch = parse_upload("ATTLOG", f"{pin}\t2026-11-25 08:00:12\t0\t1".encode())
    assert (batch.punches, len(batch.quarantined)) == ([], 1)


@pytest.mark.parametrize(
    "line",
    ["USER PIN=A/17\tName=Nur", "FP PIN=1\tFID=10\tTMP=eHh4", "FP PIN=1\tFID=6\tTMP=no base64"],
)
def test_TE7_a_person_or_finger_that_could_not_be_sent_back_is_set_aside(line: str) -> None:
    batch = parse_upload("OPERLOG", line.encode())
    assert (batch.users, batch.fingers, len(batch.quarantined)) == ([], [], 1)


def test_operation_log_mixes_kinds_of_lines() -> None:
    body = (
        "OPLOG 4\t0\t2026-11-22 08:30:15\t0\t0\t0\nUSER PIN=1042\tName=Nur\tPri=0\n"
        "BIOPHOTO PIN=1042\tType=9\tContent=YWI=\nNONSENSE x\n"
    )
    batch = parse_upload("OPERLOG", body.encode())
    assert [(user.pin, user.name) for user in batch.users] == [("1042", "Nur")]
    assert [bad.reason for bad in batch.quarantined] == ["unknown kind of line"]


def test_TE11_a_name_that_is_no_utf8_keeps_its_bytes_until_all_names_are_known() -> None:
    names = ["陈伟", "王小明", "李娜"]
    body = "\n".join(f"USER PIN={pin}\tName={name}" for pin, name in enumerate(names, 1))
    people = parse_upload("OPERLOG", body.encode("gbk")).users
    assert all(person.unread for person in people)
    assert [person.name for person in read_names(people, "auto")] == names


def test_errors_of_a_command_carry_its_id() -> None:
    (error,) = parse_upload(
        "ERRORLOG", b"ErrCode=D01E0003\tErrMsg=\tDataOrigin=cmd\tCmdId=12\tAdditional="
    ).errors
    assert (error.code, error.command_id) == ("D01E0003", "12")


def test_results_several_in_a_body_and_lines_that_are_none() -> None:
    results = parse_results(
        b"ID=1&Return=0&CMD=DATA\nID=2&Return=-1002&CMD=DATA\n~DeviceName=X\nID=&Return=0\nID=3&Return=abc\n"
    )
    assert [(result.command_id, result.code) for result in results] == [("1", 0), ("2", -1002)]


def test_absurdly_many_lines_are_refused() -> None:
    with pytest.raises(ProtocolError):
        parse_upload("ATTLOG", b"x\n" * 60_000)


@given(
    st.sampled_from(["ATTLOG", "OPERLOG", "BIODATA", "ERRORLOG", "", "ÄÖ"]), st.binary(max_size=400)
)
def test_any_bytes_give_a_batch(table: str, body: bytes) -> None:
    batch = parse_upload(table, body)
    assert isinstance(batch, UploadBatch)
    taken = (
        len(batch.punches)
        + len(batch.users)
        + len(batch.templates)
        + len(batch.errors)
        + len(batch.quarantined)
    )
    assert taken <= batch.lines


@given(st.binary(max_size=300))
def test_any_bytes_give_results(body: bytes) -> None:
    assert all(result.command_id.isdigit() for result in parse_results(body))


@pytest.mark.parametrize(("minutes", "zone"), [(480, "8"), (-300, "-5"), (330, "330"), (0, "0")])
def test_time_zone_goes_out_in_hours_or_minutes(minutes: int, zone: str) -> None:
    assert f"TimeZone={zone}\n" in commands.handshake_answer("S1", 3, minutes, send_all=True)


@pytest.mark.parametrize(
    ("send_all", "stamp", "told"),
    [(True, "77", "0"), (False, "77", "77"), (False, "", "9999"), (True, "", "0")],
)
def test_TE32_an_old_firmware_hears_its_own_stamp_again(
    send_all: bool, stamp: str, told: str
) -> None:
    answer = commands.handshake_answer("S1", 3, 0, send_all, stamp)
    assert f"ATTLOGStamp={told}\n" in answer


@pytest.mark.parametrize(
    ("version", "forgets"),
    [
        ("", True),
        ("2.2.14", True),
        ("2.2", True),
        ("1.9", True),
        ("2.3.0", False),
        ("3.1", False),
    ],
)
def test_TE32_firmwares_up_to_2_2_go_on_from_the_stamp_that_they_are_told(
    version: str, forgets: bool
) -> None:
    assert forgets_its_stamp({"pushver": version}) is forgets


def test_every_kind_of_line_in_one_upload() -> None:
    blob = base64.b64encode(b"template").decode()
    body = (
        f"FP PIN=1\tFID=6\tSize=12\tValid=3\tTMP={blob}\n"
        f"FACE PIN=1\tFID=0\tSIZE=12\tVALID=1\tTMP={blob}\n"
        f"USERPIC PIN=1\tFileName=1.jpg\tSize=12\tContent={blob}\n"
        "OPLOG 4\t0\t2026-11-22 08:30:15\t0\t7\t0\nFVEIN Pin=1\n"
        f"USER PIN=2\tName=Zoë\tPri=14\tPasswd=1\tCard=[00123]\tGrp=3\n"
    )
    batch = parse_upload("OPERLOG", body.encode())
    assert batch.fingers == [FingerTemplate("1", 6, b"template", 3)]
    assert [(t.pin, t.kind) for t in batch.templates] == [("1", 2)]
    assert [photo.jpeg for photo in batch.photos] == [b"template"]
    assert [(op.code, op.local_time, op.params) for op in batch.operations] == [
        (4, "2026-11-22 08:30:15", (0, 7, 0))
    ]
    assert batch.users == [
        Person(
            pin="2",
            name="Zoë",
            privilege=14,
            password="1",
            card=123,
            group="3",
            extra=b"Pri=14\tPasswd=1\tCard=[00123]\tGrp=3",
        )
    ]
    assert not batch.quarantined


HELD = (
    "Pri=14\tPasswd=4711\tCard=[E2801160600002]\tGrp=3\tTZ=0001000100000000\tVerify=6\tViceCard=99"
)


@pytest.mark.parametrize("held", [HELD, "Card=18446744073709551615", "Pri=2\tNew=x=y", ""])
def test_TE1_another_name_leaves_all_else_as_the_unit_told_it(held: str) -> None:
    (person,) = parse_upload("OPERLOG", f"USER PIN=1001\tName=Nur A\t{held}\n".encode()).users
    line = rename_user(person, b"Nur Aisyah")("17")
    assert line == "C:17:DATA UPDATE USERINFO PIN=1001\tName=Nur Aisyah" + (held and f"\t{held}")


def test_a_unit_that_tells_too_much_of_one_person_is_not_believed() -> None:
    batch = parse_upload("OPERLOG", f"USER PIN=1\tName=A\tTZ={'0' * 2000}\n".encode())
    assert not batch.users
    assert [row.reason for row in batch.quarantined] == ["too much about one person"]


def test_biodata_of_a_finger_is_a_finger_and_of_a_face_a_template() -> None:
    blob = base64.b64encode(b"template").decode()
    lines = [
        f"BIODATA Pin=1\tNo=6\tIndex=0\tValid=1\tDuress=0\tType={kind}"
        f"\tMajorVer=10\tMinorVer=0\tFormat=0\tTmp={blob}"
        for kind in (1, 9)
    ]
    batch = parse_upload("BIODATA", "\n".join(lines).encode())
    assert batch.fingers == [FingerTemplate("1", 6, b"template")]
    assert [(t.kind, t.version) for t in batch.templates] == [(1, "10.0"), (9, "10.0")]


def test_photos_taken_at_logins_are_acknowledged_and_not_kept() -> None:
    head = b"PIN=20261122083015-1042.jpg\nSN=S1\nsize=5\nCMD=uploadphoto\0"
    assert parse_upload("ATTPHOTO", head + b"\xff\xd8\xff\xe0\n").quarantined == []
    assert (
        parse_upload("ATTPHOTO", b"PIN=x\nno picture").quarantined[0].reason == "not a login photo"
    )


def _tgz(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def test_compressed_uploads_may_grow_fourfold_and_no_more() -> None:
    assert unpack_archive(_tgz("a.txt", b"1042\t2026-11-22 08:30:15\t0\t15\n")).startswith(b"1042")
    for bad in (_tgz("bomb", bytes(30_000_000)), b"\x1f\x8b rubbish", b"", _tgz("../x", b"")[:40]):
        with pytest.raises(ProtocolError):
            unpack_archive(bad)


def test_lines_beneath_a_result_belong_to_it() -> None:
    (first, second) = parse_results(
        b"ID=1&Return=0&CMD=INFO\n~SerialNumber=S1\nUserCount=7\n"
        b"ID=2&Return=0&CMD=VERIFY SUM\nAttlogSum=12\n"
    )
    assert first.fields == {"serialnumber": "S1", "usercount": "7"}
    assert second.fields == {"attlogsum": "12"}


def test_TE9_the_sum_may_stand_in_the_line_of_the_result() -> None:
    body = b"ID=7&Return=0&CMD=VERIFY SUM ATTLOG&StartTime=2000-01-01 00:00:00&AttlogCount=7\n"
    (result,) = parse_results(body)
    assert result.fields["attlogcount"] == "7"


def test_an_endless_line_goes_aside_with_its_beginning() -> None:
    longest = "USER PIN=7\tName=".ljust(MAX_LINE, "x")
    batch = parse_upload("OPERLOG", f"{longest}\n{longest}x\n".encode())
    assert [user.pin for user in batch.users] == ["7"]
    (bad,) = batch.quarantined
    assert bad.reason == "the line is too long"
    assert bad.raw == longest[:2000]


@pytest.mark.parametrize(("finger", "kept"), [(-1, 0), (0, 1), (9, 1), (10, 0)])
def test_a_finger_that_nobody_has_goes_aside(finger: int, kept: int) -> None:
    batch = parse_upload("OPERLOG", f"FP PIN=7\tFID={finger}\tTMP=YWJj".encode())
    assert len(batch.fingers) == kept
    reasons = [bad.reason for bad in batch.quarantined]
    assert reasons == ([] if kept else ["a finger is 0 to 9"])


def test_missing_values_of_a_person_are_plain_ones() -> None:
    lines = (
        "USER PIN=7",
        "USER PIN=8\tPri=admin\tCard=[99]\tGrp=3\tPasswd=12",
        "USER PIN=9\tPri=14\tCard=12345678901",
    )
    users = parse_upload("OPERLOG", "\n".join(lines).encode()).users
    assert [(user.privilege, user.card, user.group, user.password) for user in users] == [
        (0, 0, "1", ""),
        (0, 99, "3", "12"),
        (14, 0, "1", ""),
    ]


@pytest.mark.parametrize(("status", "kept"), [(-1, 0), (0, 1), (99_999, 1), (100_000, 0)])
def test_a_status_is_a_whole_number_of_up_to_five_digits(status: int, kept: int) -> None:
    batch = parse_upload("ATTLOG", f"7\t2026-11-22 08:30:15\t{status}\t1".encode())
    assert (len(batch.punches), len(batch.quarantined)) == (kept, 1 - kept)


def test_what_terminals_hold_is_told_by_its_kind() -> None:
    body = (
        "BIOPHOTO PIN=7\tType=9\tContent=YWJj\n"
        "USERPIC PIN=8\tContent=YWJj\n"
        "FACE PIN=7\tFID=3\tTMP=YWJj\n"
        "BIODATA Pin=7\tNo=4\tType=1\tMajorVer=10\tMinorVer=1\tDuress=1\tTmp=YWJj\n"
        "BIODATA Pin=7\tNo=10\tType=1\tTmp=YWJj\n"
        "BIODATA Pin=7\tType=9\tMajorVer=58\tTmp=YWJj\n"
        "FVEIN Pin=7\tTmp=YWJj\n"
        "FP PIN=7\tFID=2\tValid=3\tTMP=YWJj\n"
        "FP PIN=7\tFID=5\tTMP=YWJj\n"
    )
    batch = parse_upload("OPERLOG", body.encode())
    assert batch.quarantined == []
    assert [(one.pin, one.kind, one.jpeg) for one in batch.photos] == [
        ("7", 9, b"abc"),
        ("8", 0, b"abc"),
    ]
    assert [(one.kind, one.number, one.version, one.blob) for one in batch.templates] == [
        (2, 3, "", b"abc"),
        (1, 4, "10.1", b"abc"),
        (1, 10, "", b"abc"),
        (9, 0, "58", b"abc"),
    ]
    assert [(one.finger, one.valid) for one in batch.fingers] == [(4, 3), (2, 3), (5, 1)]


def test_an_operation_keeps_at_most_eight_numbers_and_drops_what_is_none() -> None:
    line = "OPLOG 4\t0\t2026-11-22 08:30:15\t1\t-2\tx\t12345678901\t5\t6\t7\t8\t9"
    (row,) = parse_upload("OPERLOG", line.encode()).operations
    assert (row.code, row.local_time, row.params) == (4, "2026-11-22 08:30:15", (1, -2, 5, 6, 7, 8))


def test_names_are_cut_at_80_characters_and_control_characters_are_spaces() -> None:
    (user,) = parse_upload("OPERLOG", f"USER PIN=7\tName=a\x01b{'c' * 90}".encode()).users
    assert user.name == "a b" + "c" * 77


def test_a_result_carries_at_most_200_fields_of_bounded_length() -> None:
    head = "ID=17&Return=-1004&CMD=INFO\n"
    lines = "".join(f"Field{number}={'v' * 600}\n" for number in range(250))
    (result,) = parse_results(f"{head}~{'K' * 70}=x\n{lines}".encode())
    assert (result.command_id, result.code) == ("17", -1004)
    assert len(result.fields) == 200
    assert result.fields["k" * 64] == "x"
    assert {len(value) for name, value in result.fields.items() if name != "k" * 64} == {512}
    assert "cmd" not in result.fields


def test_lines_before_any_result_belong_to_none() -> None:
    assert parse_results(b"~OS=1\nID=too-long-and-wrong&Return=0\nID=1&Return=1234567\n") == []


def test_a_login_photo_needs_a_number_and_a_picture() -> None:
    for body in (b"PIN=7", b"PIN=7\0GIF", b"SN=1\0\xff\xd8\xff", b""):
        batch = parse_upload("ATTPHOTO", body)
        assert batch.lines == 1
        assert [bad.reason for bad in batch.quarantined] == ["not a login photo"]
    assert parse_upload("ATTPHOTO", b"PIN=7\0\xff\xd8\xff").quarantined == []


def test_the_rows_of_two_uploads_are_one_batch_and_its_lines_stay() -> None:
    first = parse_upload("ATTLOG", b"7\t2026-11-22 08:30:15\t0\t1\nbad\n")
    every = (
        "USER PIN=7\nFP PIN=7\tFID=2\tTMP=YWJj\nFACE PIN=7\tTMP=YWJj\n"
        "BIOPHOTO PIN=7\tContent=YWJj\nOPLOG 4\t0\t2026-11-22 08:30:15\nbad\n"
    )
    first.extend(parse_upload("OPERLOG", every.encode()))
    first.extend(parse_upload("ATTLOG", b"8\t2026-11-22 08:30:15\t0\t1\n"))
    first.extend(parse_upload("ERRORLOG", b"ErrCode=d01e0001\tCmdId=A1\n"))
    assert [punch.pin for punch in first.punches] == ["7", "8"]
    assert [bad.raw for bad in first.quarantined] == ["bad", "bad"]
    assert [(error.code, error.command_id) for error in first.errors] == [("D01E0001", "A1")]
    counts = (first.users, first.fingers, first.templates, first.photos, first.operations)
    assert [len(rows) for rows in counts] == [1, 1, 1, 1, 1]
    assert first.lines == 2
