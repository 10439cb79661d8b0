"""Several workers of one kind: work is shared, the others start when needed, closing is final."""

import threading
import time
from collections.abc import Iterator

import pytest

from console.biometrics.workers.host import WorkerDied, WorkerHost
from console.biometrics.workers.messages import DecodeRequest
from console.biometrics.workers.worker_pool import WorkerPool
from console.demo.photos import good_photos

PATIENCE_S = 60.0


def _decoder() -> WorkerHost:
    return WorkerHost("console.biometrics.workers.decode_worker", 30.0)


@pytest.fixture
def hosts() -> list[WorkerHost]:
    return [_decoder(), _decoder()]


@pytest.fixture
def pool(hosts: list[WorkerHost]) -> Iterator[WorkerPool]:
    made = WorkerPool(hosts)
    yield made
    made.close()


def _decode(pool: WorkerPool) -> int:
    return len(pool.call(DecodeRequest(), good_photos()[0]))


def test_the_second_starts_only_when_the_first_is_busy(
    pool: WorkerPool, hosts: list[WorkerHost]
) -> None:
    for _ in range(3):
        assert _decode(pool) == 3
    assert [host.running for host in hosts].count(True) == 1
    busy = next(host for host in hosts if host.running)
    with busy._lock:  # as while it works on a photo
        first = threading.Thread(target=_decode, args=[pool])
        first.start()
        deadline = time.monotonic() + PATIENCE_S
        while len(pool._free) == 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert _decode(pool) == 3
    first.join()
    assert all(host.running for host in hosts)
    assert pool.peak_memory_mb() > max(host.peak_memory_mb() for host in hosts) > 0


def test_who_waits_for_a_free_one_is_told_when_all_are_closed(
    pool: WorkerPool, hosts: list[WorkerHost]
) -> None:
    _decode(pool)
    told: list[str] = []

    def ask() -> None:
        try:
            _decode(pool)
        except WorkerDied as died:
            told.append(str(died))

    taken = [pool._free.pop() for _ in hosts]
    waiting = [threading.Thread(target=ask) for _ in range(3)]
    for one in waiting:
        one.start()
    closing = threading.Thread(target=pool.close)
    closing.start()
    for one in waiting:
        one.join(PATIENCE_S)
    assert told == ["the workers were closed"] * 3
    assert closing.is_alive(), "it waits for the calls that are under way"
    with pool._changed:
        pool._free += taken
        pool._changed.notify_all()
    closing.join(PATIENCE_S)
    assert not any(host.running for host in hosts)
    with pytest.raises(WorkerDied):
        _decode(pool)
    assert not any(host.running for host in hosts), "a late call starts nothing anew"
