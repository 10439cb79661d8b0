"""A unit on port 4370 over real sockets: its functions and faults. P1, P2, P5, P7, P8, P14."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.simulator.unit import SimPunch, made_up_template
from bridge.simulator.zk import ZkServer
from bridge.terminals.errors import (
    Cancelled,
    Incomplete,
    KeyRefused,
    NoAnswer,
    NotConfirmed,
    Refused,
    Unreachable,
    Unsupported,
    WrongUnit,
)
from bridge.terminals.terminal import Capability, FingerTemplate, Person, Punch
from bridge.terminals.zk.codes import CommandCode, ReplyCode
from bridge.terminals.zk.session import Address, Deadlines, TransportKind
from bridge.terminals.zk.terminal import connected
from tests.bridge.fakes import QUICK, a_unit, address, run

BOTH = pytest.mark.parametrize("transport", [TransportKind.TCP, TransportKind.UDP])


@BOTH
@pytest.mark.parametrize("key", [0, 12, 999999])
def test_P1_connects_with_the_comm_key_and_reads_who_the_unit_is(
    transport: TransportKind, key: int
) -> None:
    async def story() -> None:
        async with (
            ZkServer(a_unit(3, 4), key=key) as server,
            connected(address(server, key, transport), "SIM-1", QUICK) as terminal,
        ):
            info = await terminal.info()
            assert (info.serial, info.algorithm) == ("SIM-1", "finger 10")
            counts = await terminal.counts()
            assert (counts.people, counts.fingers, counts.records) == (3, 3, 4)
            can = await terminal.capabilities()
            assert can[Capability.FACE_PHOTOS] is False
            assert can[Capability.READ_LOG] is True

    run(story())


def test_P1_a_key_whose_sum_wraps_is_accepted() -> None:
    async def story() -> None:
        async with (
            ZkServer(a_unit(), key=131071, first_session=0xFFFF) as server,
            connected(address(server, 131071), "", QUICK) as terminal,
        ):
            assert (await terminal.counts()).people == 5

    run(story())


@BOTH
@pytest.mark.parametrize("key", [0, 13])
def test_P1_a_missing_or_wrong_key_is_said_to_be_that(transport: TransportKind, key: int) -> None:
    async def story() -> None:
        async with ZkServer(a_unit(), key=12) as server:
            with pytest.raises(KeyRefused):
                async with connected(address(server, key, transport), "", QUICK):
                    pass

    run(story())


def test_P1_nobody_there_is_unreachable_on_both_ways() -> None:
    async def story() -> None:
        with pytest.raises(Unreachable, match="UDP did not answer either"):
            async with connected(Address("127.0.0.1", 9), "", QUICK):
                pass

    run(story())


def test_P8_another_unit_at_the_address_is_not_written_to() -> None:
    async def story() -> None:
        async with ZkServer(a_unit(serial="OTHER")) as server:
            with pytest.raises(WrongUnit):
                async with connected(address(server), "SIM-1", QUICK):
                    pass

    run(story())


@BOTH
@pytest.mark.parametrize("width", [28, 72])
def test_people_are_added_changed_and_removed_and_nobody_else_is_touched(
    transport: TransportKind, width: int
) -> None:
    async def story() -> None:
        unit = a_unit(4)
        unit.faults.user_width = width
        unit.people["1002"].privilege = 14
        async with (
            ZkServer(unit) as server,
            connected(address(server, transport=transport), "", QUICK) as terminal,
        ):
            before = {person.pin: person for person in await terminal.people()}
            await terminal.write_people(
                [Person(pin="7001", name="Zoë"), Person(pin="1001", name="New")]
            )
            await terminal.remove_people(["1003"])
            now = {person.pin: person for person in await terminal.people()}
            assert set(now) == {"1001", "1002", "1004", "7001"}
            assert (now["7001"].name, now["1001"].name) == ("Zoë", "New")
            assert now["1001"].uid == before["1001"].uid
            assert now["1002"] == before["1002"]

    run(story())


@BOTH
def test_fingers_are_read_copied_to_another_unit_and_removed(transport: TransportKind) -> None:
    async def story() -> None:
        async with ZkServer(a_unit(3)) as old, ZkServer(a_unit(0, serial="SIM-2")) as new:
            async with connected(address(old, transport=transport), "", QUICK) as terminal:
                people, fingers = await terminal.people(), await terminal.fingers()
            async with connected(address(new, transport=transport), "", QUICK) as terminal:
                await terminal.write_people(people)
                await terminal.write_fingers(fingers)
                assert await terminal.fingers() == fingers
                await terminal.remove_fingers([("1001", 6)])
                assert {finger.pin for finger in await terminal.fingers()} == {"1002", "1003"}

    run(story())


@pytest.mark.parametrize("refused", [CommandCode.SAVE_TEMPLATES, CommandCode.PREPARE_DATA])
def test_units_without_the_fast_write_get_fingers_one_by_one(refused: CommandCode) -> None:
    async def story() -> None:
        unit = a_unit(3)
        unit.faults.refuse = {refused: ReplyCode.UNKNOWN}
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            fingers = [FingerTemplate(pin, 1, made_up_template(pin)) for pin in unit.people]
            await terminal.write_fingers(fingers)
            assert len(await terminal.fingers()) == 6

    run(story())


def test_many_fingers_go_out_in_several_batches() -> None:
    async def story() -> None:
        async with (
            ZkServer(a_unit(300)) as server,
            connected(address(server), "", Deadlines()) as terminal,
        ):
            fingers = [
                FingerTemplate(str(1001 + i), 1, made_up_template(str(i), 1400)) for i in range(300)
            ]
            await terminal.write_fingers(fingers)
            assert len(await terminal.fingers()) == 600

    run(story())


@pytest.mark.parametrize(
    ("transport", "bulk", "frame"),
    [
        (TransportKind.TCP, bulk, frame)
        for bulk in ("chunked", "direct")
        for frame in (1008, 4096, 65536)
    ]
    + [(TransportKind.UDP, "chunked", frame) for frame in (200, 1008)],
)
def test_P2_the_whole_log_comes_however_it_is_cut(
    transport: TransportKind, bulk: str, frame: int
) -> None:

    async def story() -> None:
        unit = a_unit(5, 3000)
        unit.faults.bulk, unit.faults.frame = bulk, frame
        async with (
            ZkServer(unit) as server,
            connected(address(server, transport=transport), "", QUICK) as terminal,
        ):
            seen: list[tuple[int, int]] = []
            log = await terminal.log(lambda done, total: seen.append((done, total)))
            assert (log.says, log.received) == (3000, 3000)
            rows = list(log.punches)
            assert rows[-1].local_time == unit.punches[-1].at.isoformat(" ")
            assert len(rows) == 3000
            assert seen[-1][0] == seen[-1][1] > 0

    run(story())


@pytest.mark.parametrize("width", [8, 16, 49])
def test_P3_the_log_of_units_with_other_records(width: int) -> None:
    async def story() -> None:
        unit = a_unit(5, 700)
        unit.faults.attendance_width = width
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            rows = list((await terminal.log()).punches)
            assert [(row.pin, row.local_time) for row in rows] == [
                (p.pin, p.at.isoformat(" ")) for p in unit.punches
            ]

    run(story())


@pytest.mark.parametrize("width", [8, 16, 40])
def test_TE6_a_unit_without_attendance_states_hands_out_its_log_and_its_events(width: int) -> None:
    async def story() -> None:
        unit = a_unit(5, 0)
        start = datetime(2026, 11, 20, 8)
        unit.punches = [
            SimPunch(str(1001 + i % 5), start + timedelta(minutes=7 * i), 255, 101 + 3 * (i % 2))
            for i in range(40)
        ]
        unit.faults.attendance_width = width
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            log = await terminal.log()
            assert {(p.status, p.verify) for p in log.punches} == {(255, 101), (255, 104)}
            assert (log.received, log.quarantined) == (40, [])
            live = terminal.live_punches()
            waiting = asyncio.ensure_future(anext(live))
            while not any(session.mask for session in server.sessions):
                await asyncio.sleep(0.01)
            unit.punch(SimPunch("1001", datetime(2026, 11, 21, 8), 255, 104))
            assert [(p.status, p.verify) for p in await waiting] == [(255, 104)]
            await live.aclose()  # type: ignore[attr-defined]  # a generator, declared as an iterator

    run(story())


def test_P3_impossible_dates_are_set_aside_and_counted() -> None:
    async def story() -> None:
        unit = a_unit(5, 100)
        unit.faults.impossible_dates = 3
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            log = await terminal.log()
            assert (log.received, len(list(log.punches)), len(log.quarantined)) == (100, 97, 3)

    run(story())


def test_P2_punches_that_come_while_the_log_is_read_are_in_it() -> None:
    async def story() -> None:
        unit = a_unit(5, 500)
        unit.faults.count_race = 2
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            assert (await terminal.log()).received == 502

    run(story())


def test_P2_fewer_records_than_the_unit_says_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        unit = a_unit(5, 500)
        whole = unit.counts
        monkeypatch.setattr(unit, "counts", lambda: replace(whole(), records=501))
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            with pytest.raises(Incomplete, match="says 501 records, received 500"):
                await terminal.log()

    run(story())


def test_firmware_without_buffered_reading_is_read_the_old_way() -> None:
    async def story() -> None:
        unit = a_unit(5, 300)
        unit.faults.refuse = {CommandCode.PREPARE_BUFFER: ReplyCode.UNKNOWN}
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            assert (await terminal.log()).received == 300

    run(story())


def test_a_unit_in_access_control_mode_is_said_to_hide_its_log() -> None:
    async def story() -> None:
        unit = a_unit(5, 300)
        unit.faults.refuse = {CommandCode.PREPARE_BUFFER: ReplyCode.WRONG_DEVICE_TYPE}
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            with pytest.raises(Unsupported) as caught:
                await terminal.log()
            assert "T&A PUSH" in caught.value.remedy
            assert (await terminal.capabilities())[Capability.READ_LOG] is False

    run(story())


def test_cancelling_between_chunks_leaves_the_unit_enabled() -> None:
    async def story() -> None:
        unit = a_unit(5, 5000)

        def stop(done: int, _total: int) -> None:
            if done:
                raise Cancelled("stopped")

        async with ZkServer(unit) as server:
            async with connected(address(server), "", QUICK) as terminal:
                with pytest.raises(Cancelled):
                    await terminal.log(stop)
                assert [session.disabled for session in server.sessions] == [False]
                assert (await terminal.log()).received == 5000

    run(story())


def test_P7_the_log_is_cleared_only_when_nothing_new_came() -> None:
    async def story() -> None:
        unit = a_unit(5, 10)
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            with pytest.raises(
                NotConfirmed, match="10 records are on the terminal, 9 were downloaded"
            ):
                await terminal.clear_log(9)
            assert len(unit.punches) == 10
            await terminal.clear_log(10)
            assert not unit.punches

    run(story())


@pytest.mark.parametrize(
    "act",
    [
        lambda t: t.write_people([Person(pin="1001", name="Other")]),
        lambda t: t.write_people([Person(pin="9", name="New")]),
        lambda t: t.write_fingers([FingerTemplate("1001", 2, b"x" * 50)]),
        lambda t: t.remove_people(["1001"]),
        lambda t: t.remove_fingers([("1001", 6)]),
        lambda t: t.clear_log(10),
        lambda t: t.set_clock(datetime(2030, 1, 1)),
        lambda t: t.set_option("LockOn", "9"),
    ],
)
def test_P2_a_write_that_is_acknowledged_and_not_done_is_an_error(act: Any) -> None:
    async def story() -> None:
        unit = a_unit(5, 10)
        unit.faults.ignore_writes = True
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            with pytest.raises(NotConfirmed):
                await act(terminal)

    run(story())


def test_P5_live_punches_arrive_and_a_quiet_unit_is_asked_whether_it_is_there() -> None:
    async def story() -> None:
        unit = a_unit()
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            got: list[Punch] = []

            async def watch() -> None:
                async for punches in terminal.live_punches(heartbeat_s=0.2):
                    got.extend(punches)
                    if len(got) == 3:
                        return

            task = asyncio.create_task(watch())
            for second in range(3):
                await server.heard(CommandCode.TIME_READ)  # the watch was quiet for a heartbeat
                unit.punch(SimPunch("1002", datetime(2026, 11, 22, 8, 30, second), 0, 1))
            await task
            assert [punch.local_time[-2:] for punch in got] == ["00", "01", "02"]

    run(story())


def test_P5_a_unit_that_falls_silent_while_watched_is_noticed() -> None:
    async def silenced() -> None:
        unit = a_unit()
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:

            async def fall_silent() -> None:
                await server.heard(CommandCode.TIME_READ)
                unit.faults.silent = True

            task = asyncio.create_task(fall_silent())
            with pytest.raises(NoAnswer):
                async for _ in terminal.live_punches(heartbeat_s=0.2):
                    pytest.fail("nothing happened")
            await task

    run(silenced())


@BOTH
def test_P14_a_finger_is_enrolled_at_the_unit(transport: TransportKind) -> None:
    async def story() -> None:
        unit = a_unit()
        async with (
            ZkServer(unit) as server,
            connected(address(server, transport=transport), "", Deadlines(idle=2.0)) as terminal,
        ):
            texts = [text async for text in terminal.enrol_finger("1001", 3)]
            assert texts == [
                "Scan 1 is good.",
                "Scan 2 is good.",
                "Scan 3 is good.",
                "The finger is enrolled.",
            ]
            assert 3 in unit.people["1001"].fingers

    run(story())


@pytest.mark.parametrize(
    ("result", "said"),
    [(4, "did not fit"), (5, "already enrolled"), (6, "Cancelled"), (9, "code 9")],
)
def test_P14_an_enrolment_that_fails_says_why(result: int, said: str) -> None:
    async def story() -> None:
        unit = a_unit()
        unit.faults.enrol_result = result
        async with (
            ZkServer(unit) as server,
            connected(address(server), "", Deadlines(idle=2.0)) as terminal,
        ):
            with pytest.raises(Refused, match=said):
                async for _ in terminal.enrol_finger("1001", 3):
                    pass

    run(story())


@pytest.mark.parametrize(("encoding", "shown"), [("auto", "????"), ("windows-1251", "Вера")])
def test_TE11_names_that_cannot_be_read_stay_and_new_ones_are_written_as_is_chosen(
    encoding: str, shown: str
) -> None:
    async def story() -> None:
        unit = a_unit(0)
        unit.faults.encoding = "windows-1251"
        unit.person("1").name = "Анна"
        async with (
            ZkServer(unit) as server,
            connected(address(server), "", QUICK, encoding=encoding) as terminal,
        ):
            (held,) = await terminal.people()
            assert held.unread == (encoding == "auto")
            written = await terminal.names_encoding()
            assert written == ("ascii" if encoding == "auto" else encoding)
            await terminal.write_people([held, Person(pin="2", name="Вера")])
            await terminal.write_fingers([FingerTemplate("1", 1, b"template")])
            assert (unit.people["1"].name, unit.people["2"].name) == ("Анна", shown)

    run(story())
