"""What every part of the tour uses: timed steps, screenshots, and waiting for something."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QCoreApplication, QEventLoop
from PyQt6.QtWidgets import QWidget

from console.demo.site import wait_until


class TourDriver:
    """Times the steps, takes the screenshots and waits while the windows go on working."""

    def __init__(self, folder: Path, out: Path) -> None:
        """folder: for files that the tour makes; out: where the screenshots go."""
        self.folder, self._out = folder, out
        self._steps: list[tuple[str, float, str]] = []
        self._shots = 0

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Times a step; what is appended to the list stands beside it in the table."""
        print(f"… {name}", flush=True)
        notes: list[str] = []
        started = time.perf_counter()
        yield notes
        self._steps.append((name, time.perf_counter() - started, " ".join(notes)))

    def print_table(self) -> None:
        """Prints what each step took and what came of it."""
        width = max((len(name) for name, _, _ in self._steps), default=10)
        print(f"\n{'Step':<{width}}  Seconds  Result")
        for name, seconds, note in self._steps:
            print(f"{name:<{width}}  {seconds:7.2f}  {note or 'done'}")

    def shoot(self, window: QWidget, name: str) -> None:
        """Saves a screenshot of a window."""
        self.settle()
        window.grab().save(str(self._path(name)))

    def shoot_page(self, page: Any, name: str) -> None:
        """Saves a screenshot of a browser's page."""
        page.screenshot(path=str(self._path(f"phone {name}")))

    def _path(self, name: str) -> Path:
        self._shots += 1
        return self._out / f"{self._shots:02d}-{name.replace(' ', '-')}.png"

    def settle(self, seconds: float = 0.25) -> None:
        """Lets the windows catch up and paint."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pump()

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """The first true value of the condition. Raises TimeoutError, which names `what`."""
        try:
            return wait_until(condition, step=lambda _pause: pump())
        except TimeoutError as error:
            raise TimeoutError(f"{what}: {error}") from error


def pump() -> None:
    """One round of the windows' events."""
    QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
    time.sleep(0.002)
