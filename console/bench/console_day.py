"""Somebody who works in the console: the part of `bench console` that has the window.

`python -m console.bench.console_day DATA LIST LOGINS NUMBER…`: the data folder of the running
service, the file for a list of logins, how many there are, and some employee numbers. A process of
its own, so that its memory is that of a console.
"""

import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtWidgets import QApplication

from console import runtime
from console.api.address import ServiceAddress
from console.bench.console_acts import Day
from console.bench.memory_peak import forget_peak, peak_mb
from console.bench.site_samples import milliseconds, percentile
from console.desktop.shell import Shell
from console.qt.client import ServiceClient
from console.qt.garbage import GarbageCollector
from console.qt.theme import apply_theme
from console.qt.themes import LIGHT

EXPORTED = 1_000_000
"""The newest logins that are exported, or all where there are fewer."""
SLOWEST = 20
"""Acts that are named."""
Figures = dict[str, Any]


def main() -> None:
    """Prints the slowest acts, and the figures as JSON. Times are until the result is painted."""
    data, path, logins, *numbers = sys.argv[1:]
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(["muster"])
    GarbageCollector(app)
    apply_theme(app, LIGHT)
    client = ServiceClient(partial(_locate, Path(data)))
    day = Day(client, Shell(client))
    try:
        figures = _work(day, Path(data), Path(path), int(logins), numbers)
    finally:
        day.shell.close()
        client.close()
    for what, took in sorted(day.acts, key=lambda act: -act[1])[:SLOWEST]:
        print(f"{milliseconds(took):8} ms  {what}", file=sys.stderr)
    print(json.dumps(figures))


def _work(day: Day, data: Path, path: Path, logins: int, numbers: Sequence[str]) -> Figures:
    """All that is done, and how long it took.

    page_p95_ms: of opening, the next page and jumps together; export_1m_s: of as many rows as
    export_rows says, as if they were a million.
    """
    day.sign_in()
    opened, following, jumps = day.open_pages(), day.next_pages(), day.jump(logins)
    figures: Figures = {
        "page_p95_ms": _p95([*opened, *following, *jumps]),
        "open_p95_ms": _p95(opened),
        "next_p95_ms": _p95(following),
        "jump_p95_ms": _p95(jumps),
        "search_p95_ms": _p95(day.search(numbers)),
        "filter_p95_ms": _p95(day.filter_log()),
        "chart_p95_ms": _p95(day.draw_chart()),
        "review_next_p95_ms": _p95(day.review()),
        "longest_block_ms": milliseconds(day.longest),
        "longest_block_at": day.longest_at,
        "memory_mb": _whole(peak_mb()),
    }
    service = runtime.find(data)
    processes = [None, service.pid if service is not None else None]
    for process in processes:
        forget_peak(process)
    rows = min(EXPORTED, logins)
    took = day.export(path, rows)
    figures["export_rows"] = rows
    figures["export_1m_s"] = round(took * EXPORTED / rows, 1)
    figures["export_peak_mb"] = _whole(max(peak_mb(one) or 0 for one in processes))
    return figures


def _locate(data: Path) -> ServiceAddress | None:
    found = runtime.find(data)
    return found.address if found else None


def _p95(took: list[float]) -> float | None:
    return milliseconds(percentile(took, 0.95))


def _whole(memory: float | None) -> int | None:
    return None if memory is None else round(memory)


if __name__ == "__main__":
    main()
