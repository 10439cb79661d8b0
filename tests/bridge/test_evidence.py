"""Absence of evidence is no evidence (TE24), an acknowledgement is no deed (TE25): all dialects."""

from collections.abc import Awaitable, Callable

import pytest

from bridge.simulator import zk
from bridge.simulator.unit import Unit, made_up_template
from bridge.simulator.zk import ZkServer
from bridge.terminals.confirm import check_enrolled
from bridge.terminals.errors import NotConfirmed, Uncounted, Unsupported
from bridge.terminals.push.codes import NO_SUCH_PERSON
from bridge.terminals.terminal import FingerTemplate, TerminalDevice
from bridge.terminals.zk.terminal import connected
from tests.bridge import test_access_terminal, test_push_terminal
from tests.bridge.fakes import QUICK, a_unit, address, run

Story = Callable[[TerminalDevice, Unit], Awaitable[None]]


@pytest.fixture(autouse=True)
def brisk_enrolments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zk, "EVENT_GAP_S", 0.02)


def dialled(story: Story, unit: Unit) -> None:
    async def whole() -> None:
        async with (
            ZkServer(unit) as server,
            connected(address(server), unit.serial, QUICK) as terminal,
        ):
            await story(terminal, unit)

    run(whole())


def dialling_in(story: Story, unit: Unit) -> None:
    test_push_terminal.meeting(lambda met: story(met.terminal, met.unit), unit)


def access(story: Story, unit: Unit) -> None:
    test_access_terminal.meeting(lambda met: story(met.terminal, met.unit.unit), unit)


DIALECTS = pytest.mark.parametrize("meeting", [dialled, dialling_in, access])


@DIALECTS
def test_TE25_what_is_acknowledged_and_not_done_is_an_error(
    meeting: Callable[[Story, Unit], None],
) -> None:
    async def story(terminal: TerminalDevice, unit: Unit) -> None:
        unit.faults.ignore_writes = True
        with pytest.raises(NotConfirmed):
            await terminal.write_fingers([FingerTemplate("1001", 1, made_up_template("new"))])
        with pytest.raises(NotConfirmed):
            await terminal.remove_fingers([("1001", 6)])
        with pytest.raises(NotConfirmed, match="shows none"):
            _ = [text async for text in terminal.enrol_finger("1001", 2)]
        with pytest.raises(NotConfirmed, match="kept the old one"):
            _ = [text async for text in terminal.enrol_finger("1001", 6)]

    meeting(story, a_unit(2))


@DIALECTS
def test_TE25_a_finger_that_is_enrolled_once_more_has_another_template(
    meeting: Callable[[Story, Unit], None],
) -> None:
    async def story(terminal: TerminalDevice, unit: Unit) -> None:
        before = unit.people["1001"].fingers[6]
        said = [text async for text in terminal.enrol_finger("1001", 6)]
        assert said[-1] == "The finger is enrolled."
        assert unit.people["1001"].fingers[6] != before

    meeting(story, a_unit(2))


def test_TE25_a_template_counts_only_if_it_is_new() -> None:
    check_enrolled(None, b"new")
    check_enrolled(b"old", b"new")
    for before, after in ((None, None), (b"old", None), (b"old", b"old")):
        with pytest.raises(NotConfirmed):
            check_enrolled(before, after)


def test_TE24_a_unit_that_counts_nothing_shows_neither_nobody_nor_everybody() -> None:
    async def story(terminal: TerminalDevice, unit: Unit) -> None:
        unit.faults.tells_counts, unit.faults.sum_name = False, ""
        for question in (terminal.people(), terminal.fingers()):
            with pytest.raises(Uncounted, match="does not say how many"):
                await question
        for count in (terminal.count_logins(), terminal.clear_log(30)):
            with pytest.raises(Unsupported, match="does not say how many logins"):
                await count
        log = await terminal.log()
        assert (log.says, log.received, log.counted) == (30, 30, False)

    dialling_in(story, a_unit(3, 30))


def test_TE24_the_code_of_an_answer_counts_its_rows() -> None:
    async def story(terminal: TerminalDevice, unit: Unit) -> None:
        unit.faults.tells_counts, unit.faults.sum_name = False, ""
        unit.faults.query_counts = True
        assert (len(await terminal.people()), len(await terminal.fingers())) == (3, 3)
        log = await terminal.log()
        assert (log.says, log.received, log.counted) == (30, 30, True)
        unit.people.clear()
        assert await terminal.people() == []

    dialling_in(story, a_unit(3, 30))


def test_TE24_a_unit_that_says_that_it_holds_nobody_is_believed() -> None:
    async def story(terminal: TerminalDevice, unit: Unit) -> None:
        unit.people.clear()
        assert (await terminal.people(), await terminal.fingers()) == ([], [])
        unit.faults.returns["DATA QUERY USERINFO"] = [NO_SUCH_PERSON]
        unit.faults.tells_counts = False
        assert await terminal.people() == []

    dialling_in(story, a_unit(1))


def test_TE24_a_door_that_neither_shows_nor_counts_rows_holds_something_unknown() -> None:
    async def story(terminal: TerminalDevice, unit: Unit) -> None:
        for table, question in (("user", terminal.people), ("templatev10", terminal.fingers)):
            unit.faults.returns["DATA QUERY"] = [0]
            unit.faults.returns[f"DATA COUNT {table}"] = [-1]
            with pytest.raises(Uncounted):
                await question()

    access(story, a_unit(1))
