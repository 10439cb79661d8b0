"""How the service's process runs: on which processor cores, and how often it collects garbage."""

import gc
import os
import sys

import psutil

COLLECT_AFTER = 50_000
"""New objects after which the youngest generation is looked at: Python's 700 are seven rows."""
CORE = "MUSTER_CORE"
"""This environment variable names the core of the service; the last one without it."""
SWITCH_INTERVAL_S = 0.0005
"""For how long a busy thread keeps the others waiting: on one core it costs nothing to ask."""
_given: list[int] = []
"""The cores that this process was given, once it confined itself to one of them."""


def run_on_one_core() -> None:
    """Confines this process to one of its cores. Called before it starts threads.

    One thread of a Python process runs at a time. Spread over several cores, each handover between
    threads wakes up another core, and a thread that reads rows hands over at each of them: the
    threads then wait for each other most of the time. On one core nearly all handovers are free.
    Does nothing where the operating system cannot do it.
    """
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        _given[:] = process.cpu_affinity() or []
        wanted = os.environ.get(CORE, "")
        process.cpu_affinity([int(wanted)] if wanted in map(str, _given) else _given[-1:])
        sys.setswitchinterval(SWITCH_INTERVAL_S)


def use_all_cores(pid: int) -> None:
    """Lets a child process use the cores that this process was given."""
    if len(_given) > 1:
        psutil.Process(pid).cpu_affinity(_given)


def collect_garbage_rarely() -> None:
    """Called when all is built: what is there now stays, so that no collection looks at it again.

    A collection stops all threads.
    """
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
