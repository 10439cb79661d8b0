"""TE11: names in the code pages of terminals are read for certain or left alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.terminals.names import (
    AUTO,
    CODE_PAGES,
    NAME_FIELDS,
    decode,
    encode_name,
    guess,
    lacking,
    read_names,
    readings,
    shown_name,
    writable,
    writing_encoding,
)
from bridge.terminals.plan import StepKind, WantedPerson, make_plan
from bridge.terminals.terminal import Person
from bridge.terminals.zk.layouts import pack_user, parse_users

NAMES = {
    "gbk": ["王小明", "李娜", "欧阳娜娜"],
    "big5": ["王小明", "陳美玲"],
    "shift-jis": ["田中太郎", "すずき"],
    "windows-1251": ["Соколова Вера", "Пётр Толстой"],
    "windows-1252": ["Jörg Müller", "Hans Groß"],
    "windows-1256": ["محمد علي"],
}
UNDECIDED = {
    "windows-1251": ["Вера"],
    "windows-1252": ["René Lefèvre"],
    "windows-1254": ["Şükrü Ağaoğlu"],
    "windows-874": ["สมชาย"],
    "euc-kr": ["김철수"],
}


def encoded(name: str, encoding: str) -> bytes:
    return name.encode(CODE_PAGES[encoding].codec)


def people(names: list[str], encoding: str) -> list[Person]:
    return [
        Person(pin=str(number), raw_name=encoded(name, encoding))
        for number, name in enumerate(names, 1)
    ]


@pytest.mark.parametrize("encoding", NAMES)
def test_TE11_names_that_only_one_encoding_makes_sense_of_are_read(encoding: str) -> None:
    read = read_names(people(NAMES[encoding], encoding), AUTO)
    assert [person.name for person in read] == NAMES[encoding]
    assert guess(encoded(name, encoding) for name in NAMES[encoding]) == encoding


@pytest.mark.parametrize("encoding", UNDECIDED)
def test_TE11_names_that_prove_nothing_are_left_alone_until_somebody_chooses(
    encoding: str,
) -> None:
    unread = read_names(people(UNDECIDED[encoding], encoding), AUTO)
    assert all(person.unread for person in unread)
    read = read_names(unread, encoding)
    assert [person.name for person in read] == UNDECIDED[encoding]
    shown = {one.encoding: list(one.names) for one in readings([unread[0].raw_name])}
    assert shown[encoding] == UNDECIDED[encoding][:1]


@pytest.mark.parametrize("name", ["عبد الرحمن الهاشمي", "கார்த்திக் ராஜா", "陈" * 20])
def test_TE11_a_name_that_the_field_cut_is_read_up_to_there(name: str) -> None:
    (person,) = read_names([Person(pin="1", raw_name=name.encode()[:24])], AUTO)
    assert name.startswith(person.name)
    assert len(person.name) >= 7


def test_TE11_one_byte_that_could_begin_a_character_makes_no_utf8() -> None:
    raw = "A very long name, so: Ren\u00e9"[-24:].encode("cp1252")
    assert len(raw) == 24
    assert decode(raw, "utf-8") is None


def test_TE11_utf8_names_are_read_beside_others() -> None:
    mixed = people(NAMES["gbk"], "gbk") + people(["Анна Шу"], "utf-8")
    assert [person.name for person in read_names(mixed, AUTO)] == [*NAMES["gbk"], "Анна Шу"]


def test_TE11_what_a_chosen_encoding_cannot_read_is_not_read() -> None:
    (person,) = read_names([Person(pin="1", raw_name=b"\xff\xff")], "gbk")
    assert person.unread


@pytest.mark.parametrize("name", ["\u0303b", "x\u00b1y", "МиХаил", "Jöрg", "ÅÄÖÅ"])
def test_TE11_what_does_not_look_like_a_name_proves_nothing(name: str) -> None:
    for encoding in CODE_PAGES:
        try:
            raw = encoded(name, encoding)
        except UnicodeEncodeError:
            continue
        page = CODE_PAGES[encoding]
        fitting = {one.encoding for one in readings([raw]) if one.fits}
        assert encoding not in fitting or not page.script


def test_TE11_hebrew_names_are_written_without_points() -> None:
    points = encoded("ש\u05b8ם", "windows-1255")
    assert not next(one for one in readings([points]) if one.encoding == "windows-1255").fits


@given(st.lists(st.binary(min_size=1, max_size=24), max_size=6))
def test_TE11_hostile_names_do_no_harm(raws: list[bytes]) -> None:
    found = guess(raws)
    assert found == "" or found in CODE_PAGES
    for person in read_names([Person(pin="1", raw_name=raw) for raw in raws], AUTO):
        assert all(c.isprintable() or not c.isascii() for c in person.name)


# writing


@given(st.text(max_size=30), st.sampled_from([*CODE_PAGES, "ascii"]))
def test_TE11_a_written_name_fits_its_field_and_is_read_back(name: str, encoding: str) -> None:
    for size in NAME_FIELDS:
        raw = encode_name(name, size, encoding)
        assert len(raw) <= size
    assert shown_name(shown_name(name, encoding), encoding) == shown_name(name, encoding)


def test_TE11_what_an_encoding_lacks_loses_its_accent_and_is_said() -> None:
    assert writable("Zoë 王", "windows-1251") == "Zoe ?"
    assert lacking("Zoë 王 ë", "windows-1251") == "ë王"
    assert lacking("Соколова", "windows-1251") == ""
    assert encode_name("Вера", 24, "windows-1251") == "Вера".encode("cp1251")


def test_TE11_names_are_written_as_those_beside_them_prove_and_else_in_ascii() -> None:
    assert writing_encoding("gbk", "") == "gbk"
    assert writing_encoding(AUTO, "big5") == "big5"
    assert writing_encoding(AUTO, "") == "ascii"


def test_TE11_a_record_is_written_back_with_the_bytes_of_its_name() -> None:
    record = pack_user(Person(pin="1", uid=1, raw_name=b"\xd1\xee\xea"), 72)
    (person,), _ = parse_users(memoryview(record), 72)
    assert person.unread
    assert pack_user(person, 72, "utf-8") == record


def test_TE11_a_plan_leaves_names_alone_that_cannot_be_read() -> None:
    unread = Person(pin="1", uid=1, raw_name=encoded("Вера", "windows-1251"))
    wanted = [WantedPerson("1", "Вера"), WantedPerson("2", "Zoë")]
    plan = make_plan(wanted, [unread], [], False, {}, encoding="windows-1251")
    assert [(step.kind, step.pin, step.person) for step in plan.steps] == [
        (StepKind.RECOGNISE, "1", None),
        (StepKind.ADD, "2", Person(pin="2", name="Zoë")),
    ]
    again = make_plan(wanted, [unread], [], False, {}, recognised=["1"])
    assert [step.kind for step in again.steps] == [StepKind.ADD]
    assert (again.bytes, again.time()) == (plan.bytes, plan.time())
    shown = replace(unread, name="Вера Иванова")
    (rename, _) = make_plan(wanted, [shown], [], False, {}, encoding="windows-1251").steps
    assert rename.person is not None
    assert (rename.person.name, rename.person.raw_name) == ("Вера", b"")
    kept = Person(pin="2", name="Zoe")
    assert not make_plan(wanted[1:], [kept], [], False, {}, encoding="windows-1251").steps
