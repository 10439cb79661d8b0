"""The memory that several processes hold, each shared page counted once. Linux only."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

KB_PER_MB = 1024


def children_of(pid: int) -> list[int]:
    """The child processes of all threads of a process; empty when it is gone."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(one) for one in task.read_text("ascii").split()]
        except OSError:
            continue
    return found


def held_mb(pids: Iterable[int]) -> float:
    """The memory of these processes in MB.

    It is the sum of what each has for itself, and of each mapped file the most that one of them
    holds unchanged.
    """
    own = 0
    files: defaultdict[str, int] = defaultdict(int)
    for pid in pids:
        for path, (total, changed) in _mappings(pid).items():
            shared = total - changed if path.startswith("/") else 0
            own += total - shared
            files[path] = max(files[path], shared)
    return (own + sum(files.values())) / KB_PER_MB


def _mappings(pid: int) -> dict[str, tuple[int, int]]:
    """By path: (kB in memory, kB changed or anonymous). Empty when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    found: dict[str, tuple[int, int]] = {}
    path = ""
    for line in lines:
        name, _, rest = line.partition(" ")
        if not name.endswith(":"):
            parts = line.split(maxsplit=5)
            path = parts[5] if len(parts) > 5 else "[anonymous]"
        elif name in ("Rss:", "Anonymous:"):
            total, changed = found.get(path, (0, 0))
            size = int(rest.split()[0])
            found[path] = (total + size, changed) if name == "Rss:" else (total, changed + size)
    return found
