"""The process outlives threads that decode for the first time at the same moment."""

import subprocess
import sys

PROGRAM = """
import sys, threading, msgspec
from console.prepared_types import prepare_types

sys.setswitchinterval(1e-6)
kinds = []
for n in range(300):
    parts = [("a", int), ("b", list[str]), ("c", dict[str, float] | None, None)]
    inner = msgspec.defstruct(f"Inner{n}", parts)
    parts = [("x", inner), ("y", list[inner]), ("z", inner | None, None)]
    middle = msgspec.defstruct(f"Middle{n}", parts)
    parts = [("m", middle), ("ms", list[middle]), ("s", str), ("t", tuple[int, str])]
    kinds.append(msgspec.defstruct(f"Outer{n}", parts))
prepare_types()
body = b'{"m": {"x": {"a": 1, "b": ["q"]}, "y": []}, "ms": [], "s": "x", "t": [1, "a"]}'
together = threading.Barrier(8)


def decode():
    for kind in kinds:
        together.wait()
        msgspec.json.decode(body, type=kind)


threads = [threading.Thread(target=decode) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("alive")
"""


def test_threads_that_decode_new_types_at_once_do_not_end_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr
