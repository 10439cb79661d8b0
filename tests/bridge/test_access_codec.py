"""The access-control push dialect, byte by byte: which events are logins, what units say. TE4."""

import base64
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.terminals.errors import ProtocolError
from bridge.terminals.push.access import answers, commands
from bridge.terminals.push.access.facts import facts_of, parse_registration, takes_face_photos
from bridge.terminals.push.access.records import TABLES, parse_answer, parse_table, unpack_kept
from bridge.terminals.push.commands import Builder, UnsafeValue
from bridge.terminals.push.dialects import ENCRYPTION, REGISTERED, PushDialect, recognise
from bridge.terminals.push.records import MAX_LINE, MAX_LINES, BiometricTemplate, UploadBatch
from bridge.terminals.terminal import NOT_TOLD, FingerTemplate, Person, Punch
from bridge.terminals.zk.clock import encode_time

MOMENT = datetime(2026, 11, 25, 8, 1, 2)
BLOB = base64.b64encode(b"a template").decode()


def event(pin: str, code: int | str, **changes: str) -> str:
    fields = {"time": str(MOMENT), "pin": pin, "cardno": "0", "eventaddr": "1", "event": str(code)}
    fields |= {"inoutstatus": "0", "verifytype": "15", "index": "41", **changes}
    return "\t".join(f"{key}={value}" for key, value in fields.items())


def one(table: str, line: str) -> UploadBatch:
    batch = parse_table(table, line.encode())
    assert batch.lines == 1
    return batch


# events


@pytest.mark.parametrize("code", [0, 1, 2, 3, 14, 17, 19, 101, 203, 208])
def test_TE4_somebody_who_opened_a_door_logged_in(code: int) -> None:
    (punch,) = one("rtlog", event("1001", code)).punches
    assert punch == Punch("1001", "2026-11-25 08:01:02", 0, 15)


@pytest.mark.parametrize(
    ("pin", "code"),
    [("0", 27), ("", 0), ("1001", 22), ("1001", 23), ("1001", 8), ("1001", 202), ("0", 102)],
)
def test_TE4_doors_alarms_and_refusals_are_no_logins(pin: str, code: int) -> None:
    batch = one("rtlog", event(pin, code))
    assert (batch.punches, batch.quarantined, batch.other_events) == ([], [], 1)


@pytest.mark.parametrize("code", [217, 300, 4017, 7000])
def test_TE4_a_code_that_nobody_knows_is_kept_with_its_number(code: int) -> None:
    (punch,) = one("rtlog", event("1001", code)).punches
    assert punch.event == code


def test_TE4_codes_of_makers_are_kept_as_numbers_and_a_door_has_no_direction() -> None:
    (punch,) = one("rtlog", event("EMP-0012", 0, verifytype="200", inoutstatus="7")).punches
    assert (punch.pin, punch.status, punch.verify) == ("EMP-0012", 7, 200)
    (punch,) = one("rtlog", event("7", 0, verifytype="0000000000000010", inoutstatus="2")).punches
    assert (punch.status, punch.verify) == (NOT_TOLD, NOT_TOLD)
    (punch,) = one("rtlog", event("7", 0, verifytype="", inoutstatus="")).punches
    assert (punch.status, punch.verify) == (NOT_TOLD, NOT_TOLD)


@pytest.mark.parametrize(
    "line",
    [
        event("1001", ""),
        event("1001", "open"),
        event("1001", 0, time="2026-02-30 08:00:00"),
        event("1001", 0, time="8 o'clock"),
        event("a b", 0),
        event("1001", 0, verifytype="face"),
        "time=2026-11-25 08:01:02",
        "garbage \ufffd",
    ],
)
def test_TE4_a_line_that_cannot_be_read_is_set_aside_and_the_others_are_kept(line: str) -> None:
    body = "\r\n".join([event("7", 0), line, event("8", 0), ""])
    batch = parse_table("rtlog", body.encode())
    assert [punch.pin for punch in batch.punches] == ["7", "8"]
    assert [bad.raw for bad in batch.quarantined] == [line]
    assert batch.lines == batch.number_of("log_rows") == 3


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)))
def test_TE4_an_event_and_its_row_in_the_log_are_one_login(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    row = (
        f"transaction cardno=0\tpin=7\tverified=15\tdoorid=1\teventtype=0\tinoutstate=0\t"
        f"time_second={encode_time(moment)}\tindex=41\tsitecode=0"
    )
    happened = one("rtlog", event("7", 0, time=str(moment)))
    assert one("transaction", row).punches == happened.punches


def test_TE4_a_time_in_the_log_that_no_calendar_has_is_set_aside() -> None:
    february_30 = encode_time(datetime(2026, 1, 31)) + 30 * 86_400
    row = f"transaction pin=7\tverified=15\teventtype=0\tinoutstate=0\ttime_second={february_30}"
    assert one("transaction", row).quarantined[0].reason == "not a time"
    row = row.replace(str(february_30), str(MOMENT))
    assert one("transaction", row).punches[0].local_time == str(MOMENT)


# tables


def test_TE4_people_are_read_with_what_only_the_unit_knows() -> None:
    row = (
        "user uid=5\tcardno=[15CD5B07]\tpin=4\tpassword=12\tgroup=2\tstarttime=20260101\t"
        "endtime=20271231\tname=Zoë\tprivilege=14\tdisable=0\tverify=0"
    )
    (person,) = one("user", row).users
    assert (person.pin, person.name, person.privilege, person.group) == ("4", "Zoë", 14, "2")
    assert (person.password, person.card) == ("12", 0)
    kept = unpack_kept(person.extra)
    assert (kept["cardno"], kept["endtime"]) == ("[15CD5B07]", "20271231")
    (person,) = one("user", "Pin=6\tCardNo=456\tName=\tPrivilege=x").users
    assert (person.card, person.privilege, person.group) == (456, 0, "1")


def test_TE4_fingers_faces_and_photos_are_read() -> None:
    finger = f"templatev10 size=16\tuid=4\tpin=4\tfingerid=7\tvalid=1\ttemplate={BLOB}\tresverd="
    assert one("templatev10", finger).fingers == [FingerTemplate("4", 7, b"a template", 1)]
    duress = finger.replace("fingerid=7", "fingerid=22")
    assert one("templatev10", duress).fingers == [FingerTemplate("4", 6, b"a template", 3)]
    wrong = finger.replace("fingerid=7", "fingerid=12")
    assert one("templatev10", wrong).quarantined[0].reason == "a finger is 0 to 9"
    face = f"biodata pin=4\tno=0\ttype=9\tmajorver=5\tminorver=8\ttmp={BLOB}"
    assert one("biodata", face).templates == [BiometricTemplate("4", 9, 0, "5.8", b"a template")]
    printed = face.replace("type=9", "type=1\tduress=1").replace("no=0", "no=6")
    assert one("biodata", printed).fingers == [FingerTemplate("4", 6, b"a template", 3)]
    (photo,) = one("biophoto", f"biophoto pin=4\tfilename=4.jpg\ttype=9\tcontent={BLOB}").photos
    assert (photo.pin, photo.kind, photo.jpeg) == ("4", 9, b"a template")


def test_TE4_a_photo_on_a_second_line_is_still_one_record() -> None:
    body = f"userpic pin=4\tfilename=4.jpg\ncontent={BLOB}\nuserpic pin=5\tcontent=\n"
    batch = parse_table("userpic", body.encode())
    assert (batch.lines, [photo.pin for photo in batch.photos]) == (2, ["4", "5"])
    assert batch.photos[0].jpeg == b"a template"


def test_TE4_tables_that_nobody_needs_are_counted_and_pictures_of_logins_dropped() -> None:
    assert parse_table("identitycard", b"identitycard pin=1\nidentitycard pin=2\n").lines == 2
    assert parse_table("ATTPHOTO", b"pin=1.jpg\0\xff\xd8\xff\n\n\n") == UploadBatch(lines=1)


def test_TE4_uploads_are_bounded() -> None:
    with pytest.raises(ProtocolError):
        parse_table("user", b"user pin=1\n" * (MAX_LINES + 1))
    batch = parse_table("user", b"user pin=1\tname=" + b"x" * MAX_LINE)
    assert batch.quarantined[0].reason == "the record is too long"


def test_TE4_answers_to_questions_are_counts_settings_or_rows() -> None:
    assert parse_answer("count", "user", b"user=5\r\n").counts == {"user": 5}
    assert parse_answer("count", "user", b"user=many\tx=1").counts == {"x": 1}
    options = parse_answer("options", "options", b"~SerialNumber=A1,LockCount=1\n").options
    assert options == {"serialnumber": "A1", "lockcount": "1"}
    batch = parse_answer("tabledata", "user", b"user pin=1\n")
    assert [person.pin for person in batch.users] == ["1"]
    together = UploadBatch()
    together.extend(parse_answer("count", "user", b"user=5"))
    together.extend(parse_answer("options", "options", b"LockCount=1"))
    together.extend(parse_table("rtlog", event("0", 27).encode()))
    assert (together.counts, together.options) == ({"user": 5}, {"lockcount": "1"})
    assert together.number_of("counts") == together.number_of("log_rows") == 1


@given(
    st.sampled_from([*TABLES, "other"]),
    st.binary(max_size=300),
)
def test_TE4_no_bytes_break_the_parsers_and_no_row_is_lost(table: str, body: bytes) -> None:
    batch = parse_table(table, body)
    kinds = ("users", "templates", "photos", "log_rows")
    understood = sum(batch.number_of(kind) for kind in kinds)
    fingers = len(batch.fingers) if table == "templatev10" else 0
    assert understood + fingers == (0 if table == "other" else batch.lines)
    parse_answer("count", table, body)
    parse_answer("options", table, body)


# the dialect and the facts


@pytest.mark.parametrize(
    ("said", "dialect"),
    [
        ({}, PushDialect.ATTENDANCE),
        ({"pushver": "2.4.1"}, PushDialect.ATTENDANCE),
        ({"pushver": "what"}, PushDialect.ATTENDANCE),
        ({"pushver": "3.1.2", "devicetype": "att"}, PushDialect.ATTENDANCE),
        ({"devicetype": "acc"}, PushDialect.ACCESS),
        ({"pushver": "3.0.1"}, PushDialect.ACCESS),
        ({REGISTERED: "yes"}, PushDialect.ACCESS),
        ({"access_table": "yes"}, PushDialect.ACCESS),
        ({"pushver": "2.4.1", "access_table": "yes"}, PushDialect.ATTENDANCE),
    ],
)
def test_TE4_the_dialect_is_learnt_from_what_a_unit_says(
    said: dict[str, str], dialect: PushDialect
) -> None:
    found = recognise(said)
    assert (found.dialect, found.problem) == (dialect, "")
    assert bool(found.evidence) == (said not in ({}, {"pushver": "what"}))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"devicetype": "acc", ENCRYPTION: "yes"}, "turn off encryption"),
        ({"devicetype": "video"}, "System › Device type"),
        ({"pushver": "4.0"}, "System › Device type"),
    ],
)
def test_TE4_what_cannot_be_served_names_the_setting_to_change(
    said: dict[str, str], words: str
) -> None:
    assert words in recognise(said).problem


def test_TE4_a_registration_is_read_and_its_password_is_not_kept() -> None:
    text = "DeviceType=acc,~DeviceName=SenseFace\t7A,FirmVer=ZAM70,PushVersion=3.1.2,authKey=secret"
    facts = parse_registration(f"{text},~ZKFPVersion=10,StringPinFunOn=1,nonsense\r\nLockCount=2")
    assert facts == {
        "devicetype": "acc",
        "devicename": "SenseFace 7A",
        "firmware": "ZAM70",
        "fpversion": "10",
        "stringpinfunon": "1",
        "lockcount": "2",
    }


@pytest.mark.parametrize(
    ("said", "fit", "unfit"),
    [
        ({}, ["1", "12345678901234"], ["0012", "EMP-0012", "123456789012345", ""]),
        ({"maxpinwidth": "9"}, ["123456789"], ["1234567890"]),
        ({"pin2width": "5"}, ["12345"], ["123456"]),
        ({"maxpinwidth": "many"}, ["12345678901234"], []),
        ({"stringpinfunon": "1", "maxpinwidth": "24"}, ["EMP-0012", "0012"], ["-1", "1" * 25]),
    ],
)
def test_TE4_which_numbers_a_unit_holds(
    said: dict[str, str], fit: list[str], unfit: list[str]
) -> None:
    facts = facts_of(said)
    assert [pin for pin in fit + unfit if facts.holds(pin)] == fit


def test_TE4_controllers_and_faces_by_what_units_say() -> None:
    assert takes_face_photos({"multibiophotosupport": "0:0:0:0:0:0:0:0:0:1"}) is True
    assert takes_face_photos({"biophotofun": "0"}) is False
    assert takes_face_photos({"facefunon": "1"}) is None  # near-infrared faces are no photos
    assert facts_of({"machinetype": "36"}).controller
    assert not facts_of({"machinetype": "36", "biophotofun": "1"}).controller
    assert not facts_of({"machinetype": "101"}).controller
    assert not facts_of({}).controller


# what is sent


def line(builder: Builder) -> str:
    return builder("7")


def test_TE4_a_new_person_may_always_come_in() -> None:
    person = Person(pin="1001", name="Nur", card=77)
    (added,) = map(line, commands.add_to_terminal(person))
    assert added == (
        "C:7:DATA UPDATE USERINFO PIN=1001\tName=Nur\tPri=0\tCard=77\tGrp=1\t"
        "TZ=0000000100000000\tVerify=0\tEnable=1"
    )
    user, rights = map(line, commands.add_to_controller(Person(pin="1001", name="Nur"), 2))
    assert user.startswith("C:7:DATA UPDATE user CardNo=\tPin=1001\tPassword=\tGroup=1\t")
    assert rights == (
        "C:7:DATA UPDATE userauthorize Pin=1001\tAuthorizeTimezoneId=1\tAuthorizeDoorId=3"
    )
    assert line(commands.add_to_controller(person, 0)[1]).endswith("AuthorizeDoorId=15")


def test_TE4_a_new_name_brings_everything_else_back_as_it_was() -> None:
    row = b"user cardno=[15CD5B07]\tpin=4\tpassword=12\tgroup=2\tendtime=9\tname=A\tverify=1"
    (held,) = parse_table("user", row).users
    assert line(commands.rename(held, "Zoë")) == (
        "C:7:DATA UPDATE user Pin=4\tName=Zoë\tCardNo=[15CD5B07]\tPassword=12\tGroup=2\tEndTime=9"
    )


def test_TE4_people_fingers_and_faces_go_by_the_verbs_of_the_dialect() -> None:
    assert [line(one) for one in commands.remove_from_terminal("4")] == [
        "C:7:DATA DELETE USERINFO PIN=4"
    ]
    assert [line(one).split(" ")[2] for one in commands.remove_from_controller("4")] == [
        "userauthorize",
        "templatev10",
        "user",
    ]
    finger = FingerTemplate("4", 6, b"a template", 3)
    assert line(commands.update_finger(finger)) == (
        f"C:7:DATA UPDATE templatev10 Pin=4\tFingerID=6\tValid=3\tTemplate={BLOB}"
    )
    assert line(commands.delete_finger("4", 6)) == "C:7:DATA DELETE templatev10 Pin=4\tFingerID=6"
    assert line(commands.update_face("4", b"a template")) == (
        f"C:7:DATA UPDATE biophoto PIN=4\tType=9\tSize={len(BLOB)}\tContent={BLOB}\tFormat=0\t"
        "PostBackTmpFlag=1"
    )
    assert line(commands.delete_face("4")) == "C:7:DATA DELETE biodata Pin=4\tType=9"
    assert line(commands.delete_face_photo("4")) == "C:7:DATA DELETE biophoto PIN=4"
    assert line(commands.enrol_finger("4", 6)) == (
        "C:7:ENROLL_BIO type=1\tno=6\tpin=4\tcardno=\tretry=3\toverwrite=1"
    )


def test_TE4_questions_and_acts_go_by_the_verbs_of_the_dialect() -> None:
    said = [
        commands.query_users(),
        commands.query_users("4"),
        commands.query_fingers(),
        commands.query_face("4"),
        commands.query_face_photo("4"),
        commands.query_log(),
        commands.count("user"),
        commands.unlock(5),
        commands.set_clock(datetime(2018, 2, 22, 14, 54, 54)),
        commands.RESTART,
        commands.CLEAR_LOG,
    ]
    assert [line(one).removeprefix("C:7:") for one in said] == [
        "DATA QUERY tablename=user,fielddesc=*,filter=*",
        "DATA QUERY tablename=user,fielddesc=*,filter=Pin=4",
        "DATA QUERY tablename=templatev10,fielddesc=*,filter=*",
        "DATA QUERY tablename=biodata,fielddesc=*,filter=Type=9\tPin=4",
        "DATA QUERY tablename=biophoto,fielddesc=*,filter=Type=9\tPin=4",
        "DATA QUERY tablename=transaction,fielddesc=*,filter=*",
        "DATA COUNT user",
        "CONTROL DEVICE 01010105",
        "SET OPTIONS DateTime=583080894",
        "CONTROL DEVICE 03000000",
        "DATA DELETE transaction *",
    ]


@pytest.mark.parametrize("seconds", [0, 255, -1])
def test_TE4_a_door_is_never_left_open_for_good(seconds: int) -> None:
    with pytest.raises(UnsafeValue):
        commands.unlock(seconds)


@given(st.text(max_size=60), st.text(max_size=60))
def test_TE4_nothing_breaks_out_of_its_field(name: str, password: str) -> None:
    row = f"user pin=4\tpassword={password}\tname=x".encode("utf-8", "replace")
    for held in parse_table("user", row).users:
        sent = line(commands.rename(held, name))
        assert "\n" not in sent
        assert "\r" not in sent
        assert sent.count("\t") <= 7
    added = line(commands.add_to_terminal(Person(pin="4", name=name))[0])
    assert (added.count("\t"), added.count("\n")) == (7, 0)


# what a unit is told


def test_TE4_the_configuration_makes_a_unit_report_at_once() -> None:
    session = answers.Session("c" * 32, "s" * 32, 3)
    assert answers.registered(session) == f"RegistryCode={'c' * 32}"
    told = dict(row.split("=", 1) for row in answers.configuration(session).splitlines())
    assert (told["Realtime"], told["RequestDelay"], told["SessionID"]) == ("1", "3", "s" * 32)
    assert told["TransTables"] == "User Transaction"
    again = answers.welcome_back(session).splitlines()
    assert again[:2] == ["registry=ok", f"RegistryCode={'c' * 32}"]


@pytest.mark.parametrize(
    ("offset", "zone"), [(480, "+0800"), (-210, "-0330"), (0, "+0000"), (345, "+0545")]
)
def test_TE4_the_time_is_told_with_its_zone(offset: int, zone: str) -> None:
    told = answers.time_answer(MOMENT, offset)
    assert told == f"DateTime={encode_time(MOMENT)},ServerTZ={zone}"
