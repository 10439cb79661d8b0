"""A unit of access control, asked through its command queue over real HTTP. TE4."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from bridge.simulator.access import SimulatedAccessUnit
from bridge.simulator.push import JPEG_MAGIC, FirmwareProfile
from bridge.simulator.unit import FINGER, SimPerson, Unit, made_up_template
from bridge.terminals.errors import (
    BridgeError,
    Incomplete,
    NotConfirmed,
    Refused,
    Unsupported,
)
from bridge.terminals.push import command_queue
from bridge.terminals.push.access import commands
from bridge.terminals.push.access.terminal import ASKED_BY_NUMBER, AccessTerminal
from bridge.terminals.push.codes import ON_ITS_WAY
from bridge.terminals.push.records import CommandResult, UploadBatch
from bridge.terminals.terminal import LOG_END, LOG_START, Capability, FingerTemplate, Person
from tests.bridge.fakes import MemorySite, dialling, listening, run

PHOTO = JPEG_MAGIC + b"a face"
BOTH = pytest.mark.parametrize(
    "profile", [FirmwareProfile.ACCESS, FirmwareProfile.ACCESS_CONTROLLER]
)


class Met:
    """A unit, and the terminal it is seen as."""

    def __init__(self, unit: SimulatedAccessUnit, terminal: AccessTerminal, site: MemorySite):
        self.unit, self.terminal, self.site = unit, terminal, site
        self.people = unit.people


def meeting(
    story: Callable[[Met], Awaitable[None]],
    unit: Unit | None = None,
    profile: FirmwareProfile = FirmwareProfile.ACCESS,
) -> None:
    async def whole() -> None:
        site = MemorySite()
        held = unit or a_door()
        async with listening(site) as url, dialling(url, held, profile) as dialled:
            assert isinstance(dialled, SimulatedAccessUnit)
            while not dialled.approved:
                await asyncio.sleep(0.01)
            facts = site.facts[held.serial]
            terminal = AccessTerminal(held.serial, site.queue(held.serial), facts)
            await story(Met(dialled, terminal, site))

    run(whole())


def a_door() -> Unit:
    """It holds Ada, with a card, a password and a zone of her own, and Grace, with a finger."""
    unit = Unit("ACC-1")
    unit.people["1001"] = SimPerson(
        name="Ada", uid=1, privilege=14, password="12", card=77, group="3", zone="0003"
    )
    fingers = {6: made_up_template("g")}
    unit.people["1002"] = SimPerson(name="Grace", uid=2, zone="0001", fingers=fingers)
    return unit


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def test_TE4_a_unit_registers_first_and_is_told_how_to_report() -> None:
    async def story(met: Met) -> None:
        facts = met.site.facts["ACC-1"]
        assert (facts["devicetype"], facts["pushver"], facts["lockcount"]) == ("acc", "3.1.2", "1")
        assert "not-to-be-kept" not in facts.values()
        assert met.unit.settings["Realtime"] == "1"
        await until(lambda: met.unit.time_told)
        assert met.unit.time_told.endswith(",ServerTZ=+0000")
        first = met.unit.settings["SessionID"]
        met.unit.approved = False
        await until(lambda: met.unit.approved)
        assert met.unit.settings["registry"] == "ok"
        assert met.unit.settings["SessionID"] == first

    meeting(story)


@BOTH
def test_TE4_who_it_is_what_it_holds_and_what_it_can(profile: FirmwareProfile) -> None:
    async def story(met: Met) -> None:
        info = await met.terminal.info()
        assert (info.serial, info.firmware) == ("ACC-1", "ACC-SIM-1.0")
        assert (info.name, info.algorithm) == ("Door (simulated)", "finger 10")
        counts = await met.terminal.counts()
        assert (counts.people, counts.fingers, counts.people_capacity) == (2, 1, 3000)
        can = await met.terminal.capabilities()
        assert can[Capability.WRITE_FINGERS]
        assert can[Capability.FACE_PHOTOS] is (profile is FirmwareProfile.ACCESS)

    meeting(story, profile=profile)


@BOTH
def test_TE4_a_new_person_opens_the_door_and_an_old_one_keeps_everything(
    profile: FirmwareProfile,
) -> None:
    async def story(met: Met) -> None:
        await met.terminal.write_people(
            [Person(pin="7001", name="Zoë"), Person(pin="1001", name="Ada King")]
        )
        ada = met.people["1001"]
        assert (ada.name, ada.privilege, ada.password) == ("Ada King", 14, "12")
        assert (ada.card, ada.group, ada.zone) == (77, "3", "0003")
        assert met.people["7001"].zone
        assert await met.unit.present("7001", verify=FINGER) is False  # it has no finger yet
        await met.terminal.write_fingers([FingerTemplate("7001", 3, made_up_template("z"))])
        assert await met.unit.present("7001", verify=FINGER)

    meeting(story, profile=profile)


def test_TE4_somebody_without_a_time_zone_opens_nothing() -> None:
    async def story(met: Met) -> None:
        met.people["1002"].zone = ""
        assert await met.unit.present("1002", verify=FINGER) is False
        assert await met.unit.present("9999") is False
        await until(lambda: met.unit.unsent == 0)
        assert met.site.punches == []

    meeting(story)


@BOTH
def test_TE4_people_and_fingers_are_removed_and_looked_for_again(profile: FirmwareProfile) -> None:
    async def story(met: Met) -> None:
        await met.terminal.remove_fingers([("1002", 6)])
        assert await met.terminal.fingers() == []
        await met.terminal.remove_people(["1001", "EMP-12", "9999"])
        assert set(met.people) == {"1002"}
        assert [person.pin for person in await met.terminal.people()] == ["1002"]
        met.unit.unit.faults.ignore_writes = True
        with pytest.raises(NotConfirmed):
            await met.terminal.remove_people(["1002"])

    meeting(story, profile=profile)


def test_TE4_who_is_asked_for_by_number_is_told_from_who_is_not_there() -> None:
    async def story(met: Met) -> None:
        before = met.unit.commands_done
        assert [person.name for person in await met.terminal.find_people({"1002", "9999"})] == [
            "Grace"
        ]
        assert met.unit.commands_done == before + 2
        many = {str(number) for number in range(1001, 1001 + ASKED_BY_NUMBER + 1)}
        assert {person.pin for person in await met.terminal.find_people(many)} == {"1001", "1002"}
        assert met.unit.commands_done == before + 3

    meeting(story)


def test_TE4_many_people_are_written_and_removed_with_one_look_at_all() -> None:
    async def story(met: Met) -> None:
        pins = [str(5000 + number) for number in range(ASKED_BY_NUMBER + 5)]
        await met.terminal.write_people([Person(pin=pin, name=f"P {pin}") for pin in pins])
        assert set(pins) < set(met.people)
        await met.terminal.remove_people(pins)
        assert set(met.people) == {"1001", "1002"}

    meeting(story)


def test_TE4_what_was_not_kept_is_not_confirmed() -> None:
    async def story(met: Met) -> None:
        met.unit.unit.faults.ignore_writes = True
        acts = [
            met.terminal.write_people([Person(pin="7001", name="Zoë")]),
            met.terminal.write_people([Person(pin="1001", name="Other")]),
            met.terminal.write_fingers([FingerTemplate("1001", 3, b"x")]),
            met.terminal.remove_fingers([("1002", 6)]),
            anext(aiter_last(met.terminal.enrol_finger("1001", 2))),
        ]
        for act in acts:
            with pytest.raises(NotConfirmed):
                await act

    meeting(story)


async def aiter_last(said: Any) -> Any:
    """The last of what an iterator yields."""
    last = ""
    async for text in said:
        last = text
    yield last


def test_TE25_a_finger_is_enrolled_only_when_it_is_there() -> None:
    async def story(met: Met) -> None:
        last = await anext(aiter_last(met.terminal.enrol_finger("1001", 2)))
        assert last == "The finger is enrolled."
        assert 2 in met.people["1001"].fingers

    meeting(story)


@pytest.mark.parametrize(
    ("options", "pin"),
    [({}, "EMP-12"), ({}, "0012"), ({"MaxPinWidth": "4"}, "12345")],
)
def test_TE4_a_number_that_the_unit_cannot_hold_is_never_sent(
    options: dict[str, str], pin: str
) -> None:
    door = a_door()
    door.options.update(options)

    async def story(met: Met) -> None:
        before = met.unit.commands_done
        for act in (
            met.terminal.write_people([Person(pin=pin, name="X")]),
            met.terminal.write_face(pin, PHOTO),
        ):
            with pytest.raises(Refused, match="cannot hold the number"):
                await act
        assert met.unit.commands_done == before

    meeting(story, door)


def test_TE4_letters_are_sent_to_a_unit_that_allows_them() -> None:
    door = a_door()
    door.options.update({"StringPinFunOn": "1", "MaxPinWidth": "24"})

    async def story(met: Met) -> None:
        await met.terminal.write_people([Person(pin="EMP-12", name="X")])
        assert met.people["EMP-12"].zone

    meeting(story, door)


# the log


def test_TE4_logins_arrive_once_and_the_log_counts_events_of_doors() -> None:
    async def story(met: Met) -> None:
        met.unit.unit.faults.duplicate_posts = True
        assert await met.unit.present("1002", verify=FINGER)
        assert await met.unit.present("9999") is False
        await until(lambda: met.unit.unsent == 0)
        assert {punch.pin for punch in met.site.punches} == {"1002"}
        log = await met.terminal.log()
        assert (log.says, log.received, len(list(log.punches))) == (2, 2, 1)
        assert set(log.punches) <= set(met.site.punches)
        assert await met.terminal.count_logins() == 1
        assert log.other_events == 1
        assert len(list((await met.terminal.log_between(LOG_START, LOG_END)).punches)) == 1
        early = datetime(2001, 1, 1)
        none = await met.terminal.log_between(early, early)
        assert (list(none.punches), none.says, none.received) == ([], 0, 0)

    meeting(story)


def test_TE4_the_log_is_cleared_only_if_all_of_it_was_read() -> None:
    async def story(met: Met) -> None:
        assert await met.unit.present("1002", verify=FINGER)
        with pytest.raises(NotConfirmed):
            await met.terminal.clear_log(7)
        met.unit.unit.faults.ignore_writes = True
        with pytest.raises(NotConfirmed):
            await met.terminal.clear_log(1)
        met.unit.unit.faults.ignore_writes = False
        await met.terminal.clear_log(1)
        assert met.unit.events == []

    meeting(story)


def test_TE4_doors_clocks_and_restarts() -> None:
    async def story(met: Met) -> None:
        await met.terminal.unlock(5)
        await met.terminal.set_clock(datetime(2026, 1, 1))
        await met.terminal.restart()
        with pytest.raises(Unsupported):
            await met.terminal.clock()
        with pytest.raises(Unsupported):
            await met.terminal.unlock(6)  # the simulated unit knows one duration

    meeting(story)


# units that behave oddly


@pytest.mark.parametrize(
    ("ask", "verb", "table"),
    [
        (lambda terminal: terminal.people(), "user", "people"),
        (lambda terminal: terminal.fingers(), "templatev10", "fingers"),
        (lambda terminal: terminal.log(), "transaction", "records"),
    ],
)
def test_TE4_minus_one_is_no_proof_that_there_is_nothing(
    ask: Callable[[AccessTerminal], Awaitable[object]], verb: str, table: str
) -> None:
    async def story(met: Met) -> None:
        assert await met.unit.present("1002", verify=FINGER)
        queue = met.site.queue("ACC-1")
        hijack(met, verb)
        with pytest.raises(Incomplete, match=table):
            await ask(met.terminal)
        assert not queue.waiting

    meeting(story)


def hijack(met: Met, table: str) -> None:
    """Let the unit answer -1 to queries of a table, as a firmware does that does not know them."""
    usual = met.unit._query

    async def refuse(http: httpx.AsyncClient, command: str) -> int:
        return -1 if f"tablename={table}," in command else await usual(http, command)

    met.unit._query = refuse  # type: ignore[method-assign]


def test_TE4_a_unit_that_counts_nothing_holds_nothing_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command_queue, "QUIET_S", 0.05)

    async def silent(_http: httpx.AsyncClient, table: str) -> int:
        return 0

    async def story(met: Met) -> None:
        met.unit._count = silent  # type: ignore[assignment,method-assign]
        assert (await met.terminal.counts()).people == 0

    meeting(story)


def test_TE4_a_command_on_its_way_to_another_unit_is_waited_for() -> None:
    async def story() -> None:
        queue = command_queue.CommandQueue()
        asked = asyncio.create_task(queue.exchange(commands.RESTART, "restart"))
        await until(lambda: queue.waiting)
        command_id = queue.fetch_lines()[0].split(":")[1]
        assert queue.add_result(CommandResult(command_id, ON_ITS_WAY))
        assert queue.add_result(CommandResult(command_id, 0))
        assert (await asked).result.code == 0

    run(story())


def test_TE4_an_answer_that_names_its_question_belongs_to_no_other() -> None:
    async def story() -> None:
        queue = command_queue.CommandQueue()
        questions = [commands.query_users(pin) for pin in ("1", "2")]
        asked = [
            asyncio.create_task(queue.exchange(one, "look", ("users", 0))) for one in questions
        ]
        await until(lambda: queue.waiting)
        ids = [line.split(":")[1] for line in queue.fetch_lines()]
        for pin, command_id in zip(("1", "2"), ids, strict=True):
            queue.add_rows(UploadBatch(users=[Person(pin=pin)], command_id=command_id))
            queue.add_result(CommandResult(command_id, 1))
        answers = await asyncio.gather(*asked)
        assert [[person.pin for person in one.rows.users] for one in answers] == [["1"], ["2"]]

    run(story())


def test_TE4_commands_of_others_are_refused_as_real_units_do() -> None:
    async def story(met: Met) -> None:
        queue = met.site.queue("ACC-1")
        for verb in ("USER ADD PIN=1", "USER DEL PIN=1", "DATA DEL USERINFO PIN=1", "INFO"):

            def builder(command_id: str, verb: str = verb) -> str:
                return f"C:{command_id}:{verb}"

            with pytest.raises(BridgeError, match="-1002"):
                await queue.exchange(builder, "do this")

    meeting(story)


def dial(path: str, body: str = "", approved: bool = True, **query: str) -> httpx.Response:
    """One call to a listener of its own."""
    answers = []

    async def whole() -> None:
        site = MemorySite()
        site.approved = approved
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            method = "GET" if path == "rtdata" else "POST"
            params = {"SN": "A", **query}
            answers.append(
                await http.request(method, f"/iclock/{path}", params=params, content=body)
            )

    run(whole())
    return answers[0]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("registry", {}, 406),
        ("push", {}, 406),
        ("exchange", {"type": "publickey"}, 406),
        ("cdata", {"table": "rtlog"}, 503),
        ("cdata", {"table": "tabledata", "tablename": "user"}, 503),
        ("querydata", {"type": "tabledata", "tablename": "user"}, 503),
    ],
)
def test_TE5_a_unit_that_waits_for_approval_keeps_its_rows(
    path: str, query: dict[str, str], status: int
) -> None:
    assert dial(path, "user pin=1\n", approved=False, **query).status_code == status


def test_TE4_odd_calls_are_answered_within_bounds() -> None:
    assert dial("cdata", "x", table="tabledata", tablename="../x").status_code == 400
    assert dial("querydata", "x", type="tabledata").status_code == 400
    assert dial("cdata", "user pin=1\n" * 50_001, table="tabledata", tablename="user").is_error
    assert dial("rtdata", type="status").text == "OK"
    assert dial("rtdata", type="time", approved=False).text == "OK"
    assert dial("cdata", "door=1", table="rtstate").text == "OK"
    assert dial("cdata", "transaction pin=1", table="transaction").text == "transaction=1"
    answer = dial("querydata", "user=5", type="count", tablename="user", cmdid="no number")
    assert answer.text == "OK"
