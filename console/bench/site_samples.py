"""Timed samples of the site's benchmark, and what is read from them."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Self

import httpx

from console.api.operation import ServiceError

Sample = tuple[float, float]
"""(when it began, how long it took), in seconds of time.monotonic(), which all processes share."""
END = "end"
CHILD_ENDS_S = 20.0


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value at this share (0..1) of the sorted values, by nearest rank; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def milliseconds(seconds: float | None) -> float | None:
    """Rounded to a tenth; None stays None."""
    return None if seconds is None else round(1000 * seconds, 1)


def between(samples: Iterable[Sample], start: float, end: float) -> list[float]:
    """The durations of those samples that were under way at any time from start to end."""
    return [took for began, took in samples if began <= end and began + took >= start]


def with_missed(samples: Iterable[Sample], every_s: float) -> list[Sample]:
    """The samples, and those that a repeated call missed while one of its calls took too long.

    A caller that waits for its answer asks only once during a stall of 5 s, and percentiles would
    hardly see the stall. Each call that was due meanwhile counts with the rest of the stall
    (the correction for coordinated omission, as HdrHistogram does it).
    """
    complete: list[Sample] = []
    for began, took in samples:
        complete.append((began, took))
        late = every_s
        while took - late > 0:
            complete.append((began + late, took - late))
            late += every_s
    return complete


class Repeats:
    """Calls that are repeated in threads until `end`, with the time that each one took.

    failed: calls without an answer, or with an error; the first one of each name is printed.
    """

    def __init__(self) -> None:
        self.samples: dict[str, list[Sample]] = {}
        self.every_s: dict[str, float] = {}
        self.failed = 0
        self._reported: set[str] = set()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, name: str, every_s: float, call: Callable[[], object]) -> None:
        """Starts a thread that calls at these intervals; several threads may share a name."""
        self.samples.setdefault(name, [])
        self.every_s[name] = every_s
        thread = threading.Thread(target=self._repeat, args=(name, every_s, call), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _repeat(self, name: str, every_s: float, call: Callable[[], object]) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            began = time.monotonic()
            self._call(name, call)
            self.samples[name].append((began, time.monotonic() - began))
            due = max(due + every_s, time.monotonic())

    def once(self, name: str, call: Callable[[], object]) -> None:
        """Calls in a thread of its own, without a sample."""
        threading.Thread(target=self._call, args=(name, call), daemon=True).start()

    def _call(self, name: str, call: Callable[[], object]) -> None:
        try:
            call()
        except (httpx.HTTPError, ServiceError) as error:
            self.failed += 1
            if name not in self._reported:
                self._reported.add(name)
                print(f"bench site: {name}: {type(error).__name__} {error}", file=sys.stderr)

    def end(self) -> dict[str, list[Sample]]:
        """Stops, and gives all samples with the missed ones."""
        self._stop.set()
        for thread in self._threads:
            thread.join(CHILD_ENDS_S)
        return {
            name: with_missed(list(samples), self.every_s[name])
            for name, samples in self.samples.items()
        }


class Child:
    """A module of the benchmark in a process of its own, which speaks JSON, a line at a time.

    It ends when it is told to, and also when this process ends: its standard input ends then.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def say(self, line: str) -> None:
        """Sends one line."""
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)

    def hear(self) -> object:
        """The next line, decoded. Raises RuntimeError when the process has ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._module} ended with {self._process.wait()}")
        answer: object = json.loads(line)
        return answer

    def end(self) -> object:
        """Tells it to end; its last line, decoded."""
        self.say(END)
        answer = self.hear()
        self._process.wait(CHILD_ENDS_S)
        return answer
