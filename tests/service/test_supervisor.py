"""Long-lived tasks go on after an error, and work waits only for its own kind."""

import asyncio
import threading
from concurrent.futures import wait

import pytest

from console.service import pools as module
from console.service.pools import Pool, Pools
from console.service.supervisor import Supervisor


def test_h5_a_task_that_fails_is_started_again() -> None:
    """H5: one database error ended the watch over all terminals until a restart."""
    runs: list[int] = []
    alive = asyncio.Event()

    async def watch() -> None:
        runs.append(len(runs))
        if len(runs) <= 3:
            raise RuntimeError("database is locked")
        alive.set()
        await asyncio.Event().wait()

    async def scenario() -> None:
        supervisor = Supervisor(back_off_s=(0.0,))
        supervisor.keep("watch", watch)
        await asyncio.wait_for(alive.wait(), 10)
        await supervisor.close()

    asyncio.run(scenario())
    assert runs == [0, 1, 2, 3]


def test_a_task_that_ends_by_itself_is_started_again() -> None:
    runs: list[int] = []
    enough = asyncio.Event()

    async def ends() -> None:
        runs.append(1)
        if len(runs) == 3:
            enough.set()

    async def scenario() -> None:
        supervisor = Supervisor(back_off_s=(0.0,))
        supervisor.keep("ends", ends)
        await asyncio.wait_for(enough.wait(), 10)
        await supervisor.close()

    asyncio.run(scenario())


def test_h4_writers_that_wait_keep_no_reader_waiting() -> None:
    """H4: readers, writers and devices shared six threads; waiting writers filled them."""

    async def scenario() -> None:
        pools, gate = Pools(), threading.Event()
        writers = [asyncio.ensure_future(pools.run(Pool.WRITE, gate.wait)) for _ in range(50)]
        answer = await asyncio.wait_for(pools.run(Pool.READ, lambda: "read"), 10)
        assert answer == "read"
        assert not any(one.done() for one in writers)
        gate.set()
        await asyncio.gather(*writers)
        pools.close()

    asyncio.run(scenario())


def test_each_reading_thread_is_prepared_once() -> None:
    prepared: list[str] = []

    async def scenario() -> None:
        pools = Pools(lambda: prepared.append(threading.current_thread().name))
        await asyncio.gather(*(pools.run(Pool.READ, lambda: None) for _ in range(40)))
        await pools.run(Pool.WRITE, lambda: None)
        pools.close()

    asyncio.run(scenario())
    assert prepared
    assert len(prepared) == len(set(prepared))
    assert all(name.startswith(Pool.READ) for name in prepared)


def test_long_work_gives_way_to_whoever_waits_for_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pools, gate = Pools(), threading.Event()
    pools.give_way()  # at once: nobody waits
    monkeypatch.setattr(module, "GIVE_WAY_S", 30.0)
    pools.submit(Pool.READ, gate.wait)
    working = pools.submit(Pool.TASK, pools.give_way)
    assert not wait([working], timeout=0.2).done
    gate.set()
    assert working.result(10) is None
    pools.close()


def test_long_work_gives_way_for_a_moment_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GIVE_WAY_S", 0.01)
    pools, stuck = Pools(), threading.Event()
    pools.submit(Pool.WRITE, stuck.wait)
    pools.give_way()
    stuck.set()
    pools.close()
