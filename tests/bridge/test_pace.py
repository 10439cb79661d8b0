"""TE27: what a unit takes is estimated by its own polls, and its results may come in any order."""

import asyncio

import pytest

from bridge.terminals.plan import WantedPerson, make_plan
from bridge.terminals.push import commands
from bridge.terminals.push.command_queue import LINES_PER_POLL, CommandQueue
from bridge.terminals.push.pace import LONGEST_GAP_S, POLLS_KEPT, Pace
from bridge.terminals.push.records import CommandResult
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import Person
from tests.bridge.fakes import run


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def measured(*polls: tuple[float, int]) -> Pace:
    """polls: seconds after the poll before, and how many commands the unit got."""
    clock = Clock()
    pace = Pace(clock)
    for after_s, given in polls:
        clock.now += after_s
        pace.note_poll(given)
    return pace


def test_TE27_nothing_is_promised_before_a_unit_has_polled_twice() -> None:
    assert Pace().seconds(3, 90) is None
    assert measured((0, 0)).seconds(3, 90) is None


def test_TE27_a_unit_that_polls_every_three_seconds_takes_three_for_each_answer() -> None:
    assert measured((0, 0), (3, 0), (3, 0)).seconds(16, 500) == 48
    assert measured((0, 32), (3, 32), (3, 0)).seconds(16, 500) == 48


def test_TE27_a_unit_that_works_long_on_each_command_takes_longer() -> None:
    """A quarter of a second for each; it polls again at once when it is done."""
    pace = measured((0, 0), (3, 32), (8, 32), (8, 0), (3, 0))
    assert pace.seconds(16, 500) == pytest.approx(16 * 3 + 500 * 10 / 64)
    assert pytest.approx(pace.seconds(16, 500), rel=0.05) == 16 * 8


def test_TE27_a_unit_that_waits_between_single_questions_does_not_work_on_them() -> None:
    """It polls at once after an answer, or after its usual three seconds."""
    pace = measured((0, 1), (0.1, 1), (3, 1), (0.1, 0), (3, 0))
    assert pace.seconds(26, 500) == pytest.approx(26 * 0.1)


def test_TE27_a_unit_that_was_away_shows_no_pace() -> None:
    assert measured((0, 0), (LONGEST_GAP_S + 1, 0)).seconds(1, 1) is None
    slow_once = measured((0, 0), (30, 0), *[(3.0, 0)] * POLLS_KEPT)
    assert slow_once.seconds(1, 1) == 3


def test_TE27_a_plan_is_estimated_by_the_pace_and_else_by_a_guess() -> None:
    queue = CommandQueue()
    unit = PushTerminal("SIM-1", queue, {})
    wanted = [WantedPerson(str(1001 + number), "Ada") for number in range(500)]
    plan = make_plan(wanted, [], [], remove_unknown=False, can={})
    assert plan.seconds(unit.seconds_for) == plan.seconds()
    queue._pace = measured((0, 0), (3, 0))
    answers = -(-500 // LINES_PER_POLL) + 4 + 6
    assert plan.seconds(unit.seconds_for) == answers * 3
    nothing = make_plan([], [Person("1")], [], remove_unknown=False, can={})
    assert nothing.seconds(unit.seconds_for) == 0


def test_TE27_many_commands_go_in_one_answer_and_their_results_come_in_any_order() -> None:
    async def story() -> None:
        queue = CommandQueue()
        asking = [
            asyncio.create_task(queue.exchange(commands.query_user(str(number)), "ask"))
            for number in range(1, LINES_PER_POLL + 2)
        ]
        await asyncio.sleep(0)
        lines = queue.fetch_lines()
        assert len(lines) == LINES_PER_POLL
        lines += queue.fetch_lines()
        for line in reversed(lines):
            number = int(line.rpartition("PIN=")[2])
            queue.add_result(CommandResult(line.split(":")[1], 0, {"said": str(number)}))
        answers = [await one for one in asking]
        assert [one.result.fields["said"] for one in answers] == [
            str(number) for number in range(1, LINES_PER_POLL + 2)
        ]

    run(story())
