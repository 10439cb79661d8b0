"""Issue 19, memory: the finger worker does not hold the compiler once the matcher is compiled."""

import io
import os
import subprocess
import sys

import pytest

from console.biometrics.fingers.examiner import Examiner
from console.biometrics.workers import finger_worker
from console.biometrics.workers.library_memory import give_back

PROGRAM = """
import sys
import numpy as np
from numba import njit
from console.bench.held_memory import held_mb
from console.biometrics.workers.library_memory import give_back

pid = int(open("/proc/self/stat").read().split()[0])
double = njit(lambda x: 2 * x)
assert double(4) == 8
before = held_mb([pid])
given = give_back("libllvmlite") / 1024**2
after = held_mb([pid])
assert double(np.float32(4)) == 8, "what compiles again finds the library as it was"
print(given, before - after)
"""
LEAST_MB = 20
"""The compiler takes 40 MB and more once it has compiled anything."""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only; elsewhere nothing is given back")
def test_the_pages_of_the_compiler_are_given_back_and_come_again_when_needed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"NUMBA_OPT": "0"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    given, less = map(float, done.stdout.split())
    assert given > LEAST_MB
    assert less > LEAST_MB


def test_a_library_that_is_not_loaded_takes_nothing() -> None:
    assert give_back("libnobodyhasthis") == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows cannot replace a process by another one")
def test_a_worker_that_compiled_begins_anew_with_the_compiled_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Compiling takes memory that a process never gives back. It is done at most once."""
    begun: list[list[str]] = []

    def begin(_program: str, arguments: list[str]) -> None:
        begun.append(arguments)
        raise SystemExit

    monkeypatch.setattr(Examiner, "warm_up", lambda _: True)
    monkeypatch.setattr(os, "execv", begin)
    with pytest.raises(SystemExit):
        finger_worker.main()
    assert begun == [[*sys.orig_argv, finger_worker.COMPILED]]
    monkeypatch.setattr(sys, "argv", begun[0])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    finger_worker.main()
    assert len(begun) == 1
