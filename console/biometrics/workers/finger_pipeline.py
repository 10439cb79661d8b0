"""The parent's side of the finger worker. Blocking; call it from a thread."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

import msgspec

from console.biometrics.workers.host import Message, WorkerHost
from console.biometrics.workers.messages import FingerAnswer, FingerRequest, FingerRequestKind

DEADLINE_S = 120.0
"""Seconds; the very first call on a computer compiles the matcher."""
BATCH = 500
"""Fingers handed to a fresh worker in one request."""
References = Callable[[], Iterator[tuple[str, list[bytes]]]]
"""Yields all fingers that are to be found: (key, packed templates)."""


class ScanRefused(Exception):
    """The picture or the template cannot be used; the message says why."""


@dataclass(frozen=True)
class GreyPicture:
    """A scan. pixels: uint8, row by row, height x width, dark ridges on light ground."""

    pixels: bytes
    width: int
    height: int
    dpi: int


class FingerPipeline:
    """One worker that knows the references. It starts at the first use; a fresh one is primed.

    Thread-safe. `references` is called without any lock of the pipeline held, and add_finger and
    remove_finger never call it: both may be called under a lock that `references` takes.
    """

    def __init__(self, references: References) -> None:
        self._references = references
        self._host = WorkerHost(
            "console.biometrics.workers.finger_worker", DEADLINE_S, prime=self._primer
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker ahead of the first scan. Raises WorkerDied."""
        self._host.start()

    def close(self) -> None:
        """Stop the worker."""
        self._host.close()

    @property
    def running(self) -> bool:
        """Whether there is a live worker."""
        return self._host.running

    def _primer(self) -> Iterator[Message]:
        rows = self._references()
        while batch := dict(islice(rows, BATCH)):
            request = FingerRequest(kind=FingerRequestKind.ADD_FINGERS)
            yield request, msgspec.msgpack.encode(batch)

    def assess_picture(self, picture: GreyPicture) -> FingerAnswer:
        """Return how good the picture is, in some milliseconds. Raises ScanRefused, WorkerDied."""
        request = _about(FingerRequestKind.ASSESS_PICTURE, picture)
        return _answer(self._host.call(request, picture.pixels))[0]

    def assess_scan(
        self, picture: GreyPicture, earlier: list[bytes], tries: int
    ) -> tuple[FingerAnswer, bytes]:
        """Return where an enrolment stands after one more scan, and the scan's template.

        earlier: templates of its usable scans; tries: scans made before this one. Raises
        ScanRefused, WorkerDied.
        """
        request = _about(FingerRequestKind.ASSESS_SCAN, picture, earlier=earlier, tries=tries)
        return _answer(self._host.call(request, picture.pixels))

    def identify(
        self, picture: GreyPicture, enough: float | None = None, among: str = ""
    ) -> FingerAnswer:
        """Return the fingers that are similar to this one.

        enough: log10 of the false match rate with which a finger counts as found; where none is,
        the picture gets a second look. among: how the keys that count begin, each compared by
        itself; empty: all, by the rate of the whole search. Raises ScanRefused, WorkerDied.
        """
        request = _about(FingerRequestKind.IDENTIFY, picture, enough=enough, key=among)
        return _answer(self._host.call(request, picture.pixels))[0]

    def duplicates(self, key: str, templates: list[bytes]) -> FingerAnswer:
        """Return fingers under other keys that are similar. Raises ScanRefused, WorkerDied."""
        request = FingerRequest(kind=FingerRequestKind.DUPLICATES, key=key)
        return _answer(self._host.call(request, msgspec.msgpack.encode(templates)))[0]

    def add_finger(self, key: str, templates: list[bytes]) -> None:
        """Make a finger findable, replacing the one under this key.

        Call it after the finger is stored: a worker that starts later reads it from there. Raises
        ScanRefused, WorkerDied.
        """
        request = FingerRequest(kind=FingerRequestKind.ADD_FINGERS)
        parts = self._host.update(request, msgspec.msgpack.encode({key: templates}))
        if parts is not None:
            _answer(parts)

    def remove_finger(self, key: str) -> None:
        """Remove a finger, if there is one. Call it after it is deleted. Raises WorkerDied."""
        self._host.update(FingerRequest(kind=FingerRequestKind.REMOVE_FINGER, key=key))


def _about(kind: FingerRequestKind, picture: GreyPicture, **more: Any) -> FingerRequest:
    """The request about a picture. more: further fields of FingerRequest."""
    return FingerRequest(
        kind=kind, width=picture.width, height=picture.height, dpi=picture.dpi, **more
    )


def _answer(parts: list[bytes]) -> tuple[FingerAnswer, bytes]:
    header, template = parts
    answer = msgspec.json.decode(header, type=FingerAnswer)
    if answer.refused:
        raise ScanRefused(answer.refused)
    return answer, template
