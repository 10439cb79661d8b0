"""Cold starts, each in a process of its own.

The console starts to its first painted page, the service to its first answer.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from console.api import employee_lists
from console.api.operators import SignedIn
from console.demo.people import people_csv
from console.demo.site import DemoSite

ROUNDS = 5
Figures = dict[str, float]
_CONSOLE = """
import sys, time
from pathlib import Path
from PyQt6.QtWidgets import QApplication
from console.desktop.shell import Shell
from console.qt.client import ServiceClient
from console.qt.garbage import GarbageCollector
from console.qt.theme import apply_theme, system_theme
import msgspec
from console.api.operators import SignedIn
app = QApplication(["muster"])
GarbageCollector(app)
apply_theme(app, system_theme(app))
from pathlib import Path
from console import runtime
client = ServiceClient(lambda: runtime.find(Path(sys.argv[1])).address)
shell = Shell(client)
shell.show()
client.connect_service()
session = msgspec.json.decode(sys.argv[2], type=SignedIn)
def sign_in(_health):
    if client.session is None:
        shell.sign_in.signed_in.emit(session)
client.health_known.connect(sign_in)
while shell.page is None or not client.idle:
    app.processEvents()
    time.sleep(0.001)
shell.repaint()
shell.grab()
print(time.time(), flush=True)
import os
os._exit(0)
"""


def measure(_data: Path | None) -> Figures:
    """Return the medians of five starts, in seconds, counted from starting the interpreter."""
    with tempfile.TemporaryDirectory() as folder, DemoSite(Path(folder)) as site:
        with site.client() as client:
            session = client.set_up("bench", "Bench", "a password for the bench", "Bench")
            request = employee_lists.ImportEmployees(data=people_csv().encode(), apply=True)
            client.finish(client.call(employee_lists.import_employees, request))
        site.stop_service()
        service = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            site.start_service()
            with site.client() as client:
                client.health()
            service.append(time.perf_counter() - started)
            if len(service) < ROUNDS:
                site.stop_service()
        console = console_starts(site.data_dir, session)
    return {
        "console_first_paint_s": round(statistics.median(console), 3),
        "console_slowest_s": round(max(console), 3),
        "service_ready_s": round(statistics.median(service), 3),
        "service_slowest_s": round(max(service), 3),
    }


def console_starts(data: Path, session: SignedIn) -> list[float]:
    """How long each of some starts of the console took, in seconds."""
    signed_in = msgspec.json.encode(session).decode()
    return [_console_start(data, signed_in) for _ in range(ROUNDS)]


def _console_start(data: Path, session: str) -> float:
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    started = time.time()
    done = subprocess.run(
        [sys.executable, "-c", _CONSOLE, str(data), session],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=60,
    )
    return float(done.stdout.split()[-1]) - started
