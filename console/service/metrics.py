"""What the service can measure of itself: loop lag, writing transactions, operations.

The environment variable MUSTER_METRICS switches it on. It names the file that gets the figures at
the end.
"""

import asyncio
import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

VARIABLE = "MUSTER_METRICS"
TICK_S = 0.01


def _percentile(values: list[float], share: float) -> float:
    """In milliseconds, of values in seconds; 0 when there are none."""
    ordered = sorted(values)
    return (
        round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
        if ordered
        else 0.0
    )


def _figures(values: list[float]) -> dict[str, float]:
    return {
        "count": len(values),
        "p50_ms": _percentile(values, 0.5),
        "p95_ms": _percentile(values, 0.95),
        "max_ms": _percentile(values, 1.0),
    }


def _writer() -> str:
    """The function of the service whose transaction has just ended on this thread."""
    frame = sys._getframe()  # noqa: SLF001 - the standard library's only way to the callers' names
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("console.service.") and module not in (__name__, _DISPATCH):
            return f"{module.removeprefix('console.service.')}.{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "elsewhere"


_DISPATCH = "console.service.operations.dispatch"


class Metrics:
    """Collects figures from any thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lag: list[float] = []
        self._writes: dict[str, list[float]] = defaultdict(list)
        self._calls: dict[str, list[float]] = defaultdict(list)
        self._statements: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._thread = threading.local()

    @classmethod
    def wanted(cls) -> "Metrics | None":
        """A collector when the environment asks for one."""
        file = os.environ.get(VARIABLE, "")
        return cls(Path(file)) if file else None

    def observe(self, engine: sa.Engine) -> None:
        """Counts the statements of each thread on this engine; to begin a transaction is none."""

        @sa.event.listens_for(engine, "before_cursor_execute")
        def _count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith("BEGIN"):
                self._thread.count = getattr(self._thread, "count", 0) + 1

    def add_write(self, seconds: float) -> None:
        """One writing transaction of the calling code held its turn this long."""
        with self._lock:
            self._writes[_writer()].append(seconds)

    @contextmanager
    def call(self, operation: str) -> Iterator[None]:
        """Measures one call of an operation on the thread that does it."""
        before, began = getattr(self._thread, "count", 0), time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - began
            statements = getattr(self._thread, "count", 0) - before
            with self._lock:
                self._calls[operation].append(seconds)
                self._statements[operation] = max(self._statements[operation], statements)

    async def watch_loop(self) -> None:
        """Notes by how much the loop is late, many times a second."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self._lag.append(max(0.0, loop.time() - due))

    def write(self) -> None:
        """Writes all figures to the file, as JSON."""
        with self._lock:
            operations = {
                name: {**_figures(values), "statements_max": self._statements[name]}
                for name, values in self._calls.items()
            }
            writes = [seconds for values in self._writes.values() for seconds in values]
            by_code = sorted(self._writes.items(), key=lambda item: -max(item[1]))
            figures = {
                "loop_lag_ms": {
                    "p50": _percentile(self._lag, 0.5),
                    "p99": _percentile(self._lag, 0.99),
                    "max": _percentile(self._lag, 1.0),
                },
                "writes": {
                    "count": len(writes),
                    "longest_ms": _percentile(writes, 1.0),
                    "p99_ms": _percentile(writes, 0.99),
                    "by_code": {code: _figures(values) for code, values in by_code},
                },
                "operations": operations,
            }
        self._file.write_text(json.dumps(figures), "utf-8")
