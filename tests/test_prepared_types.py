"""The process outlives threads that decode for the first time at the same moment."""

import subprocess
import sys

import pytest

TOGETHER = """
import sys, threading, msgspec
from console.prepared_types import prepare_types
sys.setswitchinterval(1e-6)
{kinds}
prepare_types()
together = threading.Barrier(8)
def decode():
    for kind in kinds:
        together.wait()
        try:
            msgspec.json.decode(b"{{}}", type=kind)
        except msgspec.ValidationError:
            pass
threads = [threading.Thread(target=decode) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("alive")
"""
MADE_UP = """
kinds = []
for n in range(300):
    inner = msgspec.defstruct(f"I{n}", [("a", int), ("b", list[str]), ("c", dict[str, float], {})])
    middle = msgspec.defstruct(f"M{n}", [("x", inner), ("y", list[inner])])
    kinds.append(msgspec.defstruct(f"T{n}", [("m", middle), ("ms", list[middle]), ("s", str)]))
"""
OURS = """
import console.service.app
from console.api.operation import OPERATIONS
kinds = [kind for one in OPERATIONS.values() for kind in (one.request, one.response)]
"""


@pytest.mark.parametrize("kinds", [MADE_UP, OURS], ids=["made up", "of the operations"])
def test_threads_that_decode_new_types_at_once_do_not_end_the_process(kinds: str) -> None:
    program = TOGETHER.format(kinds=kinds)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr
