"""Exchanges without any socket: the requests, their order, and what the answers become."""

import struct
from collections.abc import Iterable
from typing import TypeVar

import pytest

from bridge.terminals.errors import (
    BridgeError,
    Cancelled,
    KeyRefused,
    NoAnswer,
    ProtocolError,
    Refused,
    Unsupported,
)
from bridge.terminals.zk import exchanges
from bridge.terminals.zk.codes import CommandCode, ReplyCode
from bridge.terminals.zk.comm_key import scramble
from bridge.terminals.zk.frames import Packet

T = TypeVar("T")
OK = Packet(ReplyCode.OK, 0, 0)


def play(
    story: exchanges.Exchange[T], answers: Iterable[Packet | Exception]
) -> tuple[list[exchanges.Request | exchanges.NextPacket], T]:
    """(what the exchange did, its result) when it is given these answers."""
    did = [next(story)]
    try:
        for answer in answers:
            did.append(story.throw(answer) if isinstance(answer, Exception) else story.send(answer))
    except StopIteration as ended:
        return did, ended.value
    pytest.fail(f"it goes on: {did[-1]}")


def prepared(size: int) -> Packet:
    return Packet(ReplyCode.OK, 0, 0, struct.pack("<BIII", 0, size, size, 0))


def announced(size: int) -> Packet:
    return Packet(CommandCode.PREPARE_DATA, 0, 0, struct.pack("<II", size, 1008))


def data(content: bytes) -> Packet:
    return Packet(CommandCode.DATA, 0, 0, content)


def commands(did: list[exchanges.Request | exchanges.NextPacket]) -> list[int]:
    return [step.command for step in did if isinstance(step, exchanges.Request)]


def test_connecting_without_a_key() -> None:
    did, session = play(exchanges.connect(0), [Packet(ReplyCode.OK, 77, 0)])
    assert (commands(did), session) == ([CommandCode.CONNECT], 77)


def test_connecting_with_a_key_scrambles_it_with_the_session() -> None:
    did, session = play(exchanges.connect(12), [Packet(ReplyCode.UNAUTHORISED, 0x45CF, 0), OK])
    assert did[1] == exchanges.Request(CommandCode.AUTH, scramble(12, 0x45CF))
    assert session == 0x45CF


def test_a_refused_key_is_said_to_be_that() -> None:
    with pytest.raises(KeyRefused, match="wrong"):
        play(exchanges.connect(12), [Packet(ReplyCode.UNAUTHORISED, 1, 0)] * 2)


def test_a_set_is_read_chunk_by_chunk_and_freed() -> None:
    content = struct.pack("<I", 21) + bytes(range(21))
    answers = [
        prepared(25),
        announced(10),
        data(content[:4]),
        data(content[4:10]),
        OK,
        data(content[10:20]),
        announced(5),
        data(content[20:]),
        OK,
        OK,
    ]
    seen: list[tuple[int, int]] = []
    did, whole = play(
        exchanges.read_set(exchanges.USERS, 10, progress=lambda *step: seen.append(step)), answers
    )
    assert whole == content
    assert commands(did) == [
        CommandCode.PREPARE_BUFFER,
        *[CommandCode.READ_BUFFER] * 3,
        CommandCode.FREE_DATA,
    ]
    assert [
        step.data
        for step in did
        if isinstance(step, exchanges.Request) and step.command == CommandCode.READ_BUFFER
    ] == [struct.pack("<II", start, length) for start, length in ((0, 10), (10, 10), (20, 5))]
    assert seen == [(0, 25), (10, 25), (20, 25), (25, 25)]


def test_a_small_set_comes_at_once() -> None:
    did, whole = play(exchanges.read_set(exchanges.USERS, 10), [data(b"\0\0\0\0")])
    assert commands(did) == [CommandCode.PREPARE_BUFFER]
    assert whole == bytes(4)


@pytest.mark.parametrize("refusal", [ReplyCode.ERROR, ReplyCode.UNKNOWN])
def test_old_firmware_is_asked_directly(refusal: int) -> None:
    answers = [Packet(refusal, 0, 0), announced(8), data(b"12345678"), OK]
    did, whole = play(exchanges.read_set(exchanges.USERS, 10), answers)
    assert commands(did) == [CommandCode.PREPARE_BUFFER, CommandCode.USERS_READ]
    assert whole == b"12345678"


def test_a_unit_in_another_mode_cannot_do_it() -> None:
    with pytest.raises(Unsupported):
        play(
            exchanges.read_set(exchanges.ATTENDANCE, 10),
            [Packet(ReplyCode.WRONG_DEVICE_TYPE, 0, 0)],
        )


def test_cancelling_between_chunks_frees_the_buffer() -> None:
    def stop(done: int, _total: int) -> None:
        if done:
            raise Cancelled("stopped")

    story = exchanges.read_set(exchanges.USERS, 10, progress=stop)
    next(story)
    story.send(prepared(30))
    assert story.send(data(bytes(10))) == exchanges.Request(CommandCode.FREE_DATA)
    with pytest.raises(Cancelled):
        story.send(OK)


def test_a_chunk_that_is_lost_is_asked_for_again_as_often_as_told() -> None:
    did, whole = play(
        exchanges.read_set(exchanges.USERS, 10, tries=3),
        [prepared(10), NoAnswer("1"), NoAnswer("2"), data(bytes(10)), OK],
    )
    assert commands(did).count(CommandCode.READ_BUFFER) == 3
    assert whole == bytes(10)
    with pytest.raises(NoAnswer):
        play(
            exchanges.read_set(exchanges.USERS, 10, tries=2),
            [prepared(10), NoAnswer("1"), NoAnswer("2")],
        )


@pytest.mark.parametrize(
    "answers",
    [
        [Packet(ReplyCode.OK, 0, 0, b"\0\xff\xff\xff\xff")],
        [Packet(ReplyCode.OK, 0, 0, b"")],
        [prepared(10), announced(11)],
        [prepared(10), data(bytes(11))],
        [prepared(10), data(bytes(9))],
        [prepared(10), announced(10), data(b"")],
        [prepared(10), announced(10), data(bytes(11))],
        [prepared(10), announced(10), OK],
        [prepared(10), Packet(CommandCode.PREPARE_DATA, 0, 0, b"\1")],
    ],
    ids=str,
)
def test_transfers_that_do_not_add_up_are_errors(answers: list[Packet]) -> None:
    with pytest.raises(ProtocolError):
        play(exchanges.read_set(exchanges.USERS, 10), answers)


def test_a_fast_write_is_announced_sent_in_pieces_and_kept() -> None:
    buffer = bytes(2500)
    did, _ = play(exchanges.write_bulk(buffer), [OK] * 7)
    assert commands(did) == [
        CommandCode.FREE_DATA,
        CommandCode.PREPARE_DATA,
        *[CommandCode.DATA] * 3,
        CommandCode.SAVE_TEMPLATES,
        CommandCode.REFRESH_DATA,
    ]
    assert (
        b"".join(
            step.data
            for step in did
            if isinstance(step, exchanges.Request) and step.command == CommandCode.DATA
        )
        == buffer
    )


@pytest.mark.parametrize("odd", [b"", b"\0", b"MAC=1\0", b"~OS\0", b"=1\0", bytes(range(256))])
def test_TE23_an_option_that_is_not_there_or_cannot_be_read_is_unknown(odd: bytes) -> None:
    assert play(exchanges.read_option("~OS"), [Packet(ReplyCode.ERROR, 0, 0)])[1] == ""
    assert play(exchanges.read_option("~OS"), [Packet(ReplyCode.OK, 0, 0, b"~OS=1\0")])[1] == "1"
    assert play(exchanges.read_option("~OS"), [Packet(ReplyCode.OK, 0, 0, odd)])[1] == ""


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (ReplyCode.ERROR, Refused),
        (ReplyCode.RETRY, Refused),
        (ReplyCode.UNKNOWN, Unsupported),
        (ReplyCode.UNAUTHORISED, KeyRefused),
        (1, Refused),
    ],
)
def test_answers_other_than_ok_are_errors_with_their_code(
    code: int, error: type[BridgeError]
) -> None:
    with pytest.raises(error):
        play(exchanges.command(CommandCode.UNLOCK, b"", "open"), [Packet(code, 0, 0)])
