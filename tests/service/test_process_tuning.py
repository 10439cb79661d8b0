"""How the service's process runs, seen from a process of its own."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="this system does not tell a process's cores"
)
SCRIPT = """
import os, subprocess, sys
from console.process_tuning import run_on_one_core, use_all_cores
before = os.sched_getaffinity(0)
run_on_one_core()
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
inherited = os.sched_getaffinity(child.pid)
use_all_cores(child.pid)
print(len(os.sched_getaffinity(0)), len(inherited), os.sched_getaffinity(child.pid) == before)
child.communicate(b"end")
"""


def test_the_core_can_be_chosen() -> None:
    cores = sorted(os.sched_getaffinity(0))
    script = (
        "import os; from console.process_tuning import run_on_one_core;"
        "run_on_one_core(); print(*os.sched_getaffinity(0))"
    )
    for wanted, given in ((str(cores[0]), cores[0]), ("99999", cores[-1]), ("", cores[-1])):
        environment = os.environ | {"MUSTER_CORE": wanted}
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        assert done.stdout.split() == [str(given)]


def test_the_service_runs_on_one_core_and_its_workers_on_all() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "1", "True"]
