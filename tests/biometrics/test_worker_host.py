"""Worker processes: no deadlock, no half-primed process, no lost update, no mixed-up answer."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from console.biometrics.fingers.templates import MinutiaeTemplate, pack_template
from console.biometrics.workers import host as host_module
from console.biometrics.workers.finger_pipeline import FingerPipeline, ScanRefused
from console.biometrics.workers.host import Message, WorkerDied, WorkerHost
from tests.biometrics.echo_worker import Words
from tests.biometrics.prints import made_up_finger

ECHO = "tests.biometrics.echo_worker"
DEADLINE_S = 60.0


def known(parts: list[bytes]) -> list[str]:
    return msgspec.json.decode(parts[0], type=list[str])


@pytest.fixture(autouse=True)
def from_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """Isolated mode (-I) finds installed packages only, and the tests are not installed."""
    popen = subprocess.Popen

    def start(command: list[str], **options: Any) -> object:
        return popen([one for one in command if one != "-I"], **options)

    monkeypatch.setattr(subprocess, "Popen", start)


def test_H9_the_primer_is_collected_without_the_lock_of_the_host() -> None:
    """The owner holds its lock and sends an update, while a start waits for the owner's lock."""
    owner = threading.Lock()
    collecting, finished = threading.Event(), threading.Event()

    def prime() -> Iterator[Message]:
        collecting.set()
        with owner:
            yield Words(word="primed"), b""

    with WorkerHost(ECHO, DEADLINE_S, prime=prime) as host:

        def start() -> None:
            host.start()
            finished.set()

        with owner:
            threading.Thread(target=start, daemon=True).start()
            assert collecting.wait(DEADLINE_S)
            update = threading.Thread(target=host.update, args=(Words(word="update"),), daemon=True)
            update.start()
            update.join(DEADLINE_S)
            assert not update.is_alive(), "the two locks are taken in both orders"
        assert finished.wait(DEADLINE_S)
        assert known(host.call(Words())) == ["primed", "update"]


def test_an_update_made_while_the_primer_is_collected_is_not_lost() -> None:
    hosts: list[WorkerHost] = []

    def prime() -> Iterator[Message]:
        yield Words(word="primed"), b""
        assert hosts[0].update(Words(word="late")) is None

    with WorkerHost(ECHO, DEADLINE_S, prime=prime) as host:
        hosts.append(host)
        assert known(host.call(Words(word="called"))) == ["primed", "late", "called"]
        assert known(host.update(Words(word="more")) or []) == ["primed", "late", "called", "more"]


def test_a_primer_that_fails_leaves_no_half_primed_process() -> None:
    broken = True

    def prime() -> Iterator[Message]:
        yield Words(word="first"), b""
        if broken:
            raise OSError("the database is gone")
        yield Words(word="second"), b""

    with WorkerHost(ECHO, DEADLINE_S, prime=prime) as host:
        with pytest.raises(OSError, match="database"):
            host.call(Words())
        assert not host.running
        broken = False
        assert known(host.call(Words())) == ["first", "second"]


def test_a_worker_that_dies_while_it_is_primed_is_primed_again_from_the_start() -> None:
    dying = True

    def prime() -> Iterator[Message]:
        yield Words(word="first"), b""
        yield Words(say="die" if dying else "", word="second"), b""

    with WorkerHost(ECHO, DEADLINE_S, prime=prime) as host:
        with pytest.raises(WorkerDied):
            host.call(Words())
        dying = False
        assert known(host.call(Words())) == ["first", "second"]


def test_a_worker_killed_between_two_calls_is_replaced_without_an_error() -> None:
    def prime() -> Iterator[Message]:
        yield Words(word="primed"), b""

    with WorkerHost(ECHO, DEADLINE_S, prime=prime) as host:
        host.start()
        first = host.process_id
        os.kill(host.process_id, signal.SIGTERM)  # from outside, as an operating system would
        while host.running:
            threading.Event().wait(0.01)
        assert host.update(Words(word="lost with the process")) is None
        assert known(host.call(Words())) == ["primed"]
        assert host.process_id != first


def test_a_hanging_worker_is_killed_at_the_deadline_and_the_next_call_served() -> None:
    with WorkerHost(ECHO, deadline_s=0.5) as host:
        with pytest.raises(WorkerDied, match=r"0\.5 s"):
            host.call(Words(say="hang"))
        assert not host.running
        host.deadline_s = DEADLINE_S
        assert known(host.call(Words(word="again"))) == ["again"]


def test_an_interrupted_call_does_not_leave_its_answer_to_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_stream: object) -> list[bytes]:
        raise KeyboardInterrupt

    with WorkerHost(ECHO, DEADLINE_S) as host:
        with monkeypatch.context() as patched:
            patched.setattr(host_module, "read_frame", interrupted)
            with pytest.raises(KeyboardInterrupt):
                host.call(Words(), b"the first")
        assert host.call(Words(), b"the second")[1] == b"the second"


def template(seed: int) -> bytes:
    return pack_template(MinutiaeTemplate(made_up_finger(seed), "leader-1", 80))


def test_a_template_that_cannot_be_read_hides_no_other_finger() -> None:
    """One bad row among all references: every other finger is found all the same."""
    rows = [("a", [template(1)]), ("bad", [b"no template"]), ("b", [template(2)])]
    with FingerPipeline(lambda: iter(rows)) as pipeline:
        assert pipeline.duplicates("", [template(2)]).matches[0].key == "b"
        assert pipeline.duplicates("", [template(1)]).fingers == 2
        with pytest.raises(ScanRefused):
            pipeline.add_finger("a", [b"no template"])
        assert pipeline.duplicates("", [template(1)]).matches[0].key == "a", "the old one stays"
        pipeline.remove_finger("a")
        assert pipeline.duplicates("", [template(1)]).fingers == 1
