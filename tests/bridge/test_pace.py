"""TE27: what a unit takes is estimated by its own polls, and its results may come in any order."""

import asyncio

import pytest

from bridge.terminals.plan import PORTION, WantedPerson, make_plan
from bridge.terminals.push import commands
from bridge.terminals.push.command_queue import LINES_PER_POLL, CommandQueue
from bridge.terminals.push.pace import (
    LONGEST_GAP_S,
    LONGEST_WORK_S,
    POLLS_KEPT,
    POLLS_NEEDED,
    SLOWEST_POLL_S,
    Pace,
)
from bridge.terminals.push.records import CommandResult
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import Estimate, Person
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


STEADY = [(3.0, 1)] * POLLS_NEEDED
"""A unit that polls every three seconds, whatever it gets."""


def test_TE27_before_a_unit_has_shown_its_pace_only_a_bound_is_told() -> None:
    bound = Estimate(3 * SLOWEST_POLL_S + 90 * LONGEST_WORK_S, measured=False)
    assert Pace().time_for(3, 90) == bound
    assert measured((0, 0)).time_for(3, 90) == bound
    only_idle = measured((0, 0), (4, 0), (5, 0)).time_for(3, 90)
    assert only_idle == Estimate(3 * 5 + 90 * LONGEST_WORK_S, measured=False)


def test_TE27_a_unit_that_polls_every_three_seconds_takes_three_for_each_answer() -> None:
    assert measured((0, 0), (3, 0), *STEADY, (3, 0)).time_for(16, 500) == Estimate(48, True)
    assert measured((0, 32), (3, 32), (3, 32), (3, 0)).time_for(16, 500) == Estimate(48, True)


def test_TE27_a_unit_that_works_long_on_each_command_takes_longer() -> None:
    """A quarter of a second for each; it polls again at once when it is done."""
    pace = measured((0, 0), (3, 32), (8, 32), (8, 32), (8, 0), (3, 0)).time_for(16, 500)
    assert pace.measured
    assert pace.seconds == pytest.approx(16 * 3 + 500 * 15 / 96)
    assert pytest.approx(pace.seconds, rel=0.05) == 16 * 8


def test_TE27_a_unit_that_polls_at_once_after_an_answer_is_taken_at_its_word() -> None:
    pace = measured((0, 1), (0.1, 1), (0.1, 1), (0.1, 0), (3, 0)).time_for(26, 500)
    assert pace.measured
    assert pace.seconds == pytest.approx(26 * 0.1)


def test_TE27_a_unit_whose_pace_has_changed_is_not_promised_to_be_fast() -> None:
    """It took each command at once, and now polls every three seconds whatever it gets."""
    fast = [(0.1, 1)] * POLLS_KEPT
    changed = measured((0, 1), *fast, (3.0, 1), (3, 0)).time_for(26, 510)
    assert changed == Estimate(26 * 3 + 510 * LONGEST_WORK_S, measured=False)
    by_now = measured((0, 1), *fast, *[(3.0, 1)] * POLLS_KEPT).time_for(26, 510)
    assert by_now == Estimate(26 * 3, measured=True)


def test_TE27_a_unit_that_was_away_shows_no_pace() -> None:
    away = measured((0, 1), (LONGEST_GAP_S + 1, 1)).time_for(1, 1)
    assert away == Estimate(SLOWEST_POLL_S + LONGEST_WORK_S, measured=False)


def test_TE27_a_plan_is_estimated_by_the_pace_of_its_unit() -> None:
    queue = CommandQueue()
    unit = PushTerminal("SIM-1", queue, {})
    wanted = [WantedPerson(str(1001 + number), "Ada") for number in range(500)]
    plan = make_plan(wanted, [], [], remove_unknown=False, can={})
    assert not plan.time(unit.time_for).measured
    queue._pace = measured((0, 0), *STEADY, (3, 0))
    answers = -(-500 // LINES_PER_POLL) + -(-500 // PORTION) * 4 + 6
    assert plan.time(unit.time_for) == Estimate(answers * 3, measured=True)
    nothing = make_plan([], [Person("1")], [], remove_unknown=False, can={})
    assert nothing.time(unit.time_for).seconds == 0


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
