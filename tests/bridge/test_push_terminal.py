"""A unit that dials in, asked through its command queue over real HTTP. P2, P14."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest

from bridge.simulator.push import FirmwareProfile
from bridge.simulator.unit import Unit, made_up_template
from bridge.terminals.errors import NoAnswer, NotConfirmed, Refused, Unsupported
from bridge.terminals.push import commands
from bridge.terminals.push import listener as listening_module
from bridge.terminals.push.command_queue import FIRST_ID, CommandQueue
from bridge.terminals.push.records import CommandResult, UploadBatch
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import NOT_TOLD, Capability, FingerTemplate, Person
from tests.bridge.fakes import MemorySite, a_unit, dialling, listening, run

FIRMWARES = pytest.mark.parametrize("profile", [FirmwareProfile.OLD, FirmwareProfile.BIODATA])


class Met:
    """A unit and the terminal it is seen as."""

    def __init__(self, unit: Unit, terminal: PushTerminal, site: MemorySite) -> None:
        self.unit, self.terminal, self.site = unit, terminal, site


def meeting(
    story: Callable[[Met], Awaitable[None]],
    unit: Unit | None = None,
    profile: FirmwareProfile = FirmwareProfile.BIODATA,
) -> None:
    async def whole() -> None:
        site = MemorySite()
        held = unit or a_unit(4, 30)
        async with listening(site) as url, dialling(url, held, profile):
            while not any(hello.info.get("devicename") for hello in site.seen):
                await asyncio.sleep(0.01)
            known = {key: value for hello in site.seen for key, value in hello.info.items()}
            await story(Met(held, PushTerminal(held.serial, site.queue(held.serial), known), site))

    run(whole())


@FIRMWARES
def test_who_it_is_and_what_it_can(profile: FirmwareProfile) -> None:
    async def story(met: Met) -> None:
        assert (await met.terminal.info()).firmware == "QFM-SIM-1.0"
        counts = await met.terminal.counts()
        assert (counts.people, counts.fingers, counts.records) == (4, 4, 30)
        can = await met.terminal.capabilities()
        assert can[Capability.FACE_PHOTOS]
        assert can[Capability.WRITE_FINGERS]

    meeting(story, profile=profile)


def test_P4_a_unit_without_fingers_says_so() -> None:
    async def story(met: Met) -> None:
        assert not (await met.terminal.capabilities())[Capability.WRITE_FINGERS]
        with pytest.raises(Unsupported):
            await met.terminal.write_fingers([FingerTemplate("1001", 1, b"x")])

    meeting(story, profile=FirmwareProfile.QF_MASTER)


@FIRMWARES
def test_people_and_fingers_go_out_and_are_read_back(profile: FirmwareProfile) -> None:
    async def story(met: Met) -> None:
        await met.terminal.write_people(
            [Person(pin="7001", name="Zoë"), Person(pin="1001", name="New")]
        )
        await met.terminal.write_fingers([FingerTemplate("7001", 3, made_up_template("z"))])
        await met.terminal.remove_people(["1002"])
        await met.terminal.remove_fingers([("1003", 6)])
        assert {person.pin: person.name for person in await met.terminal.people()}["7001"] == "Zoë"
        assert {(f.pin, f.finger) for f in await met.terminal.fingers()} == {
            ("1001", 6),
            ("1004", 6),
            ("7001", 3),
        }

    meeting(story, profile=profile)


def test_P2_the_whole_log_and_a_span_of_it_are_counted_against_what_the_unit_says() -> None:
    async def story(met: Met) -> None:
        log = await met.terminal.log()
        assert (log.says, log.received) == (30, 30)
        span = await met.terminal.log_between(met.unit.punches[5].at, met.unit.punches[9].at)
        assert (span.says, [punch.local_time for punch in span.punches]) == (
            5,
            [p.at.isoformat(" ") for p in met.unit.punches[5:10]],
        )
        assert await met.terminal.count_between(datetime(2026, 1, 1), datetime(2026, 1, 2)) == 0

    meeting(story)


@FIRMWARES
def test_P14_a_finger_is_enrolled_and_comes_back(profile: FirmwareProfile) -> None:
    async def story(met: Met) -> None:
        assert [text async for text in met.terminal.enrol_finger("1001", 2)][
            -1
        ] == "The finger is enrolled."
        assert 2 in met.unit.people["1001"].fingers

    meeting(story, profile=profile)


@pytest.mark.parametrize(
    ("code", "said"),
    [(2, "already enrolled"), (4, "did not fit"), (5, "somebody else"), (6, "nobody came")],
)
def test_P14_an_enrolment_that_fails_says_why(code: int, said: str) -> None:
    async def story(met: Met) -> None:
        met.unit.faults.enrol_result = code
        with pytest.raises(Refused, match=said):
            _ = [text async for text in met.terminal.enrol_finger("1001", 2)]

    meeting(story)


def test_P2_writes_that_are_acknowledged_and_not_done_are_errors() -> None:
    async def story(met: Met) -> None:
        met.unit.faults.ignore_writes = True
        for act in (
            met.terminal.write_people([Person(pin="9", name="New")]),
            met.terminal.remove_people(["1001"]),
            met.terminal.write_fingers([FingerTemplate("1001", 1, made_up_template("z"))]),
            met.terminal.remove_fingers([("1001", 6)]),
            met.terminal.clear_log(30),
        ):
            with pytest.raises(NotConfirmed):
                await act

    meeting(story)


@pytest.mark.parametrize(
    ("code", "error"),
    [(-1002, Unsupported), (-22, Unsupported), (-1005, Refused), (-1001, Refused), (2, Refused)],
)
def test_return_codes_become_errors(code: int, error: type[Exception]) -> None:
    async def story(met: Met) -> None:
        met.unit.faults.returns["DATA UPDATE USERINFO"] = [code]
        with pytest.raises(error):
            await met.terminal.write_people([Person(pin="9", name="New")])

    meeting(story)


@FIRMWARES
def test_TE9_a_query_may_answer_with_its_number_of_rows(profile: FirmwareProfile) -> None:
    async def story(met: Met) -> None:
        met.unit.faults.query_counts = True
        assert len(await met.terminal.people()) == 4
        assert len(await met.terminal.fingers()) == 4
        assert (await met.terminal.log()).received == 30
        await met.terminal.write_people([Person(pin="7001", name="Zoë")])
        await met.terminal.remove_people(["1002"])

    meeting(story, profile=profile)


def test_TE9_a_unit_that_found_more_rows_than_it_announced_is_waited_for() -> None:
    async def story() -> None:
        queue = CommandQueue()
        asking = asyncio.create_task(queue.exchange(commands.query_user(), "ask", ("users", 1)))
        await asyncio.sleep(0)
        (line,) = queue.fetch_lines()
        queue.add_rows(UploadBatch(users=[Person(pin="1")]))
        queue.add_result(CommandResult(line.split(":")[1], 2))
        await asyncio.sleep(0)
        queue.add_rows(UploadBatch(users=[Person(pin="2")]))
        assert [person.pin for person in (await asking).rows.users] == ["1", "2"]

    run(story())


@pytest.mark.parametrize("name", ["AttlogSum", "AttlogCount"])
def test_TE9_the_sum_of_the_log_has_two_names(name: str) -> None:
    async def story(met: Met) -> None:
        met.unit.faults.sum_name = name
        span = met.unit.punches[5].at, met.unit.punches[9].at
        assert await met.terminal.count_between(*span) == 5

    meeting(story)


@pytest.mark.parametrize(
    ("code", "error"), [(-22, Unsupported), (-1, Unsupported), (-1005, Refused), (-1003, Refused)]
)
def test_TE9_a_unit_that_is_busy_may_well_count_its_log_later(
    code: int, error: type[Exception]
) -> None:
    async def story(met: Met) -> None:
        met.unit.faults.returns["VERIFY SUM ATTLOG"] = [code]
        with pytest.raises(error):
            await met.terminal.count_between(datetime(2026, 1, 1), datetime(2027, 1, 1))

    meeting(story)


def test_TE9_a_parameter_that_the_unit_did_not_take_does_not_show_that_somebody_is_gone() -> None:
    async def story(met: Met) -> None:
        met.unit.faults.ignore_writes = True
        met.unit.faults.returns["DATA QUERY USERINFO"] = [-1]
        with pytest.raises(NotConfirmed):
            await met.terminal.remove_people(["1001"])

    meeting(story)


def test_TE28_ids_are_whole_numbers_of_their_own_and_answers_find_their_command() -> None:
    async def story() -> None:
        queue, other = CommandQueue(), CommandQueue()
        asking = [asyncio.create_task(queue.exchange(commands.CHECK, "check")) for _ in range(3)]
        await asyncio.sleep(0)
        numbers = [int(line.split(":")[1]) for line in queue.fetch_lines()]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        assert FIRST_ID <= numbers[0] < 2**31
        for foreign in ("12", str(numbers[0] - 1), str(numbers[2] + 1)):
            assert not queue.add_result(CommandResult(foreign, 0))
        assert not other.add_result(CommandResult(str(numbers[0]), 0))
        assert not any(task.done() for task in asking)
        for number in numbers:
            assert queue.add_result(CommandResult(str(number), 0))
        await asyncio.gather(*asking)

    run(story())


def test_P7_the_log_is_cleared_only_when_nothing_new_came() -> None:
    async def story(met: Met) -> None:
        with pytest.raises(NotConfirmed):
            await met.terminal.clear_log(29)
        await met.terminal.clear_log(30)
        assert not met.unit.punches

    meeting(story)


def test_a_unit_that_loses_its_answer_costs_a_deadline_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(met: Met) -> None:
        met.unit.faults.lose_results = 1
        with pytest.raises(NoAnswer, match="has not answered"):
            await met.site.queue("SIM-1").exchange(
                lambda command_id: f"C:{command_id}:CHECK", "check", answer_s=0.5
            )
        assert (await met.terminal.counts()).people == 4

    meeting(story)


def test_the_rest_of_the_device_commands() -> None:
    async def story(met: Met) -> None:
        await met.terminal.set_clock(datetime.now())
        await met.terminal.unlock(3)
        await met.terminal.restart()
        assert (await met.terminal.counts()).people == 4

    meeting(story)


# the listener


def test_what_a_stranger_gets() -> None:
    async def story() -> None:
        site = MemorySite()
        site.approved = False
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            site.queue("X").exchange(lambda command_id: f"C:{command_id}:CHECK", "check").close()
            for path in ("cdata?options=all&", "getrequest?", "cdata?table=RemoteAtt&PIN=1&"):
                assert (await http.get(f"/iclock/{path}SN=X")).text == "OK"
            assert not site.punches

    run(story())


@pytest.mark.parametrize("suffix", ["", ".aspx"])
def test_both_spellings_of_the_paths(suffix: str) -> None:
    async def story() -> None:
        site = MemorySite()
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            assert (await http.get(f"/iclock/cdata{suffix}?SN=X&options=all")).text.startswith(
                "GET OPTION FROM: X\n"
            )
            answer = await http.post(
                f"/iclock/cdata{suffix}?SN=X&table=ATTLOG", content="1\t2026-11-22 08:00:00\t0\t1\n"
            )
            assert answer.text == "OK:1"
            assert "GMT" in answer.headers["Date"]
            assert (
                await http.post(
                    f"/iclock/fdata{suffix}?SN=X", content=b"PIN=1.jpg\nSN=X\0\xff\xd8\xff"
                )
            ).text == "OK:1"
            assert (
                await http.post(f"/iclock/exchange{suffix}?SN=X&type=publickey")
            ).status_code == 406

    run(story())


def test_TE7_odd_lines_of_the_field_are_logins() -> None:
    lines = (
        "1001\t2026-11-25 08:00:03\t\t1\t0\n1001\t2026-11-25 08:00:05\t0\n"
        "1001\t2026-11-25 8:00:07\t0\t1\nEMP-0012\t2026-11-25 08:00:12\t0\t1\n"
    )

    async def story() -> None:
        site = MemorySite()
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            answer = await http.post("/iclock/cdata?SN=X&table=ATTLOG", content=lines)
            assert answer.text == "OK:4"
        assert [(p.pin, p.local_time, p.status, p.verify) for p in site.punches] == [
            ("1001", "2026-11-25 08:00:03", NOT_TOLD, 1),
            ("1001", "2026-11-25 08:00:05", 0, NOT_TOLD),
            ("1001", "2026-11-25 08:00:07", 0, 1),
            ("EMP-0012", "2026-11-25 08:00:12", 0, 1),
        ]

    run(story())


def _head(answer: bytes) -> list[str]:
    return answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    "call",
    [
        "GET /iclock/cdata?SN=X&options=all",
        "GET /iclock/getrequest?SN=X",
        "POST /iclock/cdata?SN=X&table=ATTLOG",
        "GET /iclock/getrequest?SN=",
    ],
)
def test_TE8_old_clients_find_the_time_once_in_every_answer(call: str, version: str) -> None:
    async def story() -> None:
        async with listening(MemorySite()) as url:
            port = int(url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"{call} HTTP/{version}\r\nHost: x\r\nContent-Length: 0\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
        lines = _head(answer)
        dates = [line for line in lines if line.lower().startswith("date:")]
        assert [date[:6] for date in dates] == ["Date: "]
        told = datetime.strptime(dates[0], "Date: %a, %d %b %Y %H:%M:%S GMT")
        assert abs((datetime.now(UTC).replace(tzinfo=None) - told).total_seconds()) < 60
        assert "Content-Type: text/plain" in lines
        body = answer.partition(b"\r\n\r\n")[2]
        assert f"Content-Length: {len(body)}" in lines

    run(story())


def test_TE8_a_unit_that_reads_headers_by_the_letter_always_finds_the_time() -> None:
    async def story() -> None:
        site = MemorySite()
        async with listening(site) as url, dialling(url, a_unit(1, 1)) as unit:
            while len(site.seen) < 5:
                await asyncio.sleep(0.01)
            assert unit.without_time == 0

    run(story())


def test_empty_bodies_and_unknown_tables_do_no_harm() -> None:
    async def story() -> None:
        site = MemorySite()
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            assert (await http.post("/iclock/cdata?SN=X&table=ATTLOG")).text == "OK:0"
            assert (await http.post("/iclock/cdata?SN=X&table=WHAT", content="x y")).text == "OK:1"
            assert (await http.post("/iclock/devicecmd?SN=X", content=b"\xff\xfe")).text == "OK"

    run(story())


def test_one_serial_cannot_hold_many_calls_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening_module, "BODY_S", 1.0)

    async def story() -> None:
        async with listening(MemorySite()) as url:
            port = int(url.rpartition(":")[2])
            held = []
            for _ in range(listening_module.CALLS_PER_SERIAL):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(
                    b"POST /iclock/cdata?SN=X&table=ATTLOG HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Length: 100\r\n\r\n1"
                )
                held.append((reader, writer))
            async with httpx.AsyncClient(base_url=url) as http:
                while (await http.get("/iclock/getrequest?SN=X")).status_code != 503:
                    await asyncio.sleep(0.02)
                assert (await http.get("/iclock/getrequest?SN=Y")).text == "OK"
                for reader, _ in held:
                    assert b"400" in await reader.readline()
                assert (await http.get("/iclock/getrequest?SN=X")).text == "OK"
            for _, writer in held:
                writer.close()

    run(story())


def test_struct_of_a_login_photo_is_checked() -> None:
    async def story() -> None:
        site = MemorySite()
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            body = struct.pack("<I", 5) * 100
            assert (
                await http.post("/iclock/cdata?SN=X&table=ATTPHOTO", content=body)
            ).text == "OK:1"

    run(story())


def test_TE1_a_name_is_written_and_nothing_else_of_a_person_changes() -> None:
    """Units set to nothing what a command leaves out, and the simulator does, too."""

    async def story(met: Met) -> None:
        held = met.unit.people["1001"]
        held.privilege, held.password, held.group = 14, "4711", "3"
        held.told = {"card": "[E2801160600002]", "tz": "0001000100000000", "verify": "6"}
        before = dict(vars(held))
        await met.terminal.write_people([Person(pin="1001", name="Nur", privilege=0, group="1")])
        assert vars(met.unit.people["1001"]) == {**before, "name": "Nur"}

    meeting(story)


def test_who_is_asked_for_by_number_is_told_from_who_is_not_there() -> None:
    async def story(met: Met) -> None:
        assert {one.pin for one in await met.terminal.find_people(["1001", "404"])} == {"1001"}
        met.unit.faults.returns["DATA QUERY USERINFO"] = [-1]
        everybody = await met.terminal.find_people(["1002"])
        assert [one.pin for one in everybody] == ["1002"], "it says neither: all are read"

    meeting(story)
