"""The kiosk of `bench login`, in a process of its own.

`python -m console.bench.login_kiosk FOLDER DATA CODE PICTURES PEOPLE DEVICES`; DEVICES: camera,
reader or both. It reads lines with `fingers N`, `faces N` or `end`, and answers each with the
seconds of N tries in a line of JSON. Nothing of the bench is loaded here but the simulated devices,
so that the process holds what a kiosk holds.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PyQt6.QtWidgets import QApplication

from bridge.cameras import PictureSource
from bridge.readers.models import URU4000
from bridge.readers.uru4000 import Uru4000
from bridge.simulator.uru4000 import SimulatedUru4000
from console.kiosk.app import build
from console.kiosk.screens.style import apply_kiosk_theme
from console.kiosk.service_address import locate_by
from console.qt.equipment import CameraChoice, Equipment, ReaderSource
from console.qt.garbage import GarbageCollector
from console.qt.themes import DARK

WARM_UP = 3
"""The first tries, which are not counted."""
GONE_S = 0.3
"""Seconds between two tries during which nobody stands there."""
FINGERS_TO_KNOW = 3


class _Stage:
    """What the camera sees: a person, or nobody."""

    def __init__(self, person: np.ndarray) -> None:
        self.empty, self.person = np.full_like(person, 120), person
        self.now = self.empty


class _Camera(PictureSource):
    """Shows the stage."""

    def __init__(self, stage: _Stage) -> None:
        self._stage = stage
        super().__init__([stage.empty], frame_s=1 / 60)

    def read(self) -> np.ndarray:
        self._pictures = [self._stage.now]
        return super().read()


class _Devices(Equipment):
    """These and no others, whatever the computer has."""

    def __init__(self, readers: list[ReaderSource], cameras: list[CameraChoice]) -> None:
        super().__init__()
        self._readers, self._cameras = readers, cameras

    def reader_sources(self) -> list[ReaderSource]:
        return self._readers

    def camera_choices(self) -> list[CameraChoice]:
        return self._cameras


class _KioskRun:
    """One kiosk and its simulated devices, driven by the bench."""

    def __init__(
        self, app: QApplication, folder: Path, data: Path, code: str, pictures: Path, devices: str
    ) -> None:
        self._app, self.device = app, SimulatedUru4000(URU4000[0])
        self.stage = _Stage(np.load(pictures / "person.npy"))
        self.scans = np.load(pictures / "scans.npy", mmap_mode="r")
        self._has_reader = devices in ("reader", "both")
        reader = ReaderSource(
            "bench", "Bench", lambda _aliases: Uru4000(URU4000[0], backend=self.device)
        )
        camera = CameraChoice("bench", "Bench", lambda: _Camera(self.stage))
        equipment = _Devices(
            [reader] if self._has_reader else [], [camera] if devices in ("camera", "both") else []
        )
        self.kiosk = build(folder, locate_by("", data), equipment, key_file=True)
        self.kiosk.connection.pair(code)
        self.kiosk.window.resize(1280, 800)
        self.kiosk.window.show()
        self.kiosk.window.start()

    def wait_for_people(self, count: int) -> None:
        self.until(lambda: len(self.kiosk.people) == count and not self._wanting(), 120)
        self.until(lambda: self.kiosk.conductor.equipment.reader is self._has_reader, 30)

    def _wanting(self) -> bool:
        return any(
            len(self.kiosk.people.reference(one).fingers) < FINGERS_TO_KNOW
            for one in self.kiosk.people.cached_ids()[-5:]
        )

    def until(self, condition: Callable[[], Any], patience: float = 30) -> None:
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"the kiosk shows {self.kiosk.conductor.session} and did not go on"
                )
            self._app.processEvents()
            time.sleep(0.0005)

    @property
    def screen(self) -> str:
        return str(self.kiosk.window.shown.screen)

    def _rounds(
        self, tries: int, begin: Callable[[int], None], end: Callable[[], None], method: str
    ) -> Iterator[float]:
        for number in range(WARM_UP + tries):
            self.until(lambda: self.screen == method)
            started = time.perf_counter()
            begin(number)
            self.until(lambda: self.screen == "home")
            if number >= WARM_UP:
                yield time.perf_counter() - started
            end()
            self._pause()
            self.kiosk.window.home.done.click()

    def _pause(self) -> None:
        deadline = time.monotonic() + GONE_S
        self.until(lambda: time.monotonic() > deadline)

    def fingers(self, tries: int) -> list[float]:
        return list(
            self._rounds(
                tries,
                lambda number: self.device.touch(np.array(self.scans[number])),
                self.device.lift,
                "finger",
            )
        )

    def faces(self, tries: int) -> list[float]:
        self.kiosk.connection.sync_soon()
        self.until(lambda: self.screen == "face")
        return list(
            self._rounds(
                tries,
                lambda _: self._stands(self.stage.person),
                lambda: self._stands(self.stage.empty),
                "face",
            )
        )

    def _stands(self, picture: np.ndarray) -> None:
        self.stage.now = picture


def main(folder: str, data: str, code: str, pictures: str, people: str, devices: str) -> None:
    """Runs one kiosk until its input ends."""
    app = QApplication(["muster"])
    GarbageCollector(app)
    apply_kiosk_theme(app, DARK)
    run = _KioskRun(app, Path(folder), Path(data), code, Path(pictures), devices)
    run.wait_for_people(int(people))
    print("ready", flush=True)
    kinds = {"fingers": run.fingers, "faces": run.faces}
    for line in sys.stdin:
        kind, _, tries = line.strip().partition(" ")
        if kind == "end":
            break
        print(json.dumps(kinds[kind](int(tries))), flush=True)
    run.kiosk.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
