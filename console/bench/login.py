"""How long a login takes at a kiosk with a thousand cached people.

The time runs from the finger on the glass, or the first frame with a face, to the home screen. The
kiosk is the real one, without a display, paired with a real service; the reader is simulated down
to its USB transfers. A few people have fingers that were really extracted; the others have made-up
minutiae and random unit vectors, which match nobody.
"""

import io
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bridge.readers.uru4000_image import HEIGHT, WIDTH
from bridge.simulator.fingers import impression
from console.api import employee_lists, kiosks
from console.bench.held_memory import children_of, held_mb
from console.bench.login_kiosk import WARM_UP
from console.demo.photos import good_photos
from console.demo.site import DemoSite
from console.domain.kiosks import KioskSettings
from console.domain.login_policy import Method

PEOPLE, FINGERS, REAL = 1000, 3, 12
"""REAL: people with a finger that was really extracted."""
TRIES, FEW_TRIES = 40, 6
PERCENTILE = 0.95
SAMPLE_S = 0.5
"""Seconds between two samples of the memory."""
_START = """
import sys, time
from pathlib import Path
from PyQt6.QtWidgets import QApplication
from console.kiosk.app import build
from console.kiosk.service_address import locate_by
from console.kiosk.screens.style import apply_kiosk_theme
from console.qt.equipment import Equipment
from console.qt.garbage import GarbageCollector
from console.qt.themes import DARK
app = QApplication(["muster"])
GarbageCollector(app)
kiosk = build(Path(sys.argv[1]), locate_by("", Path(sys.argv[2])), Equipment(), key_file=True)
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
    """The figures by name: times in ms or s, memory in MB. No photos from outside are used."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as name, DemoSite(Path(name) / "site") as site:
        with site.client() as client:
            client.set_up("bench", "Bench", "a password for the bench", "Bench")
            request = employee_lists.ImportEmployees(data=_people().encode(), apply=True)
            client.finish(client.call(employee_lists.import_employees, request))
            site.stop_service()
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as away:
                away.submit(_fill, site.data_dir).result()
            site.start_service()
        _pictures(Path(name))
        with site.client() as client:
            client.sign_in("bench", "a password for the bench")

            def kiosk_with(devices: str) -> AbstractContextManager[_Kiosk]:
                code = client.call(kiosks.add_kiosk, kiosks.AddKiosk(name=devices)).code
                return _kiosk(
                    str(Path(name) / devices), str(site.data_dir), code, name, str(PEOPLE), devices
                )

            def log_in_by(method: Method) -> None:
                settings = KioskSettings(default_method=method, tolerance="High", preload=True)
                client.call(kiosks.change_group, kiosks.ChangeGroup(name="", settings=settings))

            log_in_by(Method.FINGER)
            with kiosk_with("both") as both:
                fingers = both.run_tries("fingers", TRIES)
                log_in_by(Method.FACE)
                faces = both.run_tries("faces", TRIES)
            with kiosk_with("camera") as camera:
                camera.run_tries("faces", FEW_TRIES)
            log_in_by(Method.FINGER)
            with kiosk_with("reader") as reader:
                reader.run_tries("fingers", FEW_TRIES)
        starts = sorted(_start(Path(name) / "both", site.data_dir) for _ in range(5))
    return {
        "finger_p50_ms": _ms(fingers, 0.5),
        "finger_p95_ms": _ms(fingers, PERCENTILE),
        "face_p50_ms": _ms(faces, 0.5),
        "face_p95_ms": _ms(faces, PERCENTILE),
        "peak_mb": round(both.peak_mb, 1),
        "of_which": both.parts(),
        "peak_mb_camera_only": round(camera.peak_mb, 1),
        "peak_mb_reader_only": round(reader.peak_mb, 1),
        "kiosk_start_s": round(starts[2], 3),
        "kiosk_slowest_start_s": round(starts[-1], 3),
    }


def _people() -> str:
    head = "Number,First name,Last name,E-mail,Department\n"
    return head + "".join(
        f"{10_000 + n},Person,{n},p{n}@example.com,Bench\n" for n in range(PEOPLE)
    )


def _fill(data_dir: Path) -> None:
    from console.bench.login_people import fill

    fill(data_dir, picture(), FINGERS, REAL)


def picture() -> np.ndarray:
    """The face of the one person who logs in by face: RGB, uint8, (960, 720, 3)."""
    return np.asarray(
        Image.open(io.BytesIO(good_photos()[0])).convert("RGB").resize((720, 960)), np.uint8
    )


def _pictures(folder: Path) -> None:
    scans = [
        impression(1000 + number % REAL, 20 + number, (HEIGHT, WIDTH))
        for number in range(TRIES + WARM_UP)
    ]
    np.save(folder / "scans.npy", np.stack(scans))
    np.save(folder / "person.npy", picture())


class _Kiosk:
    """The processes of one kiosk, and the most memory that they held."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.peak_mb = 0.0
        self._parts: dict[str, float] = {}
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._sample, daemon=True)

    def start(self) -> None:
        self._line()
        self._watch.start()

    def run_tries(self, name: str, tries: int) -> list[float]:
        """Seconds of each try."""
        assert self._process.stdin is not None
        print(name, tries, file=self._process.stdin, flush=True)
        return [float(one) for one in json.loads(self._line())]

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the kiosk ended with {self._process.wait()}")
        return line

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            processes = [self._process.pid, *children_of(self._process.pid)]
            held = held_mb(processes)
            if held > self.peak_mb:
                self.peak_mb = held
                self._parts = {_name(pid): round(held_mb([pid]), 1) for pid in processes}

    def parts(self) -> dict[str, float]:
        """MB of each process at that moment.

        They share libraries: the sum is more than the whole.
        """
        return self._parts

    def end(self) -> None:
        self._ended.set()
        self._watch.join()


@contextmanager
def _kiosk(*arguments: str) -> Iterator[_Kiosk]:
    command = [sys.executable, "-m", "console.bench.login_kiosk", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        kiosk = _Kiosk(process)
        try:
            kiosk.start()
            yield kiosk
        finally:
            kiosk.end()
            process.communicate("end\n", timeout=30)


def _name(pid: int) -> str:
    """The last word of the module that the process runs."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return next(
        (word.decode().rsplit(".", 1)[-1] for word in words if word.startswith(b"console.")),
        str(pid),
    )


def _ms(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return round(1000 * ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))], 1)


def _start(folder: Path, data: Path) -> float:
    """Seconds from the start of the interpreter to the painted login screen, with a full cache."""
    started = time.time()
    done = subprocess.run(
        [sys.executable, "-c", _START, str(folder), str(data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return float(done.stdout.strip().splitlines()[-1]) - started
