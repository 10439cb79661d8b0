"""Tasks by themselves: progress, an end, cancelling, one at a time for each terminal."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bridge.terminals.errors import Unsupported
from console.api.tasks import TaskResult, TaskState
from console.domain.errors import Conflict, Invalid, NotFound
from console.service.pools import Pools
from console.service.tasks import ENDED_KEPT, RunningTask, Tasks

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def run(scenario: Callable[[Tasks], Awaitable[None]]) -> list[str]:
    """Runs a scenario with tasks of its own; what was announced."""
    announced: list[str] = []

    async def whole() -> None:
        pools = Pools()
        tasks = Tasks(lambda: NOW, announced.append, pools)
        tasks.bind(asyncio.get_running_loop())
        await scenario(tasks)
        await tasks.close()
        pools.close()

    asyncio.run(whole())
    return announced


async def ended(tasks: Tasks, task_id: str) -> RunningTask:
    async with asyncio.timeout(10):
        while tasks.get(task_id).state is TaskState.RUNNING:
            await asyncio.sleep(0.005)
    return tasks.get(task_id)


def test_it_is_answered_at_once_and_tells_its_progress_and_its_end() -> None:
    gate = threading.Event()

    def work(task: RunningTask) -> TaskResult:
        task.progress(1, 2)
        gate.wait(10)
        task.say("the second half")
        return TaskResult(text="done")

    async def scenario(tasks: Tasks) -> None:
        task_id = tasks.start_blocking("Working", work)
        async with asyncio.timeout(10):
            while tasks.get(task_id).total != 2:
                await asyncio.sleep(0.005)
        assert tasks.get(task_id).state is TaskState.RUNNING
        gate.set()
        task = await ended(tasks, task_id)
        assert (task.state, task.result.text) == (TaskState.DONE, "done")
        assert task.step == "the second half"

    assert len(run(scenario)) >= 2


def test_cancelling_stops_it_at_its_next_step() -> None:
    stopped = threading.Event()

    def work(task: RunningTask) -> TaskResult:
        try:
            while True:
                task.progress(0, 0)
        finally:
            stopped.set()

    async def scenario(tasks: Tasks) -> None:
        task_id = tasks.start_blocking("Endless", work)
        tasks.cancel(task_id)
        assert (await ended(tasks, task_id)).state is TaskState.CANCELLED
        assert stopped.is_set()

    run(scenario)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Invalid("file", "The file is empty."), "The file is empty."),
        (Unsupported("It does not answer."), "It does not answer."),
        (RuntimeError("secret"), "The service failed at this; details are in its log."),
    ],
)
def test_a_failure_is_told_in_words(error: Exception, text: str) -> None:
    async def fail(task: RunningTask) -> TaskResult:
        raise error

    async def scenario(tasks: Tasks) -> None:
        task = await ended(tasks, tasks.start("Failing", fail))
        assert (task.state, task.error) == (TaskState.FAILED, text)

    run(scenario)


def test_one_at_a_time_on_a_terminal_and_any_number_elsewhere() -> None:
    gate = asyncio.Event()

    async def wait(task: RunningTask) -> TaskResult:
        await gate.wait()
        return TaskResult()

    async def scenario(tasks: Tasks) -> None:
        first = tasks.start("Reading", wait, "t1")
        with pytest.raises(Conflict, match="Reading"):
            tasks.start("Writing", wait, "t1")
        others = [tasks.start("Other", wait, terminal) for terminal in ("t2", "", "")]
        gate.set()
        for task_id in (first, *others):
            assert (await ended(tasks, task_id)).state is TaskState.DONE
        tasks.start("Writing", wait, "t1")

    run(scenario)


def test_ended_ones_are_kept_for_a_while() -> None:
    async def work(task: RunningTask) -> TaskResult:
        return TaskResult()

    async def scenario(tasks: Tasks) -> None:
        first = tasks.start("Short", work)
        await ended(tasks, first)
        for _ in range(ENDED_KEPT):
            await ended(tasks, tasks.start("Short", work))
        with pytest.raises(NotFound):
            tasks.get(first)

    run(scenario)
