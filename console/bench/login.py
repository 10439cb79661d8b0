"""Logging in at a kiosk with a thousand cached people: from the finger on the glass, or the frame of a camera, to the decision.

The kiosk is the real one, without a display, paired with a real service; the reader is simulated down to its USB transfers. A few people
have fingers that were really extracted; the rest are made-up minutiae and random unit vectors, which match nobody.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from bridge.cameras import PictureSource
from bridge.readers.models import URU4000
from bridge.readers.uru4000 import Uru4000
from bridge.readers.uru4000_image import HEIGHT, WIDTH
from bridge.simulator.fingers import impression
from bridge.simulator.uru4000 import SimulatedUru4000
from console.api import employees, kiosks
from console.demo.photos import good_photos
from console.demo.site import DemoSite
from console.domain.kiosks import KioskSettings
from console.domain.login_policy import Method

PEOPLE, FINGERS, REAL = 1000, 3, 12
"""REAL: people with a finger that was really extracted."""
TRIES = 40
PERCENTILE = 0.95
_START = """
import sys, time
from pathlib import Path
from PyQt6.QtWidgets import QApplication
from console.kiosk.app import build
from console.kiosk.style import apply_kiosk_theme
from console.qt.equipment import Equipment
from console.qt.theme import DARK
app = QApplication(["muster"])
kiosk = build(Path(sys.argv[1]), lambda: sys.argv[2], Equipment(), key_file=True)
apply_kiosk_theme(app, DARK)
kiosk.window.resize(1280, 800)
kiosk.window.show()
kiosk.window.start()
app.processEvents()
kiosk.window.grab()
print(time.time(), flush=True)
import os
os._exit(0)
"""


def measure(_data: Path | None) -> dict[str, Any]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PyQt6.QtWidgets import QApplication

    from console.kiosk.style import apply_kiosk_theme
    from console.qt.theme import DARK

    app = QApplication.instance() or QApplication(["bench"])
    assert isinstance(app, QApplication)
    apply_kiosk_theme(app, DARK)
    with tempfile.TemporaryDirectory() as name, DemoSite(Path(name) / "site") as site:
        with site.client() as client:
            client.set_up("bench", "Bench", "a password for the bench", "Bench")
            client.call(employees.import_employees, employees.ImportEmployees(_people(), True))
            site.stop_service()
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as away:  # what it loads is not the kiosk's memory
                away.submit(_fill, site.data_dir).result()
            site.start_service()
        with site.client() as client:
            client.sign_in("bench", "a password for the bench")
            code = client.call(kiosks.add_kiosk, kiosks.AddKiosk("Bench")).code
            settings = KioskSettings(default_method=Method.FINGER, tolerance="High", preload=True)
            client.call(kiosks.change_group, kiosks.ChangeGroup("", settings))
            run = _Run(app, Path(name) / "kiosk", site, code)
            try:
                figures: dict[str, Any] = dict(run.fingers())
                client.call(kiosks.change_group, kiosks.ChangeGroup("", KioskSettings(tolerance="High", preload=True)))
                figures |= run.faces()
                figures["peak_mb"] = run.peak_mb()
                figures["of_which"] = run.memory()
            finally:
                run.close()
        starts = sorted(_start(Path(name) / "kiosk", site.running.api) for _ in range(5))
    return figures | {"kiosk_start_s": round(starts[2], 3), "kiosk_slowest_start_s": round(starts[-1], 3)}


def _people() -> str:
    head = "Number,First name,Last name,E-mail,Department\n"
    return head + "".join(f"{10_000 + n},Person,{n},p{n}@example.com,Bench\n" for n in range(PEOPLE))


def _fill(data_dir: Path) -> None:
    from console.bench.login_people import fill

    fill(data_dir, picture(), FINGERS, REAL)


def picture() -> np.ndarray:
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(good_photos()[0])).convert("RGB").resize((720, 960)), np.uint8)


class _Stage(PictureSource):
    """A camera before which somebody stands, or nobody."""

    def __init__(self) -> None:
        self.empty = np.full((960, 720, 3), 120, np.uint8)
        self.person = picture()
        self.now = self.empty
        super().__init__([self.empty], frame_s=1 / 60)

    def read(self) -> np.ndarray:
        self._pictures = [self.now]
        return super().read()


class _Run:
    """One kiosk, driven from outside."""

    def __init__(self, app: Any, folder: Path, site: DemoSite, code: str) -> None:
        from console.kiosk.app import build
        from console.qt.equipment import CameraChoice, Equipment, ReaderSource

        self._app, self.device, self.stage = app, SimulatedUru4000(URU4000[0]), _Stage()
        equipment = Equipment(
            (ReaderSource("bench", "Bench", lambda aliases: Uru4000(URU4000[0], backend=self.device)),),
            (CameraChoice("bench", "Bench", lambda: self.stage),),
        )
        self.kiosk = build(folder, lambda: site.running.api, equipment, key_file=True)
        self.kiosk.link.pair(code)
        self.kiosk.window.resize(1280, 800)
        self.kiosk.window.show()
        self.kiosk.window.start()
        self.until(lambda: len(self.kiosk.people) == PEOPLE and not self._wanting(), 120)
        self.until(lambda: self.kiosk.conductor.equipment.reader, 30)

    def _wanting(self) -> bool:
        return any(len(self.kiosk.people.reference(one).fingers) < FINGERS for one in self.kiosk.people.cached_ids()[-5:])

    def until(self, condition: Callable[[], Any], patience: float = 30) -> None:
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the kiosk shows {self.screen} and did not go on")
            self._app.processEvents()
            time.sleep(0.0005)

    @property
    def screen(self) -> str:
        return str(self.kiosk.conductor.session.screen)

    def _rounds(self, begin: Callable[[int], None], end: Callable[[], None], method: str) -> Iterator[float]:
        for number in range(TRIES + 3):
            self.until(lambda: self.screen == method)
            started = time.perf_counter()
            begin(number)
            self.until(lambda: self.screen == "home")
            if number >= 3:  # the first ones warm up
                yield time.perf_counter() - started
            end()
            self.kiosk.window.home.done.click()

    def fingers(self) -> dict[str, float]:
        scans = [impression(1000 + number % REAL, 20 + number, (HEIGHT, WIDTH)) for number in range(TRIES + 3)]
        times = list(self._rounds(lambda number: self.device.touch(scans[number]), self._lift, "finger"))
        return {"finger_p50_ms": _ms(times, 0.5), "finger_p95_ms": _ms(times, PERCENTILE)}

    def _lift(self) -> None:
        self.device.lift()
        deadline = time.monotonic() + 0.15
        self.until(lambda: time.monotonic() > deadline)

    def faces(self) -> dict[str, float]:
        self.kiosk.link.sync_soon()
        self.until(lambda: self.screen == "face")

        def leave() -> None:
            self.stage.now = self.stage.empty
            deadline = time.monotonic() + 0.3
            self.until(lambda: time.monotonic() > deadline)

        def come(_number: int) -> None:
            self.stage.now = self.stage.person

        times = list(self._rounds(come, leave, "face"))
        return {"face_p50_ms": _ms(times, 0.5), "face_p95_ms": _ms(times, PERCENTILE)}

    def memory(self) -> dict[str, float]:
        watcher = self.kiosk.window._watcher
        return {
            "window_mb": _peak(os.getpid()),
            "fingers_mb": round(self.kiosk.fingers.peak_memory_mb(), 1),
            "faces_mb": round(watcher.peak_memory_mb(), 1) if watcher else 0.0,
        }

    def peak_mb(self) -> float:
        """Of the kiosk's three processes, less what the bench itself has loaded."""
        return round(sum(self.memory().values()), 1)

    def close(self) -> None:
        self.kiosk.close()


def _ms(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return round(1000 * ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))], 1)


def _peak(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    return round(int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) / 1024, 1)


def _start(folder: Path, url: str) -> float:
    """From starting the interpreter to the painted login screen, with all the people in the cache."""
    started = time.time()
    done = subprocess.run([sys.executable, "-c", _START, str(folder), url], capture_output=True, text=True, timeout=60, check=True)
    return float(done.stdout.strip().splitlines()[-1]) - started
