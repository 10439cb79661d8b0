"""Employees at the size of a large company: a list is looked at, imported, changed and undone."""

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from console.api import employee_lists as api
from console.api.client import Client
from console.api.operation import ById, Nothing
from console.bench import erasing
from console.bench.people_pages import measure_pages
from console.bench.people_photos import measure_photos
from console.bench.site_tasks import csv_of, perform
from console.demo.site import DemoSite

ROWS = 100_000
LIMIT_S = 600.0
SAMPLED_EVERY_S = 0.05
MB = 1024 * 1024
ERASING = erasing.ErasingSizes(people=5000, erased=1000, units=20)


def measure(_data: Path | None) -> dict[str, Any]:
    """The figures by name: times in s, memory in MB, of a list with ROWS rows."""
    with tempfile.TemporaryDirectory() as folder:
        pages = measure_pages(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        photos = measure_photos(Path(folder))
    with tempfile.TemporaryDirectory() as folder, DemoSite(Path(folder)) as site:
        with site.client() as client:
            session = client.set_up("bench", "Bench", "a password for the bench", "Bench")
        with Client.at(site.running.address, LIMIT_S) as client:
            client.resume(session)
            figures = _measure(client, psutil.Process(site.running.pid))
    with tempfile.TemporaryDirectory() as folder:
        erased = erasing.measure(Path(folder), ERASING)
    return {**figures, **pages, **photos, **erased}


def _measure(client: Client, service: psutil.Process) -> dict[str, Any]:
    data = csv_of(ROWS).encode()
    began = time.monotonic()
    client.call(api.look_at_list, api.LookAtList(data=data))
    looked = time.monotonic() - began
    memory = _Memory(service)
    preview = _import(client, data, apply=False)
    applied = _import(client, data, apply=True)
    memory.stop()
    changed = data.replace(b",Imported\n", b",Moved\n")
    again = _import(client, changed, apply=True)
    newest = client.call(api.list_imports, Nothing()).rows[0]
    undone = perform(client, api.undo_import, ById(id=newest.id), LIMIT_S)
    return {
        "rows": ROWS,
        "import_look_s": round(looked, 2),
        "import_preview_100k_s": round(preview, 2),
        "import_100k_s": round(looked + preview + applied, 2),
        "import_changes_100k_s": round(again, 2),
        "import_peak_mb": round(memory.grown_mb, 1),
        "undo_import_s": round(undone.whole_s, 2),
    }


def _import(client: Client, data: bytes, apply: bool) -> float:
    request = api.ImportEmployees(data=data, apply=apply)
    return perform(client, api.import_employees, request, LIMIT_S).whole_s


class _Memory:
    """By how much a process grows while it is watched."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._before = self._most = process.memory_info().rss
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stopped.wait(SAMPLED_EVERY_S):
            self._most = max(self._most, self._process.memory_info().rss)

    def stop(self) -> None:
        """Watches no longer."""
        self._stopped.set()
        self._thread.join()

    @property
    def grown_mb(self) -> float:
        """The most that it held beyond what it held at first."""
        return (self._most - self._before) / MB
