"""Tasks by themselves: progress, an end, cancelling, one at a time for each terminal."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.terminals.errors import Unsupported
from console.api import tasks as operations
from console.api.client import Client
from console.api.operation import Nothing
from console.api.tasks import Discover, ExamineAddress, Task, TaskResult, TaskState
from console.catalogue import catalogue_of
from console.demo.people import OPERATOR, OPERATOR_NAME
from console.demo.site import wait_until
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.kept_texts import said
from console.domain.language import CHINESE, speaking, tr
from console.domain.operators import Role
from console.service.pools import Pool, Pools
from console.service.task_book import KEPT, SETTING, KeptTask, TaskBook
from console.service.tasks import ENDED_KEPT, INTERRUPTED, LOOK, NOT_KEPT, RunningTask, Tasks
from console.store.database import Store, connect
from console.store.schema import Setting
from console.store.vault import Vault
from tests.conftest import PASSWORD, Databases, RunningSite, start_site
from tests.support.operators import add_operator, signed_in

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
        (RuntimeError("secret"), "Something went wrong; see the service log."),
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


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    made = Store(connect(databases.migrated()), Vault(bytes(range(32))), clock=lambda: NOW)
    yield made
    made.close()


def kept(name: str, state: TaskState, minute: int = 0, **more: Any) -> KeptTask:
    at = NOW.replace(minute=minute)
    usual = {"terminal_id": "", "title": name, "by": "me", "started_at": at}
    return KeptTask(id=name, state=state, **{**usual, **more})


def test_CO19_what_a_restart_ended_is_said_and_what_ended_before_stays(store: Store) -> None:
    book = TaskBook(store)
    book.note(kept("long", TaskState.RUNNING))
    book.note(kept("short", TaskState.RUNNING, 1))
    book.note(kept("short", TaskState.DONE, 1, ended_at=NOW))
    again = TaskBook(store).open()
    assert [(one.id, one.state) for one in again] == [
        ("long", TaskState.INTERRUPTED),
        ("short", TaskState.DONE),
    ]
    assert again[0].ended_at == NOW
    assert TaskBook(store).open() == again, "and once for all"

    async def scenario(tasks: Tasks) -> None:
        tasks.restore(again)
        task = tasks.get("long")
        assert task.state is TaskState.INTERRUPTED and task.by == "me"
        assert (task.error, task.remedy) == (INTERRUPTED, LOOK)
        assert tasks.running_of("me") == 0
        assert tasks.get("short").result.text == NOT_KEPT

    run(scenario)


def test_CO19_the_book_keeps_what_runs_and_the_newest_of_what_has_ended(store: Store) -> None:
    book = TaskBook(store)
    book.note(kept("runs", TaskState.RUNNING))
    for number in range(KEPT + 3):
        book.note(kept(str(number), TaskState.DONE, number % 60))
    names = {one.id for one in book.open()}
    assert len(names) == KEPT + 1 and "runs" in names
    assert {"0", "1", "2"}.isdisjoint(names)


def test_CO19_a_task_is_written_down_when_it_begins_and_when_it_has_ended() -> None:
    noted: list[KeptTask] = []

    async def work(task: RunningTask) -> TaskResult:
        return TaskResult(text="about people")

    async def whole() -> None:
        pools = Pools()
        tasks = Tasks(lambda: NOW, lambda _id: None, pools, noted.append)
        tasks.bind(asyncio.get_running_loop())
        await ended(tasks, tasks.start("Working", work, by="me"))
        async with asyncio.timeout(10):
            while len(noted) < 2:
                await asyncio.sleep(0.005)
        await tasks.close()
        pools.close()

    asyncio.run(whole())
    assert [(one.state, one.by, one.ended_at) for one in noted] == [
        (TaskState.RUNNING, "me", None),
        (TaskState.DONE, "me", NOW),
    ]
    assert "about people" not in repr(noted)


def test_T21_the_work_speaks_the_language_of_who_started_it_and_english_is_kept() -> None:
    """Background work that nobody waits for speaks English, whoever set it off."""
    kept: list[KeptTask] = []
    heard: list[str] = []

    def work(_task: RunningTask) -> TaskResult:
        return TaskResult(text=tr("Sign in first."))

    async def whole() -> None:
        pools = Pools()
        tasks = Tasks(lambda: NOW, lambda _id: None, pools, kept.append)
        tasks.bind(asyncio.get_running_loop())
        with speaking(catalogue_of(CHINESE)):
            task_id = tasks.start_blocking("Inviting people: Spring", work)
            background = pools.submit(Pool.WORKER, tr, "Sign in first.")
        task = await ended(tasks, task_id)
        with speaking(catalogue_of(CHINESE)):
            heard.extend((said(task.title), task.result.text, said(INTERRUPTED)))
        heard.append(background.result())
        await tasks.close()
        pools.close()

    asyncio.run(whole())
    assert heard == ["正在邀请人员：Spring", "请先登录。", "运行期间服务被重启。", "Sign in first."]
    assert {one.title for one in kept} == {"Inviting people: Spring"}


def test_CO19_the_work_of_a_task_does_not_wait_for_the_database() -> None:
    free, noted = threading.Event(), list[TaskState]()

    def note(task: KeptTask) -> None:
        assert free.wait(10)
        noted.append(task.state)

    async def work(task: RunningTask) -> TaskResult:
        return TaskResult(text="done")

    async def whole() -> None:
        pools = Pools()
        tasks = Tasks(lambda: NOW, lambda _id: None, pools, note)
        tasks.bind(asyncio.get_running_loop())
        assert (await ended(tasks, tasks.start("Working", work))).result.text == "done"
        assert noted == []
        free.set()
        async with asyncio.timeout(10):
            while len(noted) < 2:
                await asyncio.sleep(0.005)
        await tasks.close()
        pools.close()

    asyncio.run(whole())
    assert noted == [TaskState.RUNNING, TaskState.DONE], "never the other way round"


def test_CO19_a_task_that_cannot_be_written_down_is_done_all_the_same() -> None:
    def broken(_task: KeptTask) -> None:
        raise OSError("disk full")

    async def work(task: RunningTask) -> TaskResult:
        return TaskResult(text="done")

    async def whole() -> None:
        pools = Pools()
        tasks = Tasks(lambda: NOW, lambda _id: None, pools, broken)
        tasks.bind(asyncio.get_running_loop())
        assert (await ended(tasks, tasks.start("Working", work))).result.text == "done"
        await tasks.close()
        pools.close()

    asyncio.run(whole())


def test_CO19_tasks_are_found_again_after_a_service_that_was_killed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts, and never answers
        address = ExamineAddress(host="127.0.0.1", port=silent.getsockname()[1], transport="tcp")
        for site_ in start_site(tmp_path / "site"):
            done = site_.client.call(operations.discover, Discover(subnet="127.0.0.1/32", port=1))
            site_.client.finish(done)
            started = site_.client.call(operations.examine_address, address)
            wait_until(partial(noted, site_, started.task_id))
            wait_until(lambda: noted(site_, done.task_id) == TaskState.DONE)
            add_operator(site_, "watcher", Role.AUDITOR)
            mine = {one.id: one for one in listed(site_.client)}
            assert mine[started.task_id].state is TaskState.RUNNING and mine[started.task_id].own
            site_.demo.kill_service()
            site_.demo.start_service()
            with site_.demo.client() as client:
                client.sign_in(OPERATOR, PASSWORD)
                again = {one.id: one for one in listed(client)}
            assert again[started.task_id].state is TaskState.INTERRUPTED
            assert again[started.task_id].error == INTERRUPTED
            assert again[done.task_id].state is TaskState.DONE
            assert again[done.task_id].own and again[done.task_id].by == OPERATOR_NAME
            others = {one.id: one for one in listed(signed_in(site_.demo, "watcher"))}
            assert not others[done.task_id].own


def listed(client: Client) -> list[Task]:
    return client.call(operations.list_tasks, Nothing()).rows


def noted(site_: RunningSite, task_id: str) -> str:
    """In which state the task is written down; "" for not at all."""
    with site_.store().read() as tx:
        row = tx.get(Setting, SETTING)
        rows = row.value["rows"] if row is not None else []
    return next((str(one["state"]) for one in rows if one["id"] == task_id), "")
